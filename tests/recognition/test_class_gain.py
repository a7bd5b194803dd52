"""Accuracy of single classes, worked out by hand."""

import numpy as np

from mmvkp.recognition.class_gain import choose_classes, class_accuracy, class_gain

LABELS = np.array([0, 0, 0, 0, 1, 1, 3])


def scores_of(predicted, num_classes=4):
    """Scores that predict these classes."""
    return np.eye(num_classes)[predicted]


def test_accuracy_by_hand():
    accuracy, counts = class_accuracy(scores_of([0, 0, 0, 2, 1, 0, 3]), LABELS)
    assert counts.tolist() == [4, 2, 0, 1]
    assert accuracy[[0, 1, 3]].tolist() == [0.75, 0.5, 1.0]
    assert np.isnan(accuracy[2])  # no sample: neither right nor wrong


def test_gain_by_hand():
    result = class_gain(
        scores_of([0, 1, 1, 1, 1, 1, 3]), scores_of([0, 0, 0, 1, 0, 1, 3]), LABELS
    )
    assert result.baseline[[0, 1, 3]].tolist() == [0.25, 1.0, 1.0]
    assert result.gain[[0, 1, 3]].tolist() == [0.5, -0.5, 0.0]


def test_choice_of_classes():
    gain = np.array([0.06, np.nan, -0.1, 0.7 - 0.64, 0.2, 0.0])
    assert choose_classes(gain, 0.06).tolist() == [4, 0, 3]
    assert choose_classes(gain, top=1, bottom=2).tolist() == [4, 5, 2]
    assert choose_classes(gain, top=9).tolist() == [4, 0, 3, 5, 2]
    assert choose_classes(gain, 0.5).tolist() == []
