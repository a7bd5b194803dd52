"""Accelerated blocks: what a loop over frames gives, and nothing is overwritten."""

import mmvkp  # noqa: F401, isort: skip
import itertools
from unittest import mock

import pytest
import torch
from mmaction.registry import MODELS
from mmengine.registry import DefaultScope
from torch import nn

from mmvkp.afnet import accelerate as fast
from mmvkp.afnet.focal_unit import FocalUnit, ResidualUnit
from mmvkp.recognition import accelerate

from ..aknet.tiny_aknet import with_statistics
from .test_focal_unit import MASKS, features, frame_by_frame, unit


def assert_near(found, expected):
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(
    'skipped, shift, project, relu',
    list(itertools.product(('identity', 'zeros'), *[(False, True)] * 3)),
)
@torch.no_grad()
def test_equals_a_loop_over_frames(skipped, shift, project, relu):
    module = unit(skipped, shift, project, relu)
    for mask, memory in itertools.product(
        MASKS, (torch.contiguous_format, torch.channels_last)
    ):
        x = features(memory)
        expected = frame_by_frame(module, x, mask)
        with accelerate(module):
            assert_near(module(x, torch.tensor(mask).float()), expected)
        assert torch.equal(x, features())


@torch.no_grad()
def test_weights_regions_and_nan_take_the_normal_path():
    module, x = unit(project=True), features()
    weights = torch.rand(8)
    regions = torch.rand(8, 1, 5, 6)
    half = torch.tensor([1.0, 0, 0.5, 1, 0, 1, 1, 1])
    bad = torch.tensor([1.0, 0, float('nan'), 1, 0, 1, 1, 1])
    for arguments in ((weights, None, True), (bad,), (half,), (half > 0, regions)):
        expected = module(x, *arguments)
        with accelerate(module):
            torch.testing.assert_close(
                module(x, *arguments), expected, rtol=1e-4, atol=1e-4, equal_nan=True
            )


@pytest.mark.parametrize('name', ['path', 'path.4', 'path.0', 'shortcut', 'shortcut.1'])
@torch.no_grad()
def test_what_a_hook_gets_stays(name):
    module, x = unit(project=True), features()
    mask = torch.tensor(MASKS[2]).float()
    expected = module(x, mask)
    held = []

    def hold(module, args, out):
        held.extend((each, each.clone()) for each in (*args, out))

    with accelerate(module), module.get_submodule(name).register_forward_hook(hold):
        assert_near(module(x, mask), expected)
    assert held
    for one, copied in held:
        assert torch.equal(one, copied)


@torch.no_grad()
def test_only_selected_frames_are_computed():
    module, x = unit(), features()
    mask = torch.tensor(MASKS[2]).float()
    with (
        accelerate(module),
        mock.patch.object(fast, 'run_layers', wraps=fast.run_layers) as run,
        mock.patch.object(FocalUnit, 'forward') as plain,
    ):
        module(x, mask)
    assert [len(call.args[1]) for call in run.call_args_list] == [5]
    assert not plain.called


@pytest.mark.parametrize('relu', [False, True])
@pytest.mark.parametrize('shortcut', [None, nn.Identity(), nn.AvgPool2d(1)])
@torch.no_grad()
def test_residual_unit(shortcut, relu):
    module = ResidualUnit(unit().path, shortcut, relu, 4).eval()
    x = features()
    expected = module(x)
    with accelerate(module):
        assert_near(module(x), expected)
    assert torch.equal(x, features())


def af_network(**options):
    torch.manual_seed(0)
    config = dict(type='AFResNet', num_segments=4, **options)
    with DefaultScope.overwrite_default_scope('mmaction'):
        return with_statistics(MODELS.build(config)).eval()


SINGLE = dict(arch_cfg=dict(two_branches=False))


@pytest.mark.parametrize('options', [dict(), dict(with_shift=True), SINGLE])
@torch.no_grad()
def test_stages_with_forced_masks(options):
    """The focal branch is computed in place from block to block."""
    model, x = af_network(**options), torch.rand(8, 3, 64, 64)
    generator = torch.Generator().manual_seed(0)
    some = torch.rand(8, model.num_masks, generator=generator).round()
    for masks in (some, torch.ones_like(some), torch.zeros_like(some)):
        expected = model.run_stages(model.stem(x), masks)
        with accelerate(model):
            found = model.run_stages(model.stem(x), masks)
        for one, other in zip(found, expected):
            assert (one - other).abs().max() <= 1e-5 * other.abs().max()


@pytest.mark.parametrize('options', [dict(), SINGLE])
@torch.no_grad()
def test_hooks_in_a_stage_keep_their_maps(options):
    model, x = af_network(**options), torch.rand(4, 3, 64, 64)
    with accelerate(model):
        for name, module in model.layer2.named_modules():
            held = []

            def hold(module, args, out, held=held):
                maps = [each for each in args if isinstance(each, torch.Tensor)]
                maps += [out] if isinstance(out, torch.Tensor) else [out[0]]
                held.extend((each, each.clone()) for each in maps)

            with module.register_forward_hook(hold):
                model(x)
            for one, copied in held:
                assert torch.equal(one, copied), name
