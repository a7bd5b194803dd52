"""Rows of the last frames of a stream, for a bank of long-term features."""

from collections import deque
from typing import Any, Deque, List, Optional, Tuple


class RowRing:
    """Buffer of rows of the newest frames.

    Dropped frames, and frames before the stream, are not present in its windows.

    Args:
        length (int): Frames L of a window.

    Raises:
        ValueError: If a frame is not newer than those before it.
    """

    def __init__(self, length: int) -> None:
        self.length = length
        # After a dropped frame one frame may be newer than the end of a clip.
        self.held: Deque[Tuple[int, Any]] = deque(maxlen=length + 1)

    def reset(self) -> None:
        """Remove all frames."""
        self.held.clear()

    def push(self, number: int, rows: Any) -> None:
        """Store the next frame; the oldest one is removed if the buffer is full.

        Args:
            number (int): Number of the frame, larger than those before.
            rows (np.ndarray | Tensor): Its rows.

        Shape:
            - rows: (1 + k, C).
        """
        if self.held and number <= self.held[-1][0]:
            raise ValueError(
                f'RowRing: frame {number} comes after frame {self.held[-1][0]}; '
                'frames must be pushed in rising order. Call reset() before another '
                'video.'
            )
        self.held.append((number, rows))

    def present(self, end: Optional[int] = None) -> Tuple[List[int], List[Any]]:
        """Rows of the window that ends with a frame.

        Args:
            end (int, optional): Last frame of the clip. Default, and maximum: the
                newest one.

        Returns:
            tuple[list[int], list]: Places in the window, from 0, of which the last one
            is L - 1, and their rows (1 + k, C).

        Raises:
            ValueError: If no frame is stored.
        """
        if not self.held:
            raise ValueError('RowRing: no frame is stored; call push() first.')
        newest = self.held[-1][0]
        first = (newest if end is None else min(end, newest)) - self.length + 1
        kept = [
            (number - first, rows)
            for number, rows in self.held
            if 0 <= number - first < self.length
        ]
        return [place for place, _ in kept], [rows for _, rows in kept]
