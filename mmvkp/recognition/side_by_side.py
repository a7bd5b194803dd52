"""Time of several functions, taken in turns in one run."""

import statistics
import time
from typing import Callable, Dict, List


def time_side_by_side(
    functions: Dict[str, Callable[[], None]], repeats: int = 10
) -> Dict[str, List[float]]:
    """Time functions in turns, so that all see the same busy machine.

    Args:
        functions (dict[str, Callable]): What to time, by name.
        repeats (int): Timed rounds; one more goes before them.

    Returns:
        dict[str, list[float]]: Seconds of each round by name.
    """
    seconds: Dict[str, List[float]] = {name: [] for name in functions}
    for round_ in range(repeats + 1):
        for name, function in functions.items():
            start = time.perf_counter()
            function()
            if round_:
                seconds[name].append(time.perf_counter() - start)
    return seconds


def ratio(seconds: Dict[str, List[float]], name: str, base: str) -> float:
    """Median over the rounds of one function's time against another's."""
    return statistics.median(a / b for a, b in zip(seconds[name], seconds[base]))
