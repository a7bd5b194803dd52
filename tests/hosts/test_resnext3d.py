"""Published counts, shapes, a forward written out, freezing and errors."""

import pytest
import torch
from mmaction.registry import MODELS
from mmaction.structures import ActionDataSample
from mmengine.optim import OptimWrapper

from mmvkp.hosts.resnext3d import ResNeXt3d
from mmvkp.recognition.complexity import count_macs, count_parameters

from . import naive_resnext3d as twin


def on_paper(**kwargs):
    """A network without memory: only its shapes are computed."""
    with torch.device('meta'):
        return MODELS.build(dict(type='ResNeXt3d', **kwargs)).eval()


# Parameters, and MACs at T frames of 64 x 64 cells: 50 265 216 and so on were
# counted on the public network with the stem exchanged.
COUNTS = [
    ('wide', 47676544, {7: 23039311872, 16: 46915387392, 32: 93830774784}),
    ('literal', 50265216, {7: 21184643072, 16: 48062922752, 32: 96125845504}),
]


@pytest.mark.parametrize('stem, params, macs', COUNTS)
def test_counts(stem, params, macs):
    model = on_paper(stem=stem)
    assert count_parameters(model) == params
    for frames, expected in macs.items():
        x = torch.empty(1, 128, frames, 64, 64, device='meta')
        assert count_macs(model, x) == expected


def test_counts_of_the_default_stem():
    """11.73 G; all but the stem costs a quarter of what it does with 'wide',
    and so does the stem itself: a quarter of the cells everywhere."""
    model = on_paper()
    assert count_parameters(model) == 47676544
    for frames, wide in COUNTS[0][2].items():
        x = torch.empty(1, 128, frames, 64, 64, device='meta')
        assert count_macs(model, x) * 4 == wide
    assert round(46915387392 / 4 / 1e9, 2) == 11.73


def test_counts_of_the_public_network():
    model = on_paper(stem='literal', in_channels=3)
    assert count_parameters(model) == 47521216
    x = torch.empty(1, 3, 16, 224, 224, device='meta')
    assert count_macs(model, x) == 38039027712
    assert model(x).shape == (1, 2048, 1, 7, 7)


@pytest.mark.parametrize(
    'depth, blocks', [(50, (3, 4, 6, 3)), (101, (3, 4, 23, 3)), (152, (3, 8, 36, 3))]
)
def test_parameters_by_hand(depth, blocks):
    total, incoming = 3 * 7**3 * 64 + 2 * 64, 64
    for i, number in enumerate(blocks):
        width = 128 * 2**i
        for block in range(number):
            total += incoming * width + 27 * width * width // 32
            total += 2 * width * width + 2 * (width + width + 2 * width)
            if not block:
                total += incoming * 2 * width + 2 * 2 * width
            incoming = 2 * width
    model = on_paper(depth=depth, in_channels=3, stem='literal')
    assert count_parameters(model) == total


@pytest.mark.parametrize(
    'kwargs, size, expected',
    [
        (dict(), (16, 64, 64), (1, 4, 4)),
        (dict(stem='wide'), (16, 64, 64), (1, 8, 8)),
        (dict(stem='literal'), (16, 64, 64), (1, 2, 2)),
        (dict(stage_strides=(1, 2, 1, 1)), (16, 64, 64), (4, 16, 16)),
        (dict(stage_strides=(1, (1, 2, 2), 1, 1)), (16, 64, 64), (8, 16, 16)),
        (dict(), (1, 64, 64), (1, 4, 4)),
        (dict(), (32, 60, 80), (2, 4, 5)),
        (dict(), (7, 5, 3), (1, 1, 1)),
        (dict(), (1, 1, 1), (1, 1, 1)),
        (dict(stem='literal'), (1, 1, 1), (1, 1, 1)),
    ],
)
def test_shapes(kwargs, size, expected):
    model = on_paper(**kwargs)
    out = model(torch.empty(2, 128, *size, device='meta'))
    assert out.shape == (2, 2048, *expected)
    assert model.out_channels == 2048


def small(**kwargs):
    """A network of the same structure that a test can afford."""
    options = dict(
        type='ResNeXt3d',
        in_channels=5,
        stage_blocks=(1, 2),
        base_channels=8,
        cardinality=2,
        stage_strides=(1, 2),
    )
    return MODELS.build({**options, **kwargs})


@pytest.mark.parametrize('stem', twin.STEMS)
@pytest.mark.parametrize('strides', [(1, 2), (2, (1, 2, 1))])
def test_forward_equals_that_of_the_twin(stem, strides):
    torch.manual_seed(0)
    model = small(stem=stem, stage_strides=strides).double().eval()
    weights = twin.random_weights(
        [
            (name, value.shape)
            for name, value in model.state_dict().items()
            if 'num_batches_tracked' not in name
        ]
    )
    model.load_state_dict(weights, strict=False)
    x = torch.randn(2, 5, 6, 16, 12, dtype=torch.float64)
    expected = twin.naive_stages(weights, twin.naive_stem(weights, x, stem), strides)
    with torch.no_grad():
        out = model(x)
    assert out.shape[1] == 32 == model.out_channels and out.std() > 0.1
    torch.testing.assert_close(out, expected)


def test_shortcuts_are_projected_where_the_shape_changes():
    model = small(stage_blocks=(2, 2))
    assert [
        name
        for name, module in model.named_modules()
        if name.endswith('downsample') and module is not None
    ] == ['layer1.0.downsample', 'layer2.0.downsample']


