"""Pictures of detections and of the heatmaps of the point head."""

from typing import TYPE_CHECKING, List, Sequence

import numpy as np

from ..recognition.heatmap import draw_heatmap, draw_score_bar
from ..recognition.inspection import Row
from ..tubes.draw import DrawnTube, draw_tubes
from ..video.palette import MARK_COLORS
from ..video.text import caption, put_text, text_size, text_width

if TYPE_CHECKING:
    from ..tubes.average_precision import Boxes
    from .inspect import PointMaps
    from .judged_boxes import JudgedBoxes

# Places in `MARK_COLORS`: blue, red and green.
TRUTH, CORRECT, WRONG = 13, 0, 4


def draw_judged_boxes(
    image: np.ndarray,
    frame: int,
    truth: 'Boxes',
    found: 'JudgedBoxes',
    names: Sequence[str],
    height: int = 256,
) -> np.ndarray:
    """Draw ground truth (blue) below correct (red) and wrong (green) detections.

    Args:
        image (np.ndarray): The frame, RGB.
        frame (int): Its number, from 1.
        truth (Boxes): Ground-truth boxes of this and other frames.
        found (JudgedBoxes): Detections, likewise; scores are written beside
            them.
        names (Sequence[str]): Names of the classes.
        height (int): Height of the drawn frame in pixels.

    Shape:
        - image: (H, W, 3), uint8.
        - returns: (height, width, 3), uint8, RGB; a new array.

    Raises:
        ValueError: If the numbers of boxes, scores and marks differ, or a label
            has no name.

    Source: "Point3D: tracking actions as moving points with 3D CNNs", Fig. 6.
    """
    boxes, scores, correct = found
    if not len(boxes.labels) == len(scores) == len(correct):
        raise ValueError(
            f'draw_judged_boxes: {len(boxes.labels)} boxes, {len(scores)} '
            f'scores and {len(correct)} marks; give one score and one mark for '
            'each box.'
        )
    tubes = [
        DrawnTube(int(label), np.array([number]), box[None], color=TRUTH)
        for number, box, label in zip(*truth)
    ]
    tubes += [
        DrawnTube(
            int(label),
            np.array([number]),
            box[None],
            float(score),
            color=CORRECT if good else WRONG,
        )
        for number, box, label, score, good in zip(*boxes, scores, correct)
    ]
    return draw_tubes(image, frame, tubes, names, height)


def draw_box_key(height: int) -> np.ndarray:
    """Legend of `draw_judged_boxes`.

    Args:
        height (int): Height of the legend in pixels, at least 64.

    Shape:
        - returns: (height, W, 3), uint8, RGB.
    """
    size = text_size(height)
    lines = ((TRUTH, 'ground truth'), (CORRECT, 'correct'), (WRONG, 'wrong'))
    width = 4 * size + max(text_width(text, size) for _, text in lines)
    key = np.full((height, width, 3), 255, np.uint8)
    for row, (color, text) in enumerate(lines):
        top = (2 * row + 1) * size
        key[top : top + size, size : 2 * size + size // 2] = MARK_COLORS[color]
        put_text(key, text, (3 * size, top), size, (0, 0, 0))
    return key


def _box_row(result: 'PointMaps', title: str, height: int, score: float) -> Row:
    """Frames with boxes; each has its counts below it."""
    found, parts = result.found.above(score), []
    for image, number in zip(result.frames, result.numbers + 1):
        picture = draw_judged_boxes(
            image, int(number), result.ground_truth, found, result.classes, height
        )
        here = found.correct[found.boxes.frames == number]
        count = int((result.ground_truth.frames == number).sum())
        text = f'frame {number}: {here.sum()} of {count} found, {(~here).sum()} wrong'
        bar = caption(text, picture.shape[1], text_size(height))
        parts.append(np.vstack([picture, bar]))
    text = (
        f'{title}  |  frames {result.numbers[0] + 1} to {result.numbers[-1] + 1}; '
        f'boxes with a score of at least {score:g}'
    )
    return Row(text, np.stack(parts), draw_box_key(len(parts[0])))


def draw_inspection(
    result: 'PointMaps', title: str, height: int = 256, score_threshold: float = 0.3
) -> List[Row]:
    """Draw the boxes of a clip and its heatmaps (Fig. 6 of the paper).

    The colours of a heatmap span the values of its row.

    Args:
        result (PointMaps): Result of `PointMapInspector`.
        title (str): Start of the captions.
        height (int): Height of the drawn frames in pixels.
        score_threshold (float): Least score of a drawn box.

    Returns:
        list[Row]: Boxes, centres and, if the model has joints, joints; frames
        (T, height', width, 3), uint8, RGB.
    """
    rows = [_box_row(result, title, height, score_threshold)]
    for text, heat in (
        ('heatmap of the centres', result.center_heatmap),
        ('heatmap of the joints, largest value of each cell', result.joint_heatmap),
    ):
        if heat is not None:
            drawn = draw_heatmap(result.frames, heat, height, result.box)
            bar = draw_score_bar(float(heat.min()), float(heat.max()), height)
            rows.append(Row(text, drawn, bar))
    return rows
