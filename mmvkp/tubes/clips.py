"""Clips of a video in training and in tests.

Frames count from 1, positions in a clip from 0. The frames of a clip are `start,
start + frame_interval, ...`; frames outside the video are replaced by the first
or the last one (edge replication).
"""

from typing import List, NamedTuple, Sequence

import numpy as np

TEST_CLIPS = ('centered', 'windows', 'sliding')
TRAIN_CLIPS = ('inside', 'all', 'centered')


class ClipRange(NamedTuple):
    """A clip and the frames that it predicts.

    Args:
        start (int): Frame at position 0, from 1; 0 or less if the clip starts
            before the video.
        first_key (int): First predicted position, from 0.
        last_key (int): Last predicted position, inclusive.
    """

    start: int
    first_key: int
    last_key: int


def clip_frames(
    start: int, clip_len: int, frame_interval: int, num_frames: int
) -> np.ndarray:
    """Frame numbers of a clip.

    Args:
        start (int): Frame at position 0, from 1; may be before the video.
        clip_len (int): Frames of the clip, T.
        frame_interval (int): Distance between successive frames.
        num_frames (int): Frames of the video.

    Returns:
        np.ndarray: (T,) frame numbers from 1 to `num_frames`.
    """
    frames = start + frame_interval * np.arange(clip_len)
    return np.clip(frames, 1, num_frames)


def train_starts(
    tubes: Sequence[np.ndarray],
    num_frames: int,
    clip_len: int,
    frame_interval: int,
    mode: str = 'inside',
) -> np.ndarray:
    """Start frames of the training clips of a video.

    A video that is shorter than a clip gives one clip, which repeats the last
    frame.

    Args:
        tubes (Sequence[np.ndarray]): (n, 5) each; column 0 holds frames.
        num_frames (int): Frames of the video.
        clip_len (int): Frames of a clip.
        frame_interval (int): Distance between successive frames.
        mode (str): `'inside'`: a clip is used if each tube covers all or none of
            its frames, and at least one tube covers all. No action starts or
            ends inside such a clip. This is the rule of MOC (Li et al.,
            arXiv:2001.04608; `tubelet_in_out_tubes and tubelet_has_gt` of its
            code, MIT licence). `'all'`: all clips are used, also without
            actions, so that a network learns the background before and after an
            action. `'centered'`: likewise, and clips that reach beyond the ends of
            the video: one around each frame, as in tests with `'centered'`.

    Returns:
        np.ndarray: (M,) frame numbers, ascending, from 1; with `'centered'` from
        `1 - frame_interval * (clip_len // 2)`.
    """
    if mode == 'centered':
        return np.arange(1, num_frames + 1) - frame_interval * (clip_len // 2)
    span = frame_interval * (clip_len - 1) + 1
    starts = np.arange(1, max(1, num_frames - span + 1) + 1)
    if mode == 'all':
        return starts
    frames = starts[:, None] + frame_interval * np.arange(clip_len)
    frames = np.minimum(frames, num_frames)
    clean = np.ones(len(starts), dtype=bool)
    filled = np.zeros(len(starts), dtype=bool)
    for tube in tubes:
        present = np.zeros(num_frames + 1, dtype=bool)
        known = tube[:, 0][(tube[:, 0] >= 1) & (tube[:, 0] <= num_frames)]
        present[known.astype(int)] = True
        covered = present[frames].sum(1)
        clean &= (covered == 0) | (covered == clip_len)
        filled |= covered == clip_len
    return starts[clean & filled]


def answering_clips(
    num_frames: int, clip_len: int, frame_interval: int, mode: str
) -> List[ClipRange]:
    """Test clips of a video: each frame is predicted by exactly one clip.

    Args:
        num_frames (int): Frames of the video.
        clip_len (int): Frames of a clip, T.
        frame_interval (int): Distance between successive frames; must be 1 for
            `'windows'` and `'sliding'`.
        mode (str): `'centered'`: one clip per frame, which is at position T // 2.
            `'windows'`: adjacent clips that predict all of their frames; the last
            clip ends with the video and predicts the remaining frames.
            `'sliding'`: a clip from each frame with T - 1 successors, which
            predicts its first frame; the last clip predicts all of its frames.

    Returns:
        list[ClipRange]: Clips in the order of the predicted frames.
    """
    if mode == 'centered':
        key = clip_len // 2
        return [
            ClipRange(frame - frame_interval * key, key, key)
            for frame in range(1, num_frames + 1)
        ]
    last = max(1, num_frames - clip_len + 1)
    end = min(clip_len, num_frames) - 1
    if mode == 'sliding':
        clips = [ClipRange(start, 0, 0) for start in range(1, last)]
        return [*clips, ClipRange(last, 0, end)]
    done = (num_frames - 1) // clip_len * clip_len
    starts = range(1, done + 1, clip_len)
    clips = [ClipRange(start, 0, clip_len - 1) for start in starts]
    return [*clips, ClipRange(last, done + 1 - last, end)]
