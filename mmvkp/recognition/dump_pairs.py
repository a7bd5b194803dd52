"""Dumps of several models on the same test."""

from typing import Dict, Optional, Tuple

import numpy as np

from .dumps import read_dump


def read_dumps(paths: Dict[str, str]) -> Tuple[Dict[str, np.ndarray], np.ndarray]:
    """Read dumps of one test.

    Args:
        paths (dict[str, str]): Dump of each model by its name, at least one.

    Returns:
        tuple[dict[str, np.ndarray], np.ndarray]: Scores (N, C) by name, and
        labels (N,) from 0.

    Raises:
        FileNotFoundError: If a dump is missing.
        ValueError: If a dump cannot be read, or belongs to another test.
    """
    scores: Dict[str, np.ndarray] = {}
    labels: Optional[np.ndarray] = None
    first = num_classes = None
    for name, path in paths.items():
        scores[name], found = read_dump(path)
        if labels is None:
            labels, first, num_classes = found, path, scores[name].shape[1]
        elif len(found) != len(labels):
            raise ValueError(
                f'{first} has {len(labels)} samples, {path} has '
                f'{len(found)}; give dumps of the same test.'
            )
        elif scores[name].shape[1] != num_classes:
            raise ValueError(
                f'{first} has scores of {num_classes} classes, {path} of '
                f'{scores[name].shape[1]}; give dumps of the same test.'
            )
        elif (found != labels).any():
            at = int(np.nonzero(found != labels)[0][0])
            raise ValueError(
                f'sample {at} has class {labels[at]} in {first} and class '
                f'{found[at]} in {path}; give dumps of the same test, with the '
                'samples in the same order.'
            )
    if labels is None:
        raise ValueError('read_dumps: no dumps were given.')
    return scores, labels


def as_probabilities(path: str, scores: np.ndarray) -> np.ndarray:
    """Check that the scores of a dump are probabilities.

    Args:
        path (str): The dump, for the message.
        scores (np.ndarray): Its scores.

    Shape:
        - scores: (N, C).
        - returns: (N, C), the same array.

    Raises:
        ValueError: If they are not.
    """
    sums = scores.sum(1)
    if (scores < -1e-6).any() or (abs(sums - 1) > 1e-2).any():
        raise ValueError(
            f'{path}: the scores are not probabilities; repeat the test with '
            '--cfg-options model.cls_head.average_clips=prob.'
        )
    return scores
