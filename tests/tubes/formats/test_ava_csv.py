"""Tables of AVA."""

from pathlib import Path

import pytest

from ...video.made_videos import make_video
from ..tube_conversion import convert, faults, write


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


LABEL_MAP = """item {
  name: "bend/bow"
  id: 1
}
item {
  name: "walk"
  id: 12
}
"""


def test_ava_csv():
    """Person 3 walks in seconds 902 and 903 and bends in 902."""
    write('actions.pbtxt', LABEL_MAP)
    write(
        'ava.csv',
        'vid,0902,0.25,0.100,0.500,0.900,1,3\n'
        'vid,0902,0.25,0.100,0.500,0.900,12,3\n'
        'vid,0903,0.35,0.100,0.600,0.900,12,3\n'
        'vid,0903,0.00,0.000,1.000,1.000,80,4\n'
        'vid,0905,0.00,0.000,1.000,1.000,12,5\n',
    )
    write('excluded.csv', 'vid,0905\n')
    arguments = (
        'ava-csv',
        'ava.csv',
        'out.pkl',
        '--labels',
        'actions.pbtxt',
        '--resolution',
        '100',
        '200',
        '--num-frames',
        '300',
        '--fps',
        '10',
        '--exclude',
        'excluded.csv',
    )
    truth = convert(*arguments, test='vid')
    assert truth.labels == ['bend/bow', 'walk']
    assert truth.nframes == {'vid': 300}
    # Second 902 begins with frame 21; 0.25 x 200 = 50, 0.5 x 200 - 1 = 99.
    assert truth.gttubes['vid'][0][0].tolist() == [[21, 50, 10, 99, 89]]
    assert [tube.tolist() for tube in truth.gttubes['vid'][1]] == [
        [[21, 50, 10, 99, 89]],
        [[31, 70, 10, 119, 89]],
    ]
    (walk,) = convert(*arguments, '--max-gap', '9', test='vid').gttubes['vid'][1]
    assert walk.shape == (11, 5)
    assert walk[5].tolist() == [26, 60, 10, 109, 89]


def test_faults_of_ava_csv_are_named(capsys):
    write('actions.pbtxt', LABEL_MAP)
    write(
        'ava.csv',
        'vid,0902,0.1,0.1,0.5,0.9,1\n'
        'vid,0899,0.1,0.1,0.5,0.9,1,0\n'
        'vid,0902,0.1,0.1,1.5,0.9,1,0\n'
        'vid,0902,0.1,x,0.5,0.9,1,0\n'
        'vid,0902,0.1,0.1,0.5,0.9,1,0\n'
        'vid,0902,0.1,0.1,0.5,0.9,1,0\n',
    )
    arguments = ('ava-csv', 'ava.csv', 'out.pkl', '--resolution', '100', '200')
    assert 'needs --labels' in faults(capsys, *arguments)
    err = faults(capsys, *arguments, '--labels', 'actions.pbtxt')
    for line, text in enumerate(
        (
            '7 columns',
            'second 0899 is not',
            'is not inside [0, 1]',
            'a number cannot be read',
        ),
        1,
    ):
        assert f'ava.csv, line {line}: ' in err and text in err
    assert 'ava.csv, line 5' not in err
    assert 'line 6: person 0 has class 1 in second 902 twice' in err
    Path('ava.csv').write_bytes(b'v\xff,0902')
    err = faults(capsys, *arguments, '--labels', 'actions.pbtxt')
    assert 'ava.csv is not text in UTF-8' in err
    write('ava.csv', 'a' * 200000)
    err = faults(capsys, *arguments, '--labels', 'actions.pbtxt')
    assert 'ava.csv, line 1: not readable as CSV: field larger' in err


def test_ava_kinetics(capsys):
    """Fractions of seconds, rows without a box, and boxes that leave the image."""
    write('actions.pbtxt', LABEL_MAP)
    write(
        'ava.csv',
        '\ufeff"a, b",2.5,-0.02,0.1,0.5,0.9,12,3\r\n"a, b",3.1,,,,,,\r\nc,1,,,,,,\r\n',
    )
    words = (
        'ava-csv',
        'ava.csv',
        'out.pkl',
        '--labels',
        'actions.pbtxt',
        '--fps',
        '10',
    )
    words += ('--resolution', '100', '200', '--start', '0', '--num-frames', '40')
    assert '--clip clips' in faults(capsys, *words)
    truth = convert(*words, '--clip', test='"a, b"')
    assert truth.gttubes['a, b'][1][0].tolist() == [[26, 0, 10, 99, 89]]
    assert sorted(truth.gttubes) == ['a, b', 'c'] and truth.gttubes['c'] == {}
    out = capsys.readouterr().out
    assert '2 rows have no box' in out and '1 boxes were clipped' in out


@pytest.mark.parametrize(
    'option, frames',
    [
        ((), [1, 5]),  # the times of the file
        (('--fps', '5'), [1, 6]),
    ],
)
def test_key_frames_of_video_files(option, frames):
    """The frames are shown at 0, 0.4, 0.8, 0.9, 1, 1.1 and 1.2 s."""
    write('actions.pbtxt', LABEL_MAP)
    rows = ['vid,902,0.25,0.1,0.5,0.9,12,3', 'vid,903,0.25,0.1,0.5,0.9,12,3']
    write('ava.csv', '\n'.join(rows) + '\n')
    Path('videos').mkdir()
    times = [0, 400, 800, 900, 1000, 1100, 1200]
    make_video('videos/vid.mkv', count=7, times=times)
    arguments = ('ava-csv', 'ava.csv', 'out.pkl', '--start', '902')
    arguments += ('--labels', 'actions.pbtxt', '--videos', 'videos')
    truth = convert(*arguments, *option, test='vid')
    assert [tube[0, 0] for tube in truth.gttubes['vid'][1]] == frames
    assert truth.nframes == {'vid': 7} and truth.resolution == {'vid': (48, 64)}
