"""AKNet over its hosts: maps, points, steps inside a recognizer, mistakes."""

import mmvkp  # noqa: F401, isort: skip
import pytest
import torch
from mmaction.models.backbones import ResNet
from mmaction.registry import MODELS
from mmengine.optim import OptimWrapper
from mmengine.utils.dl_utils.parrots_wrapper import _BatchNorm
from torch.utils._python_dispatch import TorchDispatchMode

from mmvkp.aknet.backbone import AKNet
from mmvkp.aknet.tail import PointSequenceTail
from mmvkp.recognition import accelerate

from ..recognition.norm_calls import norms_run
from .tiny_aknet import SLIM, aknet_recognizer, some_videos, with_statistics

# Backbone, channels of the map and behind the tail, frames per segment.
HOSTS = dict(
    tsm18=(dict(base=dict(
        type='ResNetTSM', depth=18, num_segments=4, pretrained2d=False)),
           256, 512, 1),
    tdn18=(dict(base=dict(type='ResNetTDN', depth=18, num_segments=4)), 256, 512, 5),
    r18=(dict(
        base=dict(type='ResNet', depth=18), num_segments=4, select_stage=1,
        transform='none'), 128, 512, 1),
    r50=(dict(
        base=dict(type='ResNet', depth=50),
        num_segments=4,
        select_stage=0,
        transform='embedding'), 256, 2048, 1),
    tanet50=(dict(base=dict(type='TANet', depth=50, num_segments=4),
                  select_stage=1, transform='none'), 512, 2048, 1),
    mobilenet=(dict(
        base=dict(type='MobileNetV2TSM', num_segments=4, pretrained2d=False),
        select_stage=4), 96, 1280, 1),
    slim=(dict(base=SLIM), 32, 64, 1),
    slim_shift=(dict(base=SLIM, tail_shift=True, rank='none', select_stage=0),
                8, 64, 1),
)  # yapf: disable


def tiny(**kwargs):
    return MODELS.build({**dict(type='AKNet', base=SLIM), **kwargs})


def batch_norms(module):
    return [each for each in module.modules() if isinstance(each, _BatchNorm)]


@pytest.mark.parametrize('name', HOSTS)
def test_steps_in_a_recognizer(name):
    backbone, map_channels, in_channels, frames = HOSTS[name]
    torch.manual_seed(0)
    model = aknet_recognizer(backbone, map_channels, in_channels, frames)
    model.init_weights()
    model.train()
    data = some_videos(channels=3 * frames, size=48)
    losses = model(**model.data_preprocessor(data, True), mode='loss')
    assert {key for key in losses if 'loss' in key} == {
        'loss_cls',
        'loss_aux',
        'loss_sparsity',
    }
    model.parse_losses(losses)[0].backward()
    for key, parameter in model.named_parameters():
        assert parameter.grad is not None, key
        assert parameter.grad.isfinite().all(), key
    for part in ('base', 'tail', 'selector'):
        module = getattr(model.backbone, part)
        assert all(
            each.grad.any()
            for key, each in module.named_parameters()
            if each.dim() > 1 and 'long_term' not in key and 'tam' not in key
        ), part
    before = [p.detach().clone() for p in model.backbone.parameters()]
    log = model.train_step(
        data, OptimWrapper(torch.optim.SGD(model.parameters(), 0.01))
    )
    assert log['loss'].isfinite()
    assert not all(map(torch.equal, before, model.backbone.parameters()))
    model.eval()
    with torch.no_grad():
        for sample in model.test_step(data):
            assert sample.pred_score.shape == (3,)
            assert sample.pred_score.sum().item() == pytest.approx(1)


