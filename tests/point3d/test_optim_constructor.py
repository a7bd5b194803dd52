"""Parts of a model, errors, and complete trainings."""

import runpy
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from mmaction.registry import OPTIM_WRAPPER_CONSTRUCTORS
from mmengine.config import Config
from mmengine.hooks import Hook
from mmengine.optim import AmpOptimWrapper, build_optim_wrapper
from mmengine.optim.optimizer import amp_optimizer_wrapper
from torch import nn

from mmvkp.point3d.optim_constructor import PartOptimWrapperConstructor

from .two_parts import (
    ADAM,
    SGD,
    config,
    seeded_model,
    settings,
    train,
    validation,
    weights,
)

TRAIN_TOOL = Path(__file__).parents[2] / 'tools/train.py'


def names_in(model, wrapper):
    """Names of the parameters of each part."""
    names = {id(param): name for name, param in model.named_parameters()}
    return {
        part: [
            names[id(param)]
            for group in member.optimizer.param_groups
            for param in group['params']
        ]
        for part, member in wrapper.items()
    }


def test_each_part_has_its_parameters():
    model = seeded_model()
    wrapper = build_optim_wrapper(model, config())
    assert names_in(model, wrapper) == dict(
        points=['backbone.weight', 'backbone.bias'],
        cls=['cls_head.weight', 'cls_head.bias'],
    )
    kinds = [type(member.optimizer) for member in wrapper.values()]
    assert kinds == [torch.optim.Adam, torch.optim.SGD]


def test_the_config_is_left_as_it_was():
    options = config(
        points=dict(clip_grad=dict(type='norm', max_norm=1.0)), accumulative_counts=2
    )
    before = repr(options)
    constructor = OPTIM_WRAPPER_CONSTRUCTORS.build(
        dict(
            type=options['constructor'],
            optim_wrapper_cfg={
                key: value for key, value in options.items() if key != 'constructor'
            },
        )
    )
    for _ in range(2):
        wrapper = constructor(seeded_model())
        assert wrapper['points'].clip_grad_kwargs == dict(max_norm=1.0)
    assert repr(options) == before


def test_options_by_parameter_see_full_names():
    options = config(
        cls=dict(
            paramwise_cfg=dict(
                bias_decay_mult=0.0, custom_keys={'cls_head.weight': dict(lr_mult=0.1)}
            )
        )
    )
    wrapper = build_optim_wrapper(seeded_model(), options)
    weight, bias = wrapper['cls'].optimizer.param_groups
    assert weight['lr'] == pytest.approx(0.1 * SGD)
    assert (bias['lr'], bias['weight_decay']) == (SGD, 0.0)
    assert weight['weight_decay'] == 5e-4
    assert wrapper.get_lr()['cls.base_lr'] == [SGD]


def test_a_bare_parameter_may_be_listed():
    model = seeded_model()
    model.register_parameter('gain', nn.Parameter(torch.ones(1)))
    with pytest.raises(ValueError, match='1 parameter.* in no part .*: gain'):
        build_optim_wrapper(model, config())
    options = config()
    options['points']['modules'] += ['gain']
    wrapper = build_optim_wrapper(model, options)
    assert set(names_in(model, wrapper)['points']) == {
        'backbone.weight',
        'backbone.bias',
        'gain',
    }


def with_modules(points, cls):
    """Optimisers of other modules."""
    options = config()
    options['points']['modules'] = points
    options['cls']['modules'] = cls
    return options


