"""Random crops of clips that keep an actor."""

from typing import Dict, Optional, Sequence, Tuple

import numpy as np
from mmaction.registry import TRANSFORMS
from mmcv.transforms import BaseTransform

from ...checks import check_number, check_positive, check_sequence
from .geometry import centres_inside, move_points, whole_boxes


@TRANSFORMS.register_module()
class TubeCrop(BaseTransform):
    """Crop all frames of a clip at the same random position with an actor.

    A minimum IoU is drawn first; 0 keeps the whole clip. Otherwise random crops
    are tried until, for at least one actor, the IoU of crop and box, averaged
    over the frames with a box, reaches the minimum, and the crop contains the
    centres of these boxes. After `max_tries` the clip is not cropped. Boxes and
    joints are moved, but neither clipped nor dropped: `FilterTubes` follows.

    Required keys: `imgs`, `img_shape`, `gt_bboxes`, `bbox_valid`. Modified keys:
    all except `bbox_valid`, and `keypoint` if present.

    Args:
        min_ious (Sequence[float]): Values of the minimum IoU; 0 keeps the clip.
        scale_range (tuple[float, float]): Square root of the area of the crop,
            relative to the image; at most 1.
        aspect_range (tuple[float, float]): Aspect ratio (width / height) of the
            crop, relative to the image.
        max_tries (int): Number of crops that are tried.

    Raises:
        ValueError: If an IoU is outside [0, 1] or a range is empty.

    Source: patches of SSD (Liu et al., arXiv:1512.02325, Sec. 2.2) with its
    numbers; the mean over the frames of a clip was chosen here.
    """

    def __init__(
        self,
        min_ious: Sequence[float] = (0, 0.1, 0.3, 0.5, 0.7, 0.9),
        scale_range: Tuple[float, float] = (0.3, 1.0),
        aspect_range: Tuple[float, float] = (0.5, 2.0),
        max_tries: int = 50,
    ) -> None:
        check_sequence('TubeCrop', 'min_ious', min_ious)
        check_sequence('TubeCrop', 'scale_range', scale_range, 2)
        check_sequence('TubeCrop', 'aspect_range', aspect_range, 2)
        for value in min_ious:
            check_number('TubeCrop', min_ious=value)
        for value in scale_range:
            check_number('TubeCrop', scale_range=value)
        for value in aspect_range:
            check_number('TubeCrop', aspect_range=value)
        check_positive('TubeCrop', max_tries=max_tries)
        if not min_ious or min(min_ious) < 0 or max(min_ious) > 1:
            raise ValueError(
                f'TubeCrop: min_ious={min_ious} must be values in [0, 1], at least one.'
            )
        for name, pair in (
            ('scale_range', scale_range),
            ('aspect_range', aspect_range),
        ):
            if not 0 < pair[0] <= pair[1]:
                raise ValueError(
                    f'TubeCrop: {name}={pair} must be two positive values in '
                    'ascending order.'
                )
        if scale_range[1] > 1:
            raise ValueError(
                f'TubeCrop: scale_range={scale_range} exceeds 1; a crop must fit into '
                'its image.'
            )
        self.min_ious = tuple(min_ious)
        self.scale_range = tuple(scale_range)
        self.aspect_range = tuple(aspect_range)
        self.max_tries = max_tries

    def transform(self, results: Dict) -> Dict:
        """Crop the clip.

        Args:
            results (dict): A clip; `gt_bboxes` has shape (N, T, 4).
        """
        min_iou = self.min_ious[np.random.randint(len(self.min_ious))]
        boxes = whole_boxes(results)
        if boxes is None:
            boxes = results['gt_bboxes']
        if not min_iou or not len(boxes):
            return results
        crop = self._find_crop(
            boxes, results['bbox_valid'], results['img_shape'], min_iou
        )
        if crop is None:
            return results
        left, top, right, bottom = crop
        # Copies release the memory of the whole frames.
        results['imgs'] = [
            img[top:bottom, left:right].copy() for img in results['imgs']
        ]
        results['img_shape'] = (bottom - top, right - left)
        move_points(results, -np.array([left, top]))
        return results

    def _find_crop(
        self,
        boxes: np.ndarray,
        valid: np.ndarray,
        img_shape: Tuple[int, int],
        min_iou: float,
    ) -> Optional[Tuple[int, int, int, int]]:
        """Find a crop `left, top, right, bottom` with exclusive ends, or None."""
        height, width = img_shape
        frames = np.maximum(valid.sum(1), 1)
        for _ in range(self.max_tries):
            scale = np.random.uniform(self.scale_range[0], self.scale_range[1])
            aspect = np.random.uniform(
                max(self.aspect_range[0], scale**2),
                min(self.aspect_range[1], scale**-2),
            )
            crop_w = max(1, int(width * scale * np.sqrt(aspect)))
            crop_h = max(1, int(height * scale / np.sqrt(aspect)))
            crop_w, crop_h = min(crop_w, width), min(crop_h, height)
            left = np.random.randint(width - crop_w + 1)
            top = np.random.randint(height - crop_h + 1)
            moved: np.ndarray = boxes - np.array([left, top, left, top], np.float32)
            iou = _iou_with_image(moved, crop_h, crop_w)
            mean = (iou * valid).sum(1) / frames
            inside = centres_inside(moved, (crop_h, crop_w)) | ~valid
            good = (mean >= min_iou) & inside.all(1) & valid.any(1)
            if good.any():
                return left, top, left + crop_w, top + crop_h
        return None

    def __repr__(self) -> str:
        return (
            f'{type(self).__name__}(min_ious={self.min_ious}, '
            f'scale_range={self.scale_range}, '
            f'aspect_range={self.aspect_range}, '
            f'max_tries={self.max_tries})'
        )


def _iou_with_image(boxes: np.ndarray, height: int, width: int) -> np.ndarray:
    """IoU (...) of boxes (..., 4) with the area of an image."""
    inside = np.clip(boxes, 0, np.array([width, height, width, height], np.float32))
    shared = (inside[..., 2:] - inside[..., :2]).prod(-1)
    area = (boxes[..., 2:] - boxes[..., :2]).prod(-1)
    return shared / (area + width * height - shared)
