"""Motions as angles over time."""

import numpy as np
import pytest

from mmvkp.stick_action.classes import SPEED_CLASSES
from mmvkp.stick_action.motions import ease, make_pose


def test_wave_fast_turns_more_often():

    def turns(name):
        time = np.linspace(0, 1, 100)
        angle = [
            make_pose(name, time, np.random.default_rng(seed)).angles[:, 4]
            for seed in range(8)
        ]
        return (np.diff(np.sign(np.diff(angle)), axis=1) != 0).sum(1)

    slow, fast = (turns(name) for name in SPEED_CLASSES)
    assert slow.min() >= 2  # a whole cycle
    assert fast.min() > slow.max()


def test_motion_starts_and_ends_at_random():
    time = np.linspace(0, 1, 201)
    curves = np.array([ease(time, np.random.default_rng(seed)) for seed in range(200)])
    assert (np.diff(curves, axis=1) >= 0).all()
    assert (curves[:, 0] == 0).all() and (curves[:, -1] == 1).all()
    starts = time[(curves > 0).argmax(1)]
    ends = time[(curves == 1).argmax(1)]
    assert starts.min() < 0.05 and 0.25 < starts.max() <= 0.31
    assert 0.7 <= ends.min() < 0.75 and ends.max() > 0.95


@pytest.mark.parametrize('name', ['jump', 'rise'])
def test_only_forward_motions(name):
    with pytest.raises(ValueError, match=f'{name!r} is not a forward motion'):
        make_pose(name, np.linspace(0, 1, 4), np.random.default_rng(0))
