"""Rows of the feature bank of the last frames of a stream."""

from collections import deque
from typing import Deque, Optional, Tuple

import torch
from torch import Tensor

from ..bank.attention import BankAttention
from ..bank.window import BankWindow


class BankRing:
    """Buffer of rows of the newest frames; the window of a causal bank.

    Dropped frames, and frames before the stream, are not present in the window.

    Args:
        bank (BankAttention): Part of the detector.

    Raises:
        ValueError: If the bank is not causal; or if a frame is not newer than those
            before it.
    """

    def __init__(self, bank: BankAttention) -> None:
        check_causal(bank)
        self.shape = bank.shape
        # After a dropped frame one frame may be newer than the end of a clip.
        self.held: Deque[Tuple[int, Tensor]] = deque(maxlen=self.shape[0] + 1)

    def reset(self) -> None:
        """Remove all frames."""
        self.held.clear()

    def push(self, number: int, rows: Tensor) -> None:
        """Store the next frame; the oldest one is removed if the buffer is full.

        Args:
            number (int): Number of the frame, larger than those before.
            rows (Tensor): Its rows.

        Shape:
            - rows: (1 + k, C).
        """
        if self.held and number <= self.held[-1][0]:
            raise ValueError(
                f'BankRing: frame {number} comes after frame {self.held[-1][0]}; '
                'frames must be pushed in rising order. Call reset() before another '
                'video.'
            )
        self.held.append((number, rows))

    def window(self, end: Optional[int] = None) -> BankWindow:
        """Rows of the frames up to the end of a clip, W before it.

        Args:
            end (int, optional): Last frame of the clip. Default, and maximum: the
                newest one.

        Raises:
            ValueError: If no frame is stored.
        """
        if not self.held:
            raise ValueError('BankRing: no frame is stored; call push() first.')
        newest, last = self.held[-1]
        end = newest if end is None else min(end, newest)
        # The end is in the last place.
        length = self.shape[0]
        places = [length - 1 - end + number for number, _ in self.held]
        kept = [
            (place, rows)
            for place, (_, rows) in zip(places, self.held)
            if 0 <= place < length
        ]
        index = torch.tensor([place for place, _ in kept], device=last.device)
        window = last.new_zeros(self.shape)
        window[index] = torch.stack([rows for _, rows in kept])
        present = torch.zeros(self.shape[0], dtype=torch.bool, device=last.device)
        present[index] = True
        return BankWindow(window, present, None, 'the stream')


def check_causal(bank: Optional[BankAttention]) -> None:
    """Refuse a detector whose bank needs frames that a stream does not have.

    Args:
        bank (BankAttention, optional): Part of the detector.

    Raises:
        ValueError: If it is not causal.
    """
    if bank is not None and not bank.causal:
        raise ValueError(
            'BankRing: the bank of the detector has causal=False and needs frames '
            'after the clip, which a stream does not have. Train the detector '
            'with causal=True of the bank and of LoadBank.'
        )
