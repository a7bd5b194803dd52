"""Text on pictures, and pictures put together."""

import unicodedata
from typing import List, Sequence, Tuple

import cv2
import numpy as np

_FONT = cv2.FONT_HERSHEY_SIMPLEX
# Height in pixels of a capital letter at scale 1.
_CAP_HEIGHT = 22
_SMALLEST = 9


def plain_text(text: str) -> str:
    """Text in the letters that OpenCV can draw: accents are dropped, other
    characters become question marks."""
    text = unicodedata.normalize('NFKD', text)
    text = ''.join(each for each in text if not unicodedata.combining(each))
    return text.encode('ascii', 'replace').decode()


def text_size(height: int) -> int:
    """Height of capitals that goes with the height of a drawn frame."""
    return max(_SMALLEST, height // 22)


def text_width(text: str, height: int) -> int:
    """Width in pixels of a text with capitals of this height."""
    return cv2.getTextSize(text, _FONT, height / _CAP_HEIGHT, 1)[0][0]


def fit_text(text: str, width: int, height: int) -> Tuple[str, int]:
    """Make a text smaller, then shorter, until it fits.

    Args:
        text (str): One line.
        width (int): Pixels there are.
        height (int): Height of capitals that is wanted, in pixels.

    Returns:
        tuple[str, int]: Text and its height.
    """
    text = plain_text(text)
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

    Args:
        canvas (np.ndarray): (H, W, 3), uint8, RGB; it is changed.
        text (str): What to write.
        place (tuple[int, int]): (x, y) of the upper left corner.
        height (int): Height of capitals in pixels.
        color (Sequence[int]): RGB.
        outline (bool): Whether the letters get a dark rim, to be read on any
            ground.
    """
    place = (place[0], place[1] + height)
    scale, thickness = height / _CAP_HEIGHT, max(1, height // 12)
    if outline:
        cv2.putText(
            canvas, text, place, _FONT, scale, (0, 0, 0), thickness + 2, cv2.LINE_AA
        )
    cv2.putText(canvas, text, place, _FONT, scale, tuple(color), thickness, cv2.LINE_AA)


def caption(text: str, width: int, height: int = 12) -> np.ndarray:
    """A dark bar with one line of text.

    Args:
        text (str): What to write; made smaller or shorter if need be.
        width (int): Width of the bar.
        height (int): Height of capitals in pixels.

    Returns:
        np.ndarray: (2 * height, width, 3), uint8, RGB.
    """
    bar = np.full((2 * height, width, 3), 32, np.uint8)
    text, size = fit_text(text, width - height, height)
    put_text(bar, text, (height // 2, (2 * height - size) // 2), size)
    return bar


def scale_to(frame: np.ndarray, height: int) -> np.ndarray:
    """Resize a picture to a height; its shape is kept.

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
    """Shrink a picture if it is too large, and fill the rest with white.

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
    left, top = ((wanted - side) // 2
                 for wanted, side in zip((width, height), picture.shape[1::-1])
                 )  # yapf: disable
    filled = np.full((height, width, 3), 255, np.uint8)
    filled[top : top + len(picture), left : left + picture.shape[1]] = picture
    return filled


def side_by_side(parts: Sequence[np.ndarray], gap: int = 4) -> np.ndarray:
    """Put pictures of one height into a row with white gaps."""
    white = np.full((len(parts[0]), gap, 3), 255, np.uint8)
    row: List[np.ndarray] = []
    for part in parts:
        row += [white, part]
    return np.hstack(row[1:])


def one_below_the_other(rows: Sequence[np.ndarray], gap: int = 4) -> np.ndarray:
    """Put pictures below each other; narrow ones are filled with white."""
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
    """Places of some of ``count`` things, spread evenly and ascending.

    Returns:
        np.ndarray: (min(count, wanted),), the middles of equal parts.
    """
    wanted = min(count, wanted)
    return (2 * np.arange(wanted) + 1) * count // (2 * wanted)
