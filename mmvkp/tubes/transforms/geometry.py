"""Geometry of boxes and joints in the pipeline.

MMAction2's transforms treat coordinates as positions in the area of the image,
from 0 to its width: flipping maps x to width - x. Pixel x, from 0, covers the
area from x to x + 1. Therefore `LoadTubes` moves pixel coordinates to the centre
of their pixel, and `PackTubeInputs` moves them back; in between, all transforms
of MMAction2 are exact.

MMAction2's crops clip boxes. To keep the original boxes, their two corners are
appended to the joints as two more points, which all transforms move and none
clips.

MMAction2's `Flip` treats a point at x = 0 as missing and does not move it.
Therefore all points are shifted by `NUDGE`, so that crops and scaling do not
place them there.
"""

from typing import Dict, Optional

import numpy as np

NUM_CORNERS = 2
NUDGE = 1e-3  # pixels


def half_pixel(results: Dict) -> np.ndarray:
    """Offset of the coordinates from pixel coordinates.

    Args:
        results (dict): A clip after `LoadTubes`.

    Returns:
        np.ndarray: Shape (2,), float32, x and y: half an original pixel, scaled
        like the image; zero for boxes that were relative to the image.
    """
    scale = np.asarray(results.get('scale_factor', 1), np.float32).reshape(-1)[:2]
    return np.float32(results['half_pixel']) * np.broadcast_to(scale, 2)


def whole_boxes(results: Dict) -> Optional[np.ndarray]:
    """Boxes that are not clipped.

    Args:
        results (dict): A clip in the pipeline.

    Returns:
        np.ndarray, optional: (N, T, 4) `x1, y1, x2, y2`, exact up to `NUDGE`; None
        without `LoadTubes`.
    """
    if not results.get('has_corners'):
        return None
    corners = results['keypoint'][:, :, -NUM_CORNERS:]
    # Flipping swaps left and right.
    return np.concatenate([corners.min(2), corners.max(2)], -1)


def centres_inside(boxes: np.ndarray, img_shape: tuple) -> np.ndarray:
    """Test if the centres of boxes are in the image.

    Args:
        boxes (np.ndarray): (..., 4) `x1, y1, x2, y2`.
        img_shape (tuple): Height and width of the image.

    Returns:
        np.ndarray: (...) bool.
    """
    centres = (boxes[..., :2] + boxes[..., 2:]) / 2
    return ((centres >= 0) & (centres < np.array(img_shape[::-1]))).all(-1)


def keep_actors(results: Dict, keep: np.ndarray) -> None:
    """Keep some actors of a clip and drop the others.

    Args:
        results (dict): A clip; modified in place.
        keep (np.ndarray): (N,) bool.
    """
    for key in ('gt_bboxes', 'gt_labels', 'bbox_valid', 'keypoint', 'keypoint_score'):
        if key in results:
            results[key] = results[key][keep]


def move_points(results: Dict, shift: np.ndarray) -> None:
    """Shift boxes and joints.

    Args:
        results (dict): A clip; modified in place.
        shift (np.ndarray): Shape (2,), x and y in pixels.
    """
    shift = np.asarray(shift, np.float32)
    if 'gt_bboxes' in results:
        results['gt_bboxes'] = results['gt_bboxes'] + np.tile(shift, 2)
    if 'keypoint' in results:
        results['keypoint'] = results['keypoint'] + shift
