"""Training in bfloat16 on a CPU: which passes, and what is restored."""

from types import SimpleNamespace

import pytest
import torch
from torch import nn

from mmvkp.recognition import AutocastHook


class Recorder(nn.Module):
    """A linear layer; keeps the type of its last output."""

    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(3, 2)

    def forward(self, inputs, mode='tensor'):
        out = self.layer(inputs)
        self.seen = out.dtype
        return out


def test_losses_alone_are_in_bfloat16():
    model, hook = Recorder(), AutocastHook()
    runner = SimpleNamespace(model=model)
    hook.before_train(runner)
    model(torch.ones(1, 3), mode='loss').sum().backward()
    assert model.seen == torch.bfloat16
    assert model.layer.weight.grad.dtype == torch.float32
    model(torch.ones(1, 3), mode='predict')
    assert model.seen == torch.float32
    hook.after_train(runner)
    model(torch.ones(1, 3), mode='loss')
    assert model.seen == torch.float32
    assert 'forward' not in model.__dict__


def test_replaced_forward_is_restored():
    model, hook = Recorder(), AutocastHook()
    own = model.forward
    model.forward = own
    hook.before_train(SimpleNamespace(model=model))
    hook.after_train(SimpleNamespace(model=model))
    assert model.forward is own


def test_refuses_other_devices():
    with pytest.raises(ValueError, match="the model is on 'meta'.*use --amp"):
        AutocastHook().before_train(SimpleNamespace(model=Recorder().to('meta')))
