"""Clips of a test with their most likely classes (Fig. 8 of KPSEM)."""

import os.path as osp
from typing import Dict, List, Optional, Sequence, Tuple

import numpy as np
from mmaction.registry import DATASETS
from mmengine.config import Config
from mmengine.dataset import BaseDataset

from ..console import say, track
from ..video.files import write_picture
from ..video.text import (
    evenly,
    fit_text,
    put_text,
    scale_to,
    side_by_side,
    stack_rows,
    text_width,
)
from .clip_reader import reader_of
from .dump_pairs import as_probabilities, read_dumps
from .loading import class_names_of, load_config

GROUND, BAR_COLOR, TRUE_BAR_COLOR = 32, (90, 96, 110), (40, 120, 60)
TEXT_COLOR, TRUE_COLOR = (235, 235, 235), (140, 255, 160)
# Required correctness of method and baseline; None: any.
CHOICES: Dict[str, Tuple[Optional[bool], Optional[bool]]] = dict(
    all=(None, None),
    right=(True, None),
    wrong=(False, None),
    gained=(True, False),
    lost=(False, True),
)


def most_likely(probabilities: np.ndarray, count: int = 3) -> np.ndarray:
    """Classes sorted by probability, equal ones by number.

    Args:
        probabilities (np.ndarray): Probability of each class.
        count (int): Number of classes.

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
    """Draw one class: a bar, its name and its percentage."""
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
    """Draw frames of a clip and, to the right, the likely classes of each model.

    The true class has a star and another color.

    Args:
        frames (Sequence[np.ndarray]): Frames of the clip.
        probabilities (dict[str, np.ndarray]): By name of the model.
        label (int): True class, from 0.
        names (Sequence[str]): Names of all classes.
        title (str): Text after the true class.
        num_frames (int): Frames to show, spread evenly over the clip.
        num_classes (int): Classes to show for each model.
        height (int): Height of the row in pixels.

    Shape:
        - frames: (H, W, 3) each, uint8, RGB.
        - probabilities: (C,) each, in [0, 1].
        - returns: (height, W', 3), uint8, RGB.
    """
    shown = [scale_to(frames[i], height) for i in evenly(len(frames), num_frames)]
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


def choose_samples(where: str, right: Sequence[np.ndarray], count: int) -> np.ndarray:
    """Choose samples of one kind, spread over the test.

    Args:
        where (str): One of `CHOICES`.
        right (Sequence[np.ndarray]): (N,) each, bool: correctly classified by the
            method, and by the baseline.
        count (int): Largest number of samples.

    Returns:
        np.ndarray: (K,), numbers of samples.
    """
    fitting = np.ones(len(right[0]), bool)
    for wanted, got in zip(CHOICES[where], right):
        if wanted is not None:
            fitting &= got == wanted
    found = np.nonzero(fitting)[0]
    return found[evenly(len(found), count)] if len(found) else found


def open_dataset(config: Config, path: str, labels: np.ndarray) -> BaseDataset:
    """Build the test data set of a config and compare it with a dump.

    Args:
        config (Config): The config.
        path (str): Its file, for messages.
        labels (np.ndarray): (N,), labels of the dump.

    Raises:
        ValueError: If it is not the data set of the dump.
    """
    dataset = DATASETS.build(config.test_dataloader.dataset)
    if len(dataset) != len(labels):
        raise ValueError(
            f'{path}: its test data set has {len(dataset)} '
            f'samples, the dumps have {len(labels)}.'
        )
    for i, label in enumerate(labels):
        if dataset.get_data_info(i)['label'] != label:
            raise ValueError(
                f'{path}: sample {i} of its test data set has class '
                f'{dataset.get_data_info(i)["label"]}, in the dumps class '
                f'{label}; the dumps are from another list.'
            )
    return dataset


def compare_predictions(
    config: str,
    dumps: Dict[str, str],
    out: str,
    samples: Sequence[int] = (),
    where: str = 'all',
    count: int = 6,
    num_frames: int = 4,
    classes: Optional[str] = None,
    height: int = 144,
) -> None:
    """Draw one row for each chosen sample of a test.

    Args:
        config (str): Config whose test data set the dumps belong to.
        dumps (dict[str, str]): Dump by name: of the method, and of a baseline.
        out (str): Picture to write.
        samples (Sequence[int]): Samples to draw, from 0; if empty, `where` and
            `count` choose them.
        where (str): One of `CHOICES`.
        count (int): Largest number of rows.
        num_frames (int): Frames of each clip.
        classes (str, optional): File with one class name per line.
        height (int): Height of a row in pixels.

    Raises:
        FileNotFoundError: If a file is missing.
        ValueError: If the files do not belong together, or no sample is chosen.
    """
    cfg = load_config(config)
    scores, labels = read_dumps(dumps)
    for name, path in dumps.items():
        as_probabilities(path, scores[name])
    first = next(iter(scores.values()))
    names = class_names_of(cfg, first.shape[1], classes)
    reader = reader_of(cfg)
    dataset = open_dataset(cfg, config, labels)
    right = [each.argmax(1) == labels for each in scores.values()]
    chosen = list(samples) or choose_samples(where, right, count).tolist()
    if not chosen:
        raise ValueError(f'no sample fits --where {where}.')
    for index in chosen:
        if not 0 <= index < len(labels):
            raise ValueError(
                f'--sample {index} is outside [0, {len(labels) - 1}] of the dumps.'
            )
    rows: List[np.ndarray] = []
    for index in track(chosen, 'samples'):
        source = dataset.get_data_info(index)
        name = source.get('filename', source.get('frame_dir', ''))
        rows.append(
            draw_predictions(
                reader.decode(source)['imgs'],
                {key: each[index] for key, each in scores.items()},
                int(labels[index]),
                names,
                f'  |  {index}: {osp.basename(name)}',
                num_frames=num_frames,
                height=height,
            )
        )
    write_picture(out, stack_rows(rows))
    say(f'{len(rows)} sample(s): {", ".join(map(str, chosen))} -> {out}')
