import importlib
import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[2]
tool = importlib.import_module('mmvkp.tubes.check')
tube_data = importlib.import_module('tests.tubes.tube_data')
checks = importlib.import_module('tests.tubes.test_data_checks')


def _jhmdb(root, *options):
    return tool.main(
        [
            str(root / 'JHMDB-GT.pkl'),
            '--frames',
            str(root / 'Frames'),
            '--joints',
            str(root / 'joint_positions'),
            *options,
        ]
    )


def test_seven_faults_are_named(tmp_path, capsys):
    faults = checks.plant_seven_faults(tmp_path)
    assert _jhmdb(tmp_path) == 1
    text = capsys.readouterr().out
    assert '7 problem(s)' in text
    lines = text.splitlines()[1:]
    assert len(lines) == 7
    for video, frame, words in faults:
        place = video if frame is None else f'{video}, frame {frame}'
        assert any(
            line.startswith(f'  {place}: ') and words in line for line in lines
        ), (place, words)


def test_limit(tmp_path, capsys):
    checks.plant_seven_faults(tmp_path)
    assert _jhmdb(tmp_path, '--limit', '2') == 1
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 4 and lines[-1] == '  ... and 5 more'


def test_summary(tmp_path, capsys):
    tube_data.make_jhmdb(tmp_path)
    assert _jhmdb(tmp_path) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].endswith('JHMDB-GT.pkl: no problems')
    assert lines[1] == '4 videos, 3 split(s)'
    assert lines[2] == 'split 1: 3 training, 1 test videos'
    # Tubes of 12 and 10 frames, and of 5 and 9.
    assert [line.split() for line in lines[5:]] == [
        ['class', 'videos', 'tubes', 'frames'],
        ['jump', '2', '2', '22'],
        ['run', '2', '2', '14'],
    ]


def test_videos(tmp_path, capsys):
    data = tube_data.make_ucf(tmp_path)
    arguments = [
        str(tmp_path / 'UCF101v2-GT.pkl'),
        '--videos',
        str(tmp_path / 'videos'),
    ]
    assert tool.main(arguments) == 0
    assert (
        tool.main(
            [
                arguments[0],
                '--frames',
                str(tmp_path / 'rgb-images'),
                '--filename-tmpl',
                '{:05}.jpg',
            ]
        )
        == 0
    )
    # Longer and larger than the file, not there, and no video.
    data['nframes']['run/v_02'] = 18
    data['resolution']['run/v_03'] = (50, 64)
    tube_data.write_pickle(arguments[0], data)
    (tmp_path / 'videos/jump/v_01.avi').unlink()
    (tmp_path / 'videos/run/v_04.avi').write_bytes(b'no video')
    capsys.readouterr()
    assert tool.main(arguments) == 1
    text = capsys.readouterr().out
    assert '4 problem(s)' in text
    for words in (
        'run/v_02, frame 16: ',
        'has 15 frames, the annotations say 18',
        'has 48 rows and 64 columns, the annotations say (50,',
        'jump/v_01: there is no file',
        'cannot be decoded',
    ):
        assert words in text


def test_size_of_frames(tmp_path, capsys):
    tube_data.make_jhmdb(tmp_path)
    folder = tmp_path / 'Frames/run/d'
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()
    tube_data.write_frames(folder, np.zeros((9, 24, 32, 3), np.uint8))
    assert _jhmdb(tmp_path) == 1
    assert 'run/d: ' in (text := capsys.readouterr().out)
    assert '24 rows and 32 columns, the annotations say (48, 64)' in text


def test_annotations_alone_and_in_json(tmp_path, capsys):
    data = dict(
        labels=['a'],
        gttubes={'v': {'0': [[[1, 2, 3, 4, 5]]]}},
        nframes={'v': 1},
        train_videos=['v'],
        test_videos=[],
        resolution={'v': [10, 10]},
    )
    path = tmp_path / 'own.json'
    path.write_text(json.dumps(data))
    # A flat list of training videos is one split, no test videos are none.
    assert tool.main([str(path)]) == 1
    data['test_videos'] = [[]]
    path.write_text(json.dumps(data))
    assert tool.main([str(path)]) == 0
    assert 'own.json: no problems' in capsys.readouterr().out


@pytest.mark.parametrize(
    'content, message',
    [(b'cos\nsystem\n(S"true"\ntR.', 'os.system'), (b'no pickle', 'readable|damaged')],
)
def test_bad_files_end_with_one_line(tmp_path, capsys, content, message):
    path = tmp_path / 'GT.pkl'
    path.write_bytes(content)
    assert tool.main([str(path)]) == 2
    error = capsys.readouterr().err
    assert error.startswith('check_tubes.py: error: ')
    assert error.count('\n') == 1
    assert re.search(message, error)


def test_bad_arguments(tmp_path, capsys):
    tube_data.make_jhmdb(tmp_path)
    annotations = str(tmp_path / 'JHMDB-GT.pkl')
    assert tool.main([str(tmp_path / 'none.pkl')]) == 2
    assert 'none.pkl' in capsys.readouterr().err
    assert tool.main([annotations, '--frames', str(tmp_path)]) == 2
    assert 'no video has a first frame' in capsys.readouterr().err
    for options, message in (
        (('--limit', '0'), '--limit 0 must be at least'),
        (('--frames', 'nowhere'), '--frames nowhere is not a folder'),
        (('--frames', str(tmp_path), '--videos', str(tmp_path)), 'not allowed with'),
    ):
        with pytest.raises(SystemExit) as stop:
            tool.main([annotations, *options])
        assert stop.value.code == 2
        assert message in capsys.readouterr().err


def test_as_a_command(tmp_path):
    checks.plant_seven_faults(tmp_path)
    done = subprocess.run(
        [sys.executable, '-m', 'mmvkp.tubes.check', str(tmp_path / 'JHMDB-GT.pkl')],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    # Without folders only the annotations are looked at.
    assert '5 problem(s)' in done.stdout
