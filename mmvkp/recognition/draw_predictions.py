"""Strips of clips with what models take them for."""

from typing import Dict, Sequence

import numpy as np

from ..video.text import evenly, fit_text, put_text, scale_to, side_by_side, text_width

GROUND, BAR_COLOR, TRUE_BAR_COLOR = 32, (90, 96, 110), (40, 120, 60)
TEXT_COLOR, TRUE_COLOR = (235, 235, 235), (140, 255, 160)


def most_likely(probabilities: np.ndarray, count: int = 3) -> np.ndarray:
    """Classes in the order of their probability, equal ones by number.

    Shape:
        - probabilities: (C,).
        - returns: (min(count, C),).
    """
    return np.argsort(-probabilities, kind='stable')[:count]


def _draw_line(
    panel: np.ndarray,
    top: int,
    height: int,
    name: str,
    probability: float,
    is_true: bool,
) -> None:
    """One class: a bar as long as its probability, name and percentage."""
    width = panel.shape[1]
    bar = panel[top : top + height - 2]
    bar[:, : round(width * probability)] = TRUE_BAR_COLOR if is_true else BAR_COLOR
    size = max(9, height * 2 // 5)
    color = TRUE_COLOR if is_true else TEXT_COLOR
    percent, small = fit_text(f'{100 * probability:.1f} %', width // 2, size)
    room = width - 12 - text_width(percent, small)
    name, letters = fit_text(('* ' if is_true else '') + name, room - 8, size)
    y = top + (height - 2 - size) // 2
    put_text(panel, name, (4, y + (size - letters) // 2), letters, color)
    put_text(panel, percent, (room + 8, y + (size - small) // 2), small, color)


def draw_predictions(
    frames: Sequence[np.ndarray],
    probabilities: Dict[str, np.ndarray],
    label: int,
    names: Sequence[str],
    title: str = '',
    num_frames: int = 4,
    num_classes: int = 3,
    height: int = 144,
) -> np.ndarray:
    """One row (as in Fig. 8 of KPSEM): frames of a clip and, to the right, the
    most likely classes of each model.

    The true class has a star and another colour.

    Args:
        frames (Sequence[np.ndarray]): Frames of the clip; some, spread
            evenly, are shown.
        probabilities (dict[str, np.ndarray]): By name of the model.
        label (int): True class, from 0.
        names (Sequence[str]): Names of all classes.
        title (str): What to write above, after the true class.
        num_frames (int): Frames to show.
        num_classes (int): Classes to show of each model.
        height (int): Height of the row in pixels.

    Shape:
        - frames: (H, W, 3) each, uint8, RGB.
        - probabilities: (C,) each, in [0, 1].
        - returns: (height, W', 3), uint8, RGB.
    """
    shown = [scale_to(frames[i], height)
             for i in evenly(len(frames), num_frames)]  # yapf: disable
    column = max(180, round(1.5 * height))
    if len(probabilities) == 1:
        column = max(280, column)
    width = (column + 8) * len(probabilities) + 8
    panel = np.full((height, width, 3), GROUND, np.uint8)
    line = height // (num_classes + 2)
    size = max(9, line // 2)
    text, letters = fit_text(f'true: {names[label]}{title}', width - 16, size)
    put_text(panel, text, (8, (line - letters) // 2), letters, TRUE_COLOR)
    for i, (model, values) in enumerate(probabilities.items()):
        left = 8 + i * (column + 8)
        part = panel[:, left : left + column]
        text, letters = fit_text(model, column - 8, size)
        put_text(part, text, (4, line + (line - letters) // 2), letters, TEXT_COLOR)
        for row, index in enumerate(most_likely(values, num_classes), 2):
            _draw_line(
                part,
                row * line,
                line,
                names[index],
                float(values[index]),
                index == label,
            )
    return side_by_side([*shown, panel])