def test_gradients_and_checkpointing_agree():
    torch.manual_seed(0)
    plain, saving = small(), small(with_cp=True)
    saving.load_state_dict(plain.state_dict())
    x = torch.rand(2, 5, 4, 16, 16)
    for model, times in (plain, 1), (saving, 2):
        runs = []
        model.layer2[1].conv1.register_forward_hook(lambda *args: runs.append(args))
        model(x).square().sum().backward()
        assert len(runs) == times  # once more in the backward pass
    for (name, a), b in zip(plain.named_parameters(), saving.parameters()):
        assert a.grad.isfinite().all() and a.grad.abs().sum() > 0, name
        torch.testing.assert_close(a.grad, b.grad, msg=name)


def test_initialisation():
    torch.manual_seed(0)
    model = small(base_channels=32, in_channels=64)
    for param in model.parameters():
        torch.nn.init.constant_(param, 7)
    model.init_weights()
    # Kaiming: variance 2 / (C_out / groups * 27).
    kernel = model.layer2[1].conv2.weight
    assert kernel.shape == (64, 32, 3, 3, 3)
    assert abs(kernel.std().item() / (2 / (64 / 1 * 27)) ** 0.5 - 1) < 0.02
    assert (model.bn1.weight == 1).all() and (model.bn1.bias == 0).all()


def test_steps_in_a_recognizer():
    torch.manual_seed(0)
    backbone = dict(
        type='ResNeXt3d',
        in_channels=3,
        stem='literal',
        stage_blocks=(1, 1),
        base_channels=8,
        cardinality=2,
        stage_strides=(1, 2),
    )
    model = MODELS.build(
        dict(
            type='Recognizer3D',
            backbone=backbone,
            cls_head=dict(
                type='I3DHead', in_channels=32, num_classes=3, average_clips='prob'
            ),
            data_preprocessor=dict(
                type='ActionDataPreprocessor',
                mean=[120.0, 110.0, 100.0],
                std=[60.0, 50.0, 40.0],
                format_shape='NCTHW',
            ),
        )
    )
    model.init_weights()
    batch = dict(
        inputs=[
            torch.randint(0, 256, (1, 3, 8, 32, 32), dtype=torch.uint8)
            for _ in range(2)
        ],
        data_samples=[ActionDataSample().set_gt_label(i) for i in range(2)],
    )
    model.train()
    weight = model.backbone.conv1.weight
    before = weight.detach().clone()
    losses = model.train_step(
        batch, OptimWrapper(torch.optim.SGD(model.parameters(), 0.1))
    )
    assert losses['loss_cls'].isfinite() and not torch.equal(before, weight)
    with torch.no_grad():
        for sample in model.eval().test_step(batch):
            assert sample.pred_score.shape == (3,)
            assert sample.pred_score.sum().item() == pytest.approx(1)


def test_frozen_stages_and_norm_eval():
    model = small(frozen_stages=1, norm_eval=True).train()
    for name, param in model.named_parameters():
        assert param.requires_grad == name.startswith('layer2'), name
    assert not model.layer2[0].bn2.training
    assert not model.bn1.training
    model = small(frozen_stages=0).train()
    assert not model.bn1.training and not model.conv1.weight.requires_grad
    assert model.layer1[0].bn1.training
    assert model.layer1[0].conv1.weight.requires_grad
    assert small().train().bn1.training


@pytest.mark.parametrize(
    'kwargs, error, message',
    [
        (dict(depth=18), ValueError, r'depth=18 is not known; .*\[50, 101, 152\]'),
        (
            dict(stem='deep'),
            ValueError,
            "stem='deep' is not known; choose one of "
            r"\['pool', 'wide', 'literal'\]",
        ),
        (
            dict(cardinality=48),
            ValueError,
            'base_channels=128 must be even and a multiple of cardinality=48',
        ),
        (dict(in_channels=0), ValueError, 'in_channels=0'),
        (dict(base_channels=8.0), TypeError, 'base_channels=8.0 is a float'),
        (dict(stage_blocks=(3, 0, 1, 1)), ValueError, r'stage_blocks\[1\]=0'),
        (dict(stage_blocks=(1, 1)), ValueError, 'has 4 entries for 2 stages'),
        (
            dict(stage_strides=(1, (2, 2), 2, 2)),
            ValueError,
            r'stage_strides\[1\]=\(2, 2\) must be one number, or three',
        ),
        (dict(stage_strides=(1, (0, 2, 2), 2, 2)), ValueError, r'stage_strides\[1\]=0'),
        (dict(stage_strides=(1, 2.0, 2, 2)), TypeError, 'is a float'),
        (dict(frozen_stages=5), ValueError, r'frozen_stages=5 is outside \[-1, 4\]'),
        (dict(frozen_stages=True), TypeError, 'frozen_stages=True is a bool'),
        (dict(norm_eval='False'), TypeError, "ResNeXt3d: norm_eval='False' is a str"),
        (dict(norm_cfg=3), TypeError, 'ResNeXt3d: norm_cfg=3 is not a config'),
        (dict(stage_blocks=1.0), TypeError, r'stage_blocks=1\.0 is a float'),
        (dict(stage_strides=0.0), TypeError, r'stage_strides=0\.0 is a float'),
        (dict(with_cp=1), TypeError, 'ResNeXt3d: with_cp=1 is a int'),
        (dict(depth=True), ValueError, 'depth=True is not known'),
        (
            dict(depth=50, stage_blocks=(1, 1, 1, 1)),
            ValueError,
            'depth=50 has no effect with stage_blocks',
        ),
    ],
)
def test_bad_arguments(kwargs, error, message):
    with pytest.raises(error, match=message), torch.device('meta'):
        ResNeXt3d(**kwargs)


def test_bad_input():
    with pytest.raises(ValueError, match='the input has 3 channels, in_chann'):
        small()(torch.rand(1, 3, 4, 8, 8))
    with pytest.raises(ValueError, match='a map .N, C, T, H, W. is needed'):
        small()(torch.rand(5, 4, 8, 8))
