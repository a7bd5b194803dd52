"""Accuracy of each class under two models on the same test."""

from typing import NamedTuple, Optional, Sequence, Tuple

import numpy as np


class ClassGain(NamedTuple):
    """Accuracy of each class, in [0, 1]; NaN for classes without samples.

    Shape:
        - baseline, method: (C,).
        - counts: (C,), samples of each class.
    """

    baseline: np.ndarray
    method: np.ndarray
    counts: np.ndarray

    @property
    def gain(self) -> np.ndarray:
        """Method minus baseline, (C,)."""
        return self.method - self.baseline


def class_accuracy(
    scores: np.ndarray, labels: np.ndarray
) -> Tuple[np.ndarray, np.ndarray]:
    """Top-1 accuracy of each class.

    Args:
        scores (np.ndarray): Score of each class; of equal scores the first counts.
        labels (np.ndarray): True classes, from 0.

    Shape:
        - scores: (N, C).
        - labels: (N,).
        - returns: (C,) in [0, 1], NaN for classes without samples, and (C,)
          samples of each class.
    """
    num_classes = scores.shape[1]
    counts = np.bincount(labels, minlength=num_classes)
    right = np.bincount(labels[scores.argmax(1) == labels], minlength=num_classes)
    accuracy = np.full(num_classes, np.nan)
    np.divide(right, counts, out=accuracy, where=counts > 0)
    return accuracy, counts


def class_gain(
    baseline: np.ndarray, method: np.ndarray, labels: np.ndarray
) -> ClassGain:
    """Compare two models class by class.

    Args:
        baseline (np.ndarray): Scores of the baseline.
        method (np.ndarray): Scores of the method, for the same samples.
        labels (np.ndarray): True classes, from 0.

    Shape:
        - baseline, method: (N, C).
        - labels: (N,).
    """
    first, counts = class_accuracy(baseline, labels)
    return ClassGain(first, class_accuracy(method, labels)[0], counts)


def choose_classes(
    gain: np.ndarray, min_gain: Optional[float] = None, top: int = 0, bottom: int = 0
) -> np.ndarray:
    """Choose classes, the largest gain first.

    Args:
        gain (np.ndarray): Gain of each class; NaN is never chosen.
        min_gain (float, optional): Choose all classes with at least this gain.
        top (int): Number of largest gains, without `min_gain`.
        bottom (int): Number of smallest gains, without `min_gain`.

    Shape:
        - gain: (C,).
        - returns: (K,), class numbers; equal gains in class order.
    """
    order = np.argsort(-gain, kind='stable')
    order = order[~np.isnan(gain[order])]
    if min_gain is not None:
        # Tolerance for rounding: 0.7 - 0.64 < 0.06.
        return order[gain[order] >= min_gain - 1e-9]
    place = np.arange(len(order))
    return order[(place < top) | (place >= len(order) - bottom)]


def table(
    result: ClassGain, chosen: np.ndarray, names: Sequence[str], legend: Sequence[str]
) -> str:
    """Markdown table of some classes.

    Args:
        result (ClassGain): Accuracies.
        chosen (np.ndarray): (K,), classes.
        names (Sequence[str]): Names of all classes.
        legend (Sequence[str]): Names of baseline and method.
    """
    lines = [
        f'| class | samples | {legend[0]} % | {legend[1]} % | gain |',
        '| --- | ---: | ---: | ---: | ---: |',
    ]
    for i in chosen:
        lines.append(
            f'| {names[i]} | {result.counts[i]} | '
            f'{100 * result.baseline[i]:.1f} | '
            f'{100 * result.method[i]:.1f} | '
            f'{100 * result.gain[i]:+.1f} |'
        )
    return '\n'.join(lines)
