"""Frames that a network computes, and frames that it skips."""

from typing import Optional, Sequence

import cv2
import numpy as np

from ..recognition.cells import box_on_canvas, darken_outside
from ..video.text import put_text, scale_to

CROSS_COLOR, RIM_COLOR = (230, 30, 30), (255, 255, 255)
_UNSEEN = 0.35


def _draw_cross(canvas: np.ndarray) -> None:
    """A cross over the middle of a picture."""
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
    """Cross out the frames that a block skips (as Fig. 6 of AFNet does).

    Args:
        frames (np.ndarray): Frames of a video, RGB.
        kept (np.ndarray): What the block computes: 1, or 0 for a skipped
            frame. Weights between them are written below the frame instead
            of a cross.
        numbers (Sequence[int], optional): What to write above the frames.
        height (int): Height of the drawn frames in pixels.
        box (Sequence[float], optional): (x1, y1, x2, y2), part of the frames
            that the network sees, in pixels from their left and top edge;
            the rest is darkened. None: all.

    Shape:
        - frames: (T, H, W, 3), uint8.
        - kept: (T,), in [0, 1].
        - returns: (T, height, width, 3), uint8, RGB; new arrays.

    Raises:
        ValueError: If there are not as many values as frames, or one is
            outside [0, 1].
    """
    kept = np.asarray(kept, float)
    if kept.shape != (len(frames),):
        raise ValueError(
            f'draw_frame_selection: {len(frames)} frames, but '
            f'kept has the shape {kept.shape}; give one value '
            'per frame.'
        )
    if not ((kept >= 0) & (kept <= 1)).all():
        raise ValueError(
            'draw_frame_selection: kept holds '
            f'{kept[~((kept >= 0) & (kept <= 1))][0]}; values '
            'are from 0 (skipped) to 1 (computed).'
        )
    weights = bool(((kept > 0) & (kept < 1)).any())
    size, drawn = max(9, height // 12), []
    for t, frame in enumerate(frames):
        canvas = scale_to(frame, height)
        if box is not None:
            darken_outside(canvas, box_on_canvas(box, frame, canvas), _UNSEEN)
        if weights:
            put_text(canvas, f'{kept[t]:.2f}', (4, height - 2 * size), size,
                     outline=True)  # yapf: disable
        elif kept[t] == 0:
            _draw_cross(canvas)
        if numbers is not None:
            put_text(canvas, str(numbers[t]), (4, 4), size, outline=True)
        drawn.append(canvas)
    return np.stack(drawn)
