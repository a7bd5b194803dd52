"""Short runs of neighbouring frames, one per segment, for TDN."""

import numpy as np
from mmaction.datasets.transforms import SampleFrames
from mmaction.registry import TRANSFORMS

from ..checks import check_positive


@TRANSFORMS.register_module()
class SampleSegmentFrames(SampleFrames):
    """Choose a run of neighbouring frames from each segment of a video.

    MMAction2's `SampleFrames` spreads clips from the first to the last frame
    in test mode and begins anew behind the last frame. Here, a test takes
    the middle of each of the equal segments, and a run that is longer than
    what is left of the video repeats the last frame. In training each run
    starts at a random place of its segment, as in the host.

    Required keys: ``total_frames``, ``start_index``. Added keys:
    ``frame_inds``, ``clip_len``, ``frame_interval``, ``num_clips``.

    Args:
        clip_len (int): Frames of a run; ``frames_per_segment`` of
            `ResNetTDN`.
        num_clips (int): Segments; ``num_segments`` of `ResNetTDN`.
        frame_interval (int): Distance of neighbouring frames of a run.
        twice_sample (bool): Whether a test takes, as a second view, runs from
            the start of each segment too.
        test_mode (bool): Whether to take the middles.

    Shape:
        - frame_inds: (num_clips * clip_len), twice as many with
          ``twice_sample``; run by run.

    Units: frames are counted from ``start_index``. With n frames, the possible
    starts of a run are 0 to n - s, s = (clip_len - 1) * frame_interval + 1;
    they are split into equal segments, and start k of a test is
    floor((k + 1/2) * (n - s + 1) / num_clips). The runs of 5 of 8 segments of
    100 frames have their middle frames at 8, 20, ..., 92, from 0.

    Raises:
        TypeError: If a number is no integer.
        ValueError: If a number is not positive.

    Source: "TDN: Temporal Difference Networks for Efficient Action
    Recognition", arXiv 2012.10071, section 3; code of the authors read:
    MCG-NJU/TDN (Apache-2.0). In a test it takes the first frames for all
    segments of a video of up to num_clips + clip_len - 1 frames.
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
        check_positive(
            type(self).__name__,
            clip_len=clip_len,
            num_clips=num_clips,
            frame_interval=frame_interval,
        )
        super().__init__(
            clip_len=clip_len,
            frame_interval=frame_interval,
            num_clips=num_clips,
            twice_sample=twice_sample,
            out_of_bound_opt='repeat_last',
            test_mode=test_mode,
        )

    def _get_test_clips(self, num_frames: int, ori_clip_len: float) -> np.ndarray:
        """First frames of the runs of a test, 0-based; see the class."""
        starts = max(num_frames - int(ori_clip_len) + 1, 1)
        halves = np.arange(1, 2 * self.num_clips, 2)
        if self.twice_sample:
            halves = np.append(halves, halves - 1)
        return halves * starts // (2 * self.num_clips)
