"""The commands of Point3D: options, pictures, tables and errors."""

import re
from pathlib import Path

import cv2
import numpy as np
import pytest

from ..cli import run as run_command
from ..tubes import tube_data
from .tiny_point3d import RESIZE, point3d_config, save_detector

BLUE = (255, 90, 0)  # BGR


def write(root, classes=('jump', 'run', 'sit'), **options):
    """Config and checkpoint, for videos of 64 x 48 pixels."""
    config = point3d_config(RESIZE, **options)
    root.mkdir(exist_ok=True)
    if not (root / 'data').exists():
        box = tube_data.tube(1, 8, (20, 12, 43, 35))
        videos = {f'jump/{name}': (8, {0: [box]}) for name in 'ab'}
        tube_data.write_pickle(
            root / 'gt.pkl',
            tube_data.annotations(videos, [['jump/a']], [['jump/b']], classes),
        )
        for name, (count, tubes) in videos.items():
            tube_data.write_frames(root / 'data' / name, tube_data.draw(count, tubes))
    config.test_dataloader.dataset.update(
        ann_file=str(root / 'gt.pkl'),
        data_prefix=dict(img=str(root / 'data')),
        filename_tmpl='{:05}.png',
        test_mode=True,
    )
    return save_detector(root, config)


def run(*arguments):
    return run_command('draw', 'point-heatmaps', *arguments)


def test_two_clips(tmp_path, capsys):
    out = tmp_path / 'new/a.png'
    assert (
        run(
            *write(tmp_path),
            '--index',
            3,
            '--index',
            5,
            '--out',
            out,
            '--height',
            192,
            '--frames',
            3,
            '--score-threshold',
            2,
        )
        == 0
    )
    said = capsys.readouterr().out
    # The clip of frame 4 are frames 2 to 5.
    assert (
        'clip 3, jump/b, frames 2 to 5: 4 ground-truth boxes, 0 found, 0 wrong' in said
    )
    drawn = cv2.imread(str(out))
    # Three rows with bars of 18 and gaps of 4, captions below the first.
    one = 3 * (192 + 18) + 18 + 2 * 4
    assert len(drawn) == 2 * one + 12
    # Four times the frame, pixel 20 begins at 80, 43 ends at 175.
    for left in (0, 260, 520):
        for top in (18, 18 + one + 12):
            row = drawn[top + 100, left : left + 256]
            assert np.flatnonzero((row == BLUE).all(-1)).tolist() == [80, 175]


def test_found_boxes_and_a_frame(tmp_path, capsys):
    out = tmp_path / 'a.png'
    files = write(tmp_path)
    assert (
        run(
            *files,
            '--video-id',
            'jump/b',
            '--frame',
            4,
            '--out',
            out,
            '--score-threshold',
            0,
        )
        == 0
    )
    said = capsys.readouterr().out
    assert said.startswith('clip 3, jump/b, frames 2 to 5: 4 ground-truth boxes')
    found, wrong = (int(part.split()[0]) for part in said.split(',')[-2:])
    # max_per_frame is 6.
    assert found + wrong == 4 * 6


@pytest.mark.parametrize(
    'options, rows',
    [
        (dict(head=False), 3),
        (
            dict(
                point_head=dict(
                    type='Point3DHead', in_channels=8, mid_channels=8, num_knots=0
                )
            ),
            2,
        ),
    ],
)
def test_other_heads(tmp_path, options, rows):
    out = tmp_path / 'a.png'
    assert (
        run(*write(tmp_path, **options), '--index', 0, '--out', out, '--height', 128)
        == 0
    )
    assert len(cv2.imread(str(out))) == rows * (128 + 18 + 4) - 4 + 18


@pytest.mark.parametrize('head', [True, False])
def test_draw_attention(tmp_path, capsys, head):
    """Rows of boxes, centres and joints; a movie covers the video."""
    picture, movie = tmp_path / 'a.png', tmp_path / 'a.mp4'
    files = write(tmp_path, head=head)
    out = ('--out', picture, '--out', movie, '--height', 64)
    assert run_command('draw', 'attention', 'jump/b', *files, *out) == 0
    assert 'mean of 2 clip(s)' in capsys.readouterr().out
    assert len(cv2.imread(str(picture))) == 3 * (64 + 18 + 4) - 4 + 18
    capture = cv2.VideoCapture(str(movie))
    assert capture.get(cv2.CAP_PROP_FRAME_COUNT) == 8


