"""Each problem is reported with its video and frame."""

import os
import re
import shutil

import numpy as np
import pytest

from mmvkp.tubes.annotations import load_tube_annotations
from mmvkp.tubes.data_checks import (
    Problem,
    all_videos,
    check_annotations,
    describe_problems,
)
from mmvkp.tubes.file_checks import check_files, check_joints

from .tube_data import make_jhmdb, make_ucf, tube, write_joints, write_pickle


def plant_seven_faults(root):
    """A data set like JHMDB in which seven things are wrong.

    Returns:
        list: For each fault the video, the frame (None: the whole video) and
        words of its description.
    """
    data = make_jhmdb(root)
    data['gttubes']['jump/a'] = {7: data['gttubes']['jump/a'][0]}
    data['gttubes']['jump/b'][0][0][4, 3] = 70  # x2; the image has 64 columns
    data['gttubes']['run/c'][1][0][2, [2, 4]] = 35, 11  # y1, y2
    data['gttubes']['run/d'][1][0][8, 0] = 10
    data['test_videos'][0].append('run/e')
    data['nframes']['run/e'], data['resolution']['run/e'] = 3, (48, 64)
    shutil.rmtree(root / 'joint_positions/jump/b')
    write_joints(root / 'joint_positions/jump/b', tube(1, 7), 7)
    write_pickle(root / 'JHMDB-GT.pkl', data)
    (root / 'Frames/run/e').mkdir()
    for frame in (1, 2, 3):
        shutil.copy(
            root / 'Frames/run/d/00001.png', root / f'Frames/run/e/{frame:05}.png'
        )
    os.remove(root / 'Frames/jump/a/00006.png')
    return [
        ('jump/a', None, 'label 7 is outside [0, 1]'),
        ('jump/b', 5, 'is outside the image of 64x48 pixels'),
        ('run/c', 3, 'is inverted'),
        ('run/d', 10, 'frame is outside [1, 9]'),
        ('run/e', None, 'has no annotations'),
        ('jump/b', None, 'joints of 7 frames; expected 10'),
        ('jump/a', 6, '.png is missing'),
    ]


def find_all(root):
    """All problems of a data set like JHMDB."""
    loaded = load_tube_annotations(root / 'JHMDB-GT.pkl')
    videos = all_videos(loaded)
    return [
        *check_annotations(loaded),
        *check_files(loaded, str(root / 'Frames'), videos, '{:05}.png'),
        *check_joints(loaded, str(root / 'joint_positions'), videos, {}),
    ]


def test_good_data_has_no_problems(tmp_path):
    make_jhmdb(tmp_path)
    assert find_all(tmp_path) == []


def test_seven_faults_are_seven_problems(tmp_path):
    faults = plant_seven_faults(tmp_path)
    problems = find_all(tmp_path)
    assert len(problems) == 7
    for video, frame, words in faults:
        assert [
            problem
            for problem in problems
            if problem.video == video
            and problem.frame == frame
            and words in problem.text
        ], (video, frame, words)


def change(path, where):
    """A data set whose annotations `where` has changed, and its problems."""
    data = make_ucf(path, frames=False)
    where(data)
    write_pickle(path / 'UCF101v2-GT.pkl', data)
    return check_annotations(load_tube_annotations(path / 'UCF101v2-GT.pkl'))


def set_frames(data, *frames):
    data['gttubes']['run/v_03'][1][0] = np.column_stack(
        [frames, np.tile((1, 2, 3, 4), (len(frames), 1))]
    )


def set_box(data, *box):
    data['gttubes']['run/v_03'][1][0][3, 1:] = box


