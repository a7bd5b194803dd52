"""Heatmaps and scores of cells, drawn onto frames."""

from typing import Optional, Sequence

import cv2
import numpy as np

from ..video.text import put_text, scale_to, text_size, text_width
from .cells import box_on_canvas, darken_outside, frame_to_cells

# Share of the brightness that is left where the network does not look, and
# of the frame that is left under the heatmap.
_UNSEEN, _UNDER_HEAT = 0.4, 0.3
# Cells of fewer pixels get no rim: nothing would be left inside.
_SMALLEST_RIM = 6
# RGB from violet to yellow, in even steps of lightness; the darkest colours
# of the map are left out, which are lost on dark frames.
_COLORS = cv2.applyColorMap(np.arange(60, 256, dtype=np.uint8), cv2.COLORMAP_PLASMA)[
    :, 0, ::-1
]


def score_colors(scores: np.ndarray, low: float, high: float) -> np.ndarray:
    """Colours of scores, from violet for the lowest to yellow for the highest.

    Args:
        scores (np.ndarray): Scores.
        low (float): Score of the first colour; lower ones get it too.
        high (float): Score of the last colour, likewise. If it is not above
            ``low``, everything gets the last colour.

    Shape:
        - scores: (...).
        - returns: (..., 3), uint8, RGB.
    """
    share = np.ones(np.shape(scores))
    if high > low:
        share = np.clip((np.asarray(scores, float) - low) / (high - low), 0, 1)
    return _COLORS[np.rint((len(_COLORS) - 1) * share).astype(int)]


def _paint_cells(
    canvas: np.ndarray,
    box: np.ndarray,
    colors: np.ndarray,
    chosen: np.ndarray,
    under: float,
    outline: bool,
) -> None:
    """Tint cells.

    Args:
        canvas (np.ndarray): (H', W', 3), uint8; it is changed.
        box (np.ndarray): Part of the canvas that the map covers.
        colors (np.ndarray): (H, W, 3), colour of each cell.
        chosen (np.ndarray): (H, W), bool, cells to tint.
        under (float): Share of the picture, in grey, that is left in it.
        outline (bool): Whether cells get a solid rim of their colour, where
            they are large enough.
    """
    map_size = chosen.shape[::-1]
    x, y = frame_to_cells(canvas.shape[1::-1], map_size, box)
    columns, rows = (np.flatnonzero((each >= 0) & (each < size))
                     for each, size in zip((x, y), map_size))  # yapf: disable
    cells = np.ix_(y[rows].astype(int), x[columns].astype(int))
    inside = np.ix_(rows, columns)
    part, tint = canvas[inside], colors[cells]
    sides = (box[2:] - box[:2]) / map_size
    outline = outline and sides.min() >= _SMALLEST_RIM
    # On grey, so that no colour of the picture is taken for a score.
    mixed = under * part.mean(-1, keepdims=True) + (1 - under) * tint
    if outline:
        wide = max(1.0, sides.min() // 10)
        to_edge = [
            np.minimum(each % 1, -each % 1) * side
            for each, side in zip((x[columns], y[rows]), sides)
        ]
        rim = np.minimum(to_edge[0][None], to_edge[1][:, None]) < wide
        mixed[rim] = tint[rim]
    canvas[inside] = np.where(chosen[cells][..., None], np.rint(mixed), part).astype(
        np.uint8
    )


def draw_maps(
    owner: str,
    frames: np.ndarray,
    values: np.ndarray,
    chosen: np.ndarray,
    colors: np.ndarray,
    height: int,
    box: Optional[Sequence[float]],
    under: float,
    outline: bool,
) -> np.ndarray:
    """Draw one map onto each frame; arguments as for the callers."""
    if len(frames) != len(values):
        raise ValueError(
            f'{owner}: {len(frames)} frames, but a map of {len(values)}; give '
            'those of the same clip.'
        )
    box = (0, 0, *frames.shape[2:0:-1]) if box is None else box
    drawn = []
    for frame, color, cells in zip(frames, colors, chosen):
        canvas = scale_to(frame, height)
        place = box_on_canvas(box, frame, canvas)
        darken_outside(canvas, place, _UNSEEN)
        _paint_cells(canvas, place, color, cells, under, outline)
        drawn.append(canvas)
    return np.stack(drawn)


def draw_heatmap(
    frames: np.ndarray,
    heatmap: np.ndarray,
    height: int = 256,
    box: Optional[Sequence[float]] = None,
) -> np.ndarray:
    """Lay the heatmap of a clip over its frames, cell by cell.

    Args:
        frames (np.ndarray): Frames of a clip, RGB.
        heatmap (np.ndarray): Score of each cell; colours go from the lowest
            to the highest of the clip.
        height (int): Height of the drawn frames in pixels.
        box (Sequence[float], optional): (x1, y1, x2, y2), the part of
            the frames that the map covers, in pixels from their left and top
            edge. None: all.

    Shape:
        - frames: (T, H', W', 3), uint8.
        - heatmap: (T, H, W).
        - returns: (T, height, width, 3), uint8, RGB; new arrays.

    Raises:
        ValueError: If there is not one map per frame.
    """
    colors = score_colors(heatmap, heatmap.min(), heatmap.max())
    return draw_maps(
        'draw_heatmap',
        frames,
        heatmap,
        np.ones(heatmap.shape, bool),
        colors,
        height,
        box,
        _UNDER_HEAT,
        False,
    )


def draw_score_bar(low: float, high: float, height: int) -> np.ndarray:
    """Legend of the colours, the highest score on top.

    Args:
        low (float): Lowest score.
        high (float): Highest score.
        height (int): Height of the legend in pixels, at least 48.

    Returns:
        np.ndarray: (height, W, 3), uint8, RGB.
    """
    size = text_size(height)
    top, bottom = 2 * size, height - size // 2
    texts = (
        ('score', size, size // 2 - 1),
        (f'{high:.3g}', 3 * size, top),
        (f'{low:.3g}', 3 * size, bottom - size),
    )
    width = max(left + text_width(text, size) for text, left, _ in texts)
    bar = np.full((height, width + size, 3), 255, np.uint8)
    for text, left, place in texts:
        put_text(bar, text, (left, place), size, (0, 0, 0))
    bar[top:bottom, size : 2 * size + size // 2] = score_colors(
        np.linspace(high, low, bottom - top), low, high
    )[:, None]
    return bar
