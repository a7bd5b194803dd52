"""Pictures of action tubes: boxes, classes, scores, numbers and joints."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, List, Optional, Sequence, Tuple

import cv2
import numpy as np

from ..video.palette import MARK_COLORS
from ..video.text import put_text, scale_to, text_width

if TYPE_CHECKING:
    from .online_tubes import FrameTubes

# Pairs of connected joints by the number of joints: the puppet of JHMDB.
BONES = {
    15: (
        (0, 1),
        (0, 2),
        (0, 3),
        (0, 4),
        (1, 5),
        (1, 6),
        (3, 7),
        (4, 8),
        (5, 9),
        (6, 10),
        (7, 11),
        (8, 12),
        (9, 13),
        (10, 14),
    )
}
TEXT_COLOR = (20, 20, 20)


@dataclass
class DrawnTube:
    """One actor's tube, ready to draw.

    Args:
        label (int): Class, from 0.
        frames (np.ndarray): (n,) frame numbers, from 1, ascending.
        boxes (np.ndarray): (n, 4) `x1, y1, x2, y2` in pixels from 0, ends
            inclusive.
        score (float, optional): Score of the tube.
        number (int, optional): Number of the tube in its video.
        joints (np.ndarray, optional): (n, K, 2) pixels from 0; NaN for unknown
            joints.
        color (int, optional): Index of `MARK_COLORS`, taken modulo their number;
            None: the position among the drawn tubes.
    """

    label: int
    frames: np.ndarray
    boxes: np.ndarray
    score: Optional[float] = None
    number: Optional[int] = None
    joints: Optional[np.ndarray] = None
    color: Optional[int] = None


def tube_text(tube: DrawnTube, labels: Sequence[str]) -> str:
    """Number, class and score of a tube, as far as they are known."""
    number = '' if tube.number is None else f'{tube.number} '
    score = '' if tube.score is None else f' {tube.score:.2f}'
    return f'{number}{labels[tube.label]}{score}'


def draw_tubes(
    image: np.ndarray,
    frame: int,
    tubes: Sequence[DrawnTube],
    labels: Sequence[str],
    height: Optional[int] = None,
) -> np.ndarray:
    """Draw the tubes of a frame.

    Args:
        image (np.ndarray): The frame, RGB.
        frame (int): Its number, from 1.
        tubes (Sequence[DrawnTube]): Tubes of the video.
        labels (Sequence[str]): Class names.
        height (int, optional): Height of the picture in pixels; None: the height
            of the frame.

    Shape:
        - image: (H, W, 3), uint8.
        - returns: (height, width, 3), uint8, RGB; a new array.

    Raises:
        ValueError: If a label has no name.
    """
    height = height or image.shape[0]
    scale = height / image.shape[0]
    canvas = scale_to(image, height)
    texts = []
    for order, tube in enumerate(tubes):
        if not 0 <= tube.label < len(labels):
            raise ValueError(
                f'draw_tubes: a tube has label {tube.label}, but there are '
                f'{len(labels)} class names, for 0 to {len(labels) - 1}.'
            )
        place = order if tube.color is None else tube.color
        color = MARK_COLORS[place % len(MARK_COLORS)]
        for row in np.flatnonzero(np.asarray(tube.frames) == frame):
            corner = _draw_box(canvas, tube.boxes[row], scale, color)
            if tube.joints is not None:
                _draw_joints(canvas, tube.joints[row], scale, color)
            texts.append((tube_text(tube, labels), corner, color))
    taken: List[Tuple[int, int, int, int]] = []
    for text, corner, color in texts:
        _draw_text(canvas, text, corner, color, taken)
    return canvas


def draw_frame_tubes(
    image: np.ndarray,
    result: 'FrameTubes',
    labels: Sequence[str],
    height: Optional[int] = None,
    joint_thr: float = 0.1,
) -> np.ndarray:
    """Draw the linked tubes of a frame of a stream.

    Args:
        image (np.ndarray): The frame, RGB.
        result (FrameTubes): Tubes of the frame; each id keeps its colour.
        labels (Sequence[str]): Class names.
        height (int, optional): See `draw_tubes`.
        joint_thr (float): Joints with a lower score are skipped.

    Shape:
        - image: (H, W, 3), uint8.
        - returns: (height, width, 3), uint8, RGB; a new array.

    Raises:
        ValueError: If a label has no name.
    """
    tubes = []
    for row, number in enumerate(result.ids.tolist()):
        joints = None
        if result.joints is not None and result.joint_scores is not None:
            known = result.joint_scores[row, :, None] >= joint_thr
            joints = np.where(known, result.joints[row], np.nan)[None]
        tubes.append(
            DrawnTube(
                int(result.labels[row]),
                np.array([result.frame]),
                result.boxes[row : row + 1],
                float(result.scores[row]),
                number,
                joints,
                color=number - 1,
            )
        )
    return draw_tubes(image, result.frame, tubes, labels, height)


def _thickness(canvas: np.ndarray) -> int:
    """Thickness of lines in pixels."""
    return max(1, canvas.shape[0] // 200)


def _draw_box(
    canvas: np.ndarray, box: np.ndarray, scale: float, color: Tuple[int, int, int]
) -> Tuple[int, int]:
    """Draw a box; returns its upper left corner on the canvas."""
    x1, y1 = (round(float(scale * v)) for v in box[:2])
    # An inclusive end covers its whole, enlarged pixel.
    x2, y2 = (round(float(scale * (v + 1))) - 1 for v in box[2:])
    cv2.rectangle(canvas, (x1, y1), (x2, y2), color, _thickness(canvas))
    return x1, y1


def _draw_joints(
    canvas: np.ndarray, joints: np.ndarray, scale: float, color: Tuple[int, int, int]
) -> None:
    """Draw joints, and the bones of a known skeleton."""
    spots = {
        k: tuple(round(float(v)) for v in (joint + 0.5) * scale - 0.5)
        for k, joint in enumerate(joints)
        if np.isfinite(joint).all()
    }
    thickness = _thickness(canvas)
    for a, b in BONES.get(len(joints), ()):
        if a in spots and b in spots:
            cv2.line(canvas, spots[a], spots[b], color, thickness, cv2.LINE_AA)
    for spot in spots.values():
        cv2.circle(canvas, spot, 1 + thickness, color, -1, cv2.LINE_AA)


def _draw_text(
    canvas: np.ndarray,
    text: str,
    corner: Tuple[int, int],
    color: Tuple[int, int, int],
    taken: List[Tuple[int, int, int, int]],
) -> None:
    """Write a text at the upper left corner of a box.

    It is above the box where there is room, else inside, and below the areas
    (left, top, right, bottom) of other texts.
    """
    height = max(8, canvas.shape[0] // 32)
    width, tall = text_width(text, height) + height // 2, round(1.8 * height)
    left = max(0, min(corner[0], canvas.shape[1] - width))
    top = corner[1] - tall if corner[1] >= tall else max(0, corner[1])
    for x1, y1, x2, y2 in sorted(taken, key=lambda place: place[1]):
        if left < x2 and x1 < left + width and top < y2 and y1 < top + tall:
            top = y2
    taken.append((left, top, left + width, top + tall))
    cv2.rectangle(canvas, (left, top), (left + width - 1, top + tall - 1), color, -1)
    put_text(canvas, text, (left + height // 4, top + height // 8), height, TEXT_COLOR)
