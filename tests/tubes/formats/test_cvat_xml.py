"""XML of CVAT."""

import pytest

from ..tube_conversion import CASES, convert, faults, write


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
    assert f'{place}12: frame 1: a box' in err and 'empty or inverted' in err
    assert f'{place}13: a box is in frame x, outside [0, 999999]' in err
    assert f'{place}10' not in err
    _cvat(BOX.format(0, 0, 5, 'walk'))
    err = faults(capsys, 'cvat-xml', 'cvat', 'out.pkl', '--attribute', 'what')
    assert 'holds no tubes' in err and 'the attribute what is missing' in err


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


def _rows(truth, video, label):
    (tube,) = truth.gttubes[video][truth.labels.index(label)]
    return tube


def _case(name, *options, test='a'):
    return convert('cvat-xml', CASES / name, 'out.pkl', *options, test=test)


def test_key_frames(capsys):
    """Key frames 0, 12 and 30; outside from frame 45."""
    tube = _rows(_case('cvat_key_frames_only/a.xml'), 'a', 'run')
    assert tube[:, 0].tolist() == list(range(1, 46))
    # From 10 to 22 in 12 frames and to 40 in 18 frames, then held.
    assert tube[[0, 6, 12, 21, 30, 44], 1].tolist() == [10, 16, 22, 31, 40, 40]
    assert tube[0].tolist() == [1, 10, 20, 49, 89]
    assert 'note: 3 key frames made 45 boxes' in capsys.readouterr().out


def test_other_shapes_and_rotated_boxes(capsys):
    truth = _case('cvat_shapes/a.xml')
    out = capsys.readouterr().out
    assert truth.labels == ['turn', 'walk']
    assert _rows(truth, 'a', 'walk')[:, 0].tolist() == list(range(4, 21))
    # 40 x 70 turned by 45 degrees around (32, 55): 110 / sqrt(2) = 77.78 wide.
    x1, y1, x2, y2 = _rows(truth, 'a', 'turn')[0, 1:].tolist()
    assert x1 == 0 and (x2 + 1) - 32 == pytest.approx(77.782 / 2, abs=1e-3)
    assert (y1 + y2 + 1) / 2 == pytest.approx(55) and y2 + 1 - y1 == pytest.approx(
        77.782, abs=1e-3
    )
    assert '10 rotated boxes were converted to their upright hull' in out
    assert '10 boxes were clipped to the image' in out
    assert 'tracks          3          2         1' in out
    assert "left out: 1 tracks: class 'jump': drawn as polygon; --hull takes" in out
    truth = _case('cvat_shapes/a.xml', '--hull')
    assert 'tracks          3          3         0' in capsys.readouterr().out
    tube = _rows(truth, 'a', 'jump')
    assert tube[0].tolist() == [1, 1, 1, 29, 39] and tube[-1, 0] == 9
    err = faults(capsys, 'cvat-xml', CASES / 'cvat_shapes/a.xml', 'out.pkl', '--strict')
    assert "class 'jump': drawn as polygon" in err


def test_every_fifth_frame(capsys):
    truth = _case('cvat_step_start/a.xml')
    tube = _rows(truth, 'a', 'run')
    assert tube[:, 0].tolist() == list(range(11, 32))
    assert tube[3].tolist() == [14, 23, 20, 62, 89]
    assert truth.nframes == {'a': 41}
    out = capsys.readouterr().out
    assert 'every 5th frame was annotated' in out and '(first: a, 41 frames)' in out
    text = (CASES / 'cvat_step_start/a.xml').read_text()
    held = text.replace(
        '</track>',
        '<box frame="40" outside="1" xtl="0" ytl="0" xbr="1" ybr="1"/></track>',
    )
    write('a.xml', held)
    # Frame 35 is the last one that was annotated before frame 40.
    assert (
        _rows(convert('cvat-xml', 'a.xml', 'out.pkl', test='a'), 'a', 'run')[-1, 0]
        == 36
    )
    for frame in (10, 15, 20, 25, 30):
        text = text.replace(f'box frame="{frame}"', f'box frame="{(frame - 10) // 5}"')
    write('a.xml', text)
    err = faults(capsys, 'cvat-xml', 'a.xml', 'out.pkl')
    assert (
        'frame 0 was not annotated: the frames of the task are 10, 15, ... up to 40'
        in err
    )


def test_tasks_of_a_project():
    truth = _case('cvat_two_tasks/annotations.xml', test='one')
    assert truth.nframes == {'one': 20, 'two': 40}
    assert truth.resolution == {'one': (240, 320), 'two': (480, 640)}
    assert truth.labels == ['run', 'wave']
    assert _rows(truth, 'one', 'run')[:, 0].tolist() == list(range(1, 21))
    assert _rows(truth, 'two', 'run')[:, 0].tolist() == list(range(6, 36))


