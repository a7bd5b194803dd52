"""Boxes, labels and joints of a clip whose frames are decoded."""

from typing import Dict

import numpy as np
from mmaction.registry import TRANSFORMS
from mmcv.transforms import BaseTransform

from .geometry import NUDGE, NUM_CORNERS


@TRANSFORMS.register_module()
class LoadTubes(BaseTransform):
    """Put the boxes and joints of the chosen frames beside the images.

    Goes right behind the decoder: some of MMAction2's decoders multiply
    boxes by the size of the image and others do not, so that boxes must not
    be there before.

    Required keys: ``imgs``, ``img_shape``, ``tube_frames``,
    ``frame_labeled``, ``tubes``, ``tube_labels``, ``ori_shape`` and
    ``joints`` (both may be None or missing), ``num_joints`` (K, 0 if missing),
    ``video_id``. Added keys, for N tubes that are in the clip:

    - ``gt_bboxes`` (N, T, 4) float32 ``x1, y1, x2, y2``; zeros where a tube
      has no box,
    - ``bbox_valid`` (N, T) bool, where it has one in a labeled frame,
    - ``gt_labels`` (N,) int64, or (N, C) float32 for several labels at once,
    - ``keypoint`` (N, T, K + 2, 2) float32 and ``keypoint_score`` (N, T,
      K + 2), 1 for joints that are visible and inside the image. The last
      two are the corners of the box; see `tube_geometry`, also for units.

    Raises:
        ValueError: If the frames have another size than annotated, or not all
            the same.
    """

    def transform(self, results: Dict) -> Dict:
        """Gather what is in the frames; see `BaseTransform`."""
        height, width = results['img_shape']
        annotated = results.get('ori_shape')
        if annotated is not None and tuple(annotated) != (height, width):
            raise ValueError(
                f'LoadTubes: the frames of video {results["video_id"]} have '
                f'{height} rows and {width} columns, its resolution is '
                f'annotated as {tuple(annotated)} (height, width). Give the '
                'frames that were annotated, or scale the boxes with them.'
            )
        for img, frame in zip(results['imgs'], results['tube_frames']):
            if img.shape[:2] != (height, width):
                raise ValueError(
                    f'LoadTubes: frame {frame} of video '
                    f'{results["video_id"]} has {img.shape[0]} rows and '
                    f'{img.shape[1]} columns, the first one of the clip '
                    f'{height} and {width}. All frames of a video need one '
                    'size; scale them, and the boxes with them.'
                )
        results['ori_shape'] = (height, width)
        in_pixels = results.get('tube_unit', 'pixel') == 'pixel'
        results['half_pixel'] = 0.5 if in_pixels else 0.0
        frames = results['tube_frames']
        boxes, valid = self._boxes(results['tubes'], frames)
        if not in_pixels:
            boxes *= np.float32([width, height, width, height])
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
        # Some decoders give a repeated frame as one array, which would then
        # be mirrored twice in place.
        results['imgs'] = self._separate(results['imgs'])
        return results

    @staticmethod
    def _boxes(tubes: list, frames: np.ndarray) -> tuple:
        """Boxes (M, T, 4) of tubes at frames, and where there are any."""
        boxes = np.zeros((len(tubes), len(frames), 4), dtype=np.float32)
        valid = np.zeros(boxes.shape[:2], dtype=bool)
        for i, tube in enumerate(tubes):
            known = np.flatnonzero(np.isfinite(tube).all(1))
            rows = {int(tube[row, 0]): row for row in known}
            for t, frame in enumerate(frames.tolist()):
                if frame in rows:
                    boxes[i, t] = tube[rows[frame], 1:]
                    valid[i, t] = True
        return boxes, valid

    @staticmethod
    def _joints(results: Dict, frames: np.ndarray, valid: np.ndarray) -> tuple:
        """Joints (M, T, K, 2) of tubes at frames, and which are visible; those
        that were not annotated are not."""
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
        """The images, those that are there twice copied."""
        seen: set = set()
        separate = []
        for img in imgs:
            separate.append(img.copy() if id(img) in seen else img)
            seen.add(id(img))
        return separate

    def __repr__(self) -> str:
        return f'{type(self).__name__}()'
