"""Pictures of the frames that a focal block computes or skips."""

from typing import TYPE_CHECKING, List, Optional, Sequence

import cv2
import numpy as np

from ..recognition.cells import box_on_canvas, darken_outside
from ..recognition.inspection import Row
from ..video.text import put_text, scale_to, text_size

if TYPE_CHECKING:
    from .inspect import FrameSelection

CROSS_COLOR, RIM_COLOR = (230, 30, 30), (255, 255, 255)
# Remaining brightness outside the box that the network sees.
_UNSEEN = 0.35


def _draw_cross(canvas: np.ndarray) -> None:
    """Draw a cross in the center of a picture, in-place."""
    height, width = canvas.shape[:2]
    half, thick = min(height, width) * 3 // 10, max(2, height // 32)
    x, y = width // 2, height // 2
    for color, wide in ((RIM_COLOR, thick + 2), (CROSS_COLOR, thick)):
        for step in (half, -half):
            cv2.line(
                canvas,
                (x - half, y - step),
                (x + half, y + step),
                color,
                wide,
                cv2.LINE_AA,
            )


def draw_frame_selection(
    frames: np.ndarray,
    kept: np.ndarray,
    numbers: Optional[Sequence[int]] = None,
    height: int = 144,
    box: Optional[Sequence[float]] = None,
) -> np.ndarray:
    """Cross out the frames that a block skips (Fig. 6 of AFNet).

    Args:
        frames (np.ndarray): Frames of a video, RGB.
        kept (np.ndarray): 1 for a computed frame, 0 for a skipped one. If any value
            is between them, all values are written on the frames and no crosses
            are drawn.
        numbers (Sequence[int], optional): Frame numbers to write.
        height (int): Height of the drawn frames in pixels.
        box (Sequence[float], optional): (x1, y1, x2, y2), part of the frames
            that the network sees, in pixels from the left and top edge; the rest is
            darkened. None: all.

    Shape:
        - frames: (T, H, W, 3), uint8.
        - kept: (T,), in [0, 1].
        - returns: (T, height, width, 3), uint8, RGB; new arrays.

    Raises:
        ValueError: If `kept` has another length or a value outside [0, 1].
    """
    kept = np.asarray(kept, float)
    if kept.shape != (len(frames),):
        raise ValueError(
            f'draw_frame_selection: {len(frames)} frames, but kept has the shape '
            f'{kept.shape}; give one value per frame.'
        )
    wrong = kept[~((kept >= 0) & (kept <= 1))]
    if len(wrong):
        raise ValueError(
            f'draw_frame_selection: kept contains {wrong[0]}; values are from 0 '
            '(skipped) to 1 (computed).'
        )
    weights = bool(((kept > 0) & (kept < 1)).any())
    size, drawn = text_size(height), []
    for t, frame in enumerate(frames):
        canvas = scale_to(frame, height)
        if box is not None:
            place = box_on_canvas(box, frame, canvas)
            darken_outside(canvas, place.tolist(), _UNSEEN)
        if weights:
            at = (4, height - 2 * size)
            put_text(canvas, f'{kept[t]:.2f}', at, size, outline=True)
        elif kept[t] == 0:
            _draw_cross(canvas)
        if numbers is not None:
            put_text(canvas, str(numbers[t]), (4, 4), size, outline=True)
        drawn.append(canvas)
    return np.stack(drawn)


def draw_inspection(
    result: 'FrameSelection', title: str, height: int = 256, blocks: Sequence[int] = ()
) -> List[Row]:
    """Draw the frame selection of a clip, one row for each focal block.

    Args:
        result (FrameSelection): Result of `FrameSelectionInspector`.
        title (str): Start of the captions.
        height (int): Height of the drawn frames in pixels.
        blocks (Sequence[int]): Focal blocks, counted from 0 through all stages.
            Empty: block 2 as in the paper, or the last block of a smaller network.

    Returns:
        list[Row]: Rows with frames (T, height, width, 3), uint8, RGB. The captions
        end with the share of frames kept, the mean of all blocks.

    Raises:
        ValueError: If the model has no such block.
    """
    number, rows = len(result.blocks), []
    total = 100 * (result.masks != 0).mean()
    for block in blocks or [min(2, number - 1)]:
        if not 0 <= block < number:
            raise ValueError(
                f'block {block} is outside [0, {number - 1}] of this model.'
            )
        mask = result.masks[:, block]
        stage = result.blocks[block].partition('.')[0]
        text = (
            f'{title}  |  block {block} ({stage}): {int((mask != 0).sum())} of '
            f'{len(mask)} frames  |  {total:.1f} % of frames kept, mean of '
            f'{number} blocks'
        )
        drawn = draw_frame_selection(
            result.frames, mask, result.numbers.tolist(), height, result.box
        )
        rows.append(Row(text, drawn))
    return rows
