"""Sampling of short runs of neighbouring frames, one per segment, for TDN."""

import numpy as np
from mmaction.datasets.transforms import SampleFrames
from mmaction.registry import TRANSFORMS

from ..checks import check_flag, check_inert, check_positive


@TRANSFORMS.register_module()
class SampleSegmentFrames(SampleFrames):
    """Sample a run of neighbouring frames from each segment of a video.

    In training each run starts at a random place of its segment, as in
    MMAction2's `SampleFrames`. In test mode the run is in the middle of its
    segment, while the host spreads the runs from the first to the last frame. A
    run past the end of the video repeats the last frame, while the host
    continues with the first.

    Required keys: `total_frames`, `start_index`. Added keys: `frame_inds`,
    `clip_len`, `frame_interval`, `num_clips`.

    Args:
        clip_len (int): Frames of a run; `frames_per_segment` of `ResNetTDN`.
        num_clips (int): Segments; `num_segments` of `ResNetTDN`.
        frame_interval (int): Distance of neighbouring frames of a run.
        twice_sample (bool): In test mode, add a second view with runs from the
            start of each segment.
        test_mode (bool): Take the middle of each segment.

    Shape:
        - frame_inds: (num_clips * clip_len,), run by run; twice as many with
          `twice_sample`.

    Units: frames are counted from `start_index`. With n frames, a run can start
    at 0 to n - s, s = (clip_len - 1) * frame_interval + 1. These starts are split
    into equal segments; start k in test mode is
    floor((k + 1/2) * (n - s + 1) / num_clips). Example: with 5 frames, 8 segments
    and 100 frames, the middle frames are 8, 20, ..., 92, from 0.

    Raises:
        TypeError: If a number is not an integer, or a flag not a bool.
        ValueError: If a number is not positive, or `twice_sample` has no effect.

    Source: "TDN: Temporal Difference Networks for Efficient Action
    Recognition", arXiv 2012.10071, section 3; authors' code read: MCG-NJU/TDN
    (Apache-2.0). For videos of up to num_clips + clip_len - 1 frames, that code
    uses the first frames for all segments in test mode.
    """

    # For `mmvkp.recognition.ClipReader`: each of `num_clips` is a segment.
    samples_segments = True

    def __init__(
        self,
        clip_len: int = 5,
        num_clips: int = 8,
        frame_interval: int = 1,
        twice_sample: bool = False,
        test_mode: bool = False,
    ) -> None:
        owner = type(self).__name__
        check_positive(
            owner, clip_len=clip_len, num_clips=num_clips, frame_interval=frame_interval
        )
        check_flag(owner, twice_sample=twice_sample, test_mode=test_mode)
        if not test_mode:
            given = (twice_sample, False)
            check_inert(owner, 'test_mode=False', twice_sample=given)
        super().__init__(
            clip_len=clip_len,
            frame_interval=frame_interval,
            num_clips=num_clips,
            twice_sample=twice_sample,
            out_of_bound_opt='repeat_last',
            test_mode=test_mode,
        )

    def _get_test_clips(self, num_frames: int, ori_clip_len: float) -> np.ndarray:
        """First frames of the runs in test mode.

        Shape:
            - returns: (num_clips,), from 0; twice as many with `twice_sample`.
        """
        starts = max(num_frames - int(ori_clip_len) + 1, 1)
        halves = np.arange(1, 2 * self.num_clips, 2)
        if self.twice_sample:
            halves = np.append(halves, halves - 1)
        return halves * starts // (2 * self.num_clips)
