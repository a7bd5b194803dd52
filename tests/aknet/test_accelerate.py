"""The fast AK-Net: the same but for rounding, and the normal path where it must be."""

import mmvkp  # noqa: F401, isort: skip
from unittest import mock

import pytest
import torch
from mmaction.registry import MODELS
from mmengine.registry import DefaultScope
from torch import nn

from mmvkp.aknet import accelerate as fast
from mmvkp.recognition import accelerate

from .tiny_aknet import SLIM, with_statistics


def aknet(**options):
    """Over a network with bottlenecks; the transform is not the identity."""
    torch.manual_seed(0)
    base = dict(SLIM, depth=50)
    config = dict(type='AKNet', base=base, select_stage=0, **options)
    with DefaultScope.overwrite_default_scope('mmaction'):
        model = with_statistics(MODELS.build(config)).eval()
    if hasattr(model.transform, 'matrix'):
        nn.init.normal_(model.transform.matrix.weight, std=0.01)
    return model


def joined(model, x):
    """Output of the accelerated model, and the number of layers that are joined."""
    with mock.patch.object(fast, '_linear', wraps=fast._linear) as linear:
        return model(x), linear.call_count


def assert_near(found, expected):
    """Rounding, relative to the largest value; the transform moves it by 2 %."""
    assert (found - expected).abs().max() <= 1e-5 * expected.abs().max()


@pytest.mark.parametrize('clips', [1, 2])
@torch.no_grad()
def test_the_transform_is_joined_with_the_layers_after_it(clips):
    model, x = aknet(), torch.rand(4 * clips, 3, 64, 64)
    expected = model(x)
    with accelerate(model):
        found, calls = joined(model, x)
    assert calls == 2
    for one, other in zip(found, expected):
        assert_near(one, other)


@pytest.mark.parametrize(
    'path', ['transform', 'tail', 'tail.layer2', 'tail.layer2.0.conv1.conv']
)
@torch.no_grad()
def test_hooks_are_called(path):
    model, x = aknet(), torch.rand(4, 3, 64, 64)
    expected = model(x).sequence
    seen = []
    handle = model.get_submodule(path).register_forward_hook(
        lambda module, args, out: seen.append(out)
    )
    with handle, accelerate(model):
        found, calls = joined(model, x)
    assert (len(seen), calls) == (1, 0)
    assert_near(found.sequence, expected)


@pytest.mark.parametrize(
    'options, size',
    [
        (dict(), 32),  # fewer points than the layers have channels
        (dict(transform='embedding'), 64),
        (dict(transform='none'), 64),
        (dict(tail_shift=True), 64),
    ],
)
@torch.no_grad()
def test_others_run_one_after_the_other(options, size):
    model, x = aknet(**options), torch.rand(4, 3, size, size)
    expected = model(x).sequence
    with accelerate(model):
        found, calls = joined(model, x)
    assert calls == 0
    assert_near(found.sequence, expected)
