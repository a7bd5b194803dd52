"""Shapes of CVAT and the boxes between them."""

import numpy as np
import pytest

from mmvkp.tubes.formats.cvat_shapes import Shape, number, spans, upright

from ..cvat_files import rows_of, write_cvat
from ..tube_conversion import convert


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def _shape(tag, frame=0, inside='', **attrs):
    words = ' '.join(f'{name}="{value}"' for name, value in attrs.items())
    return f'<{tag} frame="{frame}" keyframe="1" {words}>{inside}</{tag}>'


SKELETON = (
    '<points label="a" outside="0" points="10,20"></points>'
    '<points label="b" outside="0" points="30,50"></points>'
    '<points label="c" outside="1" points="70,59"></points>'
)
BOX_1 = dict(xtl1=10, ytl1=20, xbl1=12, ybl1=40, xtr1=20, ytr1=22, xbr1=21, ybr1=41)
BOX_2 = {name[:-1] + '2': value + 9 for name, value in BOX_1.items()}


@pytest.mark.parametrize(
    'shape, hull',
    [
        (_shape('polygon', points='10,20;30,25;15,50'), [10, 20, 29, 49]),
        (_shape('polyline', points='10,20;30,50'), [10, 20, 29, 49]),
        (_shape('points', points='10,20;30,50;20,30'), [10, 20, 29, 49]),
        (_shape('skeleton', inside=SKELETON), [10, 20, 29, 49]),
        (
            _shape('mask', rle='0,600', left=10, top=20, width=20, height=30),
            [10, 20, 29, 49],
        ),
        (_shape('ellipse', cx=20, cy=35, rx=10, ry=15), [10, 20, 29, 49]),
        (_shape('ellipse', cx=20, cy=30, rx=10, ry=15, rotation=90), [5, 20, 34, 39]),
        (_shape('cuboid', **BOX_1, **BOX_2), [10, 20, 29, 49]),
    ],
    ids=lambda each: each[:12] if isinstance(each, str) else '',
)
def test_hulls(shape, hull):
    write_cvat(shape, name='b.xml')
    truth = convert('cvat-xml', 'b.xml', 'out.pkl', '--hull', test='b')
    assert rows_of(truth, 'b', 'person')[0, 1:].tolist() == pytest.approx(hull)


def test_hulls_without_an_area_are_left_out(capsys):
    both = _shape('points', 0, points='10,20') + _shape(
        'points', 3, points='10,20;30,50'
    )
    write_cvat(both, name='b.xml')
    truth = convert('cvat-xml', 'b.xml', 'out.pkl', '--hull', test='b')
    assert rows_of(truth, 'b', 'person')[-1, 1:].tolist() == [10, 20, 29, 49]
    out = capsys.readouterr().out
    assert 'left out: 1 shapes: the hull has less than two rows or columns' in out


def test_rotation_takes_the_shorter_way():
    """From 350 to 10 degrees: upright half way, in frame 1."""
    write_cvat(
        _shape('box', 0, xtl=20, ytl=20, xbr=40, ybr=30, rotation=350),
        _shape('box', 2, xtl=20, ytl=20, xbr=40, ybr=30, rotation=10),
        name='b.xml',
    )
    tube = rows_of(convert('cvat-xml', 'b.xml', 'out.pkl', test='b'), 'b', 'person')
    assert tube[1, 1:].tolist() == pytest.approx([20, 20, 39, 29])
    assert tube[0, 1:].tolist() == pytest.approx(tube[2, 1:].tolist())
    # 20 cos 10 + 10 sin 10
    assert tube[0, 3] + 1 - tube[0, 1] == pytest.approx(21.433, abs=1e-3)


def _spans(step, *shapes):
    made = [
        Shape(
            frame, 'box', None if x is None else np.array([x, 0, x + 9, 9, 0]), '', 'a'
        )
        for frame, x in shapes
    ]
    return [part.rows[:, :2].tolist() for part in spans(made, step)]


def test_spans():
    """Linear to the next shape, held until a shape outside, ended by the last one."""
    assert _spans(1, (1, 0.0), (3, 4.0)) == [[[1, 0], [2, 2]], [[3, 4]]]
    assert _spans(1, (1, 2.0), (4, None)) == [[[1, 2], [2, 2], [3, 2]]]
    # Annotated frames are 1, 3, 5, ...: frame 3 is the last one before frame 5.
    assert _spans(2, (1, 2.0), (5, None)) == [[[1, 2], [2, 2], [3, 2]]]
    assert _spans(1, (1, None), (2, 5.0)) == [[[2, 5]]]
    assert _spans(1, (1, None)) == []


@pytest.mark.parametrize('text', ['', 'x', 'nan', 'inf', '1_0', '1e999'])
def test_numbers(text):
    assert number(' 1.5e1') == 15
    with pytest.raises(ValueError):
        number(text)


def test_upright_hulls():
    """10 x 20 around (15, 30) by 90 degrees is 20 x 10."""
    box = [10, 20, 20, 40]
    boxes = np.array([[*box, 0], [*box, 90], [*box, 180], [*box, -270]])
    turned = [5, 25, 25, 35]
    np.testing.assert_allclose(upright(boxes), [box, turned, box, turned])
