"""Actors that a crop has left."""

from typing import Dict, Optional

import numpy as np
from mmaction.registry import TRANSFORMS
from mmcv.transforms import BaseTransform

from .geometry import NUM_CORNERS, centres_inside, half_pixel, keep_actors, whole_boxes


@TRANSFORMS.register_module()
class FilterTubes(BaseTransform):
    """Drop actors whose centre is outside the image, and clip the others.

    A box is no longer valid in the frames in which its centre is outside;
    an actor without a valid frame is dropped. The remaining boxes are
    clipped to the image, and joints outside the image become invisible.

    Goes behind all crops. MMAction2's crops clip boxes, but keep actors that
    were cut away. Where the clip did not come through `LoadTubes`, only what
    is left of the boxes is known, and boxes that are thinner than a pixel are
    taken as cut away.

    Required keys: ``img_shape``, ``gt_bboxes``, ``bbox_valid``. Modified keys:
    ``gt_bboxes``, ``bbox_valid``, ``gt_labels``, ``keypoint``,
    ``keypoint_score``.

    Args:
        keep_empty (bool): Whether a clip without actors is kept. If not, the
            data set takes another clip in its place; only training allows
            that.

    Source: the rule of the centre is that of SSD (Liu et al.,
    arXiv:1512.02325, section 2.2).
    """

    def __init__(self, keep_empty: bool = False) -> None:
        self.keep_empty = keep_empty

    def transform(self, results: Dict) -> Optional[Dict]:
        """Drop and clip; None for a clip that has become empty."""
        height, width = results['img_shape']
        boxes = whole_boxes(results)
        if boxes is None:
            boxes = results['gt_bboxes'].copy()
            inside = (boxes[..., 2:] - boxes[..., :2] >= 1).all(-1)
            half = np.zeros(2, dtype=np.float32)
        else:
            inside = centres_inside(boxes, (height, width))
            half = half_pixel(results)
        valid = results['bbox_valid'] & inside
        low = np.tile(half, 2)
        high = np.float32([width, height, width, height]) - low
        boxes = np.clip(boxes, low, high)
        boxes[~valid] = 0
        results['gt_bboxes'] = boxes.astype(np.float32)
        results['bbox_valid'] = valid
        if 'keypoint' in results:
            self._hide_joints(results)
        keep_actors(results, valid.any(1))
        if not self.keep_empty and not len(results['gt_bboxes']):
            return None
        return results

    @staticmethod
    def _hide_joints(results: Dict) -> None:
        """Make the joints outside the image invisible."""
        height, width = results['img_shape']
        points = results['keypoint']
        count = points.shape[2]
        if results.get('has_corners'):
            count -= NUM_CORNERS
        joints = points[:, :, :count]
        inside = ((joints >= 0) & (joints <= (width, height))).all(-1)
        score = results['keypoint_score'].copy()
        score[:, :, :count] *= inside & results['bbox_valid'][..., None]
        results['keypoint_score'] = score

    def __repr__(self) -> str:
        return f'{type(self).__name__}(keep_empty={self.keep_empty})'
