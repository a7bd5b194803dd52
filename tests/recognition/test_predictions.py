"""Results as lines, JSON, csv and timelines."""

import numpy as np
import pytest

from mmvkp.recognition.predictions import Prediction, class_entries, top_classes

NAMES = ['run', 'sit', 'jump']


def test_likely_classes():
    assert top_classes(np.array([0.2, 0.6, 0.2]), NAMES, 2) == [
        (1, 'sit', 0.6),
        (0, 'run', 0.2),
    ]
    assert len(top_classes(np.array([0.2, 0.6, 0.2]), NAMES, 9)) == 3
    assert class_entries(np.array([0, 2 / 3, 0]), NAMES, 1) == [
        dict(label=1, name='sit', score=0.666667)
    ]
    result = Prediction('a', np.array([0.1, 0.6, 0.3]), NAMES)
    assert result.top(2) == [('sit', 0.6), ('jump', 0.3)] and len(result.top()) == 3


def test_a_whole_video():
    result = Prediction('a.mp4', np.array([0.1, 0.6, 0.3]), NAMES, top_k=2)
    assert result.lines() == ['a.mp4: sit 60.0 %, jump 30.0 %']
    top = [dict(label=1, name='sit', score=0.6), dict(label=2, name='jump', score=0.3)]
    assert result.content() == dict(video='a.mp4', top=top)
    assert result.columns == ('video', 'start', 'end', 'rank', 'label', 'name', 'score')
    assert result.rows() == [
        ('a.mp4', '', '', 1, 1, 'sit', '0.600000'),
        ('a.mp4', '', '', 2, 2, 'jump', '0.300000'),
    ]


def test_a_window():
    result = Prediction('a.mp4', np.array([0.1, 0.6, 0.3]), NAMES, 1.5, 3.0, 1)
    assert result.lines() == ['a.mp4 1.50-3.00 s: sit 60.0 %']
    assert list(result.content()) == ['video', 'start', 'end', 'top']
    assert result.rows() == [('a.mp4', 1.5, 3.0, 1, 1, 'sit', '0.600000')]


def test_a_name_that_is_not_text():
    """A file name with a byte that is not UTF-8 can be printed."""
    (line,) = Prediction('a\udcff.mp4', np.ones(1), ['run']).lines()
    line.encode()


def test_a_timeline():
    """Rows of the highest peaks, in their order in time."""
    scores = [(0.1, 0.2, 0.7), (0.2, 0.5, 0.3), (0.3, 0.4, 0.3)]
    results = [
        Prediction('a', np.array(each), NAMES, i / 2, i / 2 + 1, 2)
        for i, each in enumerate(scores)
    ]
    first, second = results[0].timeline(results)
    assert first.name == 'jump' and second.name == 'sit'
    # A window is drawn up to the start of the next one.
    assert first.spans == [(0, 0.5, 0.7), (0.5, 1, 0.3), (1, 2, 0.3)]
    assert [each[2] for each in second.spans] == pytest.approx([0.2, 0.5, 0.4])
