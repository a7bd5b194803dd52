"""Options of the linker, and tubes in pieces."""

import sys

import numpy as np
import pytest

from mmvkp.tubes.online_linker import OnlineLinker
from mmvkp.tubes.online_tubes import (
    FrameDetections,
    LinkedTube,
    LinkOptions,
    merge_pieces,
)

from .test_online_linker import found


@pytest.mark.parametrize(
    'options, message',
    [
        (dict(iou_threshold=2), 'iou_threshold=2 is outside'),
        (dict(keep_score=0.6, start_score=0.5), 'keep_score=0.6 is above'),
        (dict(max_gap=-1), 'max_gap=-1 is not an integer'),
        (dict(max_gap=1.5), 'max_gap=1.5 is not an integer'),
        (dict(min_length=0), 'min_length=0'),
        (dict(max_rows=1), 'max_rows=1 is below 2'),
    ],
)
def test_bad_options(options, message):
    with pytest.raises(ValueError, match=message):
        LinkOptions(**options).check()


@pytest.mark.parametrize('cue', [dict(motion=True), dict(appearance='colour')])
def test_scipy_is_missing_at_the_first_frame(monkeypatch, cue):
    monkeypatch.setitem(sys.modules, 'scipy', None)
    LinkOptions().check_packages()
    linker = OnlineLinker(LinkOptions(**cue))
    found = FrameDetections(*(np.zeros(shape) for shape in ((0, 4), 0, (0, 1))))
    with pytest.raises(ImportError, match=r'pip install scipy.*--no-motion'):
        linker.update(1, found)


def test_picked_detections_are_new_arrays():
    both = found((0, 0), (50, 50), joints=[[[1, 2]], [[3, 4]]])
    picked = both.pick(np.array([False, True]))
    assert len(picked) == 1 and picked.boxes.tolist() == [[50, 50, 69, 69]]
    assert picked.joints.tolist() == [[[3, 4]]] and picked.joint_scores.shape == (1, 1)
    assert not np.shares_memory(picked.boxes, both.boxes)
    assert found((0, 0)).pick(np.array([0])).joints is None


def piece(number, first, last, finished, joints=None):
    frames = np.arange(first, last + 1)
    boxes = np.repeat(frames[:, None], 4, 1).astype(np.float32)
    means = np.float32([0.5, last / 10])
    return LinkedTube(
        number, 1, last / 10, means, frames, boxes, joints, joints, finished
    )


def test_pieces_are_joined_by_id():
    pieces = [piece(2, 1, 3, False), piece(1, 2, 4, True), piece(2, 4, 5, True)]
    first, second = merge_pieces(pieces)
    assert (first.id, second.id) == (1, 2) and second.finished
    assert second.frames.tolist() == [1, 2, 3, 4, 5]
    assert second.boxes[:, 0].tolist() == [1, 2, 3, 4, 5] and second.joints is None
    # Label and score are those of the last piece.
    assert second.score == 0.5 and second.class_scores.tolist() == [0.5, 0.5]
    joined = merge_pieces([piece(1, 1, 2, False, np.ones((2, 3, 2)))] * 2)
    assert joined[0].joints.shape == (4, 3, 2) and not joined[0].finished
