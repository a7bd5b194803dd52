"""Boxes and joints of a clip, by hand."""

import numpy as np

from mmvkp.tubes.transforms.geometry import (
    centres_inside,
    half_pixel,
    keep_actors,
    move_points,
    whole_boxes,
)


def test_half_a_pixel_is_scaled_with_the_image():
    assert half_pixel(dict(half_pixel=0.5)).tolist() == [0.5, 0.5]
    scaled = half_pixel(dict(half_pixel=0.5, scale_factor=(2, 3)))
    assert scaled.dtype == np.float32 and scaled.tolist() == [1, 1.5]
    assert half_pixel(dict(half_pixel=0.0, scale_factor=(2, 3))).tolist() == [0, 0]


def test_whole_boxes_of_flipped_corners():
    points = np.float32([[[[9, 9], [30, 5], [10, 25]]]])
    assert whole_boxes(dict(keypoint=points)) is None
    boxes = whole_boxes(dict(keypoint=points, has_corners=True))
    assert boxes.tolist() == [[[10, 5, 30, 25]]]


def test_centres():
    boxes = np.float32([[-8, 0, 8, 4], [-9, 0, 8, 4], [30, 40, 50, 60]])
    # 64 x 50 pixels (width, height): the last centre (40, 50) is just outside.
    assert centres_inside(boxes, (50, 64)).tolist() == [True, False, False]


def test_actors_and_points():
    boxes = np.float32([[[0, 0, 9, 9]], [[5, 5, 6, 6]]])
    clip = dict(gt_bboxes=boxes, gt_labels=np.array([3, 4]), other=7)
    keep_actors(clip, np.array([False, True]))
    assert clip['gt_labels'].tolist() == [4] and clip['other'] == 7
    move_points(clip, np.array([2, -1]))
    assert clip['gt_bboxes'].tolist() == [[[7, 4, 8, 5]]]
    assert boxes[1].tolist() == [[5, 5, 6, 6]]
