"""Counts of items that a conversion read, converted and left out."""

from collections import Counter
from typing import Dict, List, Tuple

UNITS = ('videos', 'tracks', 'shapes')


class Tally:
    """Numbers of videos, tracks and shapes.

    A shape is a record of the source, such as a box in a frame; a track has the
    shapes of one actor and class.
    """

    def __init__(self) -> None:
        self.read: Counter[str] = Counter()
        # Number and first place of each unit and reason.
        self.left: Dict[Tuple[str, str], Tuple[int, str]] = {}

    def leave_out(self, unit: str, reason: str, place: str, count: int = 1) -> None:
        """Count something that was read and is not converted.

        Args:
            unit (str): One of `UNITS`.
            reason (str): Reason, and the option that converts it, if any.
            place (str): Its place in the source.
            count (int): Number of such units.
        """
        if count:
            number, first = self.left.get((unit, reason), (0, place))
            self.left[unit, reason] = (number + count, first)

    def left_out(self, unit: str) -> int:
        """Number of units that are not converted."""
        return sum(n for (each, _), (n, _) in self.left.items() if each == unit)

    def table(self) -> str:
        """Table of the three units."""
        lines = [f'{"":8}{"read":>9}{"converted":>11}{"left out":>10}']
        for unit in UNITS:
            read, left = self.read[unit], self.left_out(unit)
            lines.append(f'{unit:8}{read:9}{read - left:11}{left:10}')
        return '\n'.join(lines)

    def reasons(self) -> List[str]:
        """One line about each reason."""
        return [
            f'left out: {count} {unit}: {reason} (first: {place})'
            for (unit, reason), (count, place) in self.left.items()
        ]
