"""Split of grouped videos into training, validation and test."""

import random
from collections import Counter, defaultdict
from typing import Dict, List, Sequence

from .own_videos import SPLITS


def split_groups(
    labels: Sequence[str], groups: Sequence[str], val: float, test: float, seed: int = 0
) -> List[str]:
    """Assign whole groups to splits so that each class has its share in each.

    The largest group is assigned first, each to the split that lacks most of its
    videos. Without groups the shares of each class are exact: at least one video per
    split from three videos on; then training, then validation have priority.

    Args:
        labels (Sequence[str]): Class of each video.
        groups (Sequence[str]): Group of each video.
        val (float): Share of validation, in [0, 1).
        test (float): Share of the test, in [0, 1).
        seed (int): Seed of the order of equal groups.

    Returns:
        list[str]: `train`, `val` or `test` for each video.

    Raises:
        ValueError: If a share is outside [0, 1), or their sum is not below 1.
    """
    for name, share in (('validation', val), ('test', test)):
        if not 0 <= share < 1:
            raise ValueError(f'the {name} share {share} is outside [0, 1).')
    if val + test >= 1:
        raise ValueError(
            f'the validation share {val} and the test share {test} leave no videos '
            'for training; their sum must be below 1.'
        )
    members: Dict[str, Counter] = defaultdict(Counter)
    for label, group in zip(labels, groups):
        members[group][label] += 1
    missing = {
        label: _targets(count, val, test) for label, count in Counter(labels).items()
    }
    order = sorted(members)
    random.Random(seed).shuffle(order)
    order.sort(key=lambda group: -sum(members[group].values()))
    chosen = {}
    for group in order:
        need = {
            split: sum(count * missing[label][split] for label, count in classes)
            for split, classes in ((each, members[group].items()) for each in SPLITS)
        }
        chosen[group] = max(SPLITS, key=lambda split: need[split])
        for label, count in members[group].items():
            missing[label][chosen[group]] -= count
    return [chosen[group] for group in groups]


def _targets(count: int, val: float, test: float) -> Dict[str, int]:
    """Number of videos of a class in each split."""
    wanted = {'val': val, 'test': test}
    rest, found = count, {}
    for split, share in wanted.items():
        number = max(1, round(share * count)) if share else 0
        found[split] = min(number, max(0, rest - 1))
        rest -= found[split]
    return {'train': rest, **found}
