"""Datumaro's JSON."""

import json

import pytest

from ..tube_conversion import convert, faults, write


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def _box(track=1, label=0, **changes):
    attributes = dict(track_id=track, outside=False, keyframe=True)
    attributes.update(changes.pop('attributes', {}))
    values = dict(id=0, type='bbox', label_id=label, bbox=[10, 20, 10, 20], group=0)
    return dict(values, attributes=attributes, **changes)


def _write(*frames, name='film/annotations/default.json', ids='frame_{:06d}'):
    items = [
        dict(
            id=ids.format(i),
            annotations=list(each),
            attr=dict(frame=i),
            image=dict(path='x.png', size=[60, 80]),
        )
        for i, each in enumerate(frames)
    ]
    labels = [dict(name=each, parent='', attributes=[]) for each in ('walk', 'run')]
    content = dict(info={}, categories=dict(label=dict(labels=labels)), items=items)
    return write(name, json.dumps(content))


def test_datumaro():
    _write([_box()], [_box()], [_box(attributes=dict(outside=True))], [_box(label=1)])
    truth = convert('datumaro', 'film', 'out.pkl', test='film')
    assert truth.labels == ['walk', 'run']
    assert truth.resolution == {'film': (60, 80)}
    (tube,) = truth.gttubes['film'][0]
    assert tube.tolist() == [[1, 10, 20, 19, 39], [2, 10, 20, 19, 39]]
    assert truth.gttubes['film'][1][0][:, 0].tolist() == [4]
    _write([_box()], name='a.json', ids='clips/b/{:04d}')
    assert list(convert('datumaro', 'a.json', 'out.pkl', test='clips/b').gttubes) == [
        'clips/b'
    ]


def test_other_shapes(capsys):
    # 20 pixels from row 20 in columns 10 and 11.
    runs = [60 * 10 + 20, 20, 40, 20, 60 * 80 - 700]
    shapes = [
        dict(type='polygon', points=[10, 20, 20, 25, 15, 40]),
        dict(type='mask', rle=dict(counts=runs, size=[60, 80])),
        dict(type='skeleton', elements=[dict(points=[10, 20]), dict(points=[20, 40])]),
    ]
    hulls = [[10, 20, 19, 39], [10, 20, 11, 39], [10, 20, 19, 39]]
    for shape, hull in zip(shapes, hulls):
        _write([_box(label=1, **shape), _box(track=2)], name='a.json')
        assert list(
            convert('datumaro', 'a.json', 'out.pkl', test='a').gttubes['a']
        ) == [0]
        assert f'a {shape["type"]}; --hull takes its' in capsys.readouterr().out
        truth = convert('datumaro', 'a.json', 'out.pkl', '--hull', test='a')
        assert truth.gttubes['a'][1][0][0].tolist() == [1, *hull]


def test_rotated_boxes():
    """10 x 20 pixels around (15, 30), turned by 90 degrees."""
    turned = dict(type='rotated_bbox', points=[15, 30, 10, 20, 90])
    for box in (_box(attributes=dict(rotation=90)), _box(**turned)):
        _write([box], name='a.json')
        truth = convert('datumaro', 'a.json', 'out.pkl', test='a')
        expected = pytest.approx([1, 5, 25, 24, 34])
        assert truth.gttubes['a'][0][0][0].tolist() == expected


def test_annotations_that_are_left_out(capsys):
    label = dict(id=0, type='label', label_id=0, attributes={})
    loose = _box()
    del loose['attributes']['track_id']
    _write([_box(), label, loose, _box(label=None)], name='a.json')
    convert('datumaro', 'a.json', 'out.pkl', test='a')
    out = capsys.readouterr().out
    for words in ('a label has no place', 'has no track_id', 'a bbox without a label'):
        assert words in out


def test_faults_are_named(capsys):
    for entry, words in (
        (_box(label=9), 'label_id is 9'),
        (_box(bbox=[1, 2]), 'cannot be read'),
        (3, 'cannot be read'),
        (dict(), "'type'"),
    ):
        _write([entry], name='a.json')
        assert words in faults(capsys, 'datumaro', 'a.json', 'out.pkl')
    _write([_box(), _box()], name='a.json')
    assert 'is in frame 1 of a twice' in faults(capsys, 'datumaro', 'a.json', 'out.pkl')
    write('a.json', '{"items": []}')
    assert 'is not a file of Datumaro' in faults(
        capsys, 'datumaro', 'a.json', 'out.pkl'
    )
