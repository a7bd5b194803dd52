"""Boxes, labels and joints of decoded clips."""

import numpy as np
import pytest
from mmaction.registry import TRANSFORMS

from mmvkp.tubes.transforms.load import LoadTubes

from ..tube_data import tube
from .tube_clip import loaded_clip


def test_by_hand():
    results = loaded_clip(
        [tube(3, 9, (2, 4, 10, 12), (1, 0)), tube(6, 8, (0, 0, 5, 5)), tube(2, 2)],
        nframes=9,
    )
    assert results['gt_bboxes'].shape == (3, 9, 4)
    assert results['gt_labels'].tolist() == [0, 1, 2]
    assert results['bbox_valid'].sum(1).tolist() == [7, 3, 1]
    # Pixel x is at x + 0.5; the third frame is the first of the first tube.
    assert results['gt_bboxes'][0, 2].tolist() == [2.5, 4.5, 10.5, 12.5]
    assert results['gt_bboxes'][0, 4].tolist() == [4.5, 4.5, 12.5, 12.5]
    assert (results['gt_bboxes'][0, :2] == 0).all()
    # Two corners behind the three joints.
    assert results['keypoint'].shape == (3, 9, 5, 2)
    assert results['keypoint'][0, 2, 3:] == pytest.approx(
        np.array([[2.5, 4.5], [10.5, 12.5]]), abs=0.01
    )
    assert results['keypoint_score'][0, :, 0].tolist() == [0] * 2 + [1] * 7


def test_tubes_outside_the_clip_are_left_out():
    results = loaded_clip([tube(1, 4), tube(7, 9)], nframes=9)
    for key, value in dict(start=1, clip_len=4, last_key=3).items():
        results[key] = value
    sample = TRANSFORMS.build(dict(type='SampleTubeFrames'))
    results = sample(results)
    results['imgs'] = results['imgs'][:4]
    results = LoadTubes()(results)
    assert results['gt_labels'].tolist() == [0]
    assert results['gt_bboxes'].shape == (1, 4, 4)


def test_only_labeled_frames_have_boxes():
    results = loaded_clip([tube(1, 4)])
    results['frame_labeled'] = np.array([False, True, False, True])
    results = LoadTubes()(results)
    assert results['bbox_valid'].tolist() == [[False, True, False, True]]
    assert (results['gt_bboxes'][0, 0] == 0).all()


def test_joints_outside_the_image_are_invisible():
    points = np.float32([[[[5, 5], [-3, 5], [5, 50], [63, 47]]] * 4])
    results = loaded_clip([tube(1, 4)], joint_points=points)
    assert results['keypoint_score'][0, 0].tolist() == [1, 0, 0, 1, 1, 1]


def test_repeated_frames_are_mirrored_once():
    # PyAV's decoder gives a repeated frame as the same array twice.
    results = loaded_clip([tube(1, 4, (2, 2, 10, 10))])
    results['imgs'] = [results['imgs'][0]] * 4
    before = results['imgs'][0].copy()
    results = LoadTubes()(results)
    flip = TRANSFORMS.build(dict(type='Flip', flip_ratio=1))
    for img in flip(results)['imgs']:
        assert np.array_equal(img, before[:, ::-1])


def test_boxes_as_shares_of_the_image():
    results = loaded_clip([np.float32([[2, 0, 0.25, 0.5, 1]])], joints=False)
    results['tube_unit'] = 'image'
    results['ori_shape'] = None
    results = LoadTubes()(results)
    assert results['gt_bboxes'][0, 1].tolist() == [0, 12, 32, 48]
    assert results['ori_shape'] == (48, 64)


def test_values_that_are_no_numbers_are_no_boxes():
    rows = tube(1, 4)
    rows[1, 2] = np.nan
    rows[2, 0] = np.nan
    with np.errstate(all='raise'):
        results = loaded_clip([tube(1, 4)])
        results['tubes'] = [rows]
        results = LoadTubes()(results)
    assert results['bbox_valid'].tolist() == [[True, False, False, True]]
    # Without a frame number, frame 3 has no box; the actor is in frame 2.
    assert results['frame_labeled'].tolist() == [True, False, True, True]
    assert np.isfinite(results['gt_bboxes']).all()


def test_other_size_of_frames_is_named():
    results = loaded_clip([tube(1, 4)])
    results['img_shape'] = (24, 32)
    with pytest.raises(ValueError, match='video v have 24 rows and 32 columns'):
        LoadTubes()(results)


def test_degenerate_boxes_are_neither_actors_nor_background():
    rows, other = tube(1, 4), tube(1, 4, (0, 0, 5, 5))
    rows[1, 1:] = 5, 5, 5, 9
    rows[2, 1:] = 64, 5, 70, 9
    results = loaded_clip([tube(1, 4), other])
    results['tubes'] = [rows, other]
    results = LoadTubes()(results)
    assert results['bbox_valid'].tolist() == [[True, False, False, True]] * 2
    assert results['frame_labeled'].tolist() == [True, False, False, True]


def test_boxes_relative_to_the_image():
    results = loaded_clip([tube(1, 4)])
    results['tube_unit'] = 'image'
    results['tubes'] = [np.float32([[1, 0.5, 0.5, 1, 1], [2, 1, 0.5, 1.2, 1]])]
    results = LoadTubes()(results)
    assert results['gt_bboxes'][0, 0].tolist() == [32, 24, 64, 48]
    assert results['frame_labeled'].tolist() == [True, False, True, True]
