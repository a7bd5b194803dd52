"""Numbers of videos per class, and weights that balance them."""

from collections import Counter
from typing import List, Mapping, Sequence

from .own_videos import SPLITS

# Largest ratio of two classes that needs no weights.
BALANCED = 1.5


def class_weights(labels: Sequence[str], classes: Sequence[str]) -> List[float]:
    """Weights of the loss that give each class the same influence.

    The weight of a class is n / (k * n_c) for n videos of k classes, n_c of which are
    of this class; a class without videos has the weight 1.

    Args:
        labels (Sequence[str]): Class of each training video.
        classes (Sequence[str]): All classes, by label.

    Returns:
        list[float]: Rounded to three decimals; their mean over the videos is 1.
    """
    counts = Counter(labels)
    return [
        round(len(labels) / (len(counts) * counts[name]), 3) if counts[name] else 1.0
        for name in classes
    ]


def is_balanced(labels: Sequence[str]) -> bool:
    """True if the largest class has at most 1.5 times the videos of the smallest."""
    counts = Counter(labels).values()
    return max(counts) <= BALANCED * min(counts)


def balance_table(
    splits: Mapping[str, Sequence[str]], classes: Sequence[str]
) -> List[str]:
    """Table of the classes.

    Args:
        splits (Mapping[str, Sequence[str]]): Class of each video by split.
        classes (Sequence[str]): All classes, by label.

    Returns:
        list[str]: A line per class with its videos in each split and its weight, and
        a line for each class that a split lacks.
    """
    used = [each for each in SPLITS if each in splits]
    counts = {split: Counter(splits[split]) for split in used}
    width = max(len('class'), *(len(name) for name in classes))
    weights = class_weights(splits['train'], classes)
    lines = [f'{"class":{width}}' + ''.join(f'{each:>7}' for each in used) + '  weight']
    for name, weight in zip(classes, weights):
        numbers = ''.join(f'{counts[split][name]:7}' for split in used)
        lines.append(f'{name:{width}}{numbers}{weight:8.3f}')
    lacking = [
        f'warning: {split} has no video of {name}'
        for split in used
        for name in classes
        if splits[split] and not counts[split][name]
    ]
    return lines + lacking
