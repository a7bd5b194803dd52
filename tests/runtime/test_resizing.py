"""Scaling equals OpenCV bit for bit."""

import cv2
import numpy as np
import pytest

from mmvkp.runtime.resizing import resize, scaled_size


@pytest.mark.parametrize('seed', range(40))
def test_equals_opencv(seed):
    rng = np.random.default_rng(seed)
    height, width, new_height, new_width = (int(x) for x in rng.integers(1, 150, 4))
    if seed % 8 == 0:
        height, width = 2 * new_height, 2 * new_width
    image = rng.integers(0, 256, (height, width, 3), np.uint8)
    expected = cv2.resize(image, (new_width, new_height))
    assert np.array_equal(resize(image, new_width, new_height), expected)


def test_the_same_size_is_not_copied():
    image = np.zeros((4, 6, 3), np.uint8)
    assert resize(image, 6, 4) is image


@pytest.mark.parametrize(
    'size, scale, keep_ratio, expected',
    [
        ((320, 240), (np.inf, 256), True, (341, 256)),
        ((240, 320), (np.inf, 256), True, (256, 341)),
        ((320, 240), (340, 256), True, (340, 255)),
        ((320, 240), (171, 128), False, (171, 128)),
    ],
)
def test_sizes(size, scale, keep_ratio, expected):
    assert scaled_size(size, scale, keep_ratio) == expected
