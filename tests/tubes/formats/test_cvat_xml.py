"""XML of CVAT."""

import pytest

from ..tube_conversion import convert, faults, write


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


CVAT = """<?xml version="1.0" encoding="utf-8"?>
<annotations>
  <version>1.1</version>
  <meta><task><size>6</size><labels><label><name>person</name>
    <attributes><attribute><name>action</name></attribute></attributes>
  </label></labels>
  <original_size><width>80</width><height>60</height></original_size></task>
  <source>b.mp4</source></meta>
  <track id="0" label="person">
    {boxes}
  </track>
</annotations>
"""
BOX = (
    '<box frame="{}" outside="{}" occluded="0" keyframe="1" xtl="{}" '
    'ytl="2.50" xbr="20.00" ybr="60.00"><attribute name="action">{}'
    '</attribute></box>\n'
)


def _cvat(*boxes, name='cvat/Walk/annotations.xml'):
    return write(name, CVAT.format(boxes='    '.join(boxes)))


def test_cvat_xml():
    """Frames 0 to 2, away in 3, back in 4 and 5."""
    _cvat(
        BOX.format(0, 0, 5, 'walk'),
        BOX.format(1, 0, 6, 'walk'),
        BOX.format(2, 0, 7, 'wave'),
        BOX.format(3, 1, 8, 'wave'),
        BOX.format(4, 0, 9, 'walk'),
        BOX.format(5, 0, 9, 'walk'),
    )
    truth = convert('cvat-xml', 'cvat', 'out.pkl')
    assert truth.labels == ['person']
    assert truth.nframes == {'Walk/b': 6}
    assert truth.resolution == {'Walk/b': (60, 80)}
    first, second = truth.gttubes['Walk/b'][0]
    assert first.tolist() == [
        [1, 5, 2.5, 19, 59],
        [2, 6, 2.5, 19, 59],
        [3, 7, 2.5, 19, 59],
    ]
    assert second[:, 0].tolist() == [5, 6]
    truth = convert('cvat-xml', 'cvat', 'out.pkl', '--attribute', 'action')
    assert truth.labels == ['walk', 'wave']
    walk, again = truth.gttubes['Walk/b'][0]
    assert walk[:, 0].tolist() == [1, 2] and again[:, 0].tolist() == [5, 6]
    assert truth.gttubes['Walk/b'][1][0][:, 0].tolist() == [3]
    write('names.txt', 'wave\nwalk\n')
    truth = convert(
        'cvat-xml', 'cvat', 'out.pkl', '--attribute', 'action', '--labels', 'names.txt'
    )
    assert len(truth.gttubes['Walk/b'][1]) == 2
    path = _cvat(BOX.format(0, 0, 5, 'walk'), name='film.xml')
    assert list(convert('cvat-xml', path, 'out.pkl', test='film').gttubes) == ['film']


def test_faults_of_cvat_xml_are_named(capsys):
    _cvat(
        BOX.format(0, 0, 5, 'walk'),
        BOX.format(0, 0, 5, 'walk'),
        BOX.format(1, 0, 30, 'walk'),
        BOX.format('x', 0, 5, 'walk'),
    )
    err = faults(capsys, 'cvat-xml', 'cvat', 'out.pkl')
    place = 'cvat/Walk/annotations.xml, line '
    assert f'{place}11: frame 0 is in the track twice' in err
    assert f'{place}12: frame 1: box' in err and 'empty or inverted' in err
    assert f'{place}13: a box lacks a number' in err
    assert f'{place}10' not in err
    err = faults(capsys, 'cvat-xml', 'cvat', 'out.pkl', '--attribute', 'what')
    assert 'the box has no class (what)' in err


@pytest.mark.parametrize(
    'text, message',
    [
        (
            '<!DOCTYPE a [<!ENTITY b "cc">]><annotations>&b;</annotations>',
            'line 1: has a document type declaration',
        ),
        ('<annotations><track>', 'not readable as XML'),
        ('<annotations><image id="0"/></annotations>', 'is "CVAT for images"'),
        ('<annotations></annotations>', 'holds no tubes'),
    ],
)
def test_other_xml_is_refused(capsys, text, message):
    write('a.xml', text)
    err = faults(capsys, 'cvat-xml', 'a.xml', 'out.pkl')
    assert message in err and 'Traceback' not in err
