"""Removal of actors outside the image."""

from typing import Dict, Optional

import numpy as np
from mmaction.registry import TRANSFORMS
from mmcv.transforms import BaseTransform

from ...checks import check_flag
from .geometry import NUM_CORNERS, centres_inside, half_pixel, keep_actors, whole_boxes


@TRANSFORMS.register_module()
class FilterTubes(BaseTransform):
    """Drop actors whose centre is outside the image, and clip the others.

    A box becomes invalid in frames where its centre is outside; an actor without
    a valid frame is dropped. The other boxes are clipped to the image, and joints
    outside the image become invisible.

    Use it after all crops: MMAction2's crops clip boxes, but keep actors outside
    the image. Without `LoadTubes` only the clipped boxes are known, and boxes
    thinner than a pixel count as outside.

    Required keys: `img_shape`, `gt_bboxes`, `bbox_valid`. Modified keys:
    `gt_bboxes`, `bbox_valid`, `gt_labels`, `keypoint`, `keypoint_score`.

    Args:
        keep_empty (bool): Keep clips without actors. Otherwise the data set
            replaces them by other clips, which only training allows.

    Source: centre rule of SSD (Liu et al., arXiv:1512.02325, Sec. 2.2).
    """

    def __init__(self, keep_empty: bool = False) -> None:
        check_flag('FilterTubes', keep_empty=keep_empty)
        self.keep_empty = keep_empty

    def transform(self, results: Dict) -> Optional[Dict]:
        """Drop actors and clip boxes.

        Args:
            results (dict): A clip; `gt_bboxes` has shape (N, T, 4).

        Returns:
            dict, optional: None for an empty clip.
        """
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
        high = np.array([width, height, width, height], np.float32) - low
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
        """Make joints outside the image invisible."""
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
