"""Expected average precision over all orders of tied detections.

Detections with equal scores form a block. All orders within a block are equally
likely, and blocks are independent of each other. Before a block with h hits and m
misses, H hits and M misses were counted.
"""

from typing import List, NamedTuple, Tuple

import numpy as np

# The VOC protocol has no closed form. Blocks of n detections and h hits are exact up
# to this n * h; precisions of larger blocks are rounded to LEVELS values; beyond
# ROUNDED_STATES the mean of ORDERS random orders from a fixed seed is used.
EXACT_STATES = 4096
LEVELS = 2048
ROUNDED_STATES = 100_000
ORDERS = 256
# Outcomes with a lower probability are dropped; their total stays below 1e-9.
NEGLIGIBLE = 1e-15


class Blocks(NamedTuple):
    """Blocks of tied detections, best score first; all arrays are (B,) integers.

    Attributes:
        hits (np.ndarray): h, correct detections of the block.
        misses (np.ndarray): m, wrong ones.
        hits_before (np.ndarray): H, correct detections with a better score.
        misses_before (np.ndarray): M, wrong ones.
    """

    hits: np.ndarray
    misses: np.ndarray
    hits_before: np.ndarray
    misses_before: np.ndarray


def make_blocks(scores: np.ndarray, matched: np.ndarray) -> Blocks:
    """Count the hits and misses of each score.

    Args:
        scores (np.ndarray): (P,) scores.
        matched (np.ndarray): (P,) bool, True for correct detections.
    """
    values, block = np.unique(-np.asarray(scores), return_inverse=True)
    hits = np.bincount(block[matched], minlength=len(values))
    misses = np.bincount(block[~matched], minlength=len(values))
    return Blocks(hits, misses, np.cumsum(hits) - hits, np.cumsum(misses) - misses)


def expected_act_area(blocks: Blocks) -> float:
    """Expected sum over the hits of the mean precision before and after the hit.

    The i-th detection of a block is a hit with probability h / n, n = h + m. If it
    is, the i - 1 detections before it hold (i - 1)(h - 1) / (n - 1) hits on average
    (hypergeometric distribution). Precision is linear in this number, so that its
    mean is enough. The precision before the first detection is 1.

    Args:
        blocks (Blocks): Hits and misses of each score.

    Returns:
        float: The area times the number of ground truths.
    """
    count = blocks.hits + blocks.misses
    block = np.repeat(np.arange(len(count)), count)
    hits, size = blocks.hits[block], count[block]
    before = np.arange(len(block))  # detections before this one, in all blocks
    inside = before - (blocks.hits_before + blocks.misses_before)[block]
    mean_hits = blocks.hits_before[block] + inside * (hits - 1) / np.maximum(
        size - 1, 1
    )
    after = (mean_hits + 1) / (before + 1)
    earlier = np.where(before == 0, 1.0, mean_hits / np.maximum(before, 1))
    return float(np.sum(hits / size * (after + earlier)) / 2)


def expected_voc_area(blocks: Blocks) -> float:
    """Expected sum over the hits of the largest precision from the hit on.

    Blocks are visited from the last to the first with the distribution of the
    largest precision of the later ones. Runs of blocks that hold only hits or only
    misses have a single order and are visited at once.

    Args:
        blocks (Blocks): Hits and misses of each score.

    Returns:
        float: The area times the number of ground truths.
    """
    later = _Distribution(np.zeros(1), np.ones(1))
    total = 0.0
    mixed = np.flatnonzero((blocks.hits > 0) & (blocks.misses > 0)).tolist()
    end = len(blocks.hits)
    for place in [*mixed[::-1], -1]:
        run = Blocks(*(part[place + 1 : end] for part in blocks))
        run = Blocks(*(part[run.hits > 0] for part in run))
        if len(run.hits):
            # The best precision of a block of hits is that after its last one.
            last = run.hits_before + run.hits
            envelope = np.maximum.accumulate((last / (last + run.misses_before))[::-1])[
                ::-1
            ]
            total += float(run.hits @ later.mean_of_larger(envelope))
            later = later.larger(_Distribution(envelope[:1], np.ones(1)))
        if place >= 0:
            values, mass, first = _outcomes(*(int(part[place]) for part in blocks))
            total += float(mass @ later.mean_of_larger(values))
            later = later.larger(_Distribution(values, first))
        end = place
    return total


