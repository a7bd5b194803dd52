"""Boxes of tracks whose records come in any order."""

from collections import defaultdict
from typing import Dict, Hashable, Tuple

import numpy as np

from ...checks import shorten
from .found import Found


class Collector:
    """Boxes by video, class and identity.

    Args:
        found (Found): Faults and tracks are added to it.
    """

    def __init__(self, found: Found) -> None:
        self.found = found
        self.tracks: Dict[Tuple[str, Hashable, Hashable], Dict[int, np.ndarray]]
        self.tracks = defaultdict(dict)

    def put(
        self,
        video: str,
        label: Hashable,
        person: Hashable,
        frame: int,
        box: np.ndarray,
        place: str,
    ) -> None:
        """Add a box.

        Args:
            video (str): Name of the video.
            label (Hashable): Key of the class.
            person (Hashable): Identity in the video.
            frame (int): Frame, from 1.
            box (np.ndarray): (4,), pixels from 0, ends inclusive.
            place (str): Its place in the source.
        """
        self.found.videos[video] = None
        track = self.tracks[video, label, person]
        if frame in track:
            self.found.faults.append(
                f'{place}: {shorten(person)} is in frame {frame} of {video} twice.'
            )
        track[frame] = box

    def finish(self, max_gap: int, hull: bool = False) -> None:
        """Add all tracks to the result, in an order that records do not change.

        Args:
            max_gap (int): See `split_at_gaps`.
            hull (bool): Boxes around other shapes, see `Track`.
        """
        for video, label, person in sorted(self.tracks, key=_order):
            boxes = self.tracks[video, label, person]
            self.found.add(video, label, boxes, max_gap, hull)


def _order(key: Tuple[str, Hashable, Hashable]) -> Tuple[str, str, bool, int, str]:
    """Key for sorting: numbers by size before other identities."""
    video, label, person = key
    number = person if isinstance(person, int) else 0
    return video, str(label), not isinstance(person, int), number, str(person)
