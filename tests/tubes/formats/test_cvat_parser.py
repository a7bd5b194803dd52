"""Elements of the XML of CVAT."""

import pytest

from ..cvat_files import BOX, CVAT, rows_of, write_cvat
from ..tube_conversion import convert, faults, write


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


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


ATTRIBUTES = """<annotations><meta><task><labels><label><name>person</name><attributes>
<attribute><name>action</name><input_type>{kind}</input_type><values>{values}</values>
</attribute></attributes></label><label><name>arm</name><parent>person</parent></label>
</labels></task></meta><track label="person">{boxes}</track>
<track label="ball">{ball}</track></annotations>"""


@pytest.mark.parametrize(
    'kind, values, given, labels',
    [
        ('select', 'sit\nrun', 'run', ['run', 'sit']),
        ('radio', 'sit\nrun', 'run', ['run', 'sit']),
        ('text', '', 'run fast', ['run fast']),
        ('number', '0;9;1', '3', ['3']),
        ('checkbox', 'false', 'true', ['action']),
    ],
)
def test_attributes_of_all_types(capsys, kind, values, given, labels):
    size = ('--resolution', '60', '80', '--attribute', 'action')
    boxes = BOX.format(0, 0, 5, given) + BOX.format(9, 1, 5, given)
    boxes = boxes.replace('<attribute>', '<attribute name="action">')
    ball = '<box frame="0" xtl="1" ytl="1" xbr="9" ybr="9"/>'
    write('b.xml', ATTRIBUTES.format(kind=kind, values=values, boxes=boxes, ball=ball))
    truth = convert('cvat-xml', 'b.xml', 'out.pkl', *size, test='b')
    assert truth.labels == labels
    name = 'action' if given == 'true' else given
    assert len(rows_of(truth, 'b', name)) == 9
    out = capsys.readouterr().out
    assert 'left out: 1 tracks: the attribute action is missing' in out


def test_an_attribute_changes_and_a_checkbox_ends():
    """The class of a key frame holds until the next one."""
    boxes = [BOX.format(0, 0, 5, 'true'), BOX.format(3, 0, 5, 'false')]
    boxes += [BOX.format(6, 0, 5, 'true'), BOX.format(8, 1, 5, 'true')]
    write_cvat(*boxes, name='b.xml')
    write('b.xml', CVAT.replace('<size>6', '<size>9').format(boxes=''.join(boxes)))
    truth = convert('cvat-xml', 'b.xml', 'out.pkl', '--attribute', 'action', test='b')
    first, second = truth.gttubes['b'][0]
    assert first[:, 0].tolist() == [1, 2, 3] and second[:, 0].tolist() == [7, 8]


@pytest.mark.parametrize(
    'change, message',
    [
        (
            ('<size>6', '<frame_filter>step=0</frame_filter><size>6'),
            'frame_filter is step=0',
        ),
        (
            (
                '<size>6',
                '<start_frame>9</start_frame><stop_frame>3</stop_frame><size>6',
            ),
            'frames 9 to 3',
        ),
        (('frame="0"', 'frame="-1"'), 'a box is in frame -1, outside'),
        (('frame="0"', 'frame="1_0"'), 'a box is in frame 1_0, outside'),
        (('xtl="5"', 'xtl="nan"'), 'nan is not a number'),
        (('xtl="5"', 'xtl="1_0"'), '1_0 is not a number'),
        (
            ('</box>', '</box><polygon frame="2" points="1,2;3,4"/>'),
            'the track has box and polygon shapes',
        ),
        (
            ('xtl="5" ytl="2.50"', 'xtl="0.1" ytl="0.1"'),
            'seem to be shares of the frame',
        ),
    ],
)
def test_damaged_files_are_refused(capsys, change, message):
    write_cvat(BOX.format(0, 0, 5, 'walk'), name='b.xml')
    text = open('b.xml').read().replace(*change)
    if 'shares' in message:
        text = text.replace('xbr="20.00" ybr="60.00"', 'xbr="0.5" ybr="0.9"')
    write('b.xml', text)
    assert message in faults(capsys, 'cvat-xml', 'b.xml', 'out.pkl')
