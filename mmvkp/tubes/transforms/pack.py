"""Packing of clips with tubes for a detector."""

from typing import Dict, Sequence

import numpy as np
import torch
from mmaction.registry import TRANSFORMS
from mmaction.structures import ActionDataSample
from mmcv.transforms import BaseTransform, to_tensor
from mmengine.structures import InstanceData

from ...checks import check_sequence, shorten
from .geometry import NUM_CORNERS, half_pixel

META_KEYS = (
    'video_id',
    'ori_shape',
    'img_shape',
    'scale_factor',
    'frame_labeled',
    'key_inds',
    'nframes',
    'flip',
    'timestamp',
    'img_key',
    'bank',
)


@TRANSFORMS.register_module()
class PackTubeInputs(BaseTransform):
    """Pack a clip and its tubes.

    Use it after `FormatShape(input_format='NCTHW', collapse=True)`. The result
    has `inputs`, a tensor (C, T, H, W), and `data_samples`, an `ActionDataSample`
    with `gt_instances` for N actors:

    - `bboxes` (N, T, 4) float32 `x1, y1, x2, y2` in pixels of the input; zeros
      without a box. Divided by `scale_factor` they are pixels of the video from
      0, ends inclusive (without crops and flips). Boxes that were relative to
      the image, as in AVA, have exclusive ends.
    - `labels` (N,) int64, or (N, C) float32 for several labels at once.
    - `bbox_valid` (N, T) bool.
    - `keypoints` (N, T, K, 2) float32 in the same pixels and `keypoints_visible`
      (N, T, K) bool, if the data set has joints.

    Metainfo: `video_id`; `frame_inds` (T,), frames from 1; `frame_labeled` (T,)
    bool, False for frames without loss; `key_inds`, positions, from 0, of the
    frames that the clip predicts; `ori_shape` and `img_shape` (height, width);
    `scale_factor` (2,) for x and y; `nframes` of the video; other `META_KEYS` if
    present.

    Args:
        meta_keys (Sequence[str]): Additional keys of the metainfo.

    Raises:
        KeyError: If `LoadTubes` is not in the pipeline.
    """

    def __init__(self, meta_keys: Sequence[str] = ()) -> None:
        check_sequence('PackTubeInputs', 'meta_keys', meta_keys)
        if not all(isinstance(key, str) for key in meta_keys):
            raise TypeError(
                f'PackTubeInputs: meta_keys={shorten(meta_keys)} must be strings.'
            )
        self.meta_keys = tuple(meta_keys)

    def transform(self, results: Dict) -> Dict:
        """Pack the clip.

        Args:
            results (dict): A clip; `gt_bboxes` has shape (N, T, 4).

        Returns:
            dict: `inputs` of shape (C, T, H, W) and `data_samples`.
        """
        if not results.get('has_corners'):
            raise KeyError(
                'PackTubeInputs: the clip has no tubes; put LoadTubes directly after '
                'the decoder in the pipeline.'
            )
        half = half_pixel(results)
        valid = results['bbox_valid']
        boxes = results['gt_bboxes'] - np.tile(half, 2)
        actors = InstanceData(
            bboxes=torch.from_numpy(
                np.where(valid[..., None], boxes, 0).astype(np.float32)
            ),
            labels=torch.from_numpy(results['gt_labels'].copy()),
            bbox_valid=torch.from_numpy(valid.copy()),
        )
        if results['has_joints']:
            visible = results['keypoint_score'][:, :, :-NUM_CORNERS] > 0
            points = results['keypoint'][:, :, :-NUM_CORNERS] - half
            actors.keypoints = torch.from_numpy(points.astype(np.float32))
            actors.keypoints_visible = torch.from_numpy(visible & valid[..., None])
        sample = ActionDataSample(gt_instances=actors)
        meta = {
            key: results[key] for key in (*META_KEYS, *self.meta_keys) if key in results
        }
        meta['frame_inds'] = results['tube_frames']
        meta.setdefault('scale_factor', np.ones(2, dtype=np.float32))
        sample.set_metainfo(meta)
        return dict(inputs=to_tensor(results['imgs']), data_samples=sample)

    def __repr__(self) -> str:
        return f'{type(self).__name__}(meta_keys={self.meta_keys})'
