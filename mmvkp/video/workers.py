"""Work on many clips in several processes, with the progress shown."""

import multiprocessing
import os
import signal
import sys
import threading
from concurrent.futures import ProcessPoolExecutor
from typing import Any, Callable, Iterator, List, Sequence

import cv2


def _start_worker() -> None:
    """The parent alone answers Ctrl-C, and when it is killed its workers end
    with it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_follow_parent, daemon=True).start()


def _follow_parent() -> None:
    """End this process when the one that started it has ended."""
    multiprocessing.parent_process().join()
    os._exit(1)


def work_through(work: Callable, clips: Sequence, workers: int) -> List:
    """Call a function for each clip, and show the progress.

    Args:
        work (Callable): A function that can be pickled.
        clips (Sequence): Its arguments.
        workers (int): Processes; with 1 all is done in this one.

    Returns:
        List: What the calls returned, in the order of the clips.

    Raises:
        BrokenProcessPool: If a process was killed.
    """
    if workers == 1:
        return show_progress(map(work, clips), len(clips))
    # Forked workers need not import the OpenMMLab packages once more, but a
    # fork of OpenCV's running threads would wait for them for ever.
    method = 'fork' if sys.platform.startswith('linux') else None
    context = multiprocessing.get_context(method)
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    with ProcessPoolExecutor(workers, context, _start_worker) as pool:
        try:
            return show_progress(pool.map(work, clips, chunksize=8), len(clips))
        finally:
            pool.shutdown(cancel_futures=True)
            cv2.setNumThreads(threads)


def show_progress(results: Iterator[Any], total: int) -> List:
    """Wait for the clips; one changing line on a terminal, else ten lines."""
    terminal, shown, collected = sys.stdout.isatty(), 0, []
    begin, end, step = ('\r', '', 1) if terminal else ('', '\n', 10)
    for done, result in enumerate(results, start=1):
        collected.append(result)
        percent = 100 * done // total
        if percent >= shown + step:
            shown = percent - percent % step
            text = f'StickAction: {done}/{total} clips ({percent} %)'
            print(begin + text, end=end, flush=True)
    if terminal:
        print()
    return collected
