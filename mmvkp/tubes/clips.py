"""Which clips of a video are read, in training and in tests.

Everything here works on frame numbers alone. Frames are counted from 1,
positions in a clip from 0. The frames of a clip are ``start, start +
frame_interval, ...``; those before frame 1 or behind the last frame are
replaced by the first or the last one (edge replication).
"""

from typing import List, NamedTuple, Sequence

import numpy as np

TEST_CLIPS = ('centered', 'windows', 'sliding')
TRAIN_CLIPS = ('inside', 'all')


class Clip(NamedTuple):
    """One clip of a video.

    Args:
        start (int): Frame at position 0, from 1; 0 or less where the clip
            begins before the video.
        first_key (int): The clip answers for the frames at the positions
            from this one, counted from 0,
        last_key (int): up to this one, which is included.
    """

    start: int
    first_key: int
    last_key: int


def clip_frames(
    start: int, clip_len: int, frame_interval: int, nframes: int
) -> np.ndarray:
    """Frames of a clip.

    Args:
        start (int): Frame at position 0, from 1; may lie before the video.
        clip_len (int): Frames of the clip, T.
        frame_interval (int): Distance of neighbouring frames of the clip.
        nframes (int): Frames of the video.

    Returns:
        np.ndarray: (T,) frame numbers from 1 to ``nframes``.
    """
    frames = start + frame_interval * np.arange(clip_len)
    return np.clip(frames, 1, nframes)


def train_starts(
    tubes: Sequence[np.ndarray],
    nframes: int,
    clip_len: int,
    frame_interval: int,
    mode: str = 'inside',
) -> np.ndarray:
    """Starts of the clips that a video gives for training.

    A video that is shorter than a clip gives one clip, which repeats the last
    frame.

    Args:
        tubes (Sequence[np.ndarray]): (n, 5) each; column 0 holds frames.
        nframes (int): Frames of the video.
        clip_len (int): Frames of a clip.
        frame_interval (int): Distance of neighbouring frames of a clip.
        mode (str): ``'inside'``: a clip is used if every tube has either all
            of its frames or none, and at least one tube has all: the rule of
            the MOC detector (Li et al., ECCV 2020, arXiv:2001.04608;
            `tubelet_in_out_tubes and tubelet_has_gt` of its code, MIT
            licence). So a clip never contains the first or last frame of an
            action in its middle. ``'all'``: every clip is used, also those
            without an action; a network then sees what an actor looks like
            who does nothing yet, or nothing any more.

    Returns:
        np.ndarray: Frame numbers, from 1, in rising order.
    """
    span = frame_interval * (clip_len - 1) + 1
    starts = np.arange(1, max(1, nframes - span + 1) + 1)
    if mode == 'all':
        return starts
    frames = starts[:, None] + frame_interval * np.arange(clip_len)
    frames = np.minimum(frames, nframes)
    clean = np.ones(len(starts), dtype=bool)
    filled = np.zeros(len(starts), dtype=bool)
    for tube in tubes:
        present = np.zeros(nframes + 1, dtype=bool)
        known = tube[:, 0][(tube[:, 0] >= 1) & (tube[:, 0] <= nframes)]
        present[known.astype(int)] = True
        covered = present[frames].sum(1)
        clean &= (covered == 0) | (covered == clip_len)
        filled |= covered == clip_len
    return starts[clean & filled]


def answering_clips(
    nframes: int, clip_len: int, frame_interval: int, mode: str
) -> List[Clip]:
    """Clips of a video that answer for each of its frames exactly once.

    Args:
        nframes (int): Frames of the video.
        clip_len (int): Frames of a clip, T.
        frame_interval (int): Distance of neighbouring frames of a clip; must
            be 1 for ``'windows'`` and ``'sliding'``.
        mode (str): ``'centered'``: one clip for each frame, which is at
            position T // 2. ``'windows'``: clips side by side, which answer
            for all of their frames; the last one ends with the video and
            answers for what the others left. ``'sliding'``: clips from every
            frame that has T - 1 frames behind it, which answer for their
            first frame; the last one answers for all of its frames.

    Returns:
        List[Clip]: In the order of the frames they answer for.
    """
    if mode == 'centered':
        key = clip_len // 2
        return [
            Clip(frame - frame_interval * key, key, key)
            for frame in range(1, nframes + 1)
        ]
    last = max(1, nframes - clip_len + 1)
    end = min(clip_len, nframes) - 1
    if mode == 'sliding':
        return [Clip(start, 0, 0) for start in range(1, last)] + [Clip(last, 0, end)]
    done = (nframes - 1) // clip_len * clip_len
    clips = [Clip(start, 0, clip_len - 1) for start in range(1, done + 1, clip_len)]
    return clips + [Clip(last, done + 1 - last, end)]
