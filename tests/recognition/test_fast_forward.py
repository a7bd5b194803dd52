"""Which inputs and modules the fast functions accept."""

import pytest
import torch
from torch import nn
from torch.nn.modules import module as torch_module
from torch.utils.checkpoint import checkpoint

from mmvkp.recognition.fast_forward import (
    FastForward,
    accelerates,
    install,
    installed,
    results_only,
    untouched,
)


class Double(nn.Module):
    """Doubles its input; the fast function says that it ran."""

    def forward(self, x, factor=2):
        return factor * x


class Other(Double):
    """A subclass, which is not registered."""


@accelerates(Double)
def _double(module, x, factor=2):
    module.fast_calls += 1
    return factor * x


@pytest.fixture()
def model():
    """Sequence of a registered module and a subclass of it, accelerated."""
    layers = nn.Sequential(Double(), Other()).eval()
    layers[0].fast_calls = 0
    list(install(layers))
    return layers


def fast_calls(model, function=lambda model, x: model(x)):
    x = torch.ones(2)
    before = model[0].fast_calls
    assert torch.equal(function(model, x), 4 * x)
    return model[0].fast_calls - before


@torch.no_grad()
def test_registered_classes_alone(model):
    assert [each.module for each in installed(model)] == [model[0]]
    assert fast_calls(model) == 1
    assert torch.equal(model[0](torch.ones(1), factor=3), 3 * torch.ones(1))
    assert torch.equal(model[0](x=torch.ones(1)), 2 * torch.ones(1))


def test_a_condition():
    @accelerates('tests.none.Missing', when=lambda module: False)
    @accelerates(Other, when=lambda module: module.wanted)
    def function(module, x):
        return x

    from mmvkp.recognition import fast_forward

    try:
        layers = nn.Sequential(Other(), Other())
        layers[0].wanted, layers[1].wanted = True, False
        assert [each.module for each in install(layers)] == [layers[0]]
    finally:
        fast_forward._REGISTERED.pop(f'{Other.__module__}.Other')
        fast_forward._REGISTERED.pop('tests.none.Missing')


@torch.no_grad()
def test_hooks_and_patches(model):
    for register in (
        model[0].register_forward_hook,
        model[0].register_forward_pre_hook,
        model[0].register_full_backward_hook,
        torch_module.register_module_forward_hook,
        torch_module.register_module_forward_pre_hook,
    ):
        handle = register(lambda *_: None)
        assert fast_calls(model) == 0, register
        handle.remove()
        assert fast_calls(model) == 1
    assert untouched(*model)
    model[1].forward = lambda x: 2 * x
    assert not untouched(*model) and untouched(model[0])


def test_gradients_and_training(model):
    assert fast_calls(model) == 0
    with torch.no_grad():
        assert fast_calls(model) == 1
        assert fast_calls(model.train()) == 0
        model.eval()
    with torch.inference_mode():
        assert fast_calls(model) == 1


@pytest.mark.parametrize('reentrant', [True, False])
def test_checkpoints_repeat_the_normal_path(model, reentrant):
    def run(model, x):
        return checkpoint(model, x.requires_grad_(), use_reentrant=reentrant)

    assert fast_calls(model, run) == 0


@torch.no_grad()
def test_inputs():
    x = torch.ones(2)
    assert results_only(x)
    for other in (
        x.double(),
        x.half(),
        x[:0],
        x.to('meta'),
        nn.Parameter(x),
        [x],
        None,
    ):
        assert not results_only(other)
    with torch.autocast('cpu', dtype=torch.bfloat16):
        assert not results_only(x)


@torch.no_grad()
def test_tracing(model):
    torch.jit.trace(model, torch.ones(2), check_trace=False)
    torch.fx.symbolic_trace(model)
    torch.export.export(model, (torch.ones(2),))
    assert model[0].fast_calls == 0


@torch.no_grad()
def test_a_patch_over_a_fast_forward(model):
    """It keeps the normal path, also after the fast function is removed."""
    ours = model[0].forward
    model[0].forward = patch = lambda x: ours(x)
    assert isinstance(ours, FastForward) and fast_calls(model) == 0
    ours.remove()
    assert model[0].forward is patch and fast_calls(model) == 0
    del model[0].forward
    assert fast_calls(model) == 0