@pytest.mark.parametrize(
    'where, video, frame, what',
    [
        (
            lambda d: set_frames(d, 2, 3, 3, 4),
            'run/v_03',
            3,
            'tube 0 of class 1: frame occurs twice',
        ),
        (
            lambda d: set_frames(d, 2, 5, 4, 6),
            'run/v_03',
            4,
            'frame comes after frame 5',
        ),
        (lambda d: set_frames(d, 0, 1), 'run/v_03', 0, r'outside \[1, 11\]'),
        (lambda d: set_frames(d, 1.5), 'run/v_03', None, '1.5 is not an integer'),
        (lambda d: set_frames(d, np.nan), 'run/v_03', None, 'nan is not an integer'),
        (lambda d: set_frames(d), 'run/v_03', None, 'tube 0 of class 1 is empty'),
        (lambda d: set_box(d, 5, 5, np.nan, 9), 'run/v_03', 5, 'not finite'),
        (lambda d: set_box(d, 5, 5, 5, 9), 'run/v_03', 5, 'has no area: x1 == x2'),
        (lambda d: set_box(d, 5, 5, np.inf, 9), 'run/v_03', 5, 'not finite'),
        (
            lambda d: set_box(d, 9, 5, 5, 9),
            'run/v_03',
            5,
            r'box \(9, 5, 5, 9\) '
            'is inverted',
        ),
        (lambda d: set_box(d, -1.5, 5, 5, 9), 'run/v_03', 5, 'outside the image'),
        (lambda d: set_box(d, 1, 5, 5, 48.5), 'run/v_03', 5, 'outside the image'),
        (lambda d: d['gttubes'].pop('run/v_02'), 'run/v_02', None, 'no annotations'),
        (
            lambda d: d['nframes'].pop('run/v_04'),
            'run/v_04',
            None,
            'no number of frames',
        ),
        (
            lambda d: d['nframes'].update({'run/v_04': 0}),
            'run/v_04',
            None,
            'has 0 frames',
        ),
        (
            lambda d: d['resolution'].pop('run/v_04'),
            'run/v_04',
            None,
            'has no resolution',
        ),
        (
            lambda d: d['resolution'].update({'run/v_04': (0, 64)}),
            'run/v_04',
            None,
            r'has the resolution \(0, 64\)',
        ),
        (
            lambda d: d['gttubes']['run/v_04'].update({-1: []}),
            'run/v_04',
            None,
            r'label -1 is outside \[0, 1\]; there are 2 labels, counted from 0',
        ),
        (
            lambda d: d['test_videos'][0].append('run/v_02'),
            'run/v_02',
            None,
            'in the test list of split 1 and already in its training list',
        ),
        (
            lambda d: d['train_videos'].append([]),
            '',
            None,
            r'train_videos has 2 split\(s\), test_videos 1',
        ),
    ],
)
def test_each_fault_alone(tmp_path, where, video, frame, what):
    problems = change(tmp_path, where)
    assert [(each.video, each.frame) for each in problems] == [(video, frame)]
    assert re.search(what, problems[0].text)


@pytest.mark.parametrize(
    'where', [lambda d: set_box(d, -1, -1, 64, 48), lambda d: set_frames(d, 2, 5, 9)]
)
def test_what_is_allowed(tmp_path, where):
    # Rounding by a pixel, and gaps.
    assert change(tmp_path, where) == []


def test_chosen_videos_only(tmp_path):
    data = make_ucf(tmp_path, frames=False)
    data['gttubes']['run/v_03'][5] = []
    data['test_videos'][0].append('run/v_02')
    write_pickle(tmp_path / 'UCF101v2-GT.pkl', data)
    loaded = load_tube_annotations(tmp_path / 'UCF101v2-GT.pkl')
    assert check_annotations(loaded, ['run/v_02', 'jump/v_01']) == []
    assert len(check_annotations(loaded, ['run/v_03'])) == 1
    assert len(check_annotations(loaded)) == 2


def test_long_lists_are_counted():
    problems = [Problem('v', i, 'is bad') for i in range(1, 8)]
    text = describe_problems(problems, 'GT.pkl', 3).splitlines()
    assert text == [
        'GT.pkl: 7 problem(s)',
        '  v, frame 1: is bad',
        '  v, frame 2: is bad',
        '  v, frame 3: is bad',
        '  ... and 4 more',
    ]
    assert str(Problem('', None, 'is bad')) == 'is bad'
    assert str(Problem('v', None, 'is bad')) == 'v: is bad'
