"""Classes of StickAction and the accuracy bound for models that ignore order."""

from typing import Sequence, Tuple

import numpy as np

# Classes 2p and 2p + 1 form pair p; the odd one is the even one reversed.
CLASSES = (
    'arms-raise',
    'arms-lower',
    'crouch',
    'rise',
    'kick-out',
    'kick-back',
    'walk-right',
    'walk-backwards',
    'lean',
    'straighten',
    'push',
    'pull',
)
REVERSAL_PAIRS = tuple((i, i + 1) for i in range(0, len(CLASSES), 2))
SPEED_CLASSES = ('wave-slow', 'wave-fast')


def class_names(speed_pair: bool = False) -> Tuple[str, ...]:
    """Class names in label order.

    Args:
        speed_pair (bool): Append the two classes that differ in speed only.

    Returns:
        tuple[str, ...]: 12 names, or 14.
    """
    return CLASSES + SPEED_CLASSES if speed_pair else CLASSES


def is_reversed(name: str) -> bool:
    """True if the class is a forward motion played backwards."""
    return name in CLASSES[1::2]


def partner(name: str) -> str:
    """Time reversal of a class; a wave is its own reversal."""
    return CLASSES[CLASSES.index(name) ^ 1] if name in CLASSES else name


def order_blind_ceiling(
    labels: Sequence[int], pairs: Sequence[Tuple[int, int]]
) -> float:
    """Best accuracy of a classifier that ignores frame order.

    Such a classifier cannot separate the two classes of a reversal pair: at most
    the larger of the two is correct. All other classes may be fully correct.

    Args:
        labels (Sequence[int]): One class index per clip.
        pairs (Sequence[tuple[int, int]]): Reversal pairs. Pairs that differ in
            speed can be separated without frame order and are not included.

    Returns:
        float: Accuracy in [0, 1].

    Raises:
        ValueError: If `labels` is empty, or a class is in two pairs.
    """
    if len(labels) == 0:
        raise ValueError(
            'order_blind_ceiling: labels is empty; give one class index per clip.'
        )
    paired = [label for pair in pairs for label in pair]
    if len(set(paired)) != 2 * len(pairs):
        raise ValueError(
            f'order_blind_ceiling: pairs={list(pairs)} must be '
            'pairs of two classes, each class in one pair only.'
        )
    values, counts = np.unique(np.asarray(labels), return_counts=True)
    count = dict(zip(values.tolist(), counts.tolist()))
    lost = sum(min(count.get(a, 0), count.get(b, 0)) for a, b in pairs)
    return (len(labels) - lost) / len(labels)