class _Distribution(NamedTuple):
    """A discrete distribution: ascending values (V,) and probabilities (V,)."""

    values: np.ndarray
    weights: np.ndarray

    def mean_of_larger(self, given: np.ndarray) -> np.ndarray:
        """Mean of the larger of a given value and this variable, (G,)."""
        at = np.searchsorted(self.values, given, side='right')
        below = np.concatenate([[0.0], np.cumsum(self.weights)])
        above = np.cumsum((self.values * self.weights)[::-1])[::-1]
        return given * below[at] + np.concatenate([above, [0.0]])[at]

    def larger(self, other: '_Distribution') -> '_Distribution':
        """Distribution of the larger of two independent variables."""
        values = np.unique(np.concatenate([self.values, other.values]))
        values = values[values >= max(self.values[0], other.values[0])]
        below = np.ones(len(values))
        for each in (self, other):
            at = np.searchsorted(each.values, values, side='right')
            below *= np.cumsum(each.weights)[at - 1]
        weights = np.diff(below, prepend=0.0)
        kept = weights > NEGLIGIBLE
        return _Distribution(values[kept], weights[kept] / weights[kept].sum())


def _outcomes(
    hits: int, misses: int, hits_before: int, misses_before: int
) -> Tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Largest precision from each hit of a block to the end of the block.

    Returns:
        tuple: Ascending values (V,); the expected number of hits with each value
        (V,); the probability of each value for the first hit (V,).
    """
    size, start = hits + misses, hits_before + misses_before
    if size * hits > ROUNDED_STATES:
        return _sampled_outcomes(hits, misses, hits_before, start)
    # Precision if the detection at position d is a hit after a hits of the block.
    position = np.arange(size)[:, None]
    earlier = np.arange(hits)
    precision = (hits_before + earlier + 1) / (start + position + 1)
    possible = (earlier <= position) & (position - earlier <= misses)
    if size * hits > EXACT_STATES:
        low, high = precision[possible].min(), precision[possible].max()
        step = (high - low) / LEVELS
        precision = low + step * np.round((precision - low) / step)
    values = np.unique(precision[possible])
    # Probability of a hits among the first d detections, and of a hit after them.
    states: List[np.ndarray] = [np.eye(1, hits + 1)[0]]
    chances = np.clip((hits - np.arange(hits + 1)) / (size - position), 0, 1)
    for chance in chances[:-1]:
        states.append(states[-1] * (1 - chance))
        states[-1][1:] += (states[-2] * chance)[:-1]
    # Probability that all later precisions are at most the value, by a.
    below = np.ones((hits + 1, len(values)))
    total = np.zeros(len(values))
    for state, chance, row in zip(states[::-1], chances[::-1], precision[::-1]):
        allowed = below[1:] * (row[:, None] <= values)
        total += (state * chance)[:-1] @ allowed
        below = (1 - chance)[:, None] * below
        below[:-1] += chance[:-1, None] * allowed
    # Drop values that the maximum never has.
    first = np.diff(below[0], prepend=0.0)
    mass = np.diff(total, prepend=0.0)
    kept = mass > NEGLIGIBLE
    return values[kept], mass[kept], first[kept]


def _sampled_outcomes(
    hits: int, misses: int, hits_before: int, start: int
) -> Tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Outcomes of `ORDERS` random orders; see `_outcomes`."""
    rng = np.random.default_rng(0)
    size = hits + misses
    all_values = np.zeros((ORDERS, hits))
    numbers = np.arange(1, hits + 1) + hits_before
    for row in all_values:
        places = np.sort(rng.choice(size, hits, replace=False))
        precision = numbers / (start + places + 1)
        row[:] = np.maximum.accumulate(precision[::-1])[::-1]
    values, inverse, counts = np.unique(
        all_values, return_inverse=True, return_counts=True
    )
    # NumPy 2.0 returns the inverse in another shape.
    places = inverse.reshape(all_values.shape)[:, 0]
    first = np.bincount(places, minlength=len(values))
    return values, counts / ORDERS, first / ORDERS
