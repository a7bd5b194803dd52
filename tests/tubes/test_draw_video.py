"""Strips, movies and plots of both kinds of tube files."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from mmvkp.tubes.annotations import TubeAnnotations, save_tube_annotations
from mmvkp.tubes.draw import DrawnTube
from mmvkp.tubes.draw_video import correct_tubes
from mmvkp.video.palette import MARK_COLORS

from ..cli import run

RED = MARK_COLORS[0][::-1]  # BGR of the first tube


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    """Five grey frames of 40 x 50, a box in frames 2 and 3."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / 'frames').mkdir()
    writer = cv2.VideoWriter('video.avi', cv2.VideoWriter_fourcc(*'MJPG'), 10, (50, 40))
    for number in range(1, 6):
        frame = np.full((40, 50, 3), 90, np.uint8)
        cv2.imwrite(f'frames/{number:05d}.png', frame)
        writer.write(frame)
    writer.release()
    rows = np.float32([[2, 10, 20, 29, 34], [3, 10, 20, 29, 34]])
    save_tube_annotations(
        TubeAnnotations(
            ['walk'],
            {'Walk/a': {0: [rows]}},
            {'Walk/a': 5},
            [['Walk/a']],
            [[]],
            {'Walk/a': (40, 50)},
        ),
        'gt.pkl',
    )
    tube = dict(
        label=0,
        score=0.4,
        id=3,
        frames=[2, 3],
        boxes=[[10, 20, 29, 34], [10, 20, 29, 34]],
    )
    Path('tubes.json').write_text(
        json.dumps(dict(labels=['walk'], videos={'Walk/a': [tube]}))
    )


def _run(*arguments, video='frames'):
    return run('draw', 'tubes', video, '--video-id', 'Walk/a', *arguments)


def _boxed(frame, scale):
    """True if the left edge of the box is drawn; left corner (10, 20)."""
    edge = frame[30 * scale - scale : 30 * scale, 10 * scale]
    return bool((np.abs(edge.astype(int) - RED) < 60).all())


@pytest.mark.parametrize('source', [('--ann', 'gt.pkl'), ('--tubes', 'tubes.json')])
@pytest.mark.parametrize('video', ['frames', 'video.avi'])
def test_strip(source, video, capsys):
    assert (
        _run(
            *source,
            '--out',
            'a/b.png',
            '--num-frames',
            '5',
            '--height',
            '80',
            video=video,
        )
        == 0
    )
    strip = cv2.imread('a/b.png')
    assert strip.shape == (80, 5 * 100 + 4 * 4, 3)
    frames = [strip[:, i * 104 : i * 104 + 100] for i in range(5)]
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
        'frames',
        'gt.pkl',
        'tubes.json',
        'tubes.mp4',
        'video.avi',
    ]


def test_the_codec_is_h264():
    av = pytest.importorskip('av')
    assert _run('--ann', 'gt.pkl') == 0
    with av.open('tubes.mp4') as movie:
        stream = movie.streams.video[0]
        assert stream.codec_context.name == 'h264'
        assert stream.codec_context.pix_fmt == 'yuv420p'


def test_score_threshold(capsys):
    assert _run('--tubes', 'tubes.json', '--out', 'a.png', '--score-thr', '0.5') == 0
    assert '0 tubes on 5 frames' in capsys.readouterr().out
    assert (cv2.imread('a.png')[:, :100] == 90).all()


def test_joints(capsys):
    points = np.full((1, 5, 4, 2), np.nan)
    points[0, 1, 0] = 42, 30  # outside the box
    (Path('joints/Walk')).mkdir(parents=True)
    np.savez('joints/Walk/a.npz', keypoint=points)
    options = (
        '--ann',
        'gt.pkl',
        '--out',
        'a.png',
        '--num-frames',
        '5',
        '--height',
        '40',
    )
    assert _run(*options, '--joints', 'joints') == 0
    strip = cv2.imread('a.png')
    assert strip[30, 54 + 42].tolist() == list(RED)
    assert strip[30, 108 + 42].tolist() == [90, 90, 90]
    np.savez('joints/Walk/a.npz', keypoint=points[:, :2])
    assert _run(*options, '--joints', 'joints') == 1
    assert 'has joints of 1 tubes in 2 frames' in capsys.readouterr().err
    assert _run(*options, '--joints', 'frames') == 1
    assert '--joints frames has no joints of Walk/a' in capsys.readouterr().err


def test_tubes_that_are_longer_than_the_video(capsys):
    Path('frames/00005.png').unlink()
    Path('frames/00004.png').unlink()
    Path('frames/00003.png').unlink()
    assert _run('--ann', 'gt.pkl', '--out', 'a.png') == 0
    assert 'the tubes go to frame 3, the video ends at 2' in capsys.readouterr().out


