"""Rows of the feature bank of the last frames of a stream."""

from typing import Optional

import torch

from ...tubes.streaming.row_ring import RowRing
from ..bank.attention import BankAttention
from ..bank.window import BankWindow


class BankRing(RowRing):
    """Buffer of rows of the newest frames; the window of a causal bank.

    Args:
        bank (BankAttention): Part of the detector.

    Raises:
        ValueError: If the bank is not causal; see also `RowRing`.
    """

    def __init__(self, bank: BankAttention) -> None:
        check_causal(bank)
        self.shape = bank.shape
        super().__init__(self.shape[0])

    def window(self, end: Optional[int] = None) -> BankWindow:
        """Rows of the frames up to the end of a clip, W before it.

        Args:
            end (int, optional): See `present`.

        Raises:
            ValueError: If no frame is stored.
        """
        places, kept = self.present(end)
        rows = torch.stack(kept)
        index = torch.tensor(places, device=rows.device)
        window = rows.new_zeros(self.shape)
        window[index] = rows
        present = torch.zeros(self.length, dtype=torch.bool, device=rows.device)
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
