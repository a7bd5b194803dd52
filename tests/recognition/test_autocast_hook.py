"""Training in bfloat16 on a CPU: which passes, and what is restored."""

import copy
from types import SimpleNamespace

import pytest
import torch
from mmaction.registry import MODELS
from mmaction.structures import ActionDataSample
from mmengine.registry import init_default_scope
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


def test_a_copy_runs_itself():
    model = Recorder()
    AutocastHook().before_train(SimpleNamespace(model=model))
    clone = copy.deepcopy(model)
    clone(torch.ones(1, 3), mode='loss')
    assert clone.seen == torch.bfloat16 and not hasattr(model, 'seen')


def test_a_recogniser_of_mmaction2():
    """Its head passes the scores to NumPy."""
    init_default_scope('mmaction')
    head = dict(type='TSNHead', num_classes=3, in_channels=8, dropout_ratio=0)
    backbone = dict(type='SlimResNet', depth=10, base_channels=1)
    model = MODELS.build(
        dict(
            type='Recognizer2D',
            backbone=backbone,
            cls_head=head,
            data_preprocessor=None,
        )
    )
    hook = AutocastHook()
    hook.before_train(SimpleNamespace(model=model))
    samples = [ActionDataSample().set_gt_label(1)]
    losses = model(torch.rand(1, 2, 3, 32, 32), samples, mode='loss')
    assert losses['loss_cls'].dtype == torch.float32
    hook.after_train(SimpleNamespace(model=model))
    assert not model.cls_head._forward_hooks


def test_refuses_what_is_not_a_flag():
    with pytest.raises(TypeError, match="AutocastHook: channels_last='no'"):
        AutocastHook(channels_last='no')


def test_refuses_other_devices():
    with pytest.raises(ValueError, match="the model is on 'meta'.*use --amp"):
        AutocastHook().before_train(SimpleNamespace(model=Recorder().to('meta')))


def test_channels_last_changes_the_memory_alone():
    model = nn.Sequential(
        nn.Conv2d(3, 4, 3), nn.Flatten(), nn.Unflatten(1, (4, 1, 4, 4))
    )
    model.append(nn.Conv3d(4, 2, (1, 3, 3)))
    model.forward = lambda inputs, mode: nn.Sequential.forward(model, inputs)
    expected = [parameter.detach().clone() for parameter in model.parameters()]
    AutocastHook(channels_last=True).before_train(SimpleNamespace(model=model))
    assert model[0].weight.is_contiguous(memory_format=torch.channels_last)
    assert model[3].weight.is_contiguous(memory_format=torch.channels_last_3d)
    for parameter, value in zip(model.parameters(), expected):
        torch.testing.assert_close(parameter, value, rtol=0, atol=0)
    model(torch.rand(2, 3, 6, 6), mode='loss').float().sum().backward()
    assert model[0].weight.grad.is_contiguous(memory_format=torch.channels_last)
