"""Text on pictures, and arrangement of pictures."""

from typing import List, Sequence, Tuple

import cv2
import numpy as np

from .fonts import clean_text, render, rendered_width

_FONT = cv2.FONT_HERSHEY_SIMPLEX
# Height of a capital letter at scale 1, in pixels.
_CAP_HEIGHT = 22
_SMALLEST = 9


def text_size(height: int) -> int:
    """Height of capitals for a drawn frame of this height, in pixels."""
    return max(_SMALLEST, height // 22)


def text_width(text: str, height: int) -> int:
    """Width of a text with capitals of this height, in pixels."""
    text = clean_text(text)
    if not text.isascii():
        return rendered_width(text, height)
    return cv2.getTextSize(text, _FONT, height / _CAP_HEIGHT, 1)[0][0]


def fit_text(text: str, width: int, height: int) -> Tuple[str, int]:
    """Make a text smaller, then shorter, until it fits.

    Args:
        text (str): One line.
        width (int): Available width in pixels.
        height (int): Preferred height of capitals in pixels.

    Returns:
        tuple[str, int]: Text and its height.
    """
    text = clean_text(text)
    smallest = min(height, _SMALLEST)
    while height > smallest and text_width(text, height) > width:
        height -= 1
    if text_width(text, height) <= width:
        return text, height
    while text and text_width(text + '...', height) > width:
        text = text[:-1]
    return text + '...' if text else '', height


def put_text(
    canvas: np.ndarray,
    text: str,
    place: Tuple[int, int],
    height: int,
    color: Sequence[int] = (255, 255, 255),
    outline: bool = False,
) -> None:
    """Write one line onto a picture.

    ASCII is drawn by OpenCV, other text by Pillow with a system font that covers it;
    see `fonts_for`.

    Args:
        canvas (np.ndarray): The picture, RGB; modified in-place.
        text (str): The line.
        place (tuple[int, int]): (x, y) of the upper left corner.
        height (int): Height of capitals in pixels.
        color (Sequence[int]): RGB.
        outline (bool): Draw a dark outline, readable on any background.

    Shape:
        - canvas: (H, W, 3), uint8.
    """
    text = clean_text(text)
    place = (place[0], place[1] + height)
    if not text.isascii():
        if outline:
            _blend(canvas, text, place, height, (0, 0, 0), max(1, height // 12))
        _blend(canvas, text, place, height, color)
        return
    scale, thickness = height / _CAP_HEIGHT, max(1, height // 12)
    if outline:
        cv2.putText(
            canvas, text, place, _FONT, scale, (0, 0, 0), thickness + 2, cv2.LINE_AA
        )
    cv2.putText(canvas, text, place, _FONT, scale, tuple(color), thickness, cv2.LINE_AA)


def _blend(
    canvas: np.ndarray,
    text: str,
    baseline: Tuple[int, int],
    height: int,
    color: Sequence[int],
    stroke: int = 0,
) -> None:
    """Draw a text with Pillow; `baseline` is the (x, y) of its start."""
    opacity, x, y = render(text, height, stroke)
    left, top = baseline[0] - x, baseline[1] - y
    opacity = opacity[max(0, -top) :, max(0, -left) :]
    area = canvas[max(0, top) :, max(0, left) :][: len(opacity), : opacity.shape[1]]
    opacity = opacity[: area.shape[0], : area.shape[1], None]
    area[:] = np.rint(area * (1 - opacity) + opacity * np.asarray(color, np.float32))


def caption(text: str, width: int, height: int = 12) -> np.ndarray:
    """A dark bar with one line of text.

    Args:
        text (str): The line; made smaller or shorter if necessary.
        width (int): Width of the bar in pixels.
        height (int): Height of capitals in pixels.

    Shape:
        - returns: (2 * height, width, 3), uint8, RGB.
    """
    bar = np.full((2 * height, width, 3), 32, np.uint8)
    text, size = fit_text(text, width - height, height)
    put_text(bar, text, (height // 2, (2 * height - size) // 2), size)
    return bar


def scale_to(frame: np.ndarray, height: int) -> np.ndarray:
    """Resize a picture to a height; the aspect ratio is kept.

    Shape:
        - frame: (H, W, 3), uint8.
        - returns: (height, W', 3), uint8.
    """
    width = max(1, round(height * frame.shape[1] / frame.shape[0]))
    shrink = height < frame.shape[0]
    return cv2.resize(
        frame,
        (width, height),
        interpolation=cv2.INTER_AREA if shrink else cv2.INTER_CUBIC,
    )


def fit_into(picture: np.ndarray, width: int, height: int) -> np.ndarray:
    """Shrink a picture that is too large, and pad it with white.

    Shape:
        - picture: (H, W, 3), uint8.
        - returns: (height, width, 3), uint8, the picture in the middle.
    """
    scale = min(width / picture.shape[1], height / picture.shape[0])
    if scale < 1:
        picture = cv2.resize(
            picture,
            (
                max(1, int(picture.shape[1] * scale)),
                max(1, int(picture.shape[0] * scale)),
            ),
            interpolation=cv2.INTER_AREA,
        )
    left, top = (width - picture.shape[1]) // 2, (height - picture.shape[0]) // 2
    filled = np.full((height, width, 3), 255, np.uint8)
    filled[top : top + len(picture), left : left + picture.shape[1]] = picture
    return filled


def side_by_side(parts: Sequence[np.ndarray], gap: int = 4) -> np.ndarray:
    """Join pictures of the same height into a row with white gaps.

    Args:
        parts (Sequence[np.ndarray]): Pictures.
        gap (int): Width of the gaps in pixels.

    Shape:
        - parts: (H, W, 3) each, uint8.
        - returns: (H, W', 3), uint8.
    """
    white = np.full((len(parts[0]), gap, 3), 255, np.uint8)
    row: List[np.ndarray] = []
    for part in parts:
        row += [white, part]
    return np.hstack(row[1:])


def stack_rows(rows: Sequence[np.ndarray], gap: int = 4) -> np.ndarray:
    """Join pictures into a column with white gaps.

    Args:
        rows (Sequence[np.ndarray]): Pictures; narrow ones are padded with white.
        gap (int): Height of the gaps in pixels.

    Shape:
        - rows: (H, W, 3) each, uint8.
        - returns: (H', W', 3), uint8, with the largest W.
    """
    width = max(row.shape[1] for row in rows)
    filled: List[np.ndarray] = []
    for row in rows:
        filled.append(np.full((gap, width, 3), 255, np.uint8))
        filled.append(
            np.pad(
                row, ((0, 0), (0, width - row.shape[1]), (0, 0)), constant_values=255
            )
        )
    return np.vstack(filled[1:])


def evenly(count: int, wanted: int) -> np.ndarray:
    """Indices spread evenly over a sequence: the middles of equal parts.

    Args:
        count (int): Length of the sequence.
        wanted (int): Number of indices.

    Shape:
        - returns: (min(count, wanted),), ascending.
    """
    wanted = min(count, wanted)
    return (2 * np.arange(wanted) + 1) * count // (2 * wanted)
