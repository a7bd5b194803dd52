"""Classes of the variant `crowd`, and the accuracy bound without the hat.

A class is an ordered pair of primitives, such as `kick-bow`. A primitive leaves the
rest pose and returns to it, so it is its own time reversal and the reversal of
`kick-bow` is `bow-kick`.
"""

from typing import List, Sequence, Tuple

PRIMITIVES = ('arms', 'squat', 'kick', 'bow', 'push', 'knee', 'hail', 'arch')
# Each primitive is in two pairs, so that one primitive does not give the class away.
# The even and the odd pairs both contain each primitive once.
PAIRS: Tuple[Tuple[str, str], ...] = tuple(
    (first, PRIMITIVES[(i + 1) % len(PRIMITIVES)]) for i, first in enumerate(PRIMITIVES)
)


def crowd_class_names() -> Tuple[str, ...]:
    """Class names in label order; classes 2p and 2p + 1 are reversals."""
    return tuple(f'{a}-{b}' for pair in PAIRS for a, b in (pair, (pair[1], pair[0])))


def primitives_of(name: str) -> Tuple[str, str]:
    """First and second primitive of a class.

    Raises:
        ValueError: If the name is unknown.
    """
    names = crowd_class_names()
    if name not in names:
        raise ValueError(
            f'crowd: the class {name!r} is unknown; allowed are {", ".join(names)}.'
        )
    first, second = name.split('-')
    return first, second


def companions(name: str) -> List[Tuple[str, str]]:
    """Pairs of primitives of the other figures.

    The pairs of a clip share no primitive, and each of them is equally likely to be
    the one of the actor.

    Args:
        name (str): Class of the actor.
    """
    actor = primitives_of(name)
    number = [set(pair) for pair in PAIRS].index(set(actor))
    return [pair for pair in PAIRS[number % 2 :: 2] if set(pair) != set(actor)]


def actor_blind_ceiling(figures: Sequence[int]) -> float:
    """Best accuracy of a classifier that ignores which figure wears the hat.

    It knows the classes of all N figures. By the choice of `companions` each of them
    is the actor with probability 1 / N.

    Args:
        figures (Sequence[int]): Possible numbers of figures, equally likely.

    Returns:
        float: Accuracy in [0, 1].
    """
    return sum(1 / count for count in figures) / len(figures)
