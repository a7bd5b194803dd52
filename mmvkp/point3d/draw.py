"""Pictures of what a Point Head sees: boxes, and heatmaps of its points."""

from typing import TYPE_CHECKING, List, Optional, Sequence, Tuple

import numpy as np

from ..recognition.heatmap import draw_heatmap, draw_score_bar
from ..tubes.draw import DrawnTube, draw_tubes
from ..video.palette import MARK_COLORS
from ..video.text import (
    caption,
    one_below_the_other,
    put_text,
    side_by_side,
    text_size,
    text_width,
)

if TYPE_CHECKING:
    from ..tubes.average_precision import Boxes

# Places in `MARK_COLORS`: blue, red and green.
TRUTH, RIGHT, WRONG = 13, 0, 4


def draw_judged_boxes(
    image: np.ndarray,
    frame: int,
    truths: 'Boxes',
    boxes: 'Boxes',
    scores: np.ndarray,
    right: np.ndarray,
    names: Sequence[str],
    height: int = 256,
) -> np.ndarray:
    """Draw ground-truth boxes and detections of a frame.

    Ground truth is blue; correct detections are red, wrong ones green.

    Args:
        image (np.ndarray): The frame, RGB.
        frame (int): Its number.
        truths (Boxes): True boxes, of this and other frames.
        boxes (Boxes): Those of the detector, likewise.
        scores (np.ndarray): Score of each, which is written beside it.
        right (np.ndarray): Whether each is right.
        names (Sequence[str]): Names of the classes.
        height (int): Height of the drawn frame in pixels.

    Shape:
        - image: (H, W, 3), uint8.
        - scores, right: (P,) as the boxes.
        - returns: (height, width, 3), uint8, RGB; a new array.

    Raises:
        ValueError: If there are more or fewer scores or marks than boxes, or
            a label has no name.

    Source: "Point3D: tracking actions as moving points with 3D CNNs", Fig. 6.
    """
    if not len(boxes.labels) == len(scores) == len(right):
        raise ValueError(
            f'draw_judged_boxes: {len(boxes.labels)} boxes, {len(scores)} '
            f'scores and {len(right)} marks of right or wrong; give one of '
            'each for a box.'
        )
    tubes = [
        DrawnTube(int(label), np.array([number]), box[None], color=TRUTH)
        for number, box, label in zip(*truths)
    ]
    tubes += [
        DrawnTube(
            int(label),
            np.array([number]),
            box[None],
            float(score),
            color=RIGHT if good else WRONG,
        )
        for number, box, label, score, good in zip(*boxes, scores, right)
    ]
    return draw_tubes(image, frame, tubes, names, height)


def draw_box_key(height: int) -> np.ndarray:
    """Legend of `draw_judged_boxes`.

    Args:
        height (int): Height of the legend in pixels, at least 64.

    Returns:
        np.ndarray: (height, W, 3), uint8, RGB.
    """
    size = text_size(height)
    lines = ((TRUTH, 'truth'), (RIGHT, 'right'), (WRONG, 'wrong'))
    width = 4 * size + max(text_width(text, size) for _, text in lines)
    key = np.full((height, width, 3), 255, np.uint8)
    for row, (color, text) in enumerate(lines):
        top = (2 * row + 1) * size
        key[top : top + size, size : 2 * size + size // 2] = MARK_COLORS[color]
        put_text(key, text, (3 * size, top), size, (0, 0, 0))
    return key


def draw_point_heatmaps(
    frames: np.ndarray,
    rows: Sequence[Tuple[str, np.ndarray]],
    height: int = 256,
    area: Optional[Sequence[float]] = None,
) -> List[np.ndarray]:
    """Lay heatmaps over the frames, a row below the other.

    Args:
        frames (np.ndarray): Frames of a clip, RGB.
        rows (Sequence[tuple[str, np.ndarray]]): What stands above each row,
            and its heatmap. Its colours go from the lowest to the highest
            value of the row.
        height (int): Height of the drawn frames in pixels.
        area (Sequence[float], optional): (x1, y1, x2, y2), what the maps
            cover of the frames, in pixels from their left and top edge.
            None: all.

    Shape:
        - frames: (T, H, W, 3), uint8.
        - heatmaps: (T, H', W').
        - returns: one (H'', W'', 3), uint8, RGB, for each row, with its
          legend at the right.

    Raises:
        ValueError: If there is not one map per frame.
    """
    drawn = []
    for text, heat in rows:
        parts = list(draw_heatmap(frames, heat, height, area))
        bar = draw_score_bar(float(heat.min()), float(heat.max()), height)
        drawn.append(with_caption(text, side_by_side([*parts, bar]), height))
    return drawn


def draw_point_clip(
    title: str,
    frames: np.ndarray,
    numbers: Sequence[int],
    truths: 'Boxes',
    boxes: 'Boxes',
    scores: np.ndarray,
    right: np.ndarray,
    names: Sequence[str],
    heatmaps: Sequence[Tuple[str, np.ndarray]],
    height: int = 256,
    area: Optional[Sequence[float]] = None,
) -> np.ndarray:
    """Draw frames of a clip with their boxes above their heatmaps (Fig. 6).

    Args:
        title (str): What stands above.
        frames (np.ndarray): Some frames of the clip, RGB.
        numbers (Sequence[int]): Their numbers; what stands below each says
            this, and how many of its true boxes are found.
        truths (Boxes): As for `draw_judged_boxes`.
        boxes (Boxes): Likewise.
        scores (np.ndarray): Likewise.
        right (np.ndarray): Likewise.
        names (Sequence[str]): Likewise.
        heatmaps (Sequence): Rows of `draw_point_heatmaps`.
        height (int): Height of a drawn frame in pixels.
        area (Sequence[float], optional): As for `draw_point_heatmaps`.

    Shape:
        - frames: (T, H, W, 3), uint8.
        - heatmaps: (T, H', W') each.
        - returns: (H'', W'', 3), uint8, RGB.

    Raises:
        ValueError: As the functions above.
    """
    parts = []
    for frame, number in zip(frames, numbers):
        picture = draw_judged_boxes(
            frame, int(number), truths, boxes, scores, right, names, height
        )
        here = right[boxes.frames == number]
        count = int((truths.frames == number).sum())
        text = f'frame {number}: {here.sum()} of {count} found, {(~here).sum()} wrong'
        parts.append(
            np.vstack([picture, caption(text, picture.shape[1], text_size(height))])
        )
    key = draw_box_key(len(parts[0]))
    first = with_caption(title, side_by_side([*parts, key]), height)
    return one_below_the_other(
        [first, *draw_point_heatmaps(frames, heatmaps, height, area)]
    )


def with_caption(text: str, picture: np.ndarray, height: int) -> np.ndarray:
    """Add a caption above a picture of frames of that height."""
    bar = caption(text, picture.shape[1], text_size(height))
    return np.vstack([bar, picture])
