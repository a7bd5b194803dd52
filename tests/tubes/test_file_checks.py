"""Files of a data set, checked by `mmvkp data check`."""

import json
import os
import re
import shutil

import numpy as np
import pytest

from mmvkp.tubes.annotations import load_tube_annotations
from mmvkp.tubes.data_checks import all_videos
from mmvkp.tubes.file_checks import check_files, check_joints
from mmvkp.video import video_info

from ..cli import run
from ..video.made_videos import make_video, truncate
from . import test_data_checks as checks
from . import tube_data
from .tube_data import make_jhmdb, make_ucf


def check(*words):
    return run('data', 'check', *words)


def _jhmdb(root, *options):
    folders = ('--frames', root / 'Frames', '--joints', root / 'joint_positions')
    return check(root / 'JHMDB-GT.pkl', *folders, *options)


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
    assert check(*arguments) == 0
    assert (
        check(
            arguments[0],
            '--frames',
            str(tmp_path / 'rgb-images'),
            '--filename-tmpl',
            '{:05}.jpg',
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
    assert check(*arguments) == 1
    text = capsys.readouterr().out
    assert '4 problem(s)' in text
    for words in (
        'run/v_02, frame 16: ',
        'has 15 frames, the annotations say 18',
        'has 48 rows and 64 columns, the annotations say (50,',
        'jump/v_01: file ',
        'cannot be read as a video',
    ):
        assert words in text


def test_rotated_and_damaged_videos(tmp_path, capsys):
    options = {'movflags': 'faststart'}
    kinds = dict(gop=5, rotation=90, size=(48, 64), file_options=options)
    for name in 'abc':
        make_video(tmp_path / f'{name}.mp4', **kinds)
    truncate(tmp_path / 'c.mp4')
    readable = video_info(tmp_path / 'c.mp4').num_frames
    data = dict(
        labels=['x'],
        gttubes=dict.fromkeys('abc', {'0': [[[1, 2, 3, 4, 5]]]}),
        nframes=dict(a=30, b=30, c=readable),
        train_videos=[[*'abc']],
        test_videos=[[]],
        resolution=dict(a=[64, 48], b=[48, 64], c=[64, 48]),
    )
    path = tmp_path / 'own.json'
    path.write_text(json.dumps(data))
    assert check(str(path), '--videos', str(tmp_path)) == 1
    text = capsys.readouterr().out
    assert '2 problem(s)' in text
    assert re.search(r'b: .*64 rows and 48 columns.* rotated by 90 degrees', text)
    assert re.search(rf'c: .*is damaged: {readable} frames can be read', text)


def test_videos_longer_than_their_annotations(tmp_path, capsys):
    data = tube_data.make_ucf(tmp_path)
    truth = str(tmp_path / 'UCF101v2-GT.pkl')
    folders = ('--videos', 'videos'), ('--frames', 'rgb-images')
    for option, folder in folders:
        assert check(truth, option, tmp_path / folder) == 0
        assert 'note:' not in capsys.readouterr().out
    # The file has 15 frames.
    data['nframes']['run/v_02'] = 14
    for tubes in data['gttubes']['run/v_02'].values():
        tubes[:] = [tube[tube[:, 0] < 15] for tube in tubes]
    tube_data.write_pickle(truth, data)
    for option, folder in folders:
        assert check(truth, option, tmp_path / folder) == 0
        assert (
            'note: 1 videos have more frames than the annotations say (first: '
            'run/v_02, 15 and 14)'
        ) in capsys.readouterr().out


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
    assert check(path) == 1
    data['test_videos'] = [[]]
    path.write_text(json.dumps(data))
    assert check(path) == 0
    assert 'own.json: no problems' in capsys.readouterr().out


@pytest.mark.parametrize(
    'content, message',
    [(b'cos\nsystem\n(S"true"\ntR.', 'os.system'), (b'no pickle', 'readable|damaged')],
)
def test_bad_files_end_with_one_line(tmp_path, capsys, content, message):
    path = tmp_path / 'GT.pkl'
    path.write_bytes(content)
    assert check(path) == 1
    error = capsys.readouterr().err
    assert error.startswith('mmvkp data check: error: ')
    assert error.count('\n') == 1
    assert re.search(message, error)


def test_bad_arguments(tmp_path, capsys):
    tube_data.make_jhmdb(tmp_path)
    annotations = str(tmp_path / 'JHMDB-GT.pkl')
    assert check(str(tmp_path / 'none.pkl')) == 1
    assert 'none.pkl' in capsys.readouterr().err
    assert check(annotations, '--frames', str(tmp_path)) == 1
    assert 'no video has a first frame' in capsys.readouterr().err


def test_annotations_without_files(tmp_path, capsys):
    checks.plant_seven_faults(tmp_path)
    assert check(tmp_path / 'JHMDB-GT.pkl') == 1
    # The other two are in the folders.
    assert '5 problem(s)' in capsys.readouterr().out


def test_files(tmp_path):
    make_ucf(tmp_path)
    loaded = load_tube_annotations(tmp_path / 'UCF101v2-GT.pkl')
    videos = all_videos(loaded)
    frames, clips = str(tmp_path / 'rgb-images'), str(tmp_path / 'videos')
    assert list(check_files(loaded, frames, videos, '{:05}.jpg')) == []
    assert list(check_files(loaded, clips, videos, None)) == []
    shutil.rmtree(tmp_path / 'rgb-images/run/v_02')
    for frame in (1, 4, 11):
        os.remove(tmp_path / f'rgb-images/run/v_03/{frame:05}.jpg')
    os.remove(tmp_path / 'videos/run/v_04.avi')
    found = [
        (p.video, p.frame) for p in check_files(loaded, frames, videos, '{:05}.jpg')
    ]
    assert found == [
        ('run/v_02', None),
        ('run/v_03', 1),
        ('run/v_03', 4),
        ('run/v_03', 11),
    ]
    found = [
        (p.video, p.frame)
        for p in check_files(loaded, frames, videos, '{:05}.jpg', every=False)
    ]
    assert found == [('run/v_02', None), ('run/v_03', 1), ('run/v_03', 11)]
    (missing,) = check_files(loaded, clips, videos, None)
    assert missing.video == 'run/v_04'
    assert 'with the suffix of a video (.mp4, ...) is missing' in missing.text


def test_joints(tmp_path):
    make_jhmdb(tmp_path)
    loaded = load_tube_annotations(tmp_path / 'JHMDB-GT.pkl')
    folder = tmp_path / 'joint_positions'
    found = {}
    assert check_joints(loaded, str(folder), all_videos(loaded), found) == []
    assert sorted(found) == sorted(loaded.gttubes)
    os.remove(folder / 'jump/b/joint_positions.mat')
    (folder / 'run/c/joint_positions.mat').write_bytes(b'no matrix')
    shutil.rmtree(folder / 'run/d')
    np.savez(folder / 'run/d', keypoint=np.zeros((2, 9, 17, 2)))
    problems = check_joints(loaded, str(folder), all_videos(loaded), {})
    assert [problem.video for problem in problems] == [
        'jump/b',
        'run/c',
        'run/d',
        'run/d',
    ]
    for problem, words in zip(
        problems,
        (
            'joints are missing',
            'not a readable .mat',
            'joints of 2 tube(s); expected 1',
            'joints of 17 joints; expected 15',
        ),
    ):
        assert words in problem.text
    # A video without tubes needs no joints.
    loaded.gttubes['jump/b'] = {}
    assert len(check_joints(loaded, str(folder), all_videos(loaded), {})) == 3


def test_names_that_leave_their_folder(tmp_path, capsys):
    """Reported once, and never opened."""
    data = make_jhmdb(tmp_path)
    for key in ('gttubes', 'nframes', 'resolution'):
        data[key]['../Frames/jump/a'] = data[key]['jump/a']
    data['test_videos'][0].append('../Frames/jump/a')
    tube_data.write_pickle(tmp_path / 'JHMDB-GT.pkl', data)
    assert _jhmdb(tmp_path) == 1
    text = capsys.readouterr().out
    assert '1 problem(s)' in text and 'the name leads out of its folder' in text
