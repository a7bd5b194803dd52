"""Rows of the frames around a clip."""

from typing import NamedTuple, Optional, Tuple

import numpy as np
import torch
from torch import Tensor

KEY = 'bank'


class BankWindow(NamedTuple):
    """Rows of the bank that a clip attends to; in the metainfo under `KEY`.

    Args:
        rows (Tensor): Features of the frames, float16; zeros outside the video.
        present (Tensor): True for frames of the video, bool.
        network (str, optional): `network_digest` of the detector that made them. None
            in a stream, whose own network makes them.
        source (str): File, for messages.

    Shape:
        - rows: (L, 1 + k, C), oldest frame first.
        - present: (L,).
    """

    rows: Tensor
    present: Tensor
    network: Optional[str]
    source: str


def window_len(window: int, causal: bool) -> int:
    """Number L of frames of a window.

    Args:
        window (int): W, frames on each side.
        causal (bool): True for the frames up to the last one of the clip only.
    """
    return window + 1 if causal else 2 * window + 1


def first_frame(frames: np.ndarray, window: int, causal: bool) -> int:
    """First frame of the window of a clip.

    The window of a causal bank ends with the last frame of the clip, as in a stream;
    otherwise it is centred on the frame at position T // 2.

    Args:
        frames (np.ndarray): Frames of the clip, from 1.
        window (int): W.
        causal (bool): See `window_len`.

    Shape:
        - frames: (T,).

    Returns:
        int: May be 0 or less; the window then starts before the video.
    """
    middle = frames[-1] if causal else frames[len(frames) // 2]
    return int(middle) - window


def cut_window(rows: np.ndarray, first: int, length: int) -> Tuple[Tensor, Tensor]:
    """Cut a window out of the rows of a video.

    Args:
        rows (np.ndarray): Rows of all frames, float16.
        first (int): First frame of the window, from 1; may be outside the video.
        length (int): L.

    Shape:
        - rows: (frames, 1 + k, C).
        - returns: `rows` and `present` of `BankWindow`.
    """
    cut = np.zeros((length, *rows.shape[1:]), dtype=np.float16)
    present = np.zeros(length, dtype=bool)
    start, stop = max(first, 1), min(first + length - 1, len(rows))
    if start <= stop:
        place = slice(start - first, stop - first + 1)
        cut[place] = rows[start - 1 : stop]
        present[place] = True
    return torch.from_numpy(cut), torch.from_numpy(present)