@pytest.mark.parametrize(
    'points, cls, error, message',
    [
        (
            ['neck'],
            ['cls_head'],
            ValueError,
            r'2 parameter\(s\) are in no part .*: backbone.weight, backbone.bias. '
            r"List their modules in one of the parts \['points', 'cls'\]",
        ),
        (
            ['backbone', 'cls_head'],
            ['twa', 'cls_head'],
            ValueError,
            r'2 parameter\(s\) are in two parts .*: cls_head.weight \(points, cls\), '
            r'cls_head.bias \(points, cls\)',
        ),
        (
            ['backbone', 'point_head'],
            ['cls_head'],
            KeyError,
            r"part 'points' lists the module 'point_head', which TwoParts does not "
            r"have; its modules are \['data_preprocessor', 'backbone', 'twa', "
            r"'cls_head'\]",
        ),
        (
            ['backbone', 'training'],
            ['cls_head'],
            TypeError,
            "part 'points' lists 'training', which is a bool",
        ),
        ('backbone', ['cls_head'], TypeError, "modules='backbone'; a list"),
        ([], ['cls_head'], ValueError, r"part 'points' needs \['modules'\]"),
    ],
)
def test_modules_that_do_not_fit(points, cls, error, message):
    with pytest.raises(error, match=message):
        build_optim_wrapper(seeded_model(), with_modules(points, cls))


def test_weights_shared_between_parts():
    model = seeded_model()
    model.twa = nn.Linear(6, 6)
    model.cls_head = nn.Linear(6, 6)
    model.cls_head.weight = model.twa.weight
    with pytest.raises(ValueError, match=r'twa.weight \(points, cls\)'):
        build_optim_wrapper(model, with_modules(['backbone', 'twa'], ['cls_head']))


def test_a_long_list_is_cut():
    model = seeded_model()
    model.neck = nn.Sequential(*(nn.Linear(1, 1) for _ in range(6)))
    with pytest.raises(ValueError, match=r'12 parameter.*4.bias and 2 more'):
        build_optim_wrapper(model, with_modules(['backbone'], ['cls_head']))


def test_frozen_parameters():
    """Frozen parameters need no part; in a part they do not change."""
    model = seeded_model()
    model.neck = nn.Linear(1, 1).requires_grad_(False)
    model.backbone.weight.requires_grad_(False)
    options = with_modules(['backbone'], ['cls_head'])
    assert names_in(model, build_optim_wrapper(model, options))['points'] == [
        'backbone.weight',
        'backbone.bias',
    ]
    model.neck.bias.requires_grad_(True)
    with pytest.raises(ValueError, match=r'1 parameter\(s\) .*: neck.bias'):
        build_optim_wrapper(model, options)


@pytest.fixture()
def warnings_of(monkeypatch):
    """Messages that go to the log of the run."""
    seen = []
    monkeypatch.setattr(
        'mmvkp.point3d.optim_constructor.print_log',
        lambda message, **kwargs: seen.append(message),
    )
    return seen


@pytest.mark.parametrize('extra', [{}, dict(paramwise_cfg=dict(a=1))])
def test_a_part_that_is_all_frozen(warnings_of, extra):
    model = seeded_model()
    model.backbone.requires_grad_(False)
    wrapper = build_optim_wrapper(model, config(points=extra))
    old = weights(model.backbone)
    model.train_step(dict(inputs=torch.ones(2, 4), target=torch.ones(2)), wrapper)
    assert torch.equal(weights(model.backbone), old)
    assert warnings_of == [
        "PartOptimWrapperConstructor: all parameters of part 'points' are frozen."
    ]


def test_a_part_without_parameters_is_left_out(warnings_of):
    """As in an ablation that sets the modules of a part to None."""
    wrapper = build_optim_wrapper(
        seeded_model(), with_modules(['backbone', 'cls_head'], ['neck', 'twa'])
    )
    assert list(wrapper.keys()) == ['points']
    assert len(warnings_of) == 1 and "part 'cls' is skipped" in warnings_of[0]


def test_nothing_to_train():
    model = seeded_model()
    model.backbone = model.cls_head = None
    with pytest.raises(ValueError, match='nothing to train'):
        build_optim_wrapper(model, config())