def test_tracks_without_a_task_of_the_project(capsys):
    text = (CASES / 'cvat_two_tasks/annotations.xml').read_text()
    write('a.xml', text.replace('task_id="2"', 'task_id="3"'))
    err = faults(capsys, 'cvat-xml', 'a.xml', 'out.pkl')
    assert "the track has task_id='3', the file has the tasks ['1', '2']" in err
    write('a.xml', text.replace(' task_id="2"', ''))
    assert 'task_id=None' in faults(capsys, 'cvat-xml', 'a.xml', 'out.pkl')


JOB = """<annotations><meta><job><id>{0}</id><size>10</size>
<start_frame>{0}</start_frame><stop_frame>{1}</stop_frame>
<original_size><width>80</width><height>60</height></original_size>
<source>film.mp4</source><segments><segment><id>7</id></segment></segments></job></meta>
<track label="a">{2}</track></annotations>"""


def test_jobs_are_parts_of_a_video(capsys):
    for start in (0, 10):
        box = BOX.format(start + 3, 0, 5, 'x')
        write(f'jobs/{start}/annotations.xml', JOB.format(start, start + 9, box))
        write(f'film{start}.xml', JOB.format(start, start + 9, box))
    jobs = ('jobs/0/annotations.xml', 'jobs/10/annotations.xml')
    truth = convert('cvat-xml', *jobs, 'out.pkl', test='film')
    assert truth.nframes == {'film': 20}
    assert [tube[0, 0] for tube in truth.gttubes['film'][0]] == [4, 14]
    write(jobs[1], JOB.format(5, 14, ''))
    err = faults(capsys, 'cvat-xml', *jobs, 'out.pkl')
    assert 'describe the same frames of the same video film' in err
    write('a.xml', JOB.format(10, 19, BOX.format(3, 0, 5, 'x')))
    assert 'frame 3 was not annotated' in faults(capsys, 'cvat-xml', 'a.xml', 'out.pkl')


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
    _cvat(shape, name='b.xml')
    truth = convert('cvat-xml', 'b.xml', 'out.pkl', '--hull', test='b')
    assert _rows(truth, 'b', 'person')[0, 1:].tolist() == pytest.approx(hull)


def test_shapes_outside_of_tracks_are_counted(capsys):
    _cvat(BOX.format(0, 0, 5, 'walk'), name='b.xml')
    text = open('b.xml').read()
    write('b.xml', text.replace('<track', '<box frame="1"/><tag label="x"/><track'))
    convert('cvat-xml', 'b.xml', 'out.pkl', test='b')
    out = capsys.readouterr().out
    assert 'left out: 1 shapes: a box without a track' in out
    assert 'left out: 1 shapes: a tag without a track' in out


def test_rotation_takes_the_shorter_way():
    """From 350 to 10 degrees: upright half way, in frame 1."""
    _cvat(
        _shape('box', 0, xtl=20, ytl=20, xbr=40, ybr=30, rotation=350),
        _shape('box', 2, xtl=20, ytl=20, xbr=40, ybr=30, rotation=10),
        name='b.xml',
    )
    tube = _rows(convert('cvat-xml', 'b.xml', 'out.pkl', test='b'), 'b', 'person')
    assert tube[1, 1:].tolist() == pytest.approx([20, 20, 39, 29])
    assert tube[0, 1:].tolist() == pytest.approx(tube[2, 1:].tolist())
    # 20 cos 10 + 10 sin 10
    assert tube[0, 3] + 1 - tube[0, 1] == pytest.approx(21.433, abs=1e-3)


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
    assert len(_rows(truth, 'b', name)) == 9
    out = capsys.readouterr().out
    assert 'left out: 1 tracks: the attribute action is missing' in out


def test_an_attribute_changes_and_a_checkbox_ends():
    """The class of a key frame holds until the next one."""
    boxes = [BOX.format(0, 0, 5, 'true'), BOX.format(3, 0, 5, 'false')]
    boxes += [BOX.format(6, 0, 5, 'true'), BOX.format(8, 1, 5, 'true')]
    _cvat(*boxes, name='b.xml')
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
    _cvat(BOX.format(0, 0, 5, 'walk'), name='b.xml')
    text = open('b.xml').read().replace(*change)
    if 'shares' in message:
        text = text.replace('xbr="20.00" ybr="60.00"', 'xbr="0.5" ybr="0.9"')
    write('b.xml', text)
    assert message in faults(capsys, 'cvat-xml', 'b.xml', 'out.pkl')
