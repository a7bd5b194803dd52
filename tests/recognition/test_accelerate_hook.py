"""The hook: accelerated in validation and test runs, plain in between."""

import mmvkp  # noqa: F401, isort: skip
from types import SimpleNamespace

import pytest
import torch
from mmaction.registry import HOOKS, MODELS
from mmcv.cnn import ConvModule
from mmengine.evaluator import BaseMetric
from mmengine.model import BaseModel, MMDistributedDataParallel
from mmengine.registry import DefaultScope
from mmengine.runner import Runner

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


class Noting(BaseModel):
    """Notes for each call whether it is accelerated."""

    def __init__(self):
        super().__init__()
        self.conv = ConvModule(1, 1, 1, norm_cfg=dict(type='BN'))
        self.calls = []

    def forward(self, inputs, mode='tensor'):
        self.calls.append((mode, bool(list(installed(self)))))
        out = self.conv(inputs)
        return dict(loss=out.mean()) if mode == 'loss' else [out]


class NoMetric(BaseMetric):
    """A metric of nothing."""

    def process(self, data_batch, data_samples):
        self.results.append(0)

    def compute_metrics(self, results):
        return dict(number=len(results))


def test_in_a_runner(tmp_path):
    loader = dict(
        batch_size=2,
        dataset=[dict(inputs=torch.rand(1, 4, 4))] * 2,
        sampler=dict(type='DefaultSampler', shuffle=False),
        collate_fn=dict(type='default_collate'),
    )
    model = Noting()
    with DefaultScope.overwrite_default_scope('mmaction'):
        runner = Runner(
            model,
            str(tmp_path),
            train_dataloader=loader,
            val_dataloader=loader,
            test_dataloader=loader,
            train_cfg=dict(by_epoch=True, max_epochs=2),
            val_cfg=dict(),
            test_cfg=dict(),
            val_evaluator=[NoMetric()],
            test_evaluator=[NoMetric()],
            optim_wrapper=dict(optimizer=dict(type='SGD', lr=0.1)),
            custom_hooks=[dict(type='AccelerateHook')],
            default_scope='mmaction',
            experiment_name=tmp_path.name,
        )
        runner.train()
        runner.test()
    epoch = [('loss', False), ('predict', True)]
    assert model.calls == 2 * epoch + [('predict', True)]
    assert not list(installed(model))
