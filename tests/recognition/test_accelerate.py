"""Accelerated models: the same but for rounding, and restored bit for bit."""

import mmvkp  # noqa: F401, isort: skip
import pickle
from copy import copy as shallow_copy
from copy import deepcopy
from unittest import mock

import pytest
import torch
from mmaction.registry import MODELS
from mmcv.cnn import ConvModule
from mmengine.registry import DefaultScope
from torch import nn
from torch.autograd import forward_ad
from torch.utils.checkpoint import checkpoint

from mmvkp.recognition import accelerate, decelerate
from mmvkp.recognition.complexity import count_macs
from mmvkp.recognition.fast_forward import installed

from ..aknet.tiny_aknet import SLIM, with_statistics
from .norm_calls import norms_run
from .torchvision_resnet import BasicBlock, Bottleneck, ResNet

R3D = dict(pretrained=None, pretrained2d=False)
FRAMES, CLIP = (8, 3, 64, 64), (1, 3, 8, 64, 64)
NON_LOCAL = dict(
    type='ResNetTSM',
    depth=50,
    num_segments=4,
    non_local=((0,) * 3, (1, 0, 0, 0), (0,) * 6, (0,) * 3),
    non_local_cfg=dict(sub_sample=True, mode='embedded_gaussian'),
)
C2PLUS1D = dict(
    type='ResNet2Plus1d',
    depth=18,
    norm_eval=False,
    conv_cfg=dict(type='Conv2plus1d'),
    conv1_kernel=(3, 7, 7),
    conv1_stride_t=1,
    pool1_stride_t=1,
    inflate=(1, 1, 1, 1),
    spatial_strides=(1, 2, 2, 2),
    temporal_strides=(1, 2, 2, 2),
    **R3D,
)
# Backbone, shape of the input.
BACKBONES = dict(
    slim=(SLIM, FRAMES),
    tsm=(dict(type='ResNetTSM', depth=18, num_segments=4), FRAMES),
    non_local=(NON_LOCAL, FRAMES),
    tsn=(dict(type='ResNet', depth=18), FRAMES),
    tanet=(dict(type='TANet', depth=50, num_segments=4), FRAMES),
    mobilenet=(dict(type='MobileNetV2TSM', num_segments=4, pretrained2d=False), FRAMES),
    tdn=(dict(type='ResNetTDN', depth=50, num_segments=4), (8, 15, 64, 64)),
    slowonly=(dict(type='ResNet3dSlowOnly', depth=50, lateral=False, **R3D), CLIP),
    i3d=(dict(type='ResNet3d', depth=18, **R3D), CLIP),
    r2plus1d=(C2PLUS1D, CLIP),
    csn=(dict(type='ResNet3dCSN', depth=50, bottleneck_mode='ir', **R3D), CLIP),
    x3d=(dict(type='X3D', gamma_w=1, gamma_b=2.25, gamma_d=2.2), CLIP),
    c3d=(
        dict(type='C3D', conv_cfg=dict(type='Conv3d'), out_dim=4608),
        (1, 3, 16, 64, 64),
    ),
    mfnet=(dict(type='MFNet'), CLIP),
    resnext3d=(dict(type='ResNeXt3d', depth=50, in_channels=3), CLIP),
    afnet=(dict(type='AFResNet', num_segments=4), FRAMES),
    aknet=(dict(type='AKNet', base=SLIM, select_stage=1), FRAMES),
)


def plain(name):
    """A network in eval mode, and its input."""
    torch.manual_seed(0)
    backbone, shape = BACKBONES[name]
    with DefaultScope.overwrite_default_scope('mmaction'):
        model = with_statistics(MODELS.build(backbone))
    model.eval()
    return model, torch.rand(shape)


def both(name='slim', **options):
    """A network, an accelerated copy, and their input."""
    model, x = plain(name)
    fast = deepcopy(model)
    accelerate(fast, **options)
    return model, fast, x


def tensors(result):
    """All tensors of nested tuples, floating-point ones only."""
    if isinstance(result, torch.Tensor):
        return [result] if result.is_floating_point() else []
    return [each for part in result or () for each in tensors(part)]


