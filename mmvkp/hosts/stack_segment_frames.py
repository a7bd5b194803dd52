"""Concatenation of the frames of a segment along the channels."""

from typing import Dict

import numpy as np
from mmaction.registry import TRANSFORMS
from mmcv.transforms import BaseTransform

from ..checks import check_positive


@TRANSFORMS.register_module()
class StackSegmentFrames(BaseTransform):
    """Concatenate the frames of each segment to one image of many channels.

    Use it after all transforms that change frames (resize, crop, flip) and
    before `FormatShape(input_format='NCHW')`, which then returns the segments
    (segments of all crops and views, F * channels, H, W) that `ResNetTDN`
    needs. Mean and std of the preprocessor repeat the values of a frame F
    times; `to_rgb` stays False, because MMAction2 decodes to RGB.

    Required keys: `imgs`, `clip_len`. Modified keys: `imgs`, and `clip_len`,
    which becomes 1.

    Args:
        frames_per_segment (int): Frames F of a segment; `clip_len` of
            `SampleSegmentFrames`.

    Shape:
        - imgs before: list of M * F frames (H, W, C), segment by segment,
          where M counts the segments of all crops and views.
        - imgs after: list of M images (H, W, F * C), the first frame's
          channels first.

    Raises:
        TypeError: If `frames_per_segment` is not an integer.
        ValueError: If it is not positive or differs from the sampler's, if the
            frames do not fill whole segments, or after `FormatShape`.
    """

    # For `mmvkp.recognition.ClipReader`: pixels keep their position.
    keeps_geometry = True

    def __init__(self, frames_per_segment: int = 5) -> None:
        check_positive('StackSegmentFrames', frames_per_segment=frames_per_segment)
        self.frames_per_segment = frames_per_segment

    def transform(self, results: Dict) -> Dict:
        """Stack the frames; see `BaseTransform`."""
        frames, size = results['imgs'], self.frames_per_segment
        if 'input_shape' in results:
            raise ValueError(
                'StackSegmentFrames: the frames are already formatted to '
                f'{tuple(results["input_shape"])}; put StackSegmentFrames before '
                'FormatShape.'
            )
        if results['clip_len'] != size or len(frames) % size:
            raise ValueError(
                f'StackSegmentFrames: {len(frames)} frames with clip_len='
                f'{results["clip_len"]} are not segments of '
                f'frames_per_segment={size}; set both to the same number '
                '(SampleSegmentFrames(clip_len=...)) and use '
                'StackSegmentFrames once.'
            )
        results['imgs'] = [
            np.concatenate(frames[i : i + size], axis=-1)
            for i in range(0, len(frames), size)
        ]
        results['clip_len'] = 1
        return results

    def __repr__(self) -> str:
        return f'{type(self).__name__}(frames_per_segment={self.frames_per_segment})'
