"""Transforms of MFNet's public fine-tuning recipe."""

from typing import Dict, Sequence, Tuple

import cv2
import numpy as np
from mmaction.datasets.transforms import SampleFrames
from mmaction.registry import TRANSFORMS
from mmcv.transforms import BaseTransform

from ..checks import check_flag, check_number, check_positive

# Largest values of OpenCV's hue, lightness and saturation in the authors' code.
_LIMITS = np.array([180, 255, 255])


def _check_range(owner: str, name: str, value: Sequence[float]) -> Tuple[float, float]:
    """Refuse a range that is not two positive, ascending numbers."""
    if not isinstance(value, (tuple, list)) or len(value) != 2:
        raise TypeError(f'{owner}: {name}={value!r} must be two numbers (low, high).')
    check_number(owner, **{f'{name}[{i}]': each for i, each in enumerate(value)})
    if not 0 < value[0] <= value[1]:
        raise ValueError(
            f'{owner}: {name}={tuple(value)} must be positive and ascending.'
        )
    return value[0], value[1]


@TRANSFORMS.register_module()
class SampleFramesOrStill(SampleFrames):
    """Sample frames at a fixed interval; a short video gives one repeated frame.

    MMAction2's `SampleFrames` starts again at the first frame instead. A video is
    short if it has fewer than (clip_len - 1) * frame_interval + 1 frames. The frame
    is random in training; in test mode the frames of `num_clips` clips are spread
    evenly.

    Required keys: `total_frames`, `start_index`. Added keys: `frame_inds`,
    `clip_len`, `frame_interval`, `num_clips`.

    Args:
        clip_len (int): Frames of a clip.
        frame_interval (int): Distance of neighbouring frames of a clip.
        num_clips (int): Clips of a video.
        test_mode (bool): Spread the clips evenly instead of at random.

    Shape:
        - frame_inds: (num_clips * clip_len,), clip by clip.

    Raises:
        TypeError: If a number is not an integer, or `test_mode` not a bool.
        ValueError: If a number is not positive.

    Source: `RandomSampling` of https://github.com/cypw/PyTorch-MFNet (MIT; read for
    facts). Its start is uniform over the same frames.
    """

    # For `mmvkp.recognition.ClipReader`: sampled as by `SampleFrames`.
    samples_clips = True

    def __init__(
        self,
        clip_len: int,
        frame_interval: int = 1,
        num_clips: int = 1,
        test_mode: bool = False,
    ) -> None:
        owner = type(self).__name__
        check_positive(
            owner, clip_len=clip_len, frame_interval=frame_interval, num_clips=num_clips
        )
        check_flag(owner, test_mode=test_mode)
        super().__init__(
            clip_len=clip_len,
            frame_interval=frame_interval,
            num_clips=num_clips,
            test_mode=test_mode,
        )

    def transform(self, results: Dict) -> Dict:
        """Sample the frames; see `BaseTransform`."""
        total = results['total_frames']
        results = super().transform(results)
        if total <= (self.clip_len - 1) * self.frame_interval:
            if self.test_mode:
                halves = np.arange(1, 2 * self.num_clips, 2)
                stills = halves * total // (2 * self.num_clips)
            else:
                stills = np.random.randint(total, size=self.num_clips)
            frames = np.repeat(stills, self.clip_len) + results['start_index']
            results['frame_inds'] = frames.astype(np.int32)
        return results


