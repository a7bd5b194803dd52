"""Pictures of key points, their regions and where they go."""
from typing import Sequence, Tuple

import cv2
import numpy as np

# RGB, one for each region in turn; light enough for dark backgrounds.
COLORS = ((255, 70, 70), (255, 255, 255), (80, 200, 255), (255, 220, 40),
          (120, 255, 120), (255, 120, 255), (255, 150, 40), (150, 150, 255))
LINE_COLOR = (30, 30, 30)


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


def _to_pixels(cells: np.ndarray, scale: np.ndarray) -> Tuple[int, int]:
    """Centre of a cell in whole pixels; cells counted from 0."""
    x, y = (cells + 0.5) * scale - 0.5
    return int(round(float(x))), int(round(float(y)))


def draw_key_point_shifts(frames: np.ndarray,
                          points: np.ndarray,
                          shifts: np.ndarray,
                          lines: np.ndarray,
                          map_size: Tuple[int, int],
                          channels: Sequence[int],
                          height: int = 256) -> np.ndarray:
    """Draw the key points of a clip onto its frames (as Fig. 10 does).

    Each frame gets its separation lines, a cross for the key point of each
    region and chosen channel (one colour per region) and an arrow to where
    that point goes in the next frame.

    Args:
        frames (np.ndarray): Frames as the network sees them, RGB. A map with
            fewer frames belongs to every second, third, ... of them.
        points (np.ndarray): Key points of one set.
        shifts (np.ndarray): Their shifts (Eq. 10), not weighted.
        lines (np.ndarray): Separation lines of the set.
        map_size (tuple[int, int]): (W, H) of the feature map.
        channels (Sequence[int]): Channels to draw.
        height (int): Height of the drawn frames in pixels.

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
            f'draw_key_point_shifts: {len(frames)} frames cannot belong to '
            f'a map of {num_frames} frames; give the frames of the clip that '
            'the map was made from.')
    width = round(height * frames.shape[2] / frames.shape[1])
    scale = np.array([width, height]) / np.array(map_size)
    thickness = max(1, height // 160)
    drawn = []
    for t, frame in enumerate(frames[::len(frames) // num_frames]):
        canvas = cv2.resize(
            frame, (width, height), interpolation=cv2.INTER_CUBIC)
        for x in lines[t, 0] * scale[0]:
            cv2.line(canvas, (round(x), 0), (round(x), height), LINE_COLOR,
                     thickness)
        for y in lines[t, 1] * scale[1]:
            cv2.line(canvas, (0, round(y)), (width, round(y)), LINE_COLOR,
                     thickness)
        for channel in channels:
            for k, spot in enumerate(points[channel, t]):
                color = COLORS[k % len(COLORS)]
                start = _to_pixels(spot, scale)
                cv2.drawMarker(canvas, start, color, cv2.MARKER_CROSS,
                               height // 20, thickness, cv2.LINE_AA)
                if t < num_frames - 1:
                    goal = _to_pixels(spot + shifts[channel, t, k], scale)
                    if goal != start:
                        cv2.arrowedLine(canvas, start, goal, color, thickness,
                                        cv2.LINE_AA, 0, 0.25)
        drawn.append(canvas)
    return np.stack(drawn)
