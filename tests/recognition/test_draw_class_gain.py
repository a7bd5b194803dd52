"""Lengths of the bars in the figure of single classes."""

import numpy as np
import pytest

from mmvkp.recognition.class_gain import class_gain
from mmvkp.recognition.draw_class_gain import draw_class_gain


def scores_of(predicted, num_classes=4):
    """Scores that predict these classes."""
    return np.eye(num_classes)[predicted]


def test_bars_are_as_long_as_the_accuracy():
    labels = np.repeat([0, 1], 4)
    result = class_gain(
        scores_of([0, 0, 1, 1, 1, 1, 1, 1], 2),
        scores_of([0, 0, 0, 0, 1, 1, 1, 1], 2),
        labels,
    )
    drawn = draw_class_gain(result, [0, 1], ['cost in $ and $', 'b'], ('old', 'new'))
    assert drawn.dtype == np.uint8 and drawn.shape[2] == 3
    # Lengths of the bars in pixels, below the legend.
    grey = np.abs(drawn.astype(int) - [0x9A, 0xA7, 0xB5]).max(-1) < 8
    red = np.abs(drawn.astype(int) - [0xD1, 0x49, 0x5B]).max(-1) < 8
    top = round(0.25 * len(drawn))
    old, new = grey[top:].sum(1), red[top:].sum(1)
    # The baseline has 50 and 100 %, the method twice 100 %.
    assert sorted(set(new[new > 0].tolist()))[-1] == new.max()
    lengths = set(old[old > 0.2 * old.max()].tolist())
    assert min(lengths) / max(lengths) == pytest.approx(0.5, abs=0.02)
    assert new.max() == pytest.approx(old.max(), abs=2)


def test_upright_bars_are_as_high_as_the_accuracy():
    labels = np.repeat([0, 1], 4)
    result = class_gain(
        scores_of([0, 0, 1, 1, 1, 1, 1, 1], 2),
        scores_of([0, 1, 1, 1, 1, 1, 1, 1], 2),
        labels,
    )
    drawn = draw_class_gain(result, [0, 1], ['a', 'b'], ('old', 'new'), upright=True)
    grey = np.abs(drawn.astype(int) - [0x9A, 0xA7, 0xB5]).max(-1) < 8
    red = np.abs(drawn.astype(int) - [0xD1, 0x49, 0x5B]).max(-1) < 8
    heights = []
    for color in (grey, red):
        column = color[round(0.15 * len(drawn)) :].sum(0)
        first, *_, last = column[column > 20]
        heights.append((first, last))
    # 50 and 100 % of the baseline, 25 and 100 % of the method.
    (old_a, old_b), (new_a, new_b) = heights
    assert old_a / old_b == pytest.approx(0.5, abs=0.03)
    assert new_a / new_b == pytest.approx(0.25, abs=0.03)
    # In pairs: the bar of the method follows the bar of the baseline.
    starts = [np.flatnonzero(each[-120:-60].any(0)) for each in (grey, red)]
    assert starts[0][0] < starts[1][0] < starts[0][-1] < starts[1][-1]
