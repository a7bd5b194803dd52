"""Sampling of clips around the annotated frames of AVA."""

from typing import Dict

import numpy as np
from mmaction.registry import TRANSFORMS
from mmcv.transforms import BaseTransform

from ...checks import check_positive
from ..clips import clip_frames


@TRANSFORMS.register_module()
class SampleKeyClip(BaseTransform):
    """Sample the frames around a key frame of MMAction2's `AVADataset`.

    Replaces `SampleAVAFrames`, which adds the start index twice and so reads each
    clip one frame late. The key frame is at position T // 2; frames outside the
    video are replaced by its first or last frame. The boxes become tubes of one
    frame for `LoadTubes`; the other frames of the clip are not labeled.

    Required keys: `timestamp`, `timestamp_start`, `fps`, `start_index`,
    `shot_info` or `total_frames`, `gt_bboxes` (N, 4) in [0, 1], `gt_labels`. Added
    keys: the keys of `SampleTubeFrames`, with `frame_labeled` True at the key
    frame and its repetitions, and `tubes`, `tube_labels`. Removed keys:
    `gt_bboxes`, `gt_labels`, `entity_ids`.

    Args:
        clip_len (int): Frames of a clip, T.
        frame_interval (int): Distance between successive frames.

    Raises:
        ValueError: If the key frame is outside the video.

    Units: labels of `AVADataset` are (N, C + 1), starting with the empty class 0;
    `tube_labels` are (N, C) float32 for AVA's classes 1 to C.
    """

    def __init__(self, clip_len: int, frame_interval: int = 1) -> None:
        check_positive(
            type(self).__name__, clip_len=clip_len, frame_interval=frame_interval
        )
        self.clip_len = clip_len
        self.frame_interval = frame_interval

    def transform(self, results: Dict) -> Dict:
        """Add frame numbers and tubes.

        Args:
            results (dict): A key frame; `gt_bboxes` has shape (N, 4).
        """
        seconds = results['timestamp'] - results['timestamp_start']
        key = int(round(results['fps'] * seconds)) + 1
        shot = results.get('shot_info')
        num_frames = results.get('total_frames') or (shot[1] if shot else key)
        if not 1 <= key <= num_frames:
            raise ValueError(
                f'SampleKeyClip: timestamp {results["timestamp"]} of video '
                f'{results.get("video_id")} is frame {key}, outside [1, '
                f'{num_frames}]. Set timestamp_start, timestamp_end and fps of '
                'the data set to the values of the videos.'
            )
        start = key - self.frame_interval * (self.clip_len // 2)
        frames = clip_frames(start, self.clip_len, self.frame_interval, num_frames)
        results['tube_frames'] = frames
        results['frame_inds'] = frames - 1 + results['start_index']
        results['key_inds'] = np.array([self.clip_len // 2])
        results['frame_labeled'] = frames == key
        results['clip_len'] = self.clip_len
        results['frame_interval'] = self.frame_interval
        results['num_clips'] = 1
        boxes = results.pop('gt_bboxes')
        results['tubes'] = [np.append(np.float32(key), box)[None] for box in boxes]
        labels = np.asarray(results.pop('gt_labels'), dtype=np.float32)
        results['tube_labels'] = labels[:, 1:]
        results['tube_unit'] = 'image'
        results.pop('entity_ids', None)
        return results

    def __repr__(self) -> str:
        return (
            f'{type(self).__name__}(clip_len={self.clip_len}, '
            f'frame_interval={self.frame_interval})'
        )