@TRANSFORMS.register_module()
class RandomSquareResize(BaseTransform):
    """Scale all frames to a random size and aspect ratio, starting from a square.

    With r uniform in `aspect_ratio`, inverted with probability 1/2, width and height
    become s * r and s / r; s is such that the shorter side is uniform in `size`.
    Both are rounded up to the next larger integer. The aspect ratio of the video is
    not kept, as in tests at 256 x 256.

    Required keys: `imgs`. Modified keys: `imgs`, `img_shape`.

    Args:
        size (Sequence[float]): Range of the shorter side in pixels.
        aspect_ratio (Sequence[float]): Range of r.

    Shape:
        - imgs before: list of (H, W, C).
        - imgs after: list of (H', W', C), the same size for all frames.

    Raises:
        TypeError: If a range is not two numbers.
        ValueError: If a range is not positive and ascending.

    Source: `RandomScale(make_square=True)` of https://github.com/cypw/PyTorch-MFNet
    (MIT; read for facts).
    """

    def __init__(
        self,
        size: Sequence[float] = (224, 288),
        aspect_ratio: Sequence[float] = (0.8, 1.25),
    ) -> None:
        owner = type(self).__name__
        self.size = _check_range(owner, 'size', size)
        self.aspect_ratio = _check_range(owner, 'aspect_ratio', aspect_ratio)

    def transform(self, results: Dict) -> Dict:
        """Scale the frames; see `BaseTransform`."""
        ratio = np.random.uniform(*self.aspect_ratio)
        if np.random.rand() > 0.5:
            ratio = 1 / ratio
        shorter = np.random.uniform(*self.size)
        scale = shorter / min(ratio, 1 / ratio)
        width, height = int(scale * ratio) + 1, int(scale / ratio) + 1
        results['imgs'] = [
            cv2.resize(frame, (width, height), interpolation=cv2.INTER_LINEAR)
            for frame in results['imgs']
        ]
        results['img_shape'] = (height, width)
        return results

    def __repr__(self) -> str:
        return (
            f'{type(self).__name__}(size={self.size}, aspect_ratio={self.aspect_ratio})'
        )


@TRANSFORMS.register_module()
class RandomHLS(BaseTransform):
    """Add random integers to hue, lightness and saturation, equal for all frames.

    Values are in OpenCV's units for uint8, hue in [0, 180], the others in [0, 255],
    and are clipped to these ranges.

    Required keys: `imgs`. Modified keys: `imgs`.

    Args:
        hue (int): Largest change of the hue.
        lightness (int): Largest change of the lightness.
        saturation (int): Largest change of the saturation.

    Shape:
        - imgs: list of (H, W, 3), uint8, RGB.

    Raises:
        TypeError: If a number is not a number; at run time if frames are not uint8.
        ValueError: If a number is negative; at run time without three channels.

    Source: `RandomHLS` of https://github.com/cypw/PyTorch-MFNet (MIT; read for
    facts).
    """

    # For `mmvkp.recognition.ClipReader`: pixels keep their position.
    keeps_geometry = True

    def __init__(
        self, hue: int = 15, lightness: int = 35, saturation: int = 25
    ) -> None:
        check_number(
            type(self).__name__,
            low=0,
            high=255,
            hue=hue,
            lightness=lightness,
            saturation=saturation,
        )
        self.largest = (hue, lightness, saturation)

    def transform(self, results: Dict) -> Dict:
        """Change the frames; see `BaseTransform`."""
        frames = results['imgs']
        if frames[0].dtype != np.uint8:
            raise TypeError(
                f'RandomHLS: the frames are {frames[0].dtype}, not uint8; put it '
                'before transforms that change the type.'
            )
        if frames[0].shape[-1] != 3:
            raise ValueError(
                f'RandomHLS: the frames have {frames[0].shape[-1]} channels, not the '
                '3 of RGB; put it before StackSegmentFrames.'
            )
        change = np.rint([np.random.uniform(-x, x) for x in self.largest])
        results['imgs'] = [self._shift(frame, change) for frame in frames]
        return results

    @staticmethod
    def _shift(frame: np.ndarray, change: np.ndarray) -> np.ndarray:
        """Add `change` (3,) to hue, lightness and saturation of (H, W, 3)."""
        hls = cv2.cvtColor(frame, cv2.COLOR_RGB2HLS) + change
        hls = np.clip(hls, 0, _LIMITS).astype(np.uint8)
        return cv2.cvtColor(hls, cv2.COLOR_HLS2RGB)

    def __repr__(self) -> str:
        hue, lightness, saturation = self.largest
        return (
            f'{type(self).__name__}(hue={hue}, lightness={lightness}, '
            f'saturation={saturation})'
        )
