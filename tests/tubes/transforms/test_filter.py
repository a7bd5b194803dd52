"""Actors that remain after a crop."""

import numpy as np
import pytest
from mmaction.registry import TRANSFORMS

from mmvkp.tubes.transforms.filter import FilterTubes

from ..tube_data import tube
from .tube_clip import loaded_clip


def crop(results, left, top, size):
    """MMAction2's crop at a chosen place."""
    step = TRANSFORMS.build(dict(type='RandomCrop', size=size))
    draws = iter((top, left))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(np.random, 'randint', lambda *_: next(draws))
        return step(results)


def close(boxes, wanted):
    """Equal up to `NUDGE`."""
    return np.abs(boxes - wanted).max() < 0.01


def test_by_hand():
    # A crop of columns and rows 10 to 41.
    inside = tube(1, 4, (15, 15, 30, 30))
    cut = tube(1, 4, (2, 12, 24, 30))  # centre at column 13.5 (of areas)
    away = tube(1, 4, (0, 12, 18, 30))  # centre at column 9.5
    gone = tube(1, 4, (45, 12, 60, 30))
    results = crop(loaded_clip([inside, cut, away, gone]), 10, 10, 32)
    # The crop alone keeps all of them.
    assert len(results['gt_bboxes']) == 4
    results = FilterTubes()(results)
    assert results['gt_labels'].tolist() == [0, 1]
    assert results['bbox_valid'].all() and results['bbox_valid'].shape == (2, 4)
    # In between, pixel x is at x + 0.5.
    assert close(results['gt_bboxes'][0, 0], [5.5, 5.5, 20.5, 20.5])
    assert close(results['gt_bboxes'][1, 0], [0.5, 2.5, 14.5, 20.5])
    # Joints: top left and bottom right corner, centre; and two that only
    # carry the box.
    assert results['keypoint'].shape == (2, 4, 5, 2)
    assert results['keypoint_score'][0].tolist() == [[1] * 5] * 4
    assert results['keypoint_score'][1].tolist() == [[0, 1, 1, 1, 1]] * 4


def test_actor_that_walks_out():
    # Its centre is at columns 21, 29, 37 and 45 of the crop's 0 to 39.
    results = crop(loaded_clip([tube(1, 4, (12, 8, 30, 20), (8, 0))]), 0, 0, 40)
    results = FilterTubes()(results)
    assert results['bbox_valid'].tolist() == [[True, True, True, False]]
    assert close(results['gt_bboxes'][0, 2], [28.5, 8.5, 39.5, 20.5])
    assert (results['gt_bboxes'][0, 3] == 0).all()
    # In the last frame the top left joint is still inside, but there is no
    # actor it could belong to.
    assert results['keypoint_score'][0, :, 0].tolist() == [1, 1, 1, 0]


def test_clips_without_actors():

    def clip():
        return crop(loaded_clip([tube(1, 4, (50, 12, 60, 30))]), 0, 0, 32)

    assert FilterTubes()(clip()) is None
    kept = FilterTubes(keep_empty=True)(clip())
    assert kept['gt_bboxes'].shape == (0, 4, 4)
    assert kept['keypoint'].shape == (0, 4, 5, 2)
    assert repr(FilterTubes(True)) == 'FilterTubes(keep_empty=True)'


def test_filtering_twice_changes_nothing():
    results = FilterTubes()(
        crop(loaded_clip([tube(1, 4, (2, 12, 24, 30))]), 10, 10, 32)
    )
    before = {
        key: results[key].copy()
        for key in ('gt_bboxes', 'bbox_valid', 'keypoint_score')
    }
    results = FilterTubes()(results)
    for key, value in before.items():
        assert np.array_equal(results[key], value)


def test_boxes_of_other_pipelines():
    # Nothing but what a crop has left of the boxes is known.
    boxes = np.float32([[[0, 4, 0, 20]], [[3, 4, 12, 20]]])
    results = FilterTubes()(
        dict(
            img_shape=(24, 24),
            gt_bboxes=boxes,
            gt_labels=np.array([5, 6]),
            bbox_valid=np.ones((2, 1), dtype=bool),
        )
    )
    assert results['gt_labels'].tolist() == [6]
    assert results['gt_bboxes'].tolist() == [[[3, 4, 12, 20]]]


def test_box_that_begins_at_the_left_border_is_mirrored():
    # MMAction2 does not mirror key points at x = 0; the box of this actor is
    # known by such points.
    results = loaded_clip([tube(1, 4, (0, 0, 19, 9))])
    results['half_pixel'] = 0.0
    results['keypoint'][:, :, 3:] -= 0.5
    results['gt_bboxes'] -= 0.5
    flip = TRANSFORMS.build(dict(type='Flip', flip_ratio=1))
    results = FilterTubes()(flip(results))
    assert close(results['gt_bboxes'][0, 0], [45, 0, 64, 9])


def test_bad_arguments():
    with pytest.raises(TypeError, match="FilterTubes: keep_empty='False' is a str"):
        FilterTubes(keep_empty='False')
