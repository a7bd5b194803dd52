"""Crops contain an actor and are equal in all frames."""

import numpy as np
import pytest
from mmaction.registry import TRANSFORMS

from mmvkp.tubes.transforms.crop import TubeCrop

from ..tube_data import bright_box, tube
from .tube_clip import loaded_clip


def naive_iou(box, width, height):
    """IoU of a box of areas with an image, number by number."""
    w = max(0, min(box[2], width) - max(box[0], 0))
    h = max(0, min(box[3], height) - max(box[1], 0))
    area = (box[2] - box[0]) * (box[3] - box[1])
    return w * h / (area + width * height - w * h)


@pytest.mark.parametrize('min_iou', [0.1, 0.3, 0.6])
def test_one_actor_keeps_the_minimum(min_iou):
    np.random.seed(int(100 * min_iou))
    crop = TRANSFORMS.build(dict(type='TubeCrop', min_ious=(min_iou,)))
    shapes = set()
    for _ in range(40):
        results = crop(
            loaded_clip(
                [tube(1, 4, (5, 6, 30, 40), (2, 1)), tube(2, 3, (50, 10, 60, 30))]
            )
        )
        height, width = results['img_shape']
        shapes.add((height, width))
        if (height, width) == (48, 64):
            continue
        assert 0.5 * 48 / 64 - 0.1 <= height / width <= 2 * 48 / 64 + 0.1
        kept = []
        for i in range(2):
            frames = np.flatnonzero(results['bbox_valid'][i])
            boxes = results['gt_bboxes'][i, frames]
            mean = np.mean([naive_iou(box, width, height) for box in boxes])
            centres = (boxes[:, :2] + boxes[:, 2:]) / 2
            kept.append(
                mean >= min_iou - 1e-6
                and (centres >= 0).all()
                and (centres < (width, height)).all()
            )
        assert any(kept)
    assert len(shapes) > 10


def test_content_and_coordinates_move_together():
    np.random.seed(1)
    crop = TubeCrop(min_ious=(0.2,))
    checked = 0
    for _ in range(30):
        results = crop(loaded_clip([tube(1, 4, (20, 14, 36, 28), (1, 1))]))
        height, width = results['img_shape']
        for t, img in enumerate(results['imgs']):
            assert img.shape == (height, width, 3)
            box = results['gt_bboxes'][0, t] - 0.5
            if box.min() >= 0 and (box[2:] < (width, height)).all():
                assert np.array_equal(bright_box(img), box)
                checked += (height, width) != (48, 64)
            assert np.allclose(
                results['keypoint'][0, t, :2].ravel(), box + 0.5, atol=0.01
            )
    assert checked > 20


def test_whole_clips():
    # A minimum of 0, no actor, and a minimum that no crop reaches.
    for crop, tubes in (
        (TubeCrop(min_ious=(0,)), [tube(1, 4)]),
        (TubeCrop(min_ious=(0.5,)), []),
        (TubeCrop(min_ious=(0.9,), max_tries=5), [tube(1, 4, (2, 2, 8, 8))]),
    ):
        results = loaded_clip(tubes)
        boxes = results['gt_bboxes'].copy()
        results = crop(results)
        assert results['img_shape'] == (48, 64)
        assert np.array_equal(results['gt_bboxes'], boxes)


def test_crops_of_a_larger_image_do_not_keep_it_in_memory():
    np.random.seed(0)
    results = TubeCrop(min_ious=(0.3,))(loaded_clip([tube(1, 4, (5, 6, 30, 40))]))
    assert results['img_shape'] != (48, 64)
    assert all(img.base is None for img in results['imgs'])


@pytest.mark.parametrize(
    'kwargs, message',
    [
        (dict(min_ious=['x']), "min_ious='x' is a str"),
        (dict(min_ious=0.5), 'min_ious=0.5 is a float'),
        (dict(scale_range=(0.5, 0.7, 1)), 'scale_range=.* has 3 items'),
        (dict(aspect_range=('a', 2)), "aspect_range='a' is a str"),
        (dict(max_tries=1.5), 'max_tries=1.5 is a float'),
        (dict(min_ious=()), r'min_ious=\(\) must be values in \[0, 1\]'),
        (dict(min_ious=(0.1, 1.5)), 'must be values'),
        (dict(scale_range=(0.5, 0.2)), 'scale_range=.0.5, 0.2. must be two'),
        (dict(scale_range=(0.5, 2)), 'exceeds 1'),
        (dict(aspect_range=(0, 2)), 'aspect_range=.0, 2. must be two positive'),
    ],
)
def test_bad_arguments(kwargs, message):
    with pytest.raises((ValueError, TypeError), match=message):
        TubeCrop(**kwargs)


def test_repr():
    assert repr(TubeCrop(max_tries=7)).endswith('max_tries=7)')