def check(model, x, norms=True):
    """Compare a model with itself when accelerated and when restored."""
    before = {key: value.clone() for key, value in model.state_dict().items()}
    kinds = [type(each) for each in model.modules()]
    keys = [sorted(vars(each)) for each in model.modules()]
    expected = tensors(model(x))
    with accelerate(model) as handle:
        assert handle.paths
        found = tensors(model(x))
        assert kinds == [type(each) for each in model.modules()]
        assert not norms or norms_run(model, x) < norms_run(deepcopy_plain(model), x)
    assert len(found) == len(expected) > 0
    for one, other in zip(found, expected):
        # Maps of the TDN have large values: only a share is meaningful.
        assert other.std() > 1e-3
        assert (one - other).norm() < 1e-5 * other.norm()
    assert all(map(torch.equal, tensors(model(x)), expected))
    assert keys == [sorted(vars(each)) for each in model.modules()]
    after = model.state_dict()
    assert list(after) == list(before)
    assert all(torch.equal(after[key], before[key]) for key in before)


def deepcopy_plain(model):
    """A restored copy of an accelerated model."""
    copy = deepcopy(model)
    decelerate(copy)
    return copy


@pytest.mark.parametrize('name', BACKBONES)
@torch.no_grad()
def test_same_but_for_rounding_and_restored(name):
    model, x = plain(name)
    check(model, x, norms=name != 'c3d')


@pytest.mark.parametrize('block', [BasicBlock, Bottleneck])
@torch.no_grad()
def test_torchvision(block):
    torch.manual_seed(0)
    model = with_statistics(ResNet(block)).eval()
    x = torch.rand(2, 3, 128, 128)
    check(model, x)
    accelerate(model)
    # The stem, the blocks and their two shortcuts; only maps of less cells than
    # weights keep their norm layers.
    assert norms_run(model, x) <= 6


@torch.no_grad()
def test_the_cost_is_counted_on_the_normal_path():
    model, fast, x = both()
    assert count_macs(fast, x) == count_macs(model, x)


@torch.no_grad()
def test_what_is_folded():
    model, fast, x = both('tsm')
    assert fast(x).is_contiguous(memory_format=torch.channels_last)
    # With eight frames of 64 x 64: the stem, the four of res2 with 2048 cells
    # and 576 numbers each, shortcuts of res3 (512, 64) and res4 (128, 128).
    assert norms_run(model, x) == 20
    assert norms_run(fast, x) == 20 - (1 + 4 + 1 + 1)


@torch.no_grad()
def test_changed_weights_take_effect():
    model, fast, x = both()
    fast(x)
    other, _ = plain('slim')
    with_statistics(other)
    fast.load_state_dict(other.state_dict())
    torch.testing.assert_close(fast(x), other(x), rtol=1e-4, atol=1e-4)
    for net in (fast, other):
        # As an exponential moving average does; it changes no version counter.
        net.layer1[0].conv1.norm.running_mean.data.add_(1)
        net.conv1.conv.weight.data.copy_(torch.full_like(net.conv1.conv.weight, 0.01))
    torch.testing.assert_close(fast(x), other(x), rtol=1e-4, atol=1e-4)


