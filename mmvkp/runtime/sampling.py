"""Numbers of the frames that a network sees, as in the test pipeline."""

from typing import Any, Callable, Dict, Mapping

import numpy as np


def _spread_clips(given: Mapping[str, Any], total: int, span: float) -> np.ndarray:
    """First frames of the clips of MMAction2's `SampleFrames` in test mode."""
    clips, twice = given['num_clips'], given.get('twice_sample', False)
    if given['clip_len'] == 1:
        step = total / clips
        starts = np.arange(clips) * step
        centers = starts + step / 2
        return np.concatenate((centers, starts)) if twice else centers
    room = max(total - span, 0)
    count = 2 * clips if twice else clips
    if count == 1:
        return np.array([room // 2])
    step = room / (clips - 1)
    if given.get('target_fps') is not None:
        return np.arange(count) * np.floor(step)
    return np.round(np.arange(count) * step)


def _sample_frames(given: Mapping[str, Any], total: int, fps: float) -> np.ndarray:
    """Frames of `SampleFrames`."""
    length, interval = given['clip_len'], given['frame_interval']
    target = given.get('target_fps')
    if target is None:
        steps = np.arange(length) * interval
        span = float((length - 1) * interval + 1)
    else:
        span = max(1.0, length * interval * (fps / target if fps else 1.0))
        steps = np.linspace(0, span - 1, length).astype(np.int32)
    numbers = _spread_clips(given, total, span)[:, None] + steps
    if given.get('out_of_bound_opt', 'loop') == 'loop':
        return np.mod(numbers, total)
    last = (numbers * (numbers < total)).max(1, keepdims=True)
    return np.where(numbers < total, numbers, last)


def _sample_segments(given: Mapping[str, Any], total: int, fps: float) -> np.ndarray:
    """Frames of `SampleSegmentFrames`."""
    length, clips, interval = (
        given[key] for key in ('clip_len', 'num_clips', 'frame_interval')
    )
    starts = max(total - (length - 1) * interval, 1)
    halves = np.arange(1, 2 * clips, 2)
    if given.get('twice_sample'):
        halves = np.append(halves, halves - 1)
    numbers = (halves * starts // (2 * clips))[:, None] + np.arange(length) * interval
    last = (numbers * (numbers < total)).max(1, keepdims=True)
    return np.where(numbers < total, numbers, last)


def _sample_or_still(given: Mapping[str, Any], total: int, fps: float) -> np.ndarray:
    """Frames of `SampleFramesOrStill`."""
    length, clips = given['clip_len'], given['num_clips']
    if total > (length - 1) * given['frame_interval']:
        return _sample_frames(given, total, fps)
    stills = np.arange(1, 2 * clips, 2) * total // (2 * clips)
    return np.repeat(stills[:, None], length, 1)


def _sample_uniformly(given: Mapping[str, Any], total: int, fps: float) -> np.ndarray:
    """Frames of MMAction2's `UniformSample` in test mode."""
    segment = (total - 1) / given['clip_len']
    starts = np.round(segment * np.arange(given['clip_len'])).astype(np.int64)
    step = segment / (given['num_clips'] + 1)
    clips = [starts + int(step * (k + 1)) for k in range(given['num_clips'])]
    return np.stack(clips)


_Sampler = Callable[[Mapping[str, Any], int, float], np.ndarray]
SAMPLERS: Dict[str, _Sampler] = {
    'SampleFrames': _sample_frames,
    'SampleFramesOrStill': _sample_or_still,
    'SampleSegmentFrames': _sample_segments,
    'UniformSample': _sample_uniformly,
}


def frame_numbers(given: Mapping[str, Any], total: int, fps: float) -> np.ndarray:
    """Frames of all clips of a video.

    Args:
        given (Mapping): `type`, a key of `SAMPLERS`, and its options.
        total (int): Frames of the video.
        fps (float): Its frames per second.

    Shape:
        - returns: (clips * clip_len,), int64, from 0.
    """
    return SAMPLERS[given['type']](given, total, fps).astype(np.int64).reshape(-1)
