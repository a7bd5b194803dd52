"""Frames in the channel order of networks."""

import numpy as np

from mmvkp.video.frame import to_rgb


def test_channels_are_reversed():
    image = np.array([[[1, 2, 3], [4, 5, 6]]], np.uint8)
    assert to_rgb(image).tolist() == [[[3, 2, 1], [6, 5, 4]]]
