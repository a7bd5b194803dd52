"""Decoding of all videos of a data set, to find damaged files before a training."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import List, NamedTuple, Optional, Sequence

from ..console import track
from ..video import video_info


class Decoded(NamedTuple):
    """Result of decoding a video completely.

    Args:
        num_frames (int): Number of frames that can be read, or 0.
        problem (str): Damage of the file; empty if it is complete.
    """

    num_frames: int
    problem: str


def decode_videos(
    folder: Path, paths: Sequence[str], workers: Optional[int] = None
) -> List[Decoded]:
    """Decode every video once, with a progress bar.

    Threads decode in parallel: the decoder releases Python's lock. The results are
    stored by `mmvkp.video.video_info`, so that a training does not decode again to
    count frames.

    Args:
        folder (Path): Folder of all videos.
        paths (Sequence[str]): Paths below it.
        workers (int, optional): Number of threads. Default: one per core.

    Returns:
        list[Decoded]: A result for each video.
    """
    with ThreadPoolExecutor(workers or os.cpu_count()) as pool:
        results = pool.map(_decode, (folder / path for path in paths))
        return list(track(results, 'decoding videos', len(paths)))


def _decode(path: Path) -> Decoded:
    """Decode one video."""
    try:
        info = video_info(path)
    except (OSError, ValueError) as error:
        return Decoded(0, str(error).removeprefix(str(path)).lstrip(': '))
    return Decoded(info.num_frames, info.problem)
