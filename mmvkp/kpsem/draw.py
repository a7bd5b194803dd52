"""Pictures of key points, their regions and where they go."""

from typing import TYPE_CHECKING, List, Optional, Sequence, Tuple

import cv2
import numpy as np

from ..recognition.cells import box_on_canvas, cells_to_frame, darken_outside
from ..recognition.inspection import Row
from ..video.palette import MARK_COLORS
from ..video.text import put_text, scale_to, text_size

if TYPE_CHECKING:
    from .inspect import KeyPoints

# RGB, one for each region in turn; the first four are those of the paper's
# figure or near to them. Dark rims make them visible on light grounds.
LINE_COLOR = (235, 235, 235)
RIM_COLOR = (20, 20, 20)
# Share of the brightness that is left where the network does not look.
_UNSEEN = 0.4


def strongest_channels(shifts: np.ndarray, count: int) -> np.ndarray:
    """Channels whose weighted shifts are longest over the clip.

    Args:
        shifts (np.ndarray): Weighted shifts of one set.
        count (int): Channels to choose.

    Shape:
        - shifts: (C, T-1, K, 2).
        - returns: (count,), longest first; equal ones in channel order.
    """
    length = np.linalg.norm(shifts, axis=-1).sum((1, 2))
    return np.argsort(-length, kind='stable')[:count]


def _pixel(place: np.ndarray) -> Tuple[int, int]:
    """The pixel that holds a place, which is counted from the edge."""
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
    """An arrow whose head has the same size whatever its length."""
    length = float(np.hypot(goal[0] - start[0], goal[1] - start[1]))
    for shade, width in ((RIM_COLOR, thick + 2), (color, thick)):
        cv2.arrowedLine(
            canvas, start, goal, shade, width, cv2.LINE_AA, 0, min(0.5, head / length)
        )


def _draw_lines(part: np.ndarray, lines: np.ndarray, cell: np.ndarray) -> None:
    """Draw separation lines.

    Args:
        part (np.ndarray): (H, W, 3), what the map covers; it is changed.
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
    """Draw crosses, and arrows where a point moves to another pixel.

    Args:
        canvas (np.ndarray): (H, W, 3); it is changed.
        starts (np.ndarray): (channels, K, 2), (x, y) on the canvas.
        goals (np.ndarray): Where the arrows end, likewise.
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
    # Above the arrows, which would hide the crosses of others.
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
    """One frame with its lines, crosses and arrows.

    Shape:
        - starts, goals: (channels, K, 2), cells; others as for
          `draw_key_point_shifts`.
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
    """Draw the key points of a clip onto its frames (as Fig. 10 does).

    Each frame gets its separation lines, a cross for the key point of each
    region and chosen channel (one colour per region) and an arrow to where
    that point goes in the next frame. What lies outside ``box`` is darkened.

    Args:
        frames (np.ndarray): Frames, RGB; each (T' / T)-th one is drawn.
        points (np.ndarray): Key points of one set.
        shifts (np.ndarray): Their shifts (Eq. 10), not weighted.
        lines (np.ndarray): Separation lines of the set.
        map_size (tuple[int, int]): (W, H) of the feature map.
        channels (Sequence[int]): Channels to draw.
        height (int): Height of the drawn frames in pixels.
        box (Sequence[float], optional): (x1, y1, x2, y2), what the map covers
            of the frames, in pixels from their left and top edge. None: all.

    Shape:
        - frames: (T', H, W, 3), uint8, T' a multiple of T.
        - points: (C, T, K, 2), (x, y) cells from 0.
        - shifts: (C, T-1, K, 2), (x, y) cells.
        - lines: (T, 2, L), x and y lines, cells from the map's corner.
        - returns: (T, height, width, 3), uint8, RGB; new arrays.

    Raises:
        ValueError: If T' is no multiple of T.
    """
    num_frames = points.shape[1]
    if len(frames) % num_frames:
        raise ValueError(
            f'draw_key_point_shifts: {len(frames)} frames cannot belong to a '
            f'map of {num_frames} frames; give those of the same clip.'
        )
    box = (0, 0, *frames.shape[2:0:-1]) if box is None else box
    starts = points[list(channels)]
    # Nothing is known of where the points of the last frame go.
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


def draw_inspection(
    result: 'KeyPoints',
    title: str,
    height: int = 256,
    channels: Optional[Sequence[int]] = None,
    num_channels: int = 1,
    sets: Sequence[int] = (0,),
) -> List[Row]:
    """Draw the key points of a clip, one row for each set of regions.

    Args:
        result (KeyPoints): Result of `KeyPointInspector`.
        title (str): Start of the captions.
        height (int): Height of the drawn frames in pixels.
        channels (Sequence[int], optional): Channels to draw, from 0. None: those
            with the longest weighted shifts of the clip.
        num_channels (int): Number of channels if `channels` is None.
        sets (Sequence[int]): Sets of regions, from 0.

    Returns:
        list[Row]: Rows with frames (T, height, width, 3), uint8, RGB.

    Raises:
        ValueError: If the model has no such channel or set.
    """
    shifts, rows = result.shifts, []
    _check_range('set', sets, shifts.points.shape[3])
    _check_range('channel', channels or (), shifts.points.shape[1])
    for index in sets:
        weighted = shifts.weighted[0, :, :, index].numpy()
        chosen = channels or strongest_channels(weighted, num_channels)
        drawn = draw_key_point_shifts(
            result.frames,
            shifts.points[0, :, :, index].numpy(),
            shifts.shifts[0, :, :, index].numpy(),
            shifts.lines[0, :, index].numpy(),
            result.map_size,
            chosen,
            height=height,
            box=result.box,
        )
        numbers = result.numbers[:: len(result.numbers) // len(drawn)]
        for frame, number in zip(drawn, numbers):
            put_text(frame, str(number), (4, 4), text_size(height), (255,) * 3, True)
        names = ', '.join(str(int(channel)) for channel in chosen)
        plural = 's' * (len(chosen) > 1)
        rows.append(Row(f'{title}  |  set {index}, channel{plural} {names}', drawn))
    return rows


def _check_range(name: str, values: Sequence[int], size: int) -> None:
    """Refuse numbers of channels or sets that the model does not have."""
    for value in values:
        if not 0 <= value < size:
            raise ValueError(
                f'{name} {value} is outside [0, {size - 1}] of this model.'
            )