@pytest.mark.parametrize('stage, size', [(0, 64), (1, 96), (2, 64)])
@torch.no_grad()
def test_equals_host_points_and_tail(stage, size):
    """The plain host up to the stage, its points one by one, its rest."""
    torch.manual_seed(0)
    host = with_statistics(MODELS.build(SLIM))
    host.eval()
    model = tiny(select_stage=stage, transform='none').eval()
    model.load_state_dict(host.state_dict(), strict=False)
    x = torch.rand(2 * 4, 3, size, size)
    got = model(x)
    host.out_indices = (stage,)
    feature = host(x)
    side, number = size // 4 >> stage, int(0.3 * 4 * (size // 4 >> stage) ** 2)
    assert feature.shape == (8, 8 << stage, side, side)
    torch.testing.assert_close(got.feature, feature)
    assert got.heatmap.shape == (2, 4, side, side)
    assert got.points.shape == (2, number, 3) and got.scores.shape == (2, number)
    names = host.res_layers[stage + 1 :]
    tail = PointSequenceTail([getattr(host, name) for name in names], names).eval()
    for n in range(2):
        points = got.points[n].tolist()
        seq = torch.stack([feature[4 * n + t, :, y, x] for t, y, x in points], 1)
        torch.testing.assert_close(got.sequence[n], tail(seq[None])[0])
        torch.testing.assert_close(
            got.scores[n], torch.stack([got.heatmap[n, t, y, x] for t, y, x in points])
        )
        kept = torch.zeros(4, side, side, dtype=torch.bool)
        kept[tuple(got.points[n].T)] = True
        assert got.heatmap[n][kept].min() >= got.heatmap[n][~kept].max()
    length = number
    for _ in names:
        length = -(-length // 4)
    assert got.sequence.shape == (2, 64, length)


class CountOps(TorchDispatchMode):
    """Counts the operations of torch."""

    def __init__(self):
        super().__init__()
        self.number = 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        self.number += 1
        return func(*args, **(kwargs or {}))


def test_clips_do_not_meet_and_are_not_looped_over():
    torch.manual_seed(0)
    model = with_statistics(tiny()).eval()
    x = torch.rand(5 * 4, 3, 64, 64)
    numbers, alone = [], []
    for clip in x.split(4):
        with CountOps() as ops:
            alone.append(model(clip))
        numbers.append(ops.number)
    with CountOps() as ops:
        together = model(x)
    assert numbers == [ops.number] * 5
    for both, ones in zip(together, zip(*alone)):
        torch.testing.assert_close(both, torch.cat(ones))


@torch.no_grad()
def test_views_are_averaged():
    """2 clips x 3 crops of a video."""
    torch.manual_seed(0)
    model = with_statistics(aknet_recognizer(init_std=1.0)).eval()
    views = some_videos(num=6)['inputs']
    sample = some_videos(num=1)['data_samples']
    together = model.test_step(dict(inputs=[torch.cat(views)], data_samples=sample))[
        0
    ].pred_score
    alone = torch.stack(
        [
            model.test_step(dict(inputs=[view], data_samples=sample))[
                0
            ].pred_score.clone()
            for view in views
        ]
    )
    assert alone.std(0).min() > 1e-3
    torch.testing.assert_close(together, alone.mean(0))


def test_the_auxiliary_head_does_not_run_at_test():
    torch.manual_seed(0)
    model = aknet_recognizer().eval()

    def refuse(*args):
        raise RuntimeError('the auxiliary head was called')

    for each in (*model.cls_head.aux_head.modules(), model.cls_head.loss_sparsity):
        each.register_forward_hook(refuse)
    data = some_videos()
    with torch.no_grad():
        model.test_step(data)
    with pytest.raises(RuntimeError, match='the auxiliary head was called'):
        model(**model.data_preprocessor(data, True), mode='loss')


@torch.no_grad()
def test_half_precision():
    torch.manual_seed(0)
    model = tiny().eval()
    with torch.autocast('cpu', torch.bfloat16):
        got = model(torch.rand(4, 3, 64, 64))
    assert got.sequence.dtype == got.feature.dtype == torch.bfloat16
    assert got.heatmap.dtype == got.scores.dtype == torch.float32


@pytest.mark.parametrize('option', ['norm_eval', 'partial_bn'])
def test_rules_for_norm_layers_reach_the_tail(option):
    model = tiny(base={**SLIM, option: True})
    assert model.train() is model
    tail = batch_norms(model.tail)
    assert len(tail) == 3 and not any(each.training for each in tail)
    assert all(each.training for each in batch_norms(model.transform))
    assert all(each.weight.requires_grad == (option == 'norm_eval') for each in tail)
    mean = tail[0].running_mean.clone()
    model(torch.rand(8, 3, 64, 64))
    assert torch.equal(tail[0].running_mean, mean)
    model = tiny().train()
    assert all(each.training for each in batch_norms(model.tail))
    assert not any(each.training for each in batch_norms(model.eval().tail))


def test_gradients_of_the_smallest_batches():
    """Two clips of noise with maps of 2 x 2 cells: one point after the tail.

    Norm layers over two values gave gradients of more than 1e4 here.
    """
    torch.manual_seed(1)
    model = aknet_recognizer(dict(transform='pointnet')).train()
    model.init_weights()
    optimizer = torch.optim.SGD(model.parameters(), 0.01, momentum=0.9)
    data, largest = some_videos(size=32), 0.0
    for _ in range(12):
        data['inputs'] = [torch.randint_like(x, 256) for x in data['inputs']]
        losses = model(**model.data_preprocessor(data, True), mode='loss')
        optimizer.zero_grad()
        model.parse_losses(losses)[0].backward()
        norm = torch.nn.utils.clip_grad_norm_(model.parameters(), 20.0)
        largest = max(largest, norm.item())
        optimizer.step()
    assert largest < 100


def test_frozen_stages_of_the_bottom():
    model = tiny(base=dict(SLIM, frozen_stages=3)).train()
    assert not any(p.requires_grad for p in model.base.parameters())
    assert not any(each.training for each in batch_norms(model.base))
    assert all(p.requires_grad for p in model.tail.parameters())
    model(torch.rand(8, 3, 64, 64)).sequence.sum().backward()
    model = tiny(base=dict(SLIM, frozen_stages=1)).train()
    frozen = {
        name.split('.')[0]
        for name, p in model.base.named_parameters()
        if not p.requires_grad
    }
    assert frozen == {'conv1', 'layer1'}


def test_frozen_norm_layers_of_the_host():
    model = tiny(base=dict(SLIM, norm_cfg=dict(type='BN2d', requires_grad=False)))
    assert not any(
        p.requires_grad for each in batch_norms(model.tail) for p in each.parameters()
    )


@pytest.mark.parametrize('kwargs, error, message', [
    (dict(base=dict(type='AFResNet', depth=50)), KeyError,
     'base=AFResNet cannot be split: it has no list `res_layers` or `layers`.*'
     'choose ResNetTSM, ResNetTDN'),
    (dict(base=dict(type='TimeSformer', num_frames=8, img_size=32,
                    patch_size=16, num_transformer_layers=1,
                    embed_dims=12, num_heads=2, pretrained=None)), KeyError,
     'base=TimeSformer cannot be split'),
    (dict(select_stage=3), ValueError,
     r"select_stage=3 cannot split SlimResNetTSM with its stages \['layer1'.*"
     'integer from 0 to 2: at least one stage must follow'),
    (dict(select_stage=-1), ValueError, 'select_stage=-1 cannot split'),
    (dict(select_stage=1.), ValueError, 'select_stage=1.0 cannot split'),
    (dict(select_stage=True), ValueError, 'select_stage=True cannot split'),
    (dict(base=dict(SLIM, frozen_stages=4)), ValueError,
     'frozen_stages=4 of the host freezes stages after select_stage=2.*'
     'at most 3'),
    (dict(num_segments=8), ValueError,
     'num_segments=8, but the host has num_segments=4; set one of them'),
    (dict(num_segments=0), ValueError, 'num_segments=0 is outside'),
    (dict(base=dict(type='ResNet', depth=18)), ValueError,
     'ResNet does not know the number of frames; set num_segments'),
    (dict(base=dict(type='ResNet', depth=18), num_segments=2,
          tail_shift=True), ValueError, 'tail_shift=True, but the host'),
    (dict(base=dict(type='ResNetTSM', depth=50, pretrained2d=False,
                    non_local=((0, 0, 0), (0, ) * 4, (0, ) * 6, (0, 1, 0)),
                    non_local_cfg=dict(sub_sample=True))), ValueError,
     'layer4.1 of the host is a NL3DWrapper'),
    (dict(base=SLIM['type']), TypeError, "base='SlimResNetTSM' is not a config"),
    (dict(base=dict(SLIM, out_indices=(1, 2))), ValueError,
     r'out_indices=\(1, 2\) of base has no effect'),
    (dict(base=dict(SLIM, temporal_pool=True)), ValueError,
     'temporal_pool=True of base halves the frames'),
    (dict(tail_shift='no'), TypeError, "tail_shift='no' is a str"),
    (dict(tau=7.0, rank='none'), ValueError, "tau=7.0 has no effect with rank='none"),
    (dict(tau='7'), TypeError, "tau='7' is a str"),
    (dict(transform='heavy'), ValueError, "transform='heavy' is not known"),
    (dict(keypoint_ratio=1.3), ValueError,
     r'AKNet: keypoint_ratio=1.3 is outside \(0, 1\]'),
])  # yapf: disable
def test_bad_arguments(kwargs, error, message):
    with pytest.raises(error, match=message):
        tiny(**kwargs)


def test_non_local_blocks_of_the_bottom():
    model = AKNet(
        dict(
            type='ResNetTSM',
            depth=50,
            num_segments=2,
            pretrained2d=False,
            non_local=((0, 0, 0), (0, 1, 0, 0), (0,) * 6, (0,) * 3),
            non_local_cfg=dict(sub_sample=True),
        )
    )
    assert model.eval()(torch.rand(2, 3, 32, 32)).sequence.isfinite().all()


def test_frames_that_do_not_fit():
    with pytest.raises(
        ValueError, match='6 frames cannot be split into views of num_segments=4'
    ):
        tiny()(torch.rand(6, 3, 32, 32))
    with pytest.raises(ValueError, match='AKNet: the input has 5 channels'):
        tiny()(torch.rand(4, 5, 32, 32))
    with pytest.raises(ValueError, match=r'AKNet: the input has shape \(4, 3, 32\)'):
        tiny()(torch.rand(4, 3, 32))


@pytest.mark.parametrize('value', [float('nan'), float('inf'), -float('inf')])
@pytest.mark.parametrize('transform', ['light', 'embedding', 'none'])
@torch.no_grad()
def test_maps_that_are_not_finite(value, transform):
    """Only the results of their clip are nan; ReLU hides -inf nowhere."""
    torch.manual_seed(0)
    model = with_statistics(tiny(transform=transform, select_stage=1)).eval()
    x = torch.rand(8, 3, 64, 64)
    expected = model(x)

    def break_map(module, args, result):
        result[2, 5, 7, 7] = value
        return result

    model.base.register_forward_hook(break_map)
    got = model(x)
    assert got.sequence[0].isnan().all()
    for one, other in zip(got, expected):
        half = len(one) // 2
        assert torch.equal(one[half:], other[half:])


def test_losses_of_frames_that_are_not_finite():
    """They are nan, so the step can be skipped; nothing is raised."""
    model = aknet_recognizer().train()
    x = torch.rand(2, 4, 3, 64, 64)
    x[0, 1, 2, 3, 4] = float('inf')
    losses = model(x, some_videos()['data_samples'], mode='loss')
    assert all(losses[key].isnan() for key in losses if 'loss' in key)
    model.parse_losses(losses)[0].backward()


def test_a_map_larger_than_the_embedding():
    model = tiny(transform='embedding', select_stage=0).eval()
    with pytest.raises(ValueError, match='the map has 65 x 16 cells'):
        model(torch.rand(4, 3, 260, 64))


def test_the_config_is_not_changed():
    base = dict(SLIM)
    AKNet(base)
    assert base == SLIM
    assert isinstance(
        tiny(base=dict(type='ResNet', depth=18), num_segments=2).base, ResNet
    )
    assert not hasattr(tiny().base, 'layer4')
    assert tiny(transform='none').transform is None


@torch.no_grad()
def test_accelerated():
    """The parts that are not the host's: points, transform and tail."""
    torch.manual_seed(0)
    net = with_statistics(tiny(select_stage=1)).eval()
    x = torch.rand(8, 3, 64, 64)
    plain = net(x)
    sequence = torch.rand(2, net.selector.excitation[0].in_features, 4000)
    points = torch.randint(0, 8, (2, 4000, 3))
    parts = (net.tail, sequence), (net.transform, sequence, points)
    expected = [part(*given) for part, *given in parts]
    with accelerate(net):
        fast = net(x)
        found = [part(*given) for part, *given in parts]
        assert norms_run(net.tail, sequence) == 0
        # The norm layers of the linear layers stay.
        assert norms_run(lambda y: net.transform(y, points), sequence) == 2
    assert torch.equal(fast.points, plain.points)
    for one, other in zip((fast.sequence, *found), (plain.sequence, *expected)):
        assert not torch.equal(one, other)
        assert (one - other).norm() < 1e-5 * other.norm()
    assert torch.equal(net(x).sequence, plain.sequence)
