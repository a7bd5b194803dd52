"""Work on many clips in several processes, with a progress bar."""

import multiprocessing
import os
import signal
import sys
import threading
from concurrent.futures import ProcessPoolExecutor
from typing import Any, Callable, List, Sequence

import cv2

from ..console import track


def _start_worker() -> None:
    """Leave Ctrl-C to the parent process, and end together with it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_follow_parent, daemon=True).start()


def _follow_parent() -> None:
    """End this process after its parent has ended."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def map_clips(
    work: Callable[[Any], Any],
    clips: Sequence[Any],
    workers: int,
    description: str = 'clips',
) -> List[Any]:
    """Call a function for each clip.

    Args:
        work (Callable): A function that can be pickled.
        clips (Sequence): Its arguments.
        workers (int): Number of processes; 1 uses this process.
        description (str): Text before the progress bar.

    Returns:
        list: Results in the order of the clips.

    Raises:
        BrokenProcessPool: If a process was killed.
    """
    if workers == 1:
        return [work(clip) for clip in track(clips, description)]
    # Forked workers do not import the OpenMMLab packages again. A fork while threads
    # of OpenCV run would wait for them forever.
    method = 'fork' if sys.platform.startswith('linux') else None
    context = multiprocessing.get_context(method)
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    with ProcessPoolExecutor(workers, context, _start_worker) as pool:
        try:
            results = pool.map(work, clips, chunksize=8)
            return list(track(results, description, len(clips)))
        finally:
            pool.shutdown(cancel_futures=True)
            cv2.setNumThreads(threads)
