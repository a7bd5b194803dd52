"""The hook: accelerated in validation and test runs, plain in between."""

import mmvkp  # noqa: F401, isort: skip
from types import SimpleNamespace

import pytest
import torch
from mmaction.registry import HOOKS, MODELS
from mmengine.model import MMDistributedDataParallel

from mmvkp.recognition.fast_forward import installed

from ..aknet.tiny_aknet import SLIM


class Wrapped(MMDistributedDataParallel):
    """A wrapper without processes."""

    def __init__(self, model):
        torch.nn.Module.__init__(self)
        self.module = model


@pytest.mark.parametrize('wrap', [lambda model: model, Wrapped])
@pytest.mark.parametrize('run', ['val', 'test'])
def test_runs(run, wrap):
    hook = HOOKS.build(dict(type='AccelerateHook'))
    model = MODELS.build(SLIM)
    runner = SimpleNamespace(model=wrap(model))
    for _ in range(2):
        getattr(hook, f'before_{run}')(runner)
        # After an interrupted run the model is still accelerated.
        getattr(hook, f'before_{run}')(runner)
        assert list(installed(model))
        getattr(hook, f'after_{run}')(runner)
        assert not list(installed(model))
    hook.after_val(runner)
