"""Thresholds by name, number and file."""

import json

import pytest

from mmvkp.tubes.class_thresholds import class_thresholds_of

NAMES = ['run', 'sit', 'wave']


@pytest.mark.parametrize(
    'given, values',
    [
        (None, None),
        (0.2, (0.2, 0.2, 0.2)),
        (dict(sit=0.5), (0.3, 0.5, 0.3)),
        ({'*': 0.1, 'wave': 0.4, 0: 1}, (1.0, 0.1, 0.4)),
        ((0.1, 0.2, 0.3), (0.1, 0.2, 0.3)),
        (('0.2', 'sit=0.6', '2=0.9'), (0.2, 0.6, 0.9)),
        (['run=0.5', 'run=0.6'], (0.6, 0.3, 0.3)),
        ('0.25', (0.25, 0.25, 0.25)),
    ],
)
def test_values(given, values):
    assert class_thresholds_of(given, NAMES) == values


def test_a_file(tmp_path):
    path = tmp_path / 'a=1.json'
    path.write_text(json.dumps({'*': 0.5, 'run': 0.7}))
    assert class_thresholds_of(str(path), NAMES) == (0.7, 0.5, 0.5)
    assert class_thresholds_of([str(path), '1=0.2'], NAMES) == (0.7, 0.2, 0.5)
    path.write_text('[1]')
    with pytest.raises(ValueError, match=r'a=1.json: \[1\] is not a dict'):
        class_thresholds_of(str(path), NAMES)


def test_a_name_that_is_a_number_comes_first():
    assert class_thresholds_of({'1': 0.9}, ['1', '0']) == (0.9, 0.3)


@pytest.mark.parametrize(
    'given, message',
    [
        (dict(walk=0.5), "'walk' is not a class; the classes are 0 run, 1 sit, 2 wave"),
        ({3: 0.5}, '3 is not a class'),
        ('none.json', "'none.json' is not VALUE, NAME=VALUE or a JSON file"),
        (dict(run=0.0), r'0 is outside \(0, 1\]'),
        (dict(run=1.1), 'value=1.1 is not a finite number'),
        (dict(run='x'), "value='x' is a str"),
        ((0.1, 0.2), '2 values for 3 classes'),
        (float('nan'), 'nan is not a finite number'),
    ],
)
def test_what_does_not_fit(given, message):
    with pytest.raises((TypeError, ValueError), match=message):
        class_thresholds_of(given, NAMES)
