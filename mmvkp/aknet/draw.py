"""Pictures of action keypoints."""

from typing import Optional, Sequence, Tuple

import numpy as np

from ..recognition.heatmap import draw_maps, score_colors
from ..video.text import caption, text_size

# Share of the frame that is left under a mark.
_UNDER_MARK = 0.6


def points_per_frame(points: np.ndarray, num_frames: int) -> np.ndarray:
    """Points in each frame.

    Shape:
        - points: (L, 3), (t, y, x).
        - returns: (num_frames,), sum L.

    Raises:
        ValueError: If a point lies in no frame.
    """
    points = np.asarray(points)
    if len(points) and not (
        0 <= points[:, 0].min() and points[:, 0].max() < num_frames
    ):
        raise ValueError(
            f'action keypoints: points lie in frames {points[:, 0].min()} to '
            f'{points[:, 0].max()}, but there are {num_frames} frames; give '
            'those of the same clip.'
        )
    return np.bincount(points[:, 0], minlength=num_frames)


def draw_action_keypoints(
    frames: np.ndarray,
    points: np.ndarray,
    scores: np.ndarray,
    map_size: Tuple[int, int],
    height: int = 256,
    box: Optional[Sequence[float]] = None,
) -> np.ndarray:
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
    if scores.shape != (len(points),):
        raise ValueError(
            f'draw_action_keypoints: {len(points)} points, but scores have '
            f'the shape {scores.shape}; give one score per point.'
        )
    shape = (len(frames), *map_size[::-1])
    if not ((points >= 0) & (points < shape)).all():
        raise ValueError(
            f'draw_action_keypoints: a point lies outside the map of '
            f'{map_size[0]} x {map_size[1]} cells; points are (t, y, x).'
        )
    chosen = np.zeros(shape, bool)
    colors = np.zeros((*shape, 3), np.uint8)
    place = tuple(points.T)
    chosen[place] = True
    if len(points):
        colors[place] = score_colors(scores, scores.min(), scores.max())
    drawn = draw_maps(
        'draw_action_keypoints',
        frames,
        chosen,
        chosen,
        colors,
        height,
        box,
        _UNDER_MARK,
        True,
    )
    return np.stack(
        [
            np.vstack(
                [
                    frame,
                    caption(
                        f'{count} point{"s" * (count != 1)}',
                        frame.shape[1],
                        text_size(height),
                    ),
                ]
            )
            for frame, count in zip(drawn, counts)
        ]
    )
