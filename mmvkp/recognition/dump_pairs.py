"""Test dumps of two models, brought together for pictures."""

from typing import Dict, Tuple

import numpy as np

from .dumps import read_dump


def read_dumps(paths: Dict[str, str]) -> Tuple[Dict[str, np.ndarray], np.ndarray]:
    """Read dumps of one test.

    Args:
        paths (dict[str, str]): Dump of each model by its name.

    Returns:
        tuple[dict[str, np.ndarray], np.ndarray]: Scores (N, C) by name, and
        labels (N,) from 0.

    Raises:
        FileNotFoundError: If a dump is missing.
        ValueError: If a dump cannot be read, or is of another test.
    """
    scores, labels, first = {}, None, None
    for name, path in paths.items():
        scores[name], found = read_dump(path)
        if labels is None:
            labels, first = found, path
        elif len(found) != len(labels):
            raise ValueError(
                f'{first} has {len(labels)} samples, {path} has '
                f'{len(found)}; give dumps of the same test.'
            )
        elif scores[name].shape[1] != next(iter(scores.values())).shape[1]:
            raise ValueError(
                f'{first} has scores of '
                f'{next(iter(scores.values())).shape[1]} classes, {path} of '
                f'{scores[name].shape[1]}; give dumps of the same test.'
            )
        elif (found != labels).any():
            at = int(np.nonzero(found != labels)[0][0])
            raise ValueError(
                f'sample {at} is of class {labels[at]} in {first} and of '
                f'class {found[at]} in {path}; give dumps of the same test, '
                'with the samples in the same order.'
            )
    return scores, labels


def as_probabilities(path: str, scores: np.ndarray) -> np.ndarray:
    """Check that the scores of a dump are probabilities.

    Shape:
        - scores: (N, C).
        - returns: the same.

    Raises:
        ValueError: If they are not.
    """
    sums = scores.sum(1)
    if (scores < -1e-6).any() or (abs(sums - 1) > 1e-2).any():
        raise ValueError(
            f'{path} holds scores that are no probabilities; repeat the test '
            'with --cfg-options model.cls_head.average_clips=prob.'
        )
    return scores
