"""Upright hulls of masks with run lengths.

Source: the format of the COCO API: runs of zeros and ones in turns, column by column.
A text has 6 bits per character, from `0`: 5 bits of a number and a mark that more
follow; from the fourth number on, the difference to the number before the last one.
"""

from typing import List, Optional, Sequence, Union

import numpy as np


def decode_runs(text: str) -> List[int]:
    """Run lengths of a text of the COCO API.

    Raises:
        ValueError: If the text is damaged.
    """
    runs: List[int] = []
    value = shift = 0
    for letter in text:
        bits = ord(letter) - 48
        if not 0 <= bits < 64 or shift > 35:
            raise ValueError('the mask is not a run length code')
        value |= (bits & 31) << shift
        shift += 5
        if not bits & 32:
            if bits & 16:
                value -= 1 << shift
            runs.append(value + (runs[-2] if len(runs) > 2 else 0))
            value = shift = 0
    if shift or any(run < 0 for run in runs):
        raise ValueError('the mask is not a run length code')
    return runs


def hull_of_runs(
    counts: Union[str, Sequence[int]], height: int, width: int
) -> Optional[np.ndarray]:
    """Upright hull of a mask.

    Args:
        counts (str | Sequence[int]): Runs of zeros and ones in turns, by columns.
        height (int): Rows of the mask.
        width (int): Columns of the mask.

    Returns:
        np.ndarray, optional: (4,) `x1, y1, x2, y2`, ends inclusive; None if the mask
        is empty.

    Raises:
        ValueError: If the runs do not fit to the size.
    """
    runs = decode_runs(counts) if isinstance(counts, str) else list(counts)
    ends = np.cumsum(np.array(runs, np.int64))
    if not len(runs) or ends[-1] != height * width:
        raise ValueError(f'the mask has not {height} x {width} pixels')
    first, last = ends[:-1:2], ends[1::2] - 1
    first, last = first[: len(last)], last[: len(first)]
    first, last = first[last >= first], last[last >= first]
    if not len(first):
        return None
    # A run over the end of a column has its last and the first rows.
    wraps = (first // height != last // height).any()
    top = 0 if wraps else (first % height).min()
    bottom = height - 1 if wraps else (last % height).max()
    return np.array([first[0] // height, top, last[-1] // height, bottom], float)
