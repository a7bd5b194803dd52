"""Views of videos by hand; equality with MMAction2 is in tests/deploy."""

import numpy as np
import pytest

from mmvkp.runtime.preparation import prepare

# Pixel (y, x) of frame t has the value 100 t + 10 y + x.
FRAMES = [
    np.stack([100 * t + 10 * np.arange(4)[:, None] + np.arange(8)] * 3, -1)
    for t in range(2)
]


def views(*steps, frames=2, layout='NTCHW', repeat=1):
    mean, std = [1, 1, 1] * repeat, [2, 2, 4] * repeat
    description = dict(steps=steps, frames=frames, layout=layout, mean=mean, std=std)
    return prepare([each.astype(np.uint8) for each in FRAMES], description)


def test_the_center_in_both_layouts():
    crop = dict(type='CenterCrop', size=[4, 2])  # width, height
    x = views(crop)
    assert x.shape == (1, 2, 3, 2, 4) and x.dtype == np.float32
    # Rows 1 and 2, columns 2 to 5; (value - 1) / 2, in the last channel / 4.
    np.testing.assert_allclose(x[0, 1, 0, 0], (np.array([112, 113, 114, 115]) - 1) / 2)
    np.testing.assert_allclose(x[0, 0, 2, 1], (np.array([22, 23, 24, 25]) - 1) / 4)
    np.testing.assert_array_equal(views(crop, layout='NCTHW'), x.swapaxes(1, 2))


def test_three_crops_are_views():
    x = views(dict(type='ThreeCrop', size=[4, 4]))
    # Both frames at both ends, then in the middle.
    left = x[:, :, 0, 0, 0] * 2 + 1
    np.testing.assert_allclose(left, [[0, 100], [4, 104], [2, 102]])


def test_frames_of_a_segment_are_channels():
    x = views(dict(type='StackSegmentFrames', frames=2), frames=1, repeat=2)
    assert x.shape == (1, 1, 6, 4, 8)
    np.testing.assert_allclose(x[0, 0, ::3, 0, 0], [(0 - 1) / 2, (100 - 1) / 2])


@pytest.mark.parametrize(
    'step, message',
    [
        (dict(type='CenterCrop', size=[9, 4]), '8 x 4 pixels are smaller than'),
        (dict(type='ThreeCrop', size=[4, 5]), '8 x 4 pixels are smaller than'),
        (dict(type='ThreeCrop', size=[4, 2]), 'of 4 x 2 have no common side'),
    ],
)
def test_frames_that_do_not_fit(step, message):
    with pytest.raises(ValueError, match=message):
        views(step)
