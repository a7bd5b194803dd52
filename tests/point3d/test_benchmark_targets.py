"""Actors and errors of the benchmark; its output: test_commands.py."""

import pytest
import torch

from mmvkp.point3d.benchmark_targets import benchmark_point_targets, make_actors


def test_actors_are_in_the_image():
    truth = make_actors(4, 3, 5, 64)
    boxes = truth.bboxes
    assert boxes.shape == (3, 4, 4)
    assert boxes.min() >= 0 and boxes.max() <= 64
    assert ((boxes[..., 3] - boxes[..., 1]) >= 16).all()
    low, high = boxes[:, :, None, :2], boxes[:, :, None, 2:]
    inside = (truth.keypoints >= low - 1e-4) & (truth.keypoints <= high + 1e-4)
    assert truth.keypoints.shape == (3, 4, 5, 2)
    assert inside.all() and torch.unique(truth.keypoints).numel() > 100


@pytest.mark.parametrize(
    'options, message',
    [
        (dict(size=100), 'size=100 is not a multiple of 32'),
        (dict(joints=-1), 'joints=-1 is negative'),
        (dict(frames=0), r'frames=0 is outside \[1, inf\)'),
    ],
)
def test_numbers_out_of_range(options, message):
    with pytest.raises(ValueError, match=message):
        benchmark_point_targets(**options)
