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
# Adam's step is lr * m / (sqrt(v) + eps): rounding d of a gradient near zero moves a
# weight by up to lr * d / eps, with the default eps of 1e-8. In float32 (d near 1e-8)
# that is a full step; in float64 (d near 1e-16) it is 1e-8 of one.
EXACT = dict(rtol=0, atol=1e-8)


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


def compare(before, folder, **tolerance):
    """The weights of both processes against those of one."""
    _, single = torch.load(folder / 'one0.pth', weights_only=True)
    for rank in (0, 1):
        name, state = torch.load(folder / f'two{rank}.pth', weights_only=True)
        assert name == 'MMDistributedDataParallel'
        for key, value in single.items():
            torch.testing.assert_close(state[key], value, **tolerance, msg=key)
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
    compare(before, tmp_path, **TOLERANCE)


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


def train_recipe(method, stick, folder, name, batch_size, launcher, shipped):
    """Ten steps of a recipe with SGD, or with its own optimisers in float64."""
    config = stick_config(method, stick, folder / f'w{name}', **QUIET[method])
    config.train_dataloader.batch_size = batch_size
    config.train_cfg.max_epochs = 10
    config.launcher = launcher
    if shipped:
        wrap = Runner.wrap_model
        Runner.wrap_model = lambda runner, cfg, model: wrap(runner, cfg, model.double())
    else:
        # Adam would turn the rounding of a gradient near zero into a full step.
        config.optim_wrapper = dict(optimizer=dict(type='SGD', lr=0.01))
        config.param_scheduler = None
    hook = dict(type='FreezeHook', path=str(folder / name))
    config.custom_hooks = [
        *(x for x in config.custom_hooks if 'Anneal' not in x['type']),
        hook,
    ]
    Runner.from_cfg(config).train()


def start_of(method, stick, folder):
    """Weights before the training."""
    config = stick_config(method, stick, folder / 'start', **QUIET[method])
    state = Runner.from_cfg(config).model.state_dict()
    return {key: value for key, value in state.items() if value.is_floating_point()}


@pytest.mark.slow
@pytest.mark.parametrize('shipped', [False, True])
@pytest.mark.parametrize('method', RECIPES)
def test_recipes(method, shipped, stick, tmp_path):
    settings = (method, stick, tmp_path)
    assert run_forked(train_recipe, *settings, 'one', 4, 'none', shipped) == [0]
    codes = run_forked(train_recipe, *settings, 'two', 2, 'pytorch', shipped, count=2)
    assert codes == [0, 0]
    compare(start_of(*settings), tmp_path, **(EXACT if shipped else TOLERANCE))