@torch.no_grad()
def test_kept_weights():
    """They are folded once, and again after a change, with any size of the map."""
    model, fast, x = both(keep=True)
    small = x[..., ::4, ::4]
    for given in (x, small):
        torch.testing.assert_close(fast(given), model(given), rtol=1e-4, atol=1e-4)
    with mock.patch('mmvkp.recognition.conv_norm.fold_norm') as fold:
        fast(x)
    assert not fold.called
    for net in (fast, model):
        net.conv1.conv.weight.mul_(0.5)
        net.layer1[0].conv1.norm.running_mean.add_(1)
        net.layer2[0].conv1.norm.bias = nn.Parameter(
            torch.ones_like(net.layer2[0].conv1.norm.bias)
        )
    torch.testing.assert_close(fast(x), model(x), rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(deepcopy(fast)(x), model(x), rtol=1e-4, atol=1e-4)
    calls = []
    fast.conv1.norm.register_forward_hook(lambda *_: calls.append(1))
    fast(x)
    assert calls == [1]
    decelerate(fast)
    assert torch.equal(fast(x), model(x))
    assert not any('_kept_fold' in vars(each) for each in fast.modules())


@torch.no_grad()
def test_kept_weights_in_training():
    model, fast, x = both(keep=True)
    fast(x)
    model.train()
    fast.train()
    assert torch.equal(fast(x), model(x))


@torch.no_grad()
def test_kept_weights_of_the_inference_mode():
    """Their changes are not counted."""
    with torch.inference_mode():
        conv, norm = nn.Conv2d(3, 4, 1), nn.BatchNorm2d(4)
        net = with_statistics(nn.Sequential(conv, norm)).eval()
        accelerate(net, keep=True)
        x = torch.rand(1, 3, 8, 8)
        net(x)
        conv.weight.mul_(2)
        torch.testing.assert_close(net(x), norm(conv(x)), rtol=1e-4, atol=1e-4)


def test_mmdet_blocks():
    """Basic blocks of hourglasses and ResNets; others stay."""
    resnet = pytest.importorskip('mmdet.models.backbones.resnet')
    torch.manual_seed(0)
    x = torch.rand(2, 4, 19, 18)
    down = nn.Sequential(nn.Conv2d(4, 6, 1, 2, bias=False), nn.BatchNorm2d(6))
    for options, norms in (
        (dict(inplanes=4, planes=4), 0),
        (dict(inplanes=4, planes=6, stride=2, downsample=down), 0),
        (dict(inplanes=4, planes=4, norm_cfg=dict(type='GN', num_groups=2)), None),
    ):
        block = with_statistics(resnet.BasicBlock(**options)).eval()
        with torch.no_grad():
            expected = block(x)
            with accelerate(block):
                torch.testing.assert_close(block(x), expected, rtol=1e-4, atol=1e-4)
                assert ('forward' in vars(block)) == (norms is not None)
                assert norms_run(block, x) == 0


@pytest.mark.parametrize('norm_eval', [False, True])
def test_training_stays_bit_for_bit(norm_eval):
    model, fast, x = both()
    results = []
    for net in (model, fast):
        net.norm_eval = norm_eval
        net.train()
        y = net(x)
        y.square().mean().backward()
        results.append([y, *(each.grad for each in net.parameters()), *net.buffers()])
        with torch.no_grad():
            results[-1].append(net(x))
    assert all(map(torch.equal, *results))


def test_gradients_in_eval_stay():
    model, fast, x = both()
    assert torch.equal(fast(x), model(x))
    for reentrant in (True, False):
        results = []
        for net in (model, fast):
            given = x.clone().requires_grad_()
            y = checkpoint(net, given, use_reentrant=reentrant)
            y.square().mean().backward()
            results.append((y, given.grad))
        assert all(map(torch.equal, *results))


@torch.no_grad()
def test_hooks_and_patches_are_respected():
    model, fast, x = both()
    calls = []
    layer = fast.layer1[0].conv1
    for module in (layer, layer.conv, layer.conv.net, layer.norm):
        handle = module.register_forward_hook(lambda *_: calls.append(1))
        torch.testing.assert_close(fast(x), model(x), rtol=1e-4, atol=1e-4)
        handle.remove()
    assert len(calls) == 4
    for module in (layer.conv.net, layer.norm):
        own = type(module).forward
        module.forward = lambda y, m=module, f=own: calls.append(2) or f(m, y)
        fast(x)
        del module.forward
    assert calls[4:] == [2, 2]
    handle = nn.modules.module.register_module_forward_hook(lambda *_: None)
    assert torch.equal(fast(x), model(x))
    handle.remove()
    assert not torch.equal(fast(x), model(x))


def held_by_hooks(model, x):
    """What hooks on the modules of two stages, one at a time, and the caller get.

    Pairs of the tensors after the pass, and their copies from the call.
    """
    model.out_indices = (0, 1, 2, 3)
    held = []

    def hold(module, args, out):
        for each in (*args, *(out if isinstance(out, tuple) else (out,))):
            held.append((each, each.clone()))

    for stage in (model.layer1, model.layer2):
        for module in stage.modules():
            with module.register_forward_hook(hold):
                hold(model, (x,), model(x))
    return held


@pytest.mark.parametrize('name', ['tsm', 'tsn', 'i3d'])
def test_maps_that_others_hold_are_not_overwritten(name):
    """Blocks add in place, but never more than the plain network."""
    model, x = plain(name)
    with torch.no_grad():
        expected = held_by_hooks(model, x)
        with accelerate(model):
            found = held_by_hooks(model, x)
    assert len(found) == len(expected) > 100
    for (after, copied), (plain_after, _) in zip(found, expected):
        assert torch.equal(after, copied) or torch.allclose(
            after, plain_after, rtol=1e-4, atol=1e-4
        )


@pytest.mark.parametrize('dims', [1, 2, 3])
@torch.no_grad()
def test_function_transforms(dims):
    """Operations of the fast path have no rules for them."""
    torch.manual_seed(0)
    config = dict(conv_cfg=dict(type=f'Conv{dims}d'), norm_cfg=dict(type=f'BN{dims}d'))
    model = with_statistics(ConvModule(3, 4, 3, padding=1, **config)).eval()
    x = torch.rand(5, 2, 3, *([8] * dims))

    def dual():
        with forward_ad.dual_level():
            y = model(forward_ad.make_dual(x[0], torch.ones_like(x[0])))
            return forward_ad.unpack_dual(y).tangent

    calls = (
        lambda: torch.vmap(model)(x),
        lambda: torch.func.jvp(model, (x[0],), (torch.ones_like(x[0]),))[1],
        lambda: torch.func.grad(lambda y: model(y).sum())(x[0]),
        dual,
    )
    expected = [call() for call in calls]
    with accelerate(model):
        for call, wanted in zip(calls, expected):
            assert torch.equal(call(), wanted)
        assert not torch.equal(model(x[0]), expected[0][0]) or dims == 1


@torch.no_grad()
def test_replicas_for_data_parallel():
    """They have other children, which must run."""
    model, fast, x = both()
    for net in (model, fast):
        layer = net.layer1[0].conv1
        replica = layer._replicate_for_data_parallel()
        assert 'forward' not in vars(replica)
        replica._modules = dict(layer._modules)
        replica.conv = nn.Conv2d(8, 8, 1)
        y = torch.rand(4, 8, 8, 8)
        wanted = replica.activate(layer.norm(replica.conv(y)))
        torch.testing.assert_close(replica(y), wanted)
    copy = deepcopy(fast)
    layer = copy.layer1[0].conv1
    assert 'forward' not in vars(layer._replicate_for_data_parallel())
    decelerate(copy)
    assert not any('_replicate_for_data_parallel' in vars(m) for m in copy.modules())


@torch.no_grad()
def test_a_patched_convolution():
    model, fast, x = both('tsn')
    for net in (model, fast):
        conv = net.layer1[0].conv1.conv
        own = type(conv)._conv_forward
        conv._conv_forward = lambda *args, c=conv, f=own: 3 * f(c, *args)
    wanted, found = model(x), fast(x)
    assert (found - wanted).norm() < 1e-5 * wanted.norm()


@torch.no_grad()
def test_a_patched_module_is_skipped():
    model, x = plain('slim')
    layer = model.layer1[0].conv1
    forward = layer.forward
    layer.forward = patch = lambda y: forward(y)
    with accelerate(model):
        assert layer.forward is patch
    assert layer.forward is patch


@torch.no_grad()
def test_other_types_and_export():
    model, fast, x = both()
    total = norms_run(model, x)
    assert torch.equal(fast.double()(x.double()), model.double()(x.double()))
    fast.float(), model.float()
    with torch.autocast('cpu', dtype=torch.bfloat16):
        assert torch.equal(fast(x), model(x))
    traced = torch.jit.trace(fast, x, check_trace=False)
    assert str(traced.inlined_graph).count('aten::batch_norm') == total


@torch.no_grad()
def test_options_of_a_conv_module():
    x = torch.rand(1, 3, 16, 16)
    for config, norms in (
        (dict(norm_cfg=dict(type='BN')), 0),
        (dict(norm_cfg=dict(type='BN'), order=('norm', 'conv', 'act')), 1),
        (dict(norm_cfg=dict(type='BN'), padding=1, padding_mode='reflect'), 1),
        (dict(norm_cfg=dict(type='BN'), act_cfg=None), 0),
        (dict(), 0),
    ):
        model = with_statistics(ConvModule(3, 3, 3, **config)).eval()
        calls = (
            lambda y: model(y),
            lambda y: model(y, activate=False),
            lambda y: model(y, norm=False),
        )
        expected = [call(x) for call in calls]
        with accelerate(model):
            for call, wanted in zip(calls, expected):
                torch.testing.assert_close(call(x), wanted, rtol=1e-4, atol=1e-5)
            assert norms_run(model, x) == norms


@torch.no_grad()
def test_nested_and_repeated():
    model, x = plain('slim')
    expected = model(x)
    with accelerate(model) as outer:
        with accelerate(model) as inner:
            assert not inner.paths
        assert not torch.equal(model(x), expected)
        outer.undo()
        assert torch.equal(model(x), expected)
    assert torch.equal(model(x), expected)
    with pytest.raises(ZeroDivisionError), accelerate(model):
        1 / 0
    assert not list(installed(model))


@torch.no_grad()
@pytest.mark.parametrize('kind', ['module', 'sequential', 'block'])
def test_a_shallow_copy_runs_its_own_children(kind):
    """It ran those of the original."""
    x = torch.rand(2, 4, 8, 8)
    if kind == 'module':
        model, name = ConvModule(4, 4, 1, norm_cfg=dict(type='BN')), 'conv'
    elif kind == 'sequential':
        model, name = nn.Sequential(nn.Conv2d(4, 4, 1), nn.BatchNorm2d(4)), '0'
    else:
        model, name = BasicBlock(4, 4), 'conv1'
    model = with_statistics(model).eval()
    with torch.no_grad(), accelerate(model) as handle:
        fast = model(x)
        other = shallow_copy(model)
        assert type(other) is type(model) and other.state_dict().keys() == {
            *model.state_dict()
        }
        assert torch.equal(other(x), fast)
        # As `DataParallel` and `torch.nn.utils` do: own children, then other weights.
        other._modules = dict(model._modules)
        changed = deepcopy(getattr(model, name))
        changed.weight.data *= -1
        setattr(other, name, changed)
        expected = type(other).forward(other, x)
        assert not torch.allclose(expected, fast, atol=1e-3)
        torch.testing.assert_close(other(x), expected)
        assert torch.equal(model(x), fast)
        # Its mode is its own, too.
        other.training = True
        assert model.training is False and torch.equal(model(x), fast)
        other.training = False
        handle.undo()
        assert len(list(installed(model))) == 0
        assert next(installed(other)).module is other
        decelerate(other)
        assert not {'forward', '__reduce_ex__'} & {*vars(other), *vars(model)}
        assert torch.equal(other(x), expected)


def test_a_copy_may_be_copied(tmp_path):
    model = with_statistics(ConvModule(4, 4, 1, norm_cfg=dict(type='BN'))).eval()
    x = torch.rand(2, 4, 8, 8)
    with torch.no_grad(), accelerate(model):
        fast = model(x)
        for first in (shallow_copy, deepcopy, lambda y: pickle.loads(pickle.dumps(y))):
            for second in (shallow_copy, deepcopy):
                other = second(first(model))
                (path,) = installed(other)
                assert path.module is other
                assert torch.equal(other(x), fast)
        torch.save(model, tmp_path / 'model.pth')
        loaded = torch.load(tmp_path / 'model.pth', weights_only=False)
        assert next(installed(loaded)).module is loaded
        assert torch.equal(loaded(x), fast)


def test_copies_and_pickles():
    model, x = plain('slim')
    expected = model(x)
    with accelerate(model) as handle:
        fast = model(x)
        for copy in (deepcopy(model), pickle.loads(pickle.dumps(model))):
            assert len(list(installed(copy))) == len(handle.paths)
            assert all(
                path.module is not other.module
                for path, other in zip(installed(copy), handle.paths)
            )
            assert torch.equal(copy(x), fast)
            decelerate(copy)
            assert torch.equal(copy(x), expected)
        assert torch.equal(model(x), fast)


def test_caches_are_cleared_at_both_ends():

    class Caching(nn.Module):
        cleared = 0

        def clear_cache(self):
            self.cleared += 1

    model = nn.Sequential(Caching())
    with accelerate(model):
        assert model[0].cleared == 1
    assert model[0].cleared == 2
