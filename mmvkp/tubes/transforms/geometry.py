"""Boxes and joints of a clip while its frames are cut, scaled and mirrored.

MMAction2's transforms treat coordinates as places on the area of the image,
which reaches from 0 to its width: mirroring takes x to width - x. Pixel x,
counted from 0, is the area from x to x + 1. So pixel coordinates are moved
to the middle of their pixel at the beginning (`LoadTubes`) and back at the
end (`PackTubeInputs`); in between every transform of MMAction2 is exact.

Boxes that MMAction2 crops lose the part that was cut off. To still know
where they were, their two corners ride along as two more key points behind
the joints, which are moved by every transform and cut by none.

MMAction2's `Flip` takes a key point at x = 0 for a missing one and leaves it
where it is. So all key points are moved by `NUDGE`, after which no crop and no
scaling puts one there by accident.
"""

from typing import Dict, Optional

import numpy as np

NUM_CORNERS = 2
NUDGE = 1e-3  # pixels


def half_pixel(results: Dict) -> np.ndarray:
    """How far the coordinates are from those of pixels.

    Args:
        results (Dict): A clip behind `LoadTubes`.

    Returns:
        np.ndarray: (2,) float32, x and y: half an original pixel, scaled as
        the image; zero for boxes that were given as shares of the image.
    """
    scale = np.broadcast_to(
        np.float32(results.get('scale_factor', 1)).reshape(-1)[:2], 2
    )
    return np.float32(results['half_pixel']) * scale


def whole_boxes(results: Dict) -> Optional[np.ndarray]:
    """Boxes with the parts that were cut off.

    Args:
        results (Dict): A clip in the middle of the pipeline.

    Returns:
        np.ndarray, optional: (N, T, 4) ``x1, y1, x2, y2``, exact up to
        `NUDGE`; None if the clip did not come through `LoadTubes`.
    """
    if not results.get('has_corners'):
        return None
    corners = results['keypoint'][:, :, -NUM_CORNERS:]
    # Mirroring exchanges left and right.
    return np.concatenate([corners.min(2), corners.max(2)], -1)


def centres_inside(boxes: np.ndarray, img_shape: tuple) -> np.ndarray:
    """Whether the centres of boxes are in the image.

    Args:
        boxes (np.ndarray): (..., 4) ``x1, y1, x2, y2``.
        img_shape (tuple): Height and width of the image.

    Returns:
        np.ndarray: (...) bool.
    """
    centres = (boxes[..., :2] + boxes[..., 2:]) / 2
    return ((centres >= 0) & (centres < np.array(img_shape[::-1]))).all(-1)


def keep_actors(results: Dict, keep: np.ndarray) -> None:
    """Take the other actors out of a clip.

    Args:
        results (Dict): A clip; changed.
        keep (np.ndarray): (N,) bool.
    """
    for key in ('gt_bboxes', 'gt_labels', 'bbox_valid', 'keypoint', 'keypoint_score'):
        if key in results:
            results[key] = results[key][keep]


def move_points(results: Dict, shift: np.ndarray) -> None:
    """Move everything that has coordinates.

    Args:
        results (Dict): A clip; changed.
        shift (np.ndarray): (2,), x and y in pixels.
    """
    shift = np.float32(shift)
    if 'gt_bboxes' in results:
        results['gt_bboxes'] = results['gt_bboxes'] + np.tile(shift, 2)
    if 'keypoint' in results:
        results['keypoint'] = results['keypoint'] + shift
