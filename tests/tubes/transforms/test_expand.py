"""Boxes and joints are moved with the frames."""

import numpy as np
import pytest
from mmaction.registry import TRANSFORMS

from mmvkp.tubes.transforms.expand import TubeExpand

from ..tube_data import bright_box, tube
from .tube_clip import loaded_clip


def test_content_and_coordinates_move_together():
    np.random.seed(0)
    expand = TRANSFORMS.build(dict(type='TubeExpand', prob=1))
    shapes = set()
    for _ in range(20):
        before = loaded_clip([tube(1, 4, (5, 6, 20, 30), (1, 2))])
        image = before['imgs'][0].copy()
        points = before['keypoint'].copy()
        results = expand(before)
        height, width = results['img_shape']
        assert 48 <= height <= 4 * 48 and 64 <= width <= 4 * 64
        # Width and height grow alike, up to whole pixels.
        assert abs(width / 64 - height / 48) < 1 / 48
        shapes.add((height, width))
        assert [img.shape for img in results['imgs']] == [(height, width, 3)] * 4
        shift = results['keypoint'] - points
        assert np.abs(shift - shift[0, 0, 0]).max() < 1e-4
        left, top = np.round(shift[0, 0, 0]).astype(int)
        # The image is there, and nothing else but the colour of the canvas.
        patch = results['imgs'][0][top : top + 48, left : left + 64].copy()
        assert np.array_equal(patch, image)
        results['imgs'][0][top : top + 48, left : left + 64] = (123, 116, 103)
        assert (results['imgs'][0] == (123, 116, 103)).all()
        for t in (1, 3):
            box = results['gt_bboxes'][0, t] - 0.5
            assert np.array_equal(
                bright_box(results['imgs'][t][top : top + 48, left : left + 64])
                + [left, top, left, top],
                box,
            )
    assert len(shapes) > 15


def test_share_of_clips():
    np.random.seed(0)
    expand = TubeExpand(prob=0.25)
    grown = 0
    for _ in range(400):
        results = expand(dict(imgs=[np.zeros((4, 4, 3), np.uint8)], img_shape=(4, 4)))
        grown += results['imgs'][0].shape[:2] != (4, 4)
    # Some canvases are too little larger to gain a pixel (1 in 12).
    assert 65 <= grown <= 120


@pytest.mark.parametrize(
    'kwargs, message',
    [
        (dict(max_ratio=0.5), r'max_ratio=0.5 is outside \[1, inf\)'),
        (dict(max_ratio='4'), "max_ratio='4' is a str"),
        (dict(prob=[1]), r'prob=\[1\] is a list'),
        (dict(fill=17), 'fill=17 is a int'),
        (dict(fill=(1, 2)), r'fill=\(1, 2\) has 2 items; it must have 3'),
        (dict(fill=('a', 1, 2)), "fill='a' is a str"),
        (dict(prob=2), r'prob=2 is outside \[0, 1\]'),
    ],
)
def test_bad_arguments(kwargs, message):
    with pytest.raises((ValueError, TypeError), match=message):
        TubeExpand(**kwargs)


def test_repr():
    assert repr(TubeExpand(2.0, 1.0)).startswith(
        'TubeExpand(max_ratio=2.0, prob=1.0, fill=(123.675'
    )
