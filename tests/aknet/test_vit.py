"""AKViT: names, equality with the base, selection, MACs, steps, mistakes."""

import mmvkp  # noqa: F401, isort: skip
import pytest
import torch
from mmaction.models.backbones import VisionTransformer
from mmaction.registry import MODELS
from mmaction.structures import ActionDataSample
from mmengine.optim import OptimWrapper
from mmengine.runner.checkpoint import load_checkpoint, save_checkpoint
from torch import nn

from mmvkp.aknet.inspect import ActionKeypointInspector
from mmvkp.methods import methods_of
from mmvkp.recognition.complexity import count_macs

from ..bright_dot import dot_config, write_dot

# 2 tubelets x 4 x 4 cells of 8 x 8 pixels.
BASE = dict(
    type='VisionTransformer',
    img_size=32,
    patch_size=8,
    embed_dims=32,
    depth=4,
    num_heads=2,
    num_frames=4,
)
PREPROCESSOR = dict(
    type='ActionDataPreprocessor',
    mean=[120.0] * 3,
    std=[60.0] * 3,
    format_shape='NCTHW',
)


def vit(**kwargs) -> nn.Module:
    return MODELS.build({**dict(type='AKViT', base=BASE, select_block=1), **kwargs})


def recognizer(backbone=None, test_cfg=None, **head) -> nn.Module:
    """A recognizer of 3 classes on AKViT, or on another backbone with its head."""
    head = head or dict(type='AKHead', map_channels=32, dropout_ratio=0.0)
    torch.manual_seed(0)
    model = MODELS.build(
        dict(
            type='Recognizer3D',
            backbone=backbone or dict(type='AKViT', base=BASE, select_block=1),
            cls_head=dict(
                dict(num_classes=3, in_channels=32, average_clips='prob'), **head
            ),
            data_preprocessor=PREPROCESSOR,
            test_cfg=test_cfg,
        )
    )
    model.init_weights()
    return model


def host_recognizer() -> nn.Module:
    """The first stage; all its numbers are random."""
    model = recognizer(BASE, type='TimeSformerHead')
    for parameter in model.parameters():
        nn.init.normal_(parameter, std=0.3)
    return model.eval()


def videos(num=2, clips=1, size=32) -> dict:
    generator = torch.Generator().manual_seed(1)
    shape = (clips, 3, 4, size, size)
    return dict(
        inputs=[
            torch.randint(0, 256, shape, generator=generator, dtype=torch.uint8)
            for _ in range(num)
        ],
        data_samples=[ActionDataSample().set_gt_label(i) for i in range(num)],
    )


def test_a_checkpoint_of_the_base_loads_unchanged(tmp_path):
    """`load_from` of the second stage; the names are those of the base."""
    host = host_recognizer()
    model = recognizer()
    names = set(model.backbone.state_dict())
    assert names >= set(host.backbone.state_dict())
    new = names - set(host.backbone.state_dict())
    assert new == {'selector.excitation.0.weight', 'selector.excitation.2.weight'}
    path = str(tmp_path / 'stage1.pth')
    save_checkpoint(dict(state_dict=host.state_dict()), path)
    load_checkpoint(model, path, map_location='cpu')
    for name, value in host.backbone.state_dict().items():
        assert torch.equal(model.backbone.state_dict()[name], value), name
    # The same by init_cfg.
    other = vit(init_cfg=dict(type='Pretrained', checkpoint=path, prefix='backbone.'))
    other.init_weights()
    assert torch.equal(other.blocks[3].attn.q_bias, host.backbone.blocks[3].attn.q_bias)


@pytest.mark.parametrize('size', [32, 48])
@pytest.mark.parametrize('block', [0, 2])
def test_all_tokens_give_the_result_of_the_base(size, block):
    """Also for frames whose positions are interpolated."""
    host = host_recognizer()
    model = recognizer(
        dict(type='AKViT', base=BASE, select_block=block, keypoint_ratio=1.0)
    ).eval()
    model.load_state_dict(host.state_dict(), strict=False)
    x = torch.randn(2, 1, 3, 4, size, size)
    with torch.no_grad():
        expected, found = (each(x, stage='head') for each in (host, model))
    assert expected.std() > 0.1
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-6)


