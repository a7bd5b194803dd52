"""XML of CVAT."""

import pytest

from ..cvat_files import BOX, rows_of, write_cvat
from ..tube_conversion import CASES, convert, faults, write


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def test_cvat_xml():
    """Frames 0 to 2, away in 3, back in 4 and 5."""
    write_cvat(
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
    path = write_cvat(BOX.format(0, 0, 5, 'walk'), name='film.xml')
    assert list(convert('cvat-xml', path, 'out.pkl', test='film').gttubes) == ['film']


def test_faults_of_cvat_xml_are_named(capsys):
    write_cvat(
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
    write_cvat(BOX.format(0, 0, 5, 'walk'))
    err = faults(capsys, 'cvat-xml', 'cvat', 'out.pkl', '--attribute', 'what')
    assert 'holds no tubes' in err and 'the attribute what is missing' in err


def _case(name, *options, test='a'):
    return convert('cvat-xml', CASES / name, 'out.pkl', *options, test=test)


def test_key_frames(capsys):
    """Key frames 0, 12 and 30; outside from frame 45."""
    tube = rows_of(_case('cvat_key_frames_only/a.xml'), 'a', 'run')
    assert tube[:, 0].tolist() == list(range(1, 46))
    # From 10 to 22 in 12 frames and to 40 in 18 frames, then held.
    assert tube[[0, 6, 12, 21, 30, 44], 1].tolist() == [10, 16, 22, 31, 40, 40]
    assert tube[0].tolist() == [1, 10, 20, 49, 89]
    assert 'note: 3 key frames made 45 boxes' in capsys.readouterr().out


def test_other_shapes_and_rotated_boxes(capsys):
    truth = _case('cvat_shapes/a.xml')
    out = capsys.readouterr().out
    assert truth.labels == ['turn', 'walk']
    assert rows_of(truth, 'a', 'walk')[:, 0].tolist() == list(range(4, 21))
    # 40 x 70 turned by 45 degrees around (32, 55): 110 / sqrt(2) = 77.78 wide.
    x1, y1, x2, y2 = rows_of(truth, 'a', 'turn')[0, 1:].tolist()
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
    tube = rows_of(truth, 'a', 'jump')
    assert tube[0].tolist() == [1, 1, 1, 29, 39] and tube[-1, 0] == 9
    err = faults(capsys, 'cvat-xml', CASES / 'cvat_shapes/a.xml', 'out.pkl', '--strict')
    assert "class 'jump': drawn as polygon" in err


def test_every_fifth_frame(capsys):
    truth = _case('cvat_step_start/a.xml')
    tube = rows_of(truth, 'a', 'run')
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
        rows_of(convert('cvat-xml', 'a.xml', 'out.pkl', test='a'), 'a', 'run')[-1, 0]
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
    assert rows_of(truth, 'one', 'run')[:, 0].tolist() == list(range(1, 21))
    assert rows_of(truth, 'two', 'run')[:, 0].tolist() == list(range(6, 36))


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


def test_shapes_outside_of_tracks_are_counted(capsys):
    write_cvat(BOX.format(0, 0, 5, 'walk'), name='b.xml')
    text = open('b.xml').read()
    write('b.xml', text.replace('<track', '<box frame="1"/><tag label="x"/><track'))
    convert('cvat-xml', 'b.xml', 'out.pkl', test='b')
    out = capsys.readouterr().out
    assert 'left out: 1 shapes: a box without a track' in out
    assert 'left out: 1 shapes: a tag without a track' in out
