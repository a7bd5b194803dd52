"""Activations that are computed twice: equal training, less memory."""

import copy

import pytest
import torch
from mmaction.registry import HOOKS
from torch import nn

from mmvkp.recognition.activation_checkpoint_hook import checkpoint_activations
from tests.recognition.tiny_training import assert_same, tiny_runner


class Block(nn.Module):
    """Convolution, norm and dropout, with a count of its forward passes."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(4, 4, 3, padding=1)
        self.norm = nn.BatchNorm2d(4)
        self.drop = nn.Dropout(0.3)
        self.runs = 0

    def forward(self, x, scale=1.0):
        self.runs += 1
        return x + scale * self.drop(self.norm(self.conv(x)).relu())


def network():
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(3, 4, 1), Block(), nn.Sequential(Block(), Block()))


def step(model):
    """Output, gradients and buffers of one training step."""
    torch.manual_seed(1)
    x = torch.rand(2, 3, 8, 8)
    out = model(x)
    out.square().sum().backward()
    grads = {name: each.grad for name, each in model.named_parameters()}
    return out, grads, dict(model.named_buffers())


@pytest.mark.parametrize('patterns', [['1'], ['2.*'], ['*'], ['1', '2']])
def test_outputs_gradients_and_statistics_are_equal(patterns):
    """Bit-identical, with dropout, and norm layers updated once."""
    plain, changed = network(), network()
    names = checkpoint_activations(changed, patterns)
    assert names == {'1': ['1'], '2.*': ['2.0', '2.1'], '*': ['0', '1', '2']}.get(
        patterns[0] if len(patterns) == 1 else '', ['1', '2']
    )
    for expected, found in zip(step(plain), step(changed)):
        torch.testing.assert_close(found, expected, rtol=0, atol=0)
    assert plain[1].runs == 1
    assert changed[1].runs == (1 if patterns == ['2.*'] else 2)
    assert changed[1].norm.num_batches_tracked == 1
    assert changed[1].norm.momentum == 0.1


def test_evaluation_repeats_nothing():
    model = network().eval()
    checkpoint_activations(model, ['1', '2.*'])
    step(model)
    model.train()
    with torch.no_grad():
        model(torch.rand(1, 3, 8, 8))
    assert model[1].runs == 2


def test_a_copy_uses_its_own_weights():
    """As `EMAHook` makes it; also keyword arguments reach the module."""
    model = network()
    checkpoint_activations(model, ['1'])
    other = copy.deepcopy(model)
    nn.init.zeros_(other[1].norm.weight)
    x = torch.rand(2, 4, 8, 8)
    torch.testing.assert_close(other[1](x), x)
    torch.testing.assert_close(model[1](x, scale=0.0), x)
    assert not torch.equal(model[1](x), x)
    assert isinstance(model[1], Block) and type(model[1]).__name__ == 'Block'
    # A second call changes nothing.
    kind = type(model[1])
    checkpoint_activations(model, ['1'])
    assert type(model[1]) is kind


def test_training_is_equal(tmp_path):
    states = []
    for name, hooks in (
        ('plain', []),
        ('twice', [dict(type='ActivationCheckpointHook', modules=['*'])]),
    ):
        runner = tiny_runner(
            tmp_path / name, hooks=[dict(type='SampleSeedHook'), *hooks]
        )
        runner.train()
        states.append(runner.model.state_dict())
    assert_same(*states)


def test_bad_patterns():
    text = r"modules=\['3', 'layer\*'\] fit no module of the model; its parts are 0, 1"
    with pytest.raises(ValueError, match=text):
        checkpoint_activations(network(), ['1', '3', 'layer*'])
    with pytest.raises(TypeError, match='ActivationCheckpointHook: modules'):
        HOOKS.build(dict(type='ActivationCheckpointHook', modules='backbone'))
