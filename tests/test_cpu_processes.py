"""Two processes on the CPU equal one with twice the batch."""

import pytest
import torch
from mmaction.registry import HOOKS
from mmengine.hooks import Hook
from mmengine.runner import Runner
from torch.nn.modules.batchnorm import _BatchNorm

import mmvkp  # noqa: F401
from tests.processes import run_forked
from tests.recognition.tiny_training import tiny_runner
from tests.stick_recipes import RECIPES, make_data, stick_config

# Sums over the batch are added in another order: float32 has 24 bits, and ten steps
# amplify its rounding.
TOLERANCE = dict(rtol=1e-4, atol=1e-5)


@HOOKS.register_module()
class FreezeHook(Hook):
    """Eval mode of norm layers and dropout in training; saves the tenth step."""

    def __init__(self, path):
        self.path = path

    def before_train_iter(self, runner, batch_idx, data_batch=None):
        for module in runner.model.modules():
            if isinstance(module, (_BatchNorm, torch.nn.Dropout)):
                module.eval()

    def after_train_iter(self, runner, batch_idx, data_batch=None, outputs=None):
        if runner.iter == 9:
            model = getattr(runner.model, 'module', runner.model)
            name = type(runner.model).__name__
            torch.save((name, model.state_dict()), f'{self.path}{runner.rank}.pth')
            runner.train_loop.stop_training = True


def compare(before, folder):
    """The weights of both processes against those of one."""
    _, single = torch.load(folder / 'one0.pth', weights_only=True)
    for rank in (0, 1):
        name, state = torch.load(folder / f'two{rank}.pth', weights_only=True)
        assert name == 'MMDistributedDataParallel'
        for key, value in single.items():
            torch.testing.assert_close(state[key], value, **TOLERANCE, msg=key)
    assert max(float((single[k] - before[k]).abs().max()) for k in before) > 1e-3


def test_a_small_network(tmp_path):
    def train(name, batch_size, **options):
        hooks = [
            dict(type='SampleSeedHook'),
            dict(type='FreezeHook', path=str(tmp_path / name)),
        ]
        runner = tiny_runner(tmp_path / f'w{name}', 10, hooks=hooks, **options)
        runner._train_dataloader['batch_size'] = batch_size
        before = {k: v.clone() for k, v in runner.model.state_dict().items()}
        runner.train()
        return before

    def two():
        train('two', 2, launcher='pytorch')

    before = train('one', 4)
    assert run_forked(two, count=2, timeout=120) == [0, 0]
    compare(before, tmp_path)


@pytest.fixture(scope='module')
def stick(tmp_path_factory):
    return make_data(tmp_path_factory.mktemp('stick'))


# Noise is switched off: AFNet's soft selection draws none.
QUIET = dict(
    kpsem={},
    afnet={
        'model.backbone.selection_cfg': dict(policy='soft'),
        'model.neck.ratio_loss': None,
    },
    aknet={},
    point3d={},
)


@pytest.mark.slow
@pytest.mark.parametrize('method', RECIPES)
def test_recipes(method, stick, tmp_path):
    def train(name, batch_size, launcher='none'):
        config = stick_config(method, stick, tmp_path / f'w{name}', **QUIET[method])
        config.train_dataloader.batch_size = batch_size
        config.train_cfg.max_epochs = 10
        config.launcher = launcher
        # Adam would turn the rounding of a gradient near zero into a full step.
        config.optim_wrapper = dict(optimizer=dict(type='SGD', lr=0.01))
        config.param_scheduler = None
        hook = dict(type='FreezeHook', path=str(tmp_path / name))
        config.custom_hooks = [
            *(x for x in config.custom_hooks if 'Anneal' not in x['type']),
            hook,
        ]
        runner = Runner.from_cfg(config)
        before = {k: v.clone() for k, v in runner.model.state_dict().items()}
        runner.train()
        return before

    assert run_forked(train, 'one', 4) == [0]
    assert run_forked(train, 'two', 2, 'pytorch', count=2) == [0, 0]
    config = stick_config(method, stick, tmp_path / 'start', **QUIET[method])
    before = Runner.from_cfg(config).model.state_dict()
    compare({k: v for k, v in before.items() if v.is_floating_point()}, tmp_path)
