"""Time of several functions, measured in turns."""

import statistics
import time
from typing import Callable, Dict, List


def clock_of(threads: int, device: str = 'cpu') -> Callable[[], float]:
    """Clock that other processes disturb least.

    In one thread on a CPU it is the CPU time of this process, otherwise the wall time.

    Args:
        threads (int): Threads of the timed functions.
        device (str): Their device.
    """
    alone = threads == 1 and device == 'cpu'
    return time.process_time if alone else time.perf_counter


def time_side_by_side(
    functions: Dict[str, Callable[[], None]],
    repeats: int = 10,
    clock: Callable[[], float] = time.perf_counter,
) -> Dict[str, List[float]]:
    """Time functions in turns, so that other load affects all of them.

    A timed call follows one of the same function that is not timed: after another
    network, weights and code are no longer in the cache, and the system may have
    taken back memory.

    Args:
        functions (dict[str, Callable]): Functions by name.
        repeats (int): Rounds.
        clock (Callable): Clock in seconds, see `clock_of`.

    Returns:
        dict[str, list[float]]: Seconds of each round by name.
    """
    seconds: Dict[str, List[float]] = {name: [] for name in functions}
    for _ in range(repeats):
        for name, function in functions.items():
            function()
            start = clock()
            function()
            seconds[name].append(clock() - start)
    return seconds


def ratio(seconds: Dict[str, List[float]], name: str, base: str) -> float:
    """Median over the rounds of the ratio of two times.

    Args:
        seconds (dict[str, list[float]]): Result of `time_side_by_side`.
        name (str): Function in the numerator.
        base (str): Function in the denominator.
    """
    return statistics.median(a / b for a, b in zip(seconds[name], seconds[base]))