@pytest.mark.parametrize(
    'change, error, message',
    [
        (
            dict(optimizer=dict(type='SGD', lr=1.0)),
            ValueError,
            'optim_wrapper.optimizer must be inside each part.*_delete_=True',
        ),
        (dict(clip_grad=dict(max_norm=1)), ValueError, 'optim_wrapper.clip_grad'),
        (
            dict(cls=dict(modules=['cls_head'], optimizer=4)),
            TypeError,
            "part 'cls': optimizer=4 is not a config",
        ),
        (
            dict(cls=dict(modules=['x'], optimizer=dict(type='SGD'), clip_grad=3)),
            TypeError,
            "part 'cls' has clip_grad=3; a dict with options is required",
        ),
        (
            dict(cls=dict(modules=['x'], optimizer=dict(type='SGD'), clip_grad={1: 2})),
            TypeError,
            "part 'cls' has clip_grad={1: 2}; a dict with options is required",
        ),
        (
            dict(cls=dict(modules=['cls_head'], optimizer=np.array([1, 2]))),
            TypeError,
            "part 'cls': optimizer=<ndarray .* is not a config",
        ),
        (
            dict(cls=dict(modules=['cls_head'], optimizer=dict(type='ReLU'))),
            TypeError,
            "the optimizer {'type': 'ReLU'} of part 'cls' cannot be built",
        ),
        (dict(paramwise_cfg={}), ValueError, 'optim_wrapper.paramwise_cfg must'),
        (
            dict(accumulate=4),
            TypeError,
            'optim_wrapper.accumulate=4 is neither a part.*accumulative_counts',
        ),
        (
            dict(cls=dict(modules=['cls_head'])),
            ValueError,
            r"part 'cls' needs \['optimizer'\]",
        ),
        (
            dict(cls=dict(optimizer=dict(type='SGD'))),
            ValueError,
            r"part 'cls' needs \['modules'\]",
        ),
        (
            dict(cls=dict(accumulative_counts=2)),
            ValueError,
            r"part 'cls' has unknown keys \['accumulative_counts'\].*beside",
        ),
    ],
)
def test_bad_configs(change, error, message):
    with pytest.raises(error, match=message):
        build_optim_wrapper(seeded_model(), dict(config(), **change))


def test_no_parts():
    with pytest.raises(ValueError, match='optim_wrapper has no part'):
        PartOptimWrapperConstructor(dict(type='OptimWrapper'))


def test_mixed_precision_without_an_accelerator():
    """MMEngine's message, as with one optimiser."""
    if torch.cuda.is_available():
        pytest.skip('there is one')
    with pytest.raises(AssertionError, match='only available training on gpu'):
        build_optim_wrapper(seeded_model(), config(type='AmpOptimWrapper'))


class Rates(Hook):
    """Records the learning rates of each epoch."""

    def __init__(self):
        self.seen = []

    def after_train_epoch(self, runner):
        rates = runner.optim_wrapper.get_lr()
        self.seen.append((rates['points.lr'][0], rates['cls.lr'][0]))


STEPS = dict(type='MultiStepLR', milestones=[1], gamma=0.1)
PLATEAU = dict(
    type='ReduceOnPlateauLR',
    monitor='stad/frame_mAP@0.5',
    rule='greater',
    factor=0.1,
    patience=1,
    by_epoch=True,
)


@pytest.mark.parametrize(
    'scheduler, factors',
    [
        (STEPS, [(1, 1), (0.1, 0.1), (0.1, 0.1), (0.1, 0.1)]),
        # One schedule per part: the second falls after three epochs.
        (
            dict(points=STEPS, cls=dict(STEPS, milestones=[3])),
            [(1, 1), (0.1, 1), (0.1, 1), (0.1, 0.1)],
        ),
        # The first epoch sets the best value; two more are no better.
        ([PLATEAU], [(1, 1), (1, 1), (1, 1), (0.1, 0.1)]),
    ],
)
def test_schedules_reach_each_part(tmp_path, scheduler, factors):
    hook = Rates()
    runner = train(tmp_path, 4, param_scheduler=scheduler, hooks=[hook], **validation())
    expected = [(ADAM * first, SGD * second) for first, second in factors]
    assert hook.seen == [pytest.approx(pair) for pair in expected]
    log = runner.message_hub.log_scalars
    assert {'train/points.lr', 'train/cls.lr'} <= set(log)


