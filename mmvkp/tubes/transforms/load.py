"""Loading of the boxes, labels and joints of a decoded clip."""

from typing import Dict, Tuple

import numpy as np
from mmaction.registry import TRANSFORMS
from mmcv.transforms import BaseTransform

from ..degenerate import usable_boxes
from .geometry import NUDGE, NUM_CORNERS


@TRANSFORMS.register_module()
class LoadTubes(BaseTransform):
    """Add the boxes and joints of the sampled frames.

    Use it directly after the decoder: some of MMAction2's decoders multiply
    existing boxes by the size of the image and others do not.

    Required keys: `imgs`, `img_shape`, `tube_frames`, `frame_labeled`, `tubes`,
    `tube_labels`, `video_id`; optional: `ori_shape`, `joints`, `num_joints` (K).
    Added keys, for the N tubes in the clip:

    - `gt_bboxes` (N, T, 4) float32 `x1, y1, x2, y2`; zeros without a box,
    - `bbox_valid` (N, T) bool, True for boxes in labeled frames,
    - `gt_labels` (N,) int64, or (N, C) float32 for several labels at once,
    - `keypoint` (N, T, K + 2, 2) float32 and `keypoint_score` (N, T, K + 2), 1 for
      visible joints inside the image. The last two points are the corners of the
      box; see `geometry`, also for units.

    Degenerate boxes (see `degenerate`) are not added. Their frames get
    `frame_labeled` False: the actor is there, so they are not background either.

    Raises:
        ValueError: If the size of the frames differs from the annotations, or
            between frames.
    """

    def transform(self, results: Dict) -> Dict:
        """Add boxes and joints.

        Args:
            results (dict): A clip; `imgs` have shape (H, W, 3).
        """
        height, width = results['img_shape']
        _check_sizes(results, height, width)
        results['ori_shape'] = (height, width)
        in_pixels = results.get('tube_unit', 'pixel') == 'pixel'
        results['half_pixel'] = 0.5 if in_pixels else 0.0
        frames = results['tube_frames']
        size = (height, width) if in_pixels else (1, 1)
        boxes, valid, labeled = self._boxes(results['tubes'], frames, size)
        results['frame_labeled'] = results['frame_labeled'] & labeled
        if not in_pixels:
            boxes *= np.array([width, height, width, height], np.float32)
        boxes += results['half_pixel']
        valid &= results['frame_labeled']
        points, visible = self._joints(results, frames, valid)
        points += results['half_pixel'] + NUDGE
        visible &= ((points >= 0) & (points <= (width, height))).all(-1)
        corners = boxes.reshape(*boxes.shape[:2], NUM_CORNERS, 2) + NUDGE
        ones = np.ones(corners.shape[:3], dtype=np.float32)
        results.update(
            gt_bboxes=np.where(valid[..., None], boxes, 0),
            bbox_valid=valid,
            gt_labels=np.asarray(results['tube_labels']),
            keypoint=np.concatenate([points, corners], 2),
            keypoint_score=np.concatenate([visible, ones], 2),
            has_corners=True,
            has_joints=points.shape[2] > 0,
        )
        present = valid.any(1)
        for key in (
            'gt_bboxes',
            'bbox_valid',
            'gt_labels',
            'keypoint',
            'keypoint_score',
        ):
            results[key] = results[key][present]
        # Some decoders return a repeated frame as the same array, which would be
        # flipped twice in place.
        results['imgs'] = self._separate(results['imgs'])
        return results

    @staticmethod
    def _boxes(
        tubes: list, frames: np.ndarray, size: Tuple[int, int]
    ) -> Tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Boxes (M, T, 4) of tubes, a mask of them, and of frames (T,) to train on."""
        boxes = np.zeros((len(tubes), len(frames), 4), dtype=np.float32)
        valid = np.zeros(boxes.shape[:2], dtype=bool)
        labeled = np.ones(len(frames), dtype=bool)
        for i, tube in enumerate(tubes):
            known = np.flatnonzero(np.isfinite(tube[:, 0]))
            usable = usable_boxes(tube[:, 1:], size)
            rows = {int(tube[row, 0]): row for row in known}
            for t, frame in enumerate(frames.tolist()):
                if frame not in rows:
                    continue
                if usable[rows[frame]]:
                    boxes[i, t] = tube[rows[frame], 1:]
                    valid[i, t] = True
                else:
                    labeled[t] = False
        return boxes, valid, labeled

    @staticmethod
    def _joints(
        results: Dict, frames: np.ndarray, valid: np.ndarray
    ) -> Tuple[np.ndarray, np.ndarray]:
        """Joints (M, T, K, 2) of tubes in frames, and a mask of visible joints."""
        joints, count = results.get('joints'), results.get('num_joints', 0)
        points = np.zeros((*valid.shape, count, 2), dtype=np.float32)
        visible = np.zeros((*valid.shape, count), dtype=bool)
        if joints is None or joints.points.shape[::2] != (len(valid), count):
            return points, visible
        known = frames <= joints.points.shape[1]
        points[:, known] = joints.points[:, frames[known] - 1]
        visible[:, known] = joints.visible[:, frames[known] - 1]
        return points, visible & valid[..., None]

    @staticmethod
    def _separate(imgs: list) -> list:
        """Copy repeated images."""
        seen: set = set()
        separate = []
        for img in imgs:
            separate.append(img.copy() if id(img) in seen else img)
            seen.add(id(img))
        return separate

    def __repr__(self) -> str:
        return f'{type(self).__name__}()'


def _check_sizes(results: Dict, height: int, width: int) -> None:
    """Refuse frames whose size differs from the annotations or the first frame."""
    annotated = results.get('ori_shape')
    if annotated is not None and tuple(annotated) != (height, width):
        raise ValueError(
            f'LoadTubes: the frames of video {results["video_id"]} have '
            f'{height} rows and {width} columns, but its annotated '
            f'resolution is {tuple(annotated)} (height, width). Use the '
            'annotated frames, or scale the boxes like the frames.'
            + (
                ' If the file is rotated for display, the annotations must be, too.'
                if tuple(annotated) == (width, height)
                else ''
            )
        )
    for img, frame in zip(results['imgs'], results['tube_frames']):
        if img.shape[:2] != (height, width):
            raise ValueError(
                f'LoadTubes: frame {frame} of video '
                f'{results["video_id"]} has {img.shape[0]} rows and '
                f'{img.shape[1]} columns, the first frame of the clip '
                f'{height} and {width}. All frames of a video need the '
                'same size; scale frames and boxes.'
            )
