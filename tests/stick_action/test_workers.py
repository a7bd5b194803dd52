"""Work in one or several processes."""

import os
from concurrent.futures.process import BrokenProcessPool

import cv2
import pytest

from mmvkp.stick_action.workers import map_clips


def pid_of(clip):
    return clip, os.getpid()


def die(clip):
    os._exit(9)


@pytest.mark.parametrize('workers', [1, 2])
def test_results_in_the_order_of_the_clips(workers):
    threads = cv2.getNumThreads()
    results = map_clips(pid_of, range(20), workers)
    assert [clip for clip, _ in results] == list(range(20))
    own = {pid == os.getpid() for _, pid in results}
    assert own == {workers == 1}
    assert cv2.getNumThreads() == threads


def test_a_killed_worker_is_noticed():
    with pytest.raises(BrokenProcessPool):
        map_clips(die, range(4), 2)
