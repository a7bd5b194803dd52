"""Figure of key points: separation lines, crosses and arrows on frames."""

from typing import Optional, Sequence, Tuple

import cv2
import numpy as np

from ..recognition.cells import box_on_canvas, cells_to_frame, darken_outside
from ..video.palette import MARK_COLORS
from ..video.text import scale_to

# RGB. The dark rim makes lines and marks visible on a light background.
LINE_COLOR = (235, 235, 235)
RIM_COLOR = (20, 20, 20)
# Brightness outside the network's field of view.
_UNSEEN = 0.4


def strongest_channels(shifts: np.ndarray, count: int) -> np.ndarray:
    """Channels with the longest weighted shifts, summed over the clip.

    Args:
        shifts (np.ndarray): Weighted shifts of one set.
        count (int): Channels to choose.

    Shape:
        - shifts: (C, T-1, K, 2).
        - returns: (count,), longest first, equal lengths in channel order.
    """
    length = np.linalg.norm(shifts, axis=-1).sum((1, 2))
    return np.argsort(-length, kind='stable')[:count]


def _pixel(place: np.ndarray) -> Tuple[int, int]:
    """Pixel of a place given in pixels from the edge."""
    return int(np.floor(place[0])), int(np.floor(place[1]))


def _draw_cross(
    canvas: np.ndarray,
    at: Tuple[int, int],
    color: Tuple[int, int, int],
    size: int,
    thick: int,
) -> None:
    for shade, width in ((RIM_COLOR, thick + 2), (color, thick)):
        cv2.drawMarker(canvas, at, shade, cv2.MARKER_CROSS, size, width, cv2.LINE_AA)


def _draw_arrow(
    canvas: np.ndarray,
    start: Tuple[int, int],
    goal: Tuple[int, int],
    color: Tuple[int, int, int],
    head: float,
    thick: int,
) -> None:
    """Draw an arrow with a head of fixed size."""
    length = float(np.hypot(goal[0] - start[0], goal[1] - start[1]))
    for shade, width in ((RIM_COLOR, thick + 2), (color, thick)):
        cv2.arrowedLine(
            canvas, start, goal, shade, width, cv2.LINE_AA, 0, min(0.5, head / length)
        )


def _draw_lines(part: np.ndarray, lines: np.ndarray, cell: np.ndarray) -> None:
    """Draw separation lines.

    Args:
        part (np.ndarray): (H, W, 3), part covered by the map; it is changed.
        lines (np.ndarray): (2, L), x and y lines in cells.
        cell (np.ndarray): (2,), size (x, y) of a cell on the canvas.
    """
    height, width = part.shape[:2]
    ends = [
        ((x, 0), (x, height)) for x in np.rint(lines[0] * cell[0]).astype(int).tolist()
    ]
    ends += [
        ((0, y), (width, y)) for y in np.rint(lines[1] * cell[1]).astype(int).tolist()
    ]
    for color, thick in ((RIM_COLOR, 3), (LINE_COLOR, 1)):
        for start, end in ends:
            cv2.line(part, start, end, color, thick)


def _draw_points(canvas: np.ndarray, starts: np.ndarray, goals: np.ndarray) -> None:
    """Draw crosses, and arrows for points that move to another pixel.

    Args:
        canvas (np.ndarray): (H, W, 3); it is changed.
        starts (np.ndarray): (channels, K, 2), (x, y) on the canvas.
        goals (np.ndarray): (channels, K, 2), ends of the arrows.
    """
    height = len(canvas)
    thick = max(1, height // 160)
    for start, goal in zip(starts, goals):
        for k, ends in enumerate(zip(start, goal)):
            first, last = _pixel(ends[0]), _pixel(ends[1])
            if first != last:
                _draw_arrow(
                    canvas,
                    first,
                    last,
                    MARK_COLORS[k % len(MARK_COLORS)],
                    height / 24,
                    thick,
                )
    # Crosses are drawn last, on top of the arrows.
    for start in starts:
        for k, spot in enumerate(start):
            _draw_cross(
                canvas,
                _pixel(spot),
                MARK_COLORS[k % len(MARK_COLORS)],
                height // 18,
                thick + 1,
            )


def _draw_frame(
    frame: np.ndarray,
    starts: np.ndarray,
    goals: np.ndarray,
    lines: np.ndarray,
    map_size: Tuple[int, int],
    height: int,
    box: np.ndarray,
) -> np.ndarray:
    """Draw lines, crosses and arrows of one frame.

    Shape:
        - frame: (H, W, 3).
        - starts, goals: (channels, K, 2), cells.
        - lines: (2, L), cells.
        - box: (4,), pixels.
        - returns: (height, width, 3).
    """
    canvas = scale_to(frame, height)
    place = box_on_canvas(box, frame, canvas)
    _draw_lines(
        darken_outside(canvas, place, _UNSEEN),
        lines,
        (place[2:] - place[:2]) / map_size,
    )
    _draw_points(
        canvas,
        cells_to_frame(starts, map_size, place),
        cells_to_frame(goals, map_size, place),
    )
    return canvas


def draw_key_point_shifts(
    frames: np.ndarray,
    points: np.ndarray,
    shifts: np.ndarray,
    lines: np.ndarray,
    map_size: Tuple[int, int],
    channels: Sequence[int],
    height: int = 256,
    box: Optional[Sequence[float]] = None,
) -> np.ndarray:
    """Draw the key points of a clip onto its frames (Fig. 10).

    Each frame gets its separation lines, a cross for the key point of each
    region and chosen channel (one colour per region) and an arrow to its
    position in the next frame. The part outside `box` is darkened.

    Args:
        frames (np.ndarray): Frames, RGB; every (T' / T)-th one is drawn.
        points (np.ndarray): Key points of one set.
        shifts (np.ndarray): Their shifts (Eq. 10), not weighted.
        lines (np.ndarray): Separation lines of the set.
        map_size (tuple[int, int]): (W, H) of the feature map.
        channels (Sequence[int]): Channels to draw.
        height (int): Height of the drawn frames in pixels.
        box (Sequence[float], optional): (x1, y1, x2, y2), part of the frames
            covered by the map, in pixels from the left and top edge. None: all.

    Shape:
        - frames: (T', H, W, 3), uint8, T' a multiple of T.
        - points: (C, T, K, 2), (x, y) cells from 0.
        - shifts: (C, T-1, K, 2), (x, y) cells.
        - lines: (T, 2, L), x and y lines, cells from the map's corner.
        - returns: (T, height, width, 3), uint8, RGB.

    Raises:
        ValueError: If T' is not a multiple of T.
    """
    num_frames = points.shape[1]
    if len(frames) % num_frames:
        raise ValueError(
            f'draw_key_point_shifts: {len(frames)} frames cannot belong to a '
            f'map of {num_frames} frames; give the frames of the same clip.'
        )
    box = (0, 0, *frames.shape[2:0:-1]) if box is None else box
    starts = points[list(channels)]
    # The points of the last frame have no shift.
    goals = np.array(starts, np.float64)
    goals[:, :-1] += shifts[list(channels)]
    return np.stack(
        [
            _draw_frame(
                frame,
                starts[:, t],
                goals[:, t],
                lines[t],
                map_size,
                height,
                np.asarray(box, np.float64),
            )
            for t, frame in enumerate(frames[:: len(frames) // num_frames])
        ]
    )
