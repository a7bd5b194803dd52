"""Clips of several figures."""

import json

import numpy as np
import pytest
import torch

from mmvkp.stick_action import make_dataset, make_settings
from mmvkp.stick_action.crowd import (
    HATS,
    CrowdOptions,
    crowd_pose,
    make_crowd_clip,
    options_of,
)
from mmvkp.stick_action.crowd_classes import crowd_class_names
from mmvkp.stick_action.video_files import clip_paths
from tests.cli import run

SIZE = (64, 64)


def draw(name, seed, options=CrowdOptions()):
    return make_crowd_clip(name, 17, SIZE, options, np.random.default_rng(seed))


@pytest.mark.parametrize('seed', range(8))
def test_reversed_classes_are_reversed_frames(seed):
    names = crowd_class_names()
    forward, joints = draw(names[2 * seed], seed)
    backward, turned = draw(names[2 * seed + 1], seed)
    np.testing.assert_array_equal(forward, backward[::-1])
    np.testing.assert_array_equal(joints[0], turned[0][::-1])


@pytest.mark.parametrize('seed', range(8))
def test_the_hat_is_visible_in_every_frame_and_only_on_the_actor(seed):
    """A pixel of a pure colour is near the head of the actor, and nowhere else."""
    frames, joints = draw(
        'kick-bow', seed, CrowdOptions((4, 4), (0.5, 0.65), overlap=1, noise=0)
    )
    for frame, actor in zip(frames.astype(int), joints[0]):
        distance = np.abs(frame[:, :, None] - np.array(HATS)).max(-1).min(-1)
        ys, xs = np.nonzero(distance < 30)
        assert len(xs) >= 4
        assert np.hypot(xs - actor[2, 0], ys - actor[2, 1]).max() < 10


def test_each_figure_moves():
    _, figures = draw('arms-squat', 0, CrowdOptions(figures=(4, 4), camera=0))
    assert len(figures) == 4
    for joints in figures:
        assert np.ptp(joints, axis=0).max() > 0.1 * SIZE[0]


def test_the_numbers_of_figures():
    counts = {len(draw('push-bow', seed)[1]) for seed in range(20)}
    assert counts == {2, 3}


def test_figures_keep_their_distance():
    """With room for two figures, none covers another one."""
    for seed in range(6):
        options = CrowdOptions((2, 2), (0.3, 0.3), overlap=0, camera=0)
        _, (one, two) = draw('hail-knee', seed, options)
        apart = max(one[..., 0].min(), two[..., 0].min()) - min(
            one[..., 0].max(), two[..., 0].max()
        )
        assert apart > -1


def test_only_other_figures_leave_the_frame():
    """By at most 30 % of their width, to the left or to the right."""
    options = CrowdOptions((3, 3), (0.6, 0.6), outside=0.3, camera=0)
    for seed in range(10):
        actor, *others = draw('kick-bow', seed, options)[1]
        assert actor.min() >= 0 and actor.max() <= SIZE[0]
        for joints in others:
            low, high = joints[..., 0].min(), joints[..., 0].max()
            beyond = max(-low, high - SIZE[1])
            assert beyond <= 0.3 * (high - low)
            assert joints[..., 1].min() >= 0 and joints[..., 1].max() <= SIZE[0]


def test_the_actor_is_nearest_unless_it_may_be_hidden(monkeypatch):
    """The renderer gets the nearest figure last."""
    last = []
    monkeypatch.setattr(
        'mmvkp.stick_action.crowd.render_clip',
        lambda figures, looks, scene: last.append(looks[-1].hat) or np.zeros((17, 9)),
    )
    for share in (0.0, 1.0):
        for seed in range(10):
            draw('push-bow', seed, CrowdOptions(figures=(3, 3), hidden=share))
    nearest = [hat is not None for hat in last]
    assert all(nearest[:10]) and not all(nearest[10:])


def test_the_second_primitive_follows_the_first():
    """The right arm of `hail` and the right thigh of `knee` move one after another."""
    for seed in range(5):
        pose = crowd_pose('knee-arms', 33, 0.9, np.random.default_rng(seed))
        thigh, arm = pose.angles[:, 6], pose.angles[:, 3]
        assert np.argmax(thigh) < np.argmax(arm)
        assert abs(thigh[0] - thigh[-1]) < 1e-6  # it returns to the rest pose


@pytest.mark.parametrize(
    'options, message',
    [
        (dict(figures=(0, 2)), 'crowd: figures=0'),
        (dict(figures=(2, 5)), 'crowd: figures=5'),
        (dict(figures=(3, 2)), r'crowd: figures=\(3, 2\) must be the smallest'),
        (dict(figure_size=(0.1, 0.5)), 'crowd: figure_size=0.1'),
        (dict(overlap=1.5), 'crowd: overlap=1.5'),
        (dict(outside=0.6), 'crowd: outside=0.6'),
        (dict(hidden=-0.1), 'crowd: hidden=-0.1'),
        (dict(blobs=-1), 'crowd: blobs=-1'),
        (dict(action_share=0), 'crowd: action_share=0'),
        (dict(speed_pair=True), 'speed_pair adds classes to the other variants'),
    ],
)
def test_bad_options(options, message):
    with pytest.raises(ValueError, match=message):
        make_settings('tiny', 'crowd', **options)


def test_options_without_effect_are_refused():
    with pytest.raises(ValueError, match='noise only changes the variant crowd'):
        make_settings('tiny', noise=2.0)
    with pytest.raises(TypeError, match="unexpected keyword argument 'hats'"):
        make_settings('tiny', 'crowd', hats=2)


def test_the_options_reach_the_clips(tmp_path):
    """More noise, as read back from the settings of the folder."""
    settings = make_settings('tiny', 'crowd', noise=10.0, camera=0.0, blobs=0)
    stored = json.loads(json.dumps(settings))
    assert options_of(stored) == CrowdOptions(noise=10.0, camera=0.0, blobs=0)
    loud, _ = draw('kick-bow', 0, options_of(stored))
    quiet, _ = draw('kick-bow', 0, CrowdOptions(noise=0, camera=0, blobs=0))
    changes = [np.abs(np.diff(x.astype(float), axis=0)).mean() for x in (loud, quiet)]
    assert changes[0] > 2 * changes[1]


def test_the_command(tmp_path, capsys):
    out = tmp_path / 'crowd'
    numbers = ['--train', 16, '--val', 16, '--test', 16, '--figures', 2, 2]
    words = ['data', 'stick-action', out, '--size', 'tiny', '--variant', 'crowd']
    assert run(*words, *numbers, '--workers', 1) == 0
    said = capsys.readouterr().out
    assert 'order-blind ceiling: 50.0 %' in said
    assert 'actor-blind ceiling: 50.0 %' in said and 'chance: 6.2 %' in said
    settings = json.loads((out / 'settings.json').read_text())
    first = crowd_class_names()[0]
    lines = (out / 'test.txt').read_text().splitlines()
    assert lines[0] == f'{first}/test_00000.mp4 0' and len(lines) == 16
    for path in clip_paths(f'{first}/test_00000', settings):
        assert (out / path).exists()
    assert not make_dataset(out, settings)  # complete
    assert torch.tensor(settings['reversal_pairs']).tolist() == [
        [2 * i, 2 * i + 1] for i in range(8)
    ]
