"""The schedule by hand, and in real runs that are stopped and resumed."""

from copy import deepcopy

import pytest
from mmengine.hooks import Hook

from mmvkp.afnet.anneal_hook import SelectionAnnealHook
from mmvkp.afnet.selection import NavigationModule

from .af_runs import MODEL, training


class Watch(Hook):
    """Writes down what is in force in each iteration."""

    priority = 'LOW'

    def __init__(self):
        self.seen = []

    def after_train_iter(self, runner, batch_idx, data_batch=None, outputs=None):
        model = runner.model
        temperatures = {
            each.temperature
            for each in model.modules()
            if isinstance(each, NavigationModule)
        }
        hub = runner.message_hub
        self.seen.append(
            (
                runner.iter,
                temperatures.pop(),
                model.neck.ratio_loss.current_ratio,
                hub.get_scalar('train/temperature').current(),
                hub.get_scalar('train/target_ratio').current(),
            )
        )
        assert not temperatures


def hook(**kwargs):
    """Two epochs of cooling, ratio steps at 0.5, 1 and 1.5."""
    return dict(
        dict(type='SelectionAnnealHook', temperature_end=2, ratio_steps=(0.5, 1, 1.5)),
        **kwargs,
    )


def test_the_released_schedule():
    """55 epochs, RT = 0.4; half-way to epoch 50 the root of 0.01."""
    each = SelectionAnnealHook()
    assert each.temperature_at(0) == 1
    assert each.temperature_at(25) == pytest.approx(0.1)
    assert each.temperature_at(50) == pytest.approx(0.01)
    assert each.temperature_at(54.9) == pytest.approx(0.01)
    for epochs, ratio in (
        ((0, 9.99), 1),
        ((10, 14.99), 0.8),
        ((15, 19.99), 0.6),
        ((20, 55), 0.4),
    ):
        for epoch in epochs:
            assert each.ratio_at(epoch, 0.4) == pytest.approx(ratio)


def test_no_steps_are_the_target_from_the_start():
    assert SelectionAnnealHook(ratio_steps=()).ratio_at(0, 0.3) == 0.3


def test_values_by_iteration(tmp_path):
    """Four iterations per epoch; tau = 0.01^(iteration / 8)."""
    watch = Watch()
    training(tmp_path, 3, [hook(), watch]).train()
    assert [each[0] for each in watch.seen] == list(range(12))
    ratios = [1.0] * 2 + [0.8] * 2 + [0.6] * 2 + [0.4] * 6
    for iteration, tau, ratio, logged_tau, logged_ratio in watch.seen:
        assert tau == logged_tau == pytest.approx(0.01 ** min(iteration / 8, 1))
        assert ratio == logged_ratio == pytest.approx(ratios[iteration])


def test_noise_by_iteration(tmp_path):
    """From 1 to 0.2 in eight iterations: 0.1 less at each, then constant."""
    seen = []

    class Noise(Hook):
        priority = 'LOW'

        def after_train_iter(self, runner, batch_idx, data_batch=None, outputs=None):
            factors = {
                each.noise_scale
                for each in runner.model.modules()
                if isinstance(each, NavigationModule)
            }
            logged = runner.message_hub.get_scalar('train/selection_noise').current()
            assert factors == {logged}
            seen.append(logged)

    training(tmp_path, 3, [hook(noise=(1.0, 0.2)), Noise()]).train()
    assert seen == pytest.approx(
        [1.0, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.2, 0.2, 0.2]
    )


def test_the_noise_of_the_paper_is_constant():
    each = SelectionAnnealHook()
    assert [each.noise_at(epoch) for epoch in (0, 25, 50, 54)] == [1, 1, 1, 1]


def test_a_resumed_run_has_the_same_values(tmp_path):
    (tmp_path / 'a').mkdir()
    (tmp_path / 'b').mkdir()
    whole, first, second = Watch(), Watch(), Watch()
    training(tmp_path / 'a', 3, [hook(), whole]).train()

    class Stop(Hook):
        def after_train_epoch(self, runner):
            if runner.epoch == 0:
                runner.save_checkpoint(str(tmp_path / 'b'), 'stop.pth')
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        training(tmp_path / 'b', 3, [hook(), first, Stop()]).train()
    training(
        tmp_path / 'b',
        3,
        [hook(), second],
        resume=True,
        load_from=str(tmp_path / 'b/stop.pth'),
    ).train()
    assert len(first.seen) == 4
    assert first.seen + second.seen == whole.seen


def test_iterations_as_unit(tmp_path):
    watch = Watch()
    training(
        tmp_path,
        1,
        [hook(temperature_end=4, ratio_steps=(2,), by_epoch=False), watch],
        by_epoch=False,
    ).train()
    assert [each[2] for each in watch.seen] == [1.0, 1.0, 0.4, 0.4]
    assert [each[1] for each in watch.seen] == [
        pytest.approx(0.01 ** (i / 4)) for i in range(4)
    ]


def changed(**parts):
    """The model with other parts."""
    model = deepcopy(MODEL)
    for name, value in parts.items():
        model[name] = value
    return model


@pytest.mark.parametrize(
    'model, message',
    [
        (changed(neck=None), 'AFResNet: the model has no neck'),
        (
            changed(
                backbone=dict(type='ResNet', depth=18),
                neck=dict(type='FrameSelectionNeck', num_segments=2),
            ),
            'the backbone is a ResNet, which does not select frames',
        ),
    ],
)
def test_models_that_do_not_fit(tmp_path, model, message):
    with pytest.raises(ValueError, match=message):
        training(tmp_path, 3, [hook()], model).train()


@pytest.mark.parametrize(
    'epochs, kwargs, message',
    [
        (1, dict(), r'temperature_end=2 is after the end .* \(1 epochs\)'),
        (2, dict(ratio_steps=(1, 2.5)), r'ratio_steps=\(1, 2.5\) is after'),
    ],
)
def test_schedules_that_end_too_late(tmp_path, epochs, kwargs, message):
    with pytest.raises(ValueError, match=message):
        training(tmp_path, epochs, [hook(**kwargs)]).train()


@pytest.mark.parametrize(
    'kwargs, error, message',
    [
        (dict(temperature=(1.0, 0)), ValueError, r'temperature=0 is not a finite n'),
        (dict(temperature=(1.0,)), ValueError, 'must be two numbers'),
        (dict(noise=(1.0,)), ValueError, r'noise=\(1.0,\) must be two numbers'),
        (dict(noise=(1.0, -0.5)), ValueError, r'noise=-0.5 is not a finite number'),
        (dict(noise=0.5), TypeError, 'noise=0.5 is a float'),
        (dict(temperature_end='50'), TypeError, "temperature_end='50' is a str"),
        (dict(temperature=0.5), TypeError, 'temperature=0.5 is a float'),
        (dict(ratio_steps=3), TypeError, 'ratio_steps=3 is a int'),
        (dict(temperature_end=-1), ValueError, 'temperature_end=-1 is not a finite'),
        (dict(temperature_end=0), ValueError, 'must be positive'),
        (dict(ratio_steps=(float('nan'),)), ValueError, 'ratio_steps=nan is not a'),
        (dict(ratio_steps=(15, 10)), ValueError, 'must be ascending'),
    ],
)
def test_bad_arguments(kwargs, error, message):
    with pytest.raises(error, match=message):
        SelectionAnnealHook(**kwargs)
