"""Frames in random order, as a control for what needs their order."""

from typing import Dict

import numpy as np
from mmaction.registry import TRANSFORMS
from mmcv.transforms import BaseTransform

from ..checks import check_choice


@TRANSFORMS.register_module()
class ShuffleFrames(BaseTransform):
    """Put the frames of each clip into a random order.

    Goes between a frame sampler and the decoder. A network trained and
    tested this way shows what it reaches without the order of frames: what
    it loses against the ordered run is what it owes to time.

    Required keys: ``frame_inds``, ``clip_len``, ``num_clips``. Modified key:
    ``frame_inds``.

    Args:
        scope (str): ``'clip'`` shuffles inside each clip, for 3D networks;
            ``'video'`` shuffles all sampled frames, for 2D networks, whose
            clips have one frame each.

    Raises:
        ValueError: If ``scope`` is not one of the two.

    Source: the control is ours; the papers have none.
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
