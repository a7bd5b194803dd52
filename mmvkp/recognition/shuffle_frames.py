"""Frames in random order, a control experiment for the use of time."""

from typing import Dict

import numpy as np
from mmaction.registry import TRANSFORMS
from mmcv.transforms import BaseTransform

from ..checks import check_choice


@TRANSFORMS.register_module()
class ShuffleFrames(BaseTransform):
    """Shuffle the frames of each clip.

    Place it between the frame sampler and the decoder. The difference between a
    network trained and tested in this way and one with ordered frames is the gain
    from frame order.

    Required keys: `frame_inds`, `clip_len`, `num_clips`. Modified key:
    `frame_inds`.

    Args:
        scope (str): 'clip' shuffles within each clip, for 3D networks; 'video'
            shuffles all sampled frames, for 2D networks, whose clips have one
            frame.

    Raises:
        ValueError: If `scope` is not one of the two.

    Source: ours; the papers have no such control.
    """

    scopes = ('clip', 'video')

    def __init__(self, scope: str = 'clip') -> None:
        check_choice('ShuffleFrames', 'scope', scope, self.scopes)
        self.scope = scope

    def transform(self, results: Dict) -> Dict:
        """Shuffle the frame numbers; see `BaseTransform`."""
        inds = np.array(results['frame_inds'])
        clips = (
            inds.reshape(results['num_clips'], -1)
            if self.scope == 'clip'
            else inds.reshape(1, -1)
        )
        shuffled = [np.random.permutation(clip) for clip in clips]
        results['frame_inds'] = np.concatenate(shuffled).reshape(inds.shape)
        return results

    def __repr__(self) -> str:
        return f"{type(self).__name__}(scope='{self.scope}')"
