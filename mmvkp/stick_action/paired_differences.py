"""Mean, deviation and paired differences of runs with several seeds."""

import math
import statistics
from typing import Dict, NamedTuple, Optional, Sequence

LEVEL = 0.95


class Summary(NamedTuple):
    """Values of several seeds.

    Args:
        seeds (int): Number of seeds.
        mean (float): Mean.
        deviation (float, optional): Sample standard deviation (n - 1); None for one
            seed.
        half_width (float, optional): Half of the 95 % confidence interval of the
            mean; None for one seed.
    """

    seeds: int
    mean: float
    deviation: Optional[float]
    half_width: Optional[float]

    @property
    def decided(self) -> bool:
        """True if the interval exists and excludes zero."""
        return self.half_width is not None and abs(self.mean) > self.half_width


def summarise(values: Sequence[float]) -> Summary:
    """Mean with Student's confidence interval, t * s / sqrt(n), n - 1 degrees.

    Args:
        values (Sequence[float]): One value for each seed.

    Raises:
        ValueError: If there are none.
    """
    from scipy.stats import t

    if not values:
        raise ValueError('summarise: values is empty; give one value for each seed.')
    count, mean = len(values), statistics.fmean(values)
    if count == 1:
        return Summary(1, mean, None, None)
    deviation = statistics.stdev(values)
    quantile = float(t.ppf((1 + LEVEL) / 2, count - 1))
    return Summary(count, mean, deviation, quantile * deviation / math.sqrt(count))


def paired_difference(
    ours: Dict[int, float], host: Dict[int, float]
) -> Optional[Summary]:
    """Summary of the differences of runs with the same seed.

    Args:
        ours (dict[int, float]): Value by seed.
        host (dict[int, float]): Value by seed of the row to compare with.

    Returns:
        Summary: Ours minus host over the common seeds; None without any.
    """
    seeds = sorted(ours.keys() & host.keys())
    return summarise([ours[seed] - host[seed] for seed in seeds]) if seeds else None
