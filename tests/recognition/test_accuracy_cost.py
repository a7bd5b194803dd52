"""Points of accuracy and cost, read from tests and publications."""

import json

import pytest

from mmvkp.recognition.accuracy_cost import (
    CostPoint,
    by_curve,
    measured,
    published,
    split,
    table,
)

POINTS = [
    CostPoint('b', 'one', 30.0, 0.5),
    CostPoint('c', 'two', 10.0, 0.2, True),
    CostPoint('a', 'one', 20.0, 0.4),
]


def write_test(folder, **metrics):
    path = folder / 'T' / 'T.json'
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(metrics))
    return str(folder)


def test_curves_go_from_cheap_to_expensive():
    curves = by_curve(POINTS)
    assert list(curves) == ['one', 'two']
    assert [point.name for point in curves['one']] == ['a', 'b']


def test_parts_of_an_argument():
    assert split('AFNet/RT = 0.5=a/b@3') == ('AFNet', 'RT = 0.5', 'a/b', 3.0)
    assert split('/TSN=a') == ('', 'TSN', 'a', None)


def test_a_measured_and_a_published_point(tmp_path):
    work = write_test(tmp_path / 'a', **{'acc/top1': 0.25, 'cost/GMACs': 12.5})
    assert measured(f'x/y={work}') == CostPoint('y', 'x', 12.5, 0.25)
    assert measured(f'x/y={work}@3') == CostPoint('y', 'x', 3.0, 0.25)
    assert published('x/y=25@3') == CostPoint('y', 'x', 3.0, 0.25, True)


def test_table():
    assert table(POINTS, 'accuracy').splitlines()[2:] == [
        '| one | a | 20.000 | 40.00 | measured |',
        '| one | b | 30.000 | 50.00 | measured |',
        '| two | c | 10.000 | 20.00 | published |',
    ]


@pytest.mark.parametrize(
    'read, text, message',
    [
        (measured, '{}', r'is not \[CURVE/\]NAME=RUN\[@GMACS\]'),
        (measured, 'a={}', 'has no cost/GMACs; give the GMACs after an @'),
        (measured, 'a={}@many', "'many' after the @ is not a number"),
        (published, 'a=3', r'is not \[CURVE/\]NAME=ACCURACY@GMACS'),
        (published, 'a=x@3', 'with two numbers'),
    ],
)
def test_arguments_that_cannot_be_read(tmp_path, read, text, message):
    work = write_test(tmp_path / 'w', **{'acc/top1': 0.2})
    with pytest.raises(ValueError, match=message):
        read(text.format(work))