def test_user_mistakes(tmp_path, capsys):
    out = ('--out', tmp_path / 'a.png')
    config, checkpoint = write(tmp_path)
    other = write(tmp_path / 'other', ('jump', 'run'))
    plain = write(tmp_path / 'plain', head=False)
    cases = (
        (
            (config, checkpoint, '--index', 8),
            'clip 8 is missing; the test data have 8 clips, from 0 to 7',
        ),
        (
            (config, checkpoint, '--video-id', 'jump/a'),
            "no test video 'jump/a' in split 1",
        ),
        (
            (config, checkpoint, '--video-id', 'jump/b', '--frame', 9),
            "video 'jump/b' has no frame 9; it has frames 1 to 8",
        ),
        ((config, plain[1], '--index', 0), 'does not fit the config'),
        ((config, 'gone.pth', '--index', 0), 'no checkpoint gone.pth'),
        ((*other, '--index', 0), 'has 2 classes, the model has 3'),
    )
    for arguments, message in cases:
        assert run(*arguments, *out) == 1
        (line,) = capsys.readouterr().err.splitlines()
        assert message in line
    assert not out[1].exists()


@pytest.mark.parametrize(
    'options, message',
    [
        ([], 'give either --index or --video-id'),
        (['--index', 0, '--video-id', 'a'], 'give either --index or --video-id'),
        (['--index', 0, '--frame', 2], '--frame needs --video-id'),
        (['--index', 0, '--frames', 0], "'--frames': 0 is not in the range x>=1"),
        (['--index', 0, '--height', 9], "'--height': 9 is not in the range 64<="),
    ],
)
def test_wrong_options(capsys, options, message):
    assert run('c', 'w', *options) == 1
    assert message in capsys.readouterr().err


SMALL = ('--device', 'cpu', '--repeats', 1, '--size', 80, 48)


@pytest.mark.parametrize('head', [True, False])
def test_the_table_of_streaming(tmp_path, capsys, head):
    """Times are not tested."""
    paths = save_detector(tmp_path, point3d_config(RESIZE, head=head))
    assert (
        run_command(
            'benchmark',
            'streaming',
            paths[0],
            '--checkpoint',
            paths[1],
            '--memory',
            5,
            *SMALL,
        )
        == 0
    )
    out = capsys.readouterr().out
    rows = [
        line.split('|')[1].strip() for line in out.splitlines() if line.startswith('|')
    ]
    assert rows == [
        '',
        '---',
        'whole clip',
        'whole clip, last frame',
        'one more frame',
        'preparation',
        '2D network',
        'attention',
        'point head',
        *(['3D network'] if head else []),
        'linking',
    ]
    share = re.search(
        r'one more frame costs (\S+) of a whole clip; the goal '
        r'of at most 0.167 is (met|missed)',
        out,
    )
    assert (float(share[1]) <= 1 / 6) == (share[2] == 'met')
    held = re.search(
        r'over 5 frames: start (\S+) MB, end (\S+) MB, largest '
        r'(\S+) MB',
        out,
    )
    start, end, largest = (float(each) for each in held.groups())
    assert largest >= max(start, end) > 50
    assert 'clips of 4 x 80 x 48' in out


@pytest.mark.parametrize(
    'arguments, message',
    [
        (('none.py',), 'error: no config none.py'),
        (
            ('other.py',),
            'error: TubeInferencer: the model of the config is a Recognizer2D',
        ),
        (('--repeats', 0, 'none.py'), "'--repeats': 0 is not in the range x>=1"),
        (('--size', 0, 4, 'none.py'), "'--size': 0 is not in the range x>=1"),
    ],
)
def test_errors_of_streaming(tmp_path, monkeypatch, capsys, arguments, message):
    monkeypatch.chdir(tmp_path)
    Path('other.py').write_text("model = dict(type='Recognizer2D')")
    assert run_command('benchmark', 'streaming', *arguments) == 1
    error = capsys.readouterr().err
    assert message in error and error.count('\n') == 1


@pytest.mark.parametrize('joints', [3, 0])
def test_times_of_targets(joints, capsys):
    pytest.importorskip('mmdet.models')
    options = ('--frames', 2, '--actors', 1, '--joints', joints, '--size', 32)
    command = ('benchmark', 'point-targets', *options)
    assert run_command(*command, '--repeats', 1, '--device', 'cpu') == 0
    text = capsys.readouterr().out
    assert re.search(r'targets: [\d.]+ ms\nstep: [\d.]+ ms\nshare: [\d.]+ %', text)


def test_errors_of_targets(capsys):
    assert run_command('benchmark', 'point-targets', '--size', 100) == 1
    assert 'size=100 is not a multiple' in capsys.readouterr().err


@pytest.mark.parametrize(
    'words',
    [
        ('draw', 'point-heatmaps'),
        ('benchmark', 'streaming'),
        ('benchmark', 'point-targets'),
        ('weights', 'hourglass'),
    ],
)
def test_help_has_an_example(capsys, words):
    assert run_command(*words, '--help') == 0
    assert f'mmvkp {" ".join(words)} ' in capsys.readouterr().out
