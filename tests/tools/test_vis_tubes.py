"""Tubes of both kinds of files come out as pictures and videos."""
import importlib
import json
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from mmvkp.datasets.tube_annotations import (TubeAnnotations,
                                             save_tube_annotations)
from mmvkp.visualization.key_point_shifts import COLORS

sys.path.insert(0, str(Path(__file__).parents[2] / 'tools' / 'visualizations'))
tool = importlib.import_module('vis_tubes')

RED = COLORS[0][::-1]  # BGR of the first tube


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    """Five grey frames of 40 x 50, a box in frames 2 and 3."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / 'frames').mkdir()
    writer = cv2.VideoWriter('video.avi', cv2.VideoWriter_fourcc(*'MJPG'), 10,
                             (50, 40))
    for number in range(1, 6):
        frame = np.full((40, 50, 3), 90, np.uint8)
        cv2.imwrite(f'frames/{number:05d}.png', frame)
        writer.write(frame)
    writer.release()
    rows = np.float32([[2, 10, 20, 29, 34], [3, 10, 20, 29, 34]])
    save_tube_annotations(
        TubeAnnotations(['walk'], {'Walk/a': {
            0: [rows]
        }}, {'Walk/a': 5}, [['Walk/a']], [[]], {'Walk/a': (40, 50)}), 'gt.pkl')
    tube = dict(
        label=0,
        score=0.4,
        id=3,
        frames=[2, 3],
        boxes=[[10, 20, 29, 34], [10, 20, 29, 34]])
    Path('tubes.json').write_text(
        json.dumps(dict(labels=['walk'], videos={'Walk/a': [tube]})))


def _run(*arguments, video='frames'):
    return tool.main([video, '--video-id', 'Walk/a', *arguments])


def _boxed(frame, scale):
    """Whether the left edge of the box is there; left corner (10, 20)."""
    edge = frame[30 * scale - scale:30 * scale, 10 * scale]
    return bool((np.abs(edge.astype(int) - RED) < 60).all())


@pytest.mark.parametrize('source', [('--ann', 'gt.pkl'),
                                    ('--tubes', 'tubes.json')])
@pytest.mark.parametrize('video', ['frames', 'video.avi'])
def test_strip(source, video, capsys):
    assert _run(
        *source,
        '--out',
        'a/b.png',
        '--num-frames',
        '5',
        '--height',
        '80',
        video=video) == 0
    strip = cv2.imread('a/b.png')
    assert strip.shape == (80, 5 * 100 + 4 * 4, 3)
    frames = [strip[:, i * 104:i * 104 + 100] for i in range(5)]
    assert [_boxed(frame, 2) for frame in frames] == [0, 1, 1, 0, 0]
    assert '1 tubes on 5 frames -> a/b.png' in capsys.readouterr().out


def test_video():
    assert _run('--ann', 'gt.pkl', '--height', '161') == 0
    capture = cv2.VideoCapture('tubes.mp4')
    frames = [capture.read()[1] for _ in range(5)]
    assert not capture.read()[0] and capture.get(cv2.CAP_PROP_FPS) == 12
    assert frames[0].shape == (160, 200, 3)  # even sides
    # The codec blurs colours: more red than green at the left edge or not.
    edges = [frame[100:130, 38:43].astype(int) for frame in frames]
    red = [(edge[..., 2] - edge[..., 1]).max(1).mean() for edge in edges]
    assert [value > 30 for value in red] == [0, 1, 1, 0, 0]
    assert sorted(p.name for p in Path().iterdir()) == [
        'frames', 'gt.pkl', 'tubes.json', 'tubes.mp4', 'video.avi'
    ]


def test_score_threshold(capsys):
    assert _run('--tubes', 'tubes.json', '--out', 'a.png', '--score-thr',
                '0.5') == 0
    assert '0 tubes on 5 frames' in capsys.readouterr().out
    assert (cv2.imread('a.png')[:, :100] == 90).all()


def test_joints(capsys):
    points = np.full((1, 5, 4, 2), np.nan)
    points[0, 1, 0] = 42, 30  # outside the box
    (Path('joints/Walk')).mkdir(parents=True)
    np.savez('joints/Walk/a.npz', keypoint=points)
    options = ('--ann', 'gt.pkl', '--out', 'a.png', '--num-frames', '5',
               '--height', '40')
    assert _run(*options, '--joints', 'joints') == 0
    strip = cv2.imread('a.png')
    assert strip[30, 54 + 42].tolist() == list(RED)
    assert strip[30, 108 + 42].tolist() == [90, 90, 90]
    np.savez('joints/Walk/a.npz', keypoint=points[:, :2])
    assert _run(*options, '--joints', 'joints') == 2
    assert 'has joints of 1 tubes in 2 frames' in capsys.readouterr().err
    assert _run(*options, '--joints', 'frames') == 2
    assert '--joints frames has no joints of Walk/a' in capsys.readouterr().err


def test_tubes_that_are_longer_than_the_video(capsys):
    Path('frames/00005.png').unlink()
    Path('frames/00004.png').unlink()
    Path('frames/00003.png').unlink()
    assert _run('--ann', 'gt.pkl', '--out', 'a.png') == 0
    assert 'the tubes go to frame 3, the video ends at 2' in \
        capsys.readouterr().out


@pytest.mark.parametrize('arguments, message', [
    (('--ann', 'gt.pkl', '--video-id', 'walk/a'),
     "gt.pkl has no video 'walk/a'; it has 1, such as Walk/a"),
    (('--ann', 'none.pkl'), 'none.pkl'),
    (('--tubes', 'gt.json'), 'gt.json: not a file of linked tubes'),
    (('--tubes', 'short.json'), 'tube 0 of Walk/a has 2 frames and 1 boxes'),
    (('--tubes', 'bad.json'), 'bad.json: tube 0 of Walk/a cannot be read'),
    (('--ann', 'gt.pkl', '--out', 'a.gif'), '--out a.gif must end in .mp4'),
])
def test_mistakes_are_named(capsys, arguments, message):
    Path('gt.json').write_text('[1]')
    tube = dict(label=0, score=1, id=0, frames=[1, 2], boxes=[[0, 0, 1, 1]])
    for name, entry in (('short', tube), ('bad', dict(label=0))):
        Path(f'{name}.json').write_text(
            json.dumps(dict(labels=['walk'], videos={'Walk/a': [entry]})))
    assert _run(*arguments) == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize('video, message', [
    ('nothing', 'nothing: no such video or folder of frames'),
    ('empty', 'empty holds no frames'),
    ('gt.pkl', 'gt.pkl cannot be read as a video'),
])
def test_missing_videos_are_named(capsys, video, message):
    Path('empty').mkdir()
    assert _run('--ann', 'gt.pkl', video=video) == 2
    assert message in capsys.readouterr().err


def test_bad_arguments(capsys):
    with pytest.raises(SystemExit):
        _run('--ann', 'gt.pkl', '--num-frames', '0')
    assert '--num-frames 0 must be positive' in capsys.readouterr().err
