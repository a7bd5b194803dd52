"""Sampling of the frames of a clip."""

from typing import Dict

import numpy as np
from mmaction.registry import TRANSFORMS
from mmcv.transforms import BaseTransform

from ..clips import clip_frames


@TRANSFORMS.register_module()
class SampleTubeFrames(BaseTransform):
    """Sample the frames of a clip of `TubeDataset`.

    Use it before the decoder and, for video files, after the transform that opens
    them. Frames outside the video are replaced by its first or last frame.

    Required keys: `start`, `first_key`, `last_key`, `clip_len`, `frame_interval`,
    `nframes`, `start_index`, `video_id`. Added keys: `tube_frames` (T,), from 1;
    `frame_inds` (T,), the same for the decoder; `key_inds`, positions in the
    clip, from 0, of the frames that it predicts; `frame_labeled` (T,) bool, all
    True; `num_clips`.

    Raises:
        ValueError: If the opened video has fewer frames than annotated.
    """

    def transform(self, results: Dict) -> Dict:
        """Add the frame numbers.

        Args:
            results (dict): A clip of `TubeDataset`.
        """
        nframes = results['nframes']
        frames = clip_frames(
            results['start'], results['clip_len'], results['frame_interval'], nframes
        )
        # PyAV returns 0 if the container has no length.
        length = results.get('total_frames') or nframes
        if frames.max() > length:
            raise ValueError(
                f'SampleTubeFrames: the file of video {results["video_id"]} '
                f'has {length} frames, the annotations say {nframes} '
                '(nframes). Replace the file, or correct the annotations.'
            )
        results['tube_frames'] = frames
        results['frame_inds'] = frames - 1 + results['start_index']
        results['key_inds'] = np.arange(results['first_key'], results['last_key'] + 1)
        results['frame_labeled'] = np.ones(len(frames), dtype=bool)
        results['num_clips'] = 1
        return results

    def __repr__(self) -> str:
        return f'{type(self).__name__}()'
