"""Pictures of action keypoints and of the heatmap they are chosen from."""
from typing import Optional, Sequence, Tuple

import cv2
import numpy as np

from .cells import box_on_canvas, darken_outside, frame_to_cells
from .text import caption, put_text, scale_to, text_size, text_width

# Share of the brightness that is left where the network does not look, and
# of the frame that is left under a mark and under the heatmap.
_UNSEEN, _UNDER_MARK, _UNDER_HEAT = 0.4, 0.6, 0.3
# Cells of fewer pixels get no rim: nothing would be left inside.
_SMALLEST_RIM = 6
# RGB from violet to yellow, in even steps of lightness; the darkest colours
# of the map are left out, which are lost on dark frames.
_COLORS = cv2.applyColorMap(
    np.arange(60, 256, dtype=np.uint8), cv2.COLORMAP_PLASMA)[:, 0, ::-1]


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


def points_per_frame(points: np.ndarray, num_frames: int) -> np.ndarray:
    """Points in each frame.

    Shape:
        - points: (L, 3), (t, y, x).
        - returns: (num_frames,), sum L.

    Raises:
        ValueError: If a point lies in no frame.
    """
    points = np.asarray(points)
    if len(points) and not (0 <= points[:, 0].min()
                            and points[:, 0].max() < num_frames):
        raise ValueError(
            f'action keypoints: points lie in frames {points[:, 0].min()} to '
            f'{points[:, 0].max()}, but there are {num_frames} frames; give '
            'those of the same clip.')
    return np.bincount(points[:, 0], minlength=num_frames)


def _paint_cells(canvas: np.ndarray, box: np.ndarray, colors: np.ndarray,
                 chosen: np.ndarray, under: float, outline: bool) -> None:
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
        wide = max(1., sides.min() // 10)
        to_edge = [
            np.minimum(each % 1, -each % 1) * side
            for each, side in zip((x[columns], y[rows]), sides)
        ]
        rim = np.minimum(to_edge[0][None], to_edge[1][:, None]) < wide
        mixed[rim] = tint[rim]
    canvas[inside] = np.where(chosen[cells][..., None], np.rint(mixed),
                              part).astype(np.uint8)


def _draw_maps(owner: str, frames: np.ndarray, values: np.ndarray,
               chosen: np.ndarray, colors: np.ndarray, height: int,
               box: Optional[Sequence[float]], under: float,
               outline: bool) -> np.ndarray:
    """Draw one map onto each frame; arguments as for the callers."""
    if len(frames) != len(values):
        raise ValueError(
            f'{owner}: {len(frames)} frames, but a map of {len(values)}; give '
            'those of the same clip.')
    box = (0, 0, *frames.shape[2:0:-1]) if box is None else box
    drawn = []
    for frame, color, cells in zip(frames, colors, chosen):
        canvas = scale_to(frame, height)
        place = box_on_canvas(box, frame, canvas)
        darken_outside(canvas, place, _UNSEEN)
        _paint_cells(canvas, place, color, cells, under, outline)
        drawn.append(canvas)
    return np.stack(drawn)


def draw_action_keypoints(frames: np.ndarray,
                          points: np.ndarray,
                          scores: np.ndarray,
                          map_size: Tuple[int, int],
                          height: int = 256,
                          box: Optional[Sequence[float]] = None) -> np.ndarray:
    """Mark the cells that an AK-Net selects (as Fig. 6 of the paper does).

    A mark is as large as its cell. Its colour is the score, from the lowest
    to the highest of the clip. Below each frame stands the number of its
    points. What lies outside ``box`` is darkened.

    Args:
        frames (np.ndarray): Frames of a clip, RGB.
        points (np.ndarray): Selected cells of all frames.
        scores (np.ndarray): Their scores.
        map_size (tuple[int, int]): (W, H) of the map.
        height (int): Height of the drawn frames in pixels.
        box (Sequence[float], optional): (x1, y1, x2, y2), what the map covers
            of the frames, in pixels from their left and top edge. None: all.

    Shape:
        - frames: (T, H', W', 3), uint8.
        - points: (L, 3), int, (t, y, x) in cells from 0.
        - scores: (L,).
        - returns: (T, height + 2 * `text_size`, width, 3), uint8, RGB; new
          arrays.

    Raises:
        ValueError: If there are not as many scores as points, or a point
            lies outside the map.

    Source: "Action Keypoint Network for Efficient Video Recognition", arXiv
    2201.06304, section IV-D.
    """
    points, scores = np.asarray(points), np.asarray(scores, float)
    counts = points_per_frame(points, len(frames))
    if scores.shape != (len(points), ):
        raise ValueError(
            f'draw_action_keypoints: {len(points)} points, but scores have '
            f'the shape {scores.shape}; give one score per point.')
    shape = (len(frames), *map_size[::-1])
    if not ((points >= 0) & (points < shape)).all():
        raise ValueError(
            f'draw_action_keypoints: a point lies outside the map of '
            f'{map_size[0]} x {map_size[1]} cells; points are (t, y, x).')
    chosen = np.zeros(shape, bool)
    colors = np.zeros((*shape, 3), np.uint8)
    place = tuple(points.T)
    chosen[place] = True
    if len(points):
        colors[place] = score_colors(scores, scores.min(), scores.max())
    drawn = _draw_maps('draw_action_keypoints', frames, chosen, chosen, colors,
                       height, box, _UNDER_MARK, True)
    return np.stack([
        np.vstack([
            frame,
            caption(f'{count} point{"s" * (count != 1)}', frame.shape[1],
                    text_size(height))
        ]) for frame, count in zip(drawn, counts)
    ])


def draw_heatmap(frames: np.ndarray,
                 heatmap: np.ndarray,
                 height: int = 256,
                 box: Optional[Sequence[float]] = None) -> np.ndarray:
    """Lay the heatmap of a clip over its frames, cell by cell.

    Args:
        frames (np.ndarray): Frames of a clip, RGB.
        heatmap (np.ndarray): Score of each cell; colours go from the lowest
            to the highest of the clip.
        height (int): Height of the drawn frames in pixels.
        box (Sequence[float], optional): As for `draw_action_keypoints`.

    Shape:
        - frames: (T, H', W', 3), uint8.
        - heatmap: (T, H, W).
        - returns: (T, height, width, 3), uint8, RGB; new arrays.

    Raises:
        ValueError: If there is not one map per frame.
    """
    colors = score_colors(heatmap, heatmap.min(), heatmap.max())
    return _draw_maps('draw_heatmap', frames, heatmap,
                      np.ones(heatmap.shape, bool), colors, height, box,
                      _UNDER_HEAT, False)


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
    texts = (('score', size, size // 2 - 1), (f'{high:.3g}', 3 * size, top),
             (f'{low:.3g}', 3 * size, bottom - size))
    width = max(left + text_width(text, size) for text, left, _ in texts)
    bar = np.full((height, width + size, 3), 255, np.uint8)
    for text, left, place in texts:
        put_text(bar, text, (left, place), size, (0, 0, 0))
    bar[top:bottom, size:2 * size + size // 2] = score_colors(
        np.linspace(high, low, bottom - top), low, high)[:, None]
    return bar