@pytest.mark.parametrize(
    'arguments, message',
    [
        (
            ('--ann', 'gt.pkl', '--video-id', 'walk/a'),
            "gt.pkl has no video 'walk/a'; it has 1, such as Walk/a",
        ),
        (('--ann', 'none.pkl'), 'none.pkl'),
        (('--tubes', 'gt.json'), 'gt.json: not a file of linked tubes'),
        (
            ('--tubes', 'short.json'),
            "tube 0 of Walk/a cannot be read (ValueError('2 frames and 1 boxes'",
        ),
        (('--tubes', 'bad.json'), 'bad.json: tube 0 of Walk/a cannot be read'),
        (('--ann', 'gt.pkl', '--out', 'a.gif'), '--out a.gif must end in .mp4'),
    ],
)
def test_mistakes_are_named(capsys, arguments, message):
    Path('gt.json').write_text('[1]')
    tube = dict(label=0, score=1, id=0, frames=[1, 2], boxes=[[0, 0, 1, 1]])
    for name, entry in (('short', tube), ('bad', dict(label=0))):
        Path(f'{name}.json').write_text(
            json.dumps(dict(labels=['walk'], videos={'Walk/a': [entry]}))
        )
    assert _run(*arguments) == 1
    assert message in capsys.readouterr().err


@pytest.mark.parametrize(
    'video, message',
    [
        ('nothing', 'no video file nothing'),
        ('empty', 'empty holds no frames'),
        ('gt.pkl', 'gt.pkl cannot be read as a video'),
    ],
)
def test_missing_videos_are_named(capsys, video, message):
    Path('empty').mkdir()
    assert _run('--ann', 'gt.pkl', video=video) == 1
    assert message in capsys.readouterr().err


def test_bad_arguments(capsys):
    assert _run('--ann', 'gt.pkl', '--num-frames', '0') == 1
    assert "'--num-frames': 0 is not in the range x>=1" in capsys.readouterr().err


def _has(picture, color):
    return bool((np.abs(picture.astype(int) - color).max(-1) < 4).sum() > 50)


def test_space_time(capsys):
    """One right tube and one on other frames; blue truth, red, green."""
    content = json.loads(Path('tubes.json').read_text())
    entry = content['videos']['Walk/a'][0]
    late = dict(entry, frames=[4, 5], id=5, score=0.2)
    content['videos']['Walk/a'].append(late)
    Path('tubes.json').write_text(json.dumps(content))
    blue, red, green = (255, 95, 31), (32, 32, 224), (58, 154, 26)
    options = ('--plot', 'space-time', '--out')
    both = ('--ann', 'gt.pkl', '--tubes', 'tubes.json')
    assert _run(*both, *options, 'new/a.png') == 0
    drawn = cv2.imread('new/a.png')
    assert _has(drawn, blue) and _has(drawn, red) and _has(drawn, green)
    assert '1 true and 2 found tubes on 5 frames' in capsys.readouterr().out
    assert _run(*both, *options, 'b.png', '--score-thr', '0.3') == 0
    drawn = cv2.imread('b.png')
    assert _has(drawn, red) and not _has(drawn, green)
    assert _run('--ann', 'gt.pkl', *options, 'c.png', video='video.avi') == 0
    drawn = cv2.imread('c.png')
    assert _has(drawn, blue) and not _has(drawn, red)


def test_which_tubes_are_right():
    """Equal frames of 20 x 15 pixels; 2 of 4 frames are a half, each truth is
    found once and only by its class."""
    boxes = np.tile([10.0, 20, 29, 34], (4, 1))
    truths = [DrawnTube(0, np.arange(1, 5), boxes)]
    found = [
        DrawnTube(0, np.arange(1, 3), boxes[:2], 0.3),
        DrawnTube(1, np.arange(1, 5), boxes, 0.9),
        DrawnTube(0, np.arange(1, 5), boxes, 0.2),
    ]
    assert correct_tubes(truths, found) == [True, False, False]
    assert correct_tubes(truths, found[2:]) == [True]
    assert correct_tubes([], found) == [False] * 3


def test_mistakes_with_plots(capsys):
    both = ('--ann', 'gt.pkl', '--tubes', 'tubes.json')
    for arguments, message in (
        (both, 'together need --plot space-time'),
        ((), '--ann and --tubes is required'),
    ):
        assert _run(*arguments) == 1
        assert message in capsys.readouterr().err
    plot = ('--plot', 'space-time')
    assert _run(*both, *plot, '--out', 'a.mp4') == 1
    assert '--out a.mp4 must end in one of .png' in capsys.readouterr().err
    content = json.loads(Path('tubes.json').read_text())
    Path('tubes.json').write_text(json.dumps(dict(content, labels=['run'])))
    assert _run(*both, *plot, '--out', 'a.png') == 1
    assert 'gt.pkl and tubes.json have different classes' in capsys.readouterr().err