def test_the_rates_follow_the_batch_size(tmp_path):
    """Two samples instead of eight: a quarter."""
    hook = Rates()
    train(tmp_path, 1, hooks=[hook], auto_scale_lr=dict(enable=True, base_batch_size=8))
    assert hook.seen == [pytest.approx((ADAM / 4, SGD / 4))]


@pytest.mark.parametrize('scheduler', [STEPS, PLATEAU])
def test_a_resumed_run_ends_as_one_that_was_not_stopped(tmp_path, scheduler):
    """From epoch 3 of 7, with validations in 2, 4 and 6.

    MMEngine writes a checkpoint before the validation of its epoch, so a
    schedule that looks at metrics is whole only where none follows.
    """
    options = dict(
        optim_wrapper=config(
            points=dict(
                clip_grad=dict(max_norm=1.0), paramwise_cfg=dict(bias_lr_mult=2.0)
            ),
            accumulative_counts=5,
        ),
        param_scheduler=[scheduler],
        default_hooks=dict(checkpoint=dict(type='CheckpointHook', interval=1)),
        train_cfg=dict(type='EpochBasedTrainLoop', max_epochs=7, val_interval=2),
        **validation(),
    )
    whole = tmp_path / 'whole'
    whole.mkdir()
    expected = train(whole, 7, **options)
    hook = Rates()
    path = str(whole / 'epoch_3.pth')
    resumed = train(tmp_path, 7, hooks=[hook], resume=True, load_from=path, **options)
    torch.testing.assert_close(
        weights(resumed.model), weights(expected.model), rtol=0, atol=1e-6
    )
    assert len(hook.seen) == 4
    rates = resumed.optim_wrapper.get_lr()
    assert rates == expected.optim_wrapper.get_lr()
    assert rates['cls.lr'] == [pytest.approx(0.1 * SGD)]
    stopped = weights_from(torch.load(path, weights_only=True)['state_dict'])
    assert (stopped - weights(expected.model)).abs().max() > 1e-3


def weights_from(state):
    """All weights of a checkpoint in one vector."""
    model = seeded_model()
    model.load_state_dict(state)
    return weights(model)


def run_train_tool(monkeypatch, *args):
    """Start the training script in this process."""
    monkeypatch.syspath_prepend(str(TRAIN_TOOL.parent))
    monkeypatch.setattr(sys, 'argv', [str(TRAIN_TOOL), *args])
    monkeypatch.setenv('LOCAL_RANK', '0')
    runpy.run_path(str(TRAIN_TOOL), run_name='__main__')


def test_the_train_tool(tmp_path, monkeypatch):
    """Options that rewrite the config, among them those of the optimisers."""
    monkeypatch.setattr(amp_optimizer_wrapper, 'is_cuda_available', lambda: True)
    monkeypatch.setattr('mmengine.runner.amp.get_device', lambda: 'cpu')
    built = []
    call = PartOptimWrapperConstructor.__call__
    monkeypatch.setattr(
        PartOptimWrapperConstructor,
        '__call__',
        lambda self, model: built.append(call(self, model)) or built[-1],
    )
    work_dir = tmp_path / 'work'
    work_dir.mkdir()
    options = settings(work_dir, 2, auto_scale_lr=dict(base_batch_size=8))
    path = str(tmp_path / 'config.py')
    Config(options).dump(path)
    run_train_tool(
        monkeypatch,
        path,
        '--amp',
        '--auto-scale-lr',
        '--cfg-options',
        'train_cfg.max_epochs=1',
        'optim_wrapper.cls.optimizer.lr=1',
        'optim_wrapper.accumulative_counts=2',
    )
    (first,) = built
    assert isinstance(first.joint, AmpOptimWrapper)
    assert first.joint._accumulative_counts == 2
    assert first.get_lr() == {'points.lr': [ADAM / 4], 'cls.lr': [0.25]}
    assert first.inner_count == 5
    run_train_tool(monkeypatch, path, '--resume')
    second = built[-1]
    assert not isinstance(second.joint, AmpOptimWrapper)
    assert second.inner_count == 10
    assert second.get_lr()['cls.lr'] == [0.25]  # of the checkpoint