def test_the_selected_tokens_alone_are_processed():
    """Token by token, from the host's own map after block 1."""
    torch.manual_seed(2)
    host = MODELS.build(BASE).eval()
    for parameter in host.parameters():
        nn.init.normal_(parameter, std=0.2)
    model = vit().eval()
    model.load_state_dict(host.state_dict(), strict=False)
    for layer in (model.selector.excitation[0], model.selector.excitation[2]):
        nn.init.normal_(layer.weight)
    seen = {}
    host.blocks[1].register_forward_hook(lambda *a: seen.update(tokens=a[-1]))
    x = torch.randn(2, 3, 4, 32, 32)
    with torch.no_grad():
        found = model(x)
        host(x)
        first, second = (model.selector.excitation[i].weight for i in (0, 2))
        # int(0.3 * 2 * 4 * 4) of the cells of both tubelets.
        for clip, tokens in enumerate(seen['tokens']):
            heat = []
            for tubelet in tokens.split(16):
                weights = (second @ (first @ tubelet.mean(0)).relu()).softmax(0)
                heat.append(tubelet @ weights)
            best = sorted(torch.cat(heat).topk(9).indices.tolist())
            cells = [[i // 16, i % 16 // 4, i % 4] for i in best]
            assert found.points[clip].tolist() == cells
            assert len({t for t, _, _ in cells}) == 2
            rest = tokens[best][None]
            for block in host.blocks[2:]:
                rest = block(rest)
            expected = host.fc_norm(rest.mean(1))
            torch.testing.assert_close(found.sequence[clip, :, 0], expected[0])
            torch.testing.assert_close(found.heatmap[clip].flatten(), torch.cat(heat))
            torch.testing.assert_close(
                found.feature[2 * clip + 1, :, 3, 2], tokens[16 + 4 * 3 + 2]
            )


@pytest.mark.parametrize('ratio, kept', [(1.0, 32), (0.3, 9), (0.25, 8)])
def test_macs(ratio, kept):
    """By hand; a block has qkv 3 D^2, proj D^2 and an MLP of 8 D^2 per token."""

    def block(tokens):
        return 12 * tokens * 32**2 + 2 * tokens**2 * 32

    embedding = 32 * 32 * (3 * 2 * 8 * 8)
    selector = 2 * 2 * 32 * 2 + 32 * 32
    model = vit(keypoint_ratio=ratio).eval()
    macs = count_macs(model, torch.zeros(1, 3, 4, 32, 32))
    assert macs == embedding + 2 * block(32) + 2 * block(kept) + selector


def test_steps_in_a_recognizer():
    model = recognizer().train()
    losses = model(**model.data_preprocessor(videos(), True), mode='loss')
    assert {'loss_cls', 'loss_aux', 'loss_sparsity'} <= set(losses)
    model.parse_losses(losses)[0].backward()
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None and parameter.grad.isfinite().all(), name
        assert parameter.grad.any() or parameter.dim() < 2, name
    before = model.backbone.blocks[3].attn.proj.weight.detach().clone()
    model.train_step(videos(), OptimWrapper(torch.optim.SGD(model.parameters(), 0.1)))
    assert not torch.equal(before, model.backbone.blocks[3].attn.proj.weight)
    model.eval()
    both = videos(num=1, clips=2)
    with torch.no_grad():
        together = model.test_step(both)[0].pred_score
        alone = [
            model.test_step(
                dict(inputs=[view[None]], data_samples=both['data_samples'])
            )
            for view in both['inputs'][0]
        ]
        alone = torch.stack([each[0].pred_score for each in alone]).mean(0)
    torch.testing.assert_close(together, alone)
    few = recognizer(test_cfg=dict(max_testing_views=1)).eval()
    few.load_state_dict(model.state_dict())
    with torch.no_grad():
        torch.testing.assert_close(few.test_step(both)[0].pred_score, together)


def test_half_precision_selects_the_same_points():
    model = vit().eval()
    x = torch.randn(1, 3, 4, 32, 32)
    with torch.no_grad(), torch.autocast('cpu', dtype=torch.bfloat16):
        found = model(x)
    assert found.heatmap.dtype == torch.float32
    assert found.sequence.isfinite().all() and len(found.points[0]) == 9


@pytest.mark.parametrize('mode', ['export', 'trace'])
def test_export(mode):
    model = vit().eval()
    model.init_weights()
    first, second = torch.randn(2, 1, 3, 4, 32, 32)
    with torch.no_grad():
        if mode == 'export':
            graph = torch.export.export(model, (first,)).module()
        else:
            graph = torch.jit.trace(model, first, check_trace=False)
        for found, expected in zip(graph(second), model(second)):
            torch.testing.assert_close(found, expected)


def test_points_in_the_frames_of_a_video(tmp_path):
    """Two frames of a tubelet are shown by the second one."""
    video = write_dot(tmp_path / 'dot.mp4', (64, 64), (2, 24), 8, step=4)
    config = dot_config(dict(type='Resize', scale=(32, 32)))
    config.model = dict(
        type='Recognizer3D',
        backbone=dict(type='AKViT', base=BASE, select_block=1),
        cls_head=dict(type='AKHead', num_classes=3, in_channels=32, map_channels=32),
        data_preprocessor=PREPROCESSOR,
    )
    assert methods_of(config)[0].inspector.endswith(':ActionKeypointInspector')
    model = MODELS.build(config.model).eval()
    result = ActionKeypointInspector(model, config)(video)
    # Frames 2 to 5 of 8.
    assert result.numbers.tolist() == [3, 5] and result.frames.shape == (2, 64, 64, 3)
    assert result.map_size == (4, 4) and len(result.points) == 9
    # Cells of 8 pixels in frames of 32, so 16 in the video.
    expected = result.points[:, [2, 1]] * 16.0 + 8
    assert (result.places == expected).all()


@pytest.mark.slow
def test_compile():
    model = vit().eval()
    model.init_weights()
    compiled = torch.compile(model)
    for clips in (1, 3):
        x = torch.randn(clips, 3, 4, 32, 32)
        with torch.no_grad():
            for found, expected in zip(compiled(x), model(x)):
                torch.testing.assert_close(found, expected)


class Reversed(VisionTransformer):
    """A subclass with another forward pass."""

    def forward(self, x):
        return super().forward(x.flip(2))


@pytest.mark.parametrize(
    'change, error, message',
    [
        (dict(base=None), TypeError, 'AKViT: base is None; give dict'),
        (dict(base=3), TypeError, 'AKViT: base=3 is not a config'),
        (
            dict(base=dict(type='X3D')),
            ValueError,
            'AKViT: base=X3D is not supported.*choose VisionTransformer, or AKNet',
        ),
        (
            dict(base={**BASE, 'type': Reversed}),
            ValueError,
            'base=Reversed is not supported',
        ),
        (
            dict(base=dict(BASE, use_mean_pooling=False)),
            ValueError,
            'use_mean_pooling=False of base is not supported.*use_mean_pooling=True',
        ),
        (
            dict(base=dict(BASE, return_feat_map=True)),
            ValueError,
            'return_feat_map=True of base is not supported',
        ),
        (
            dict(base=dict(BASE, pretrained='a.pth')),
            ValueError,
            "pretrained='a.pth' of base has no effect.*init_cfg",
        ),
        (
            dict(select_block=3),
            ValueError,
            'AKViT: select_block=3 cannot split the 4 blocks.*from 0 to 2',
        ),
        (dict(select_block=-1), ValueError, 'select_block=-1 cannot split'),
        (dict(select_block=1.0), TypeError, 'AKViT: select_block=1.0 is a float'),
        (
            dict(keypoint_ratio=0.0),
            ValueError,
            r'AKViT: keypoint_ratio=0.0 is outside \(0, 1\]',
        ),
    ],
)
def test_mistakes(change, error, message):
    with pytest.raises(error, match=message):
        vit(**change)


@pytest.mark.parametrize(
    'shape, message',
    [
        (
            (1, 3, 8, 32, 32),
            'AKViT: the input has 8 frames, but base has .* for 4; set',
        ),
        ((3, 4, 32, 32), r'AKViT: the input has shape \(3, 4, 32, 32\)'),
        ((1, 2, 4, 32, 32), 'AKViT: the input has 2 channels'),
    ],
)
def test_wrong_inputs(shape, message):
    with pytest.raises(ValueError, match=message):
        vit()(torch.zeros(shape))


def test_a_ratio_that_selects_nothing():
    with pytest.raises(ValueError, match='AKViT: keypoint_ratio=0.01 selects none of'):
        vit(keypoint_ratio=0.01)(torch.zeros(1, 3, 4, 32, 32))
