"""Pictures of action keypoints."""

from typing import TYPE_CHECKING, List, Optional, Sequence, Tuple

import numpy as np

from ..checks import check_choice
from ..recognition.heatmap import draw_heatmap, draw_maps, draw_score_bar, score_colors
from ..recognition.inspection import Row
from ..video.text import caption, put_text, text_size

if TYPE_CHECKING:
    from .inspect import ActionKeypointClip

# Weight of the frame under a mark.
_UNDER_MARK = 0.6


def points_per_frame(points: np.ndarray, num_frames: int) -> np.ndarray:
    """Number of points in each frame.

    Args:
        points (np.ndarray): Points of a clip.
        num_frames (int): Frames of the clip.

    Shape:
        - points: (L, 3), (t, y, x).
        - returns: (num_frames,), sum L.

    Raises:
        ValueError: If a point is in none of the frames.
    """
    points = np.asarray(points)
    if len(points) and not (
        0 <= points[:, 0].min() and points[:, 0].max() < num_frames
    ):
        raise ValueError(
            f'action keypoints: points are in frames {points[:, 0].min()} to '
            f'{points[:, 0].max()}, but there are {num_frames} frames; give '
            'the frames of the same clip.'
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

    A mark covers its cell. Its color is the score, between the lowest and the
    highest of the clip. The number of points is given below each frame. The part
    of the frame outside `box` is darkened.

    Args:
        frames (np.ndarray): Frames of a clip, RGB.
        points (np.ndarray): Selected cells of all frames.
        scores (np.ndarray): Their scores.
        map_size (tuple[int, int]): (W, H) of the map.
        height (int): Height of the drawn frames in pixels.
        box (Sequence[float], optional): (x1, y1, x2, y2), part of the frames that
            the map covers, in pixels from the left and top edge; all if None.

    Shape:
        - frames: (T, H', W', 3), uint8.
        - points: (L, 3), int, (t, y, x) in cells from 0.
        - scores: (L,).
        - returns: (T, height + 2 * `text_size`, width, 3), uint8, RGB; new
          arrays.

    Raises:
        ValueError: If the numbers of scores and points differ, or a point is
            outside the map.

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
            f'draw_action_keypoints: a point is outside the map of '
            f'{map_size[0]} x {map_size[1]} cells; points are (t, y, x).'
        )
    chosen = np.zeros(shape, bool)
    colors = np.zeros((*shape, 3), np.uint8)
    place = tuple(points.T)
    chosen[place] = True
    if len(points):
        colors[place] = score_colors(scores, scores.min(), scores.max())
    name = 'draw_action_keypoints'
    drawn = draw_maps(
        name, frames, chosen, chosen, colors, height, box, _UNDER_MARK, True
    )
    return np.stack([_with_count(*each) for each in zip(drawn, counts)])


def _with_count(frame: np.ndarray, count: int) -> np.ndarray:
    """Add the number of points below a frame (H, W, 3)."""
    size = text_size(len(frame))
    bar = caption(f'{count} point{"" if count == 1 else "s"}', frame.shape[1], size)
    return np.vstack([frame, bar])


def draw_inspection(
    result: 'ActionKeypointClip', title: str, height: int = 256, what: str = 'points'
) -> List[Row]:
    """Draw the points of a clip, its heatmap, or both.

    Args:
        result (ActionKeypointClip): Result of `ActionKeypointInspector`.
        title (str): Start of the captions.
        height (int): Height of the drawn frames in pixels.
        what (str): `points`, `heatmap` or `both`.

    Returns:
        list[Row]: Rows with frames (T, H, W, 3), uint8, RGB, and a legend.

    Raises:
        ValueError: If `what` is unknown.
    """
    check_choice('draw_inspection', 'what', what, ('points', 'heatmap', 'both'))
    rows, heat, scores = [], result.heatmap, result.point_scores
    if what != 'heatmap':
        drawn = draw_action_keypoints(
            result.frames, result.points, scores, result.map_size, height, result.box
        )
        text = f'{len(scores)} of {heat.size} points in {len(heat)} frames'
        legend = draw_score_bar(scores.min(), scores.max(), drawn.shape[1])
        rows.append(Row(f'{title}  |  {text}', drawn, legend))
    if what != 'points':
        drawn = draw_heatmap(result.frames, heat, height=height, box=result.box)
        legend = draw_score_bar(heat.min(), heat.max(), drawn.shape[1])
        rows.append(Row(f'{title}  |  heatmap', drawn, legend))
    for row in rows:
        for frame, number in zip(row.frames, result.numbers):
            put_text(frame, str(number), (4, 4), text_size(height), (255,) * 3, True)
    return rows
