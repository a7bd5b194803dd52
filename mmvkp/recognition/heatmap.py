"""Heatmaps and scores of cells, drawn onto frames."""

from typing import Optional, Sequence

import cv2
import numpy as np

from ..video.text import put_text, scale_to, text_size, text_width
from .cells import box_on_canvas, darken_outside, frame_to_cells

# Brightness of the part that the network does not see, and share of the frame in
# the colors of a heatmap.
_UNSEEN, _UNDER_HEAT = 0.4, 0.3
# Cells with fewer pixels get no rim, which would fill them.
_SMALLEST_RIM = 6
# RGB from violet to yellow, in even steps of lightness, without the darkest colors
# of the map, which are invisible on dark frames.
_COLORS = cv2.applyColorMap(np.arange(60, 256, dtype=np.uint8), cv2.COLORMAP_PLASMA)[
    :, 0, ::-1
]


def score_colors(scores: np.ndarray, low: float, high: float) -> np.ndarray:
    """Map scores to colors, from violet (lowest) to yellow (highest).

    Args:
        scores (np.ndarray): Scores.
        low (float): Score of the first color, also used for lower scores.
        high (float): Score of the last color, also used for higher scores. If it
            is not above `low`, all scores get the last color.

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
        canvas (np.ndarray): (H', W', 3), uint8, changed in place.
        box (np.ndarray): (4,), part of the canvas that the map covers.
        colors (np.ndarray): (H, W, 3), color of each cell.
        chosen (np.ndarray): (H, W), bool, cells to tint.
        under (float): Share of the grey picture in the mixture.
        outline (bool): Draw a solid rim around cells that are large enough.
    """
    map_size = (chosen.shape[1], chosen.shape[0])
    x, y = frame_to_cells((canvas.shape[1], canvas.shape[0]), map_size, box)
    columns, rows = (
        np.flatnonzero((each >= 0) & (each < size))
        for each, size in zip((x, y), map_size)
    )
    cells = np.ix_(y[rows].astype(int), x[columns].astype(int))
    inside = np.ix_(rows, columns)
    part, tint = canvas[inside], colors[cells]
    sides = (box[2:] - box[:2]) / map_size
    outline = outline and sides.min() >= _SMALLEST_RIM
    # Mixed with grey, so that colors of the picture do not look like scores.
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
    """Draw one map onto each frame.

    Args:
        owner (str): Name of the calling function, for the message.
        frames (np.ndarray): Frames of a clip, RGB.
        values (np.ndarray): One map per frame.
        chosen (np.ndarray): Cells to tint.
        colors (np.ndarray): Color of each cell.
        height (int): Height of the drawn frames in pixels.
        box (Sequence[float], optional): See `draw_heatmap`.
        under (float): Share of the grey frame in the mixture, in [0, 1].
        outline (bool): Draw a solid rim around cells that are large enough.

    Shape:
        - frames: (T, H', W', 3), uint8.
        - values, chosen: (T, H, W).
        - colors: (T, H, W, 3), uint8, RGB.
        - returns: (T, height, width, 3), uint8, RGB.

    Raises:
        ValueError: If the numbers of frames and maps differ.
    """
    if len(frames) != len(values):
        raise ValueError(
            f'{owner}: {len(frames)} frames, but a map of {len(values)}; give '
            'frames and maps of the same clip.'
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
    """Draw the heatmap of a clip over its frames, cell by cell.

    Args:
        frames (np.ndarray): Frames of a clip, RGB.
        heatmap (np.ndarray): Score of each cell; colors span the scores of the
            clip.
        height (int): Height of the drawn frames in pixels.
        box (Sequence[float], optional): (x1, y1, x2, y2), the part of
            the frames that the map covers, in pixels from their left and top
            edge. None: the whole frame.

    Shape:
        - frames: (T, H', W', 3), uint8.
        - heatmap: (T, H, W).
        - returns: (T, height, width, 3), uint8, RGB; new arrays.

    Raises:
        ValueError: If the numbers of frames and maps differ.
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
    """Draw the legend of the colors, the highest score at the top.

    Args:
        low (float): Lowest score.
        high (float): Highest score.
        height (int): Height of the legend in pixels, at least 48.

    Returns:
        np.ndarray: Legend of shape (height, W, 3), uint8, RGB.
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
