"""The tool that draws what a Point Head sees."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from .tiny_point3d import RESIZE, point3d_config, save_detector

ROOT = Path(__file__).resolve().parents[2]
from mmvkp.point3d import draw_command as tool
from mmvkp.video import files as vis_files

from ..tubes import tube_data

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
    args = tool.parse_args([str(each) for each in arguments])
    return vis_files.run_tool('tool.py', lambda: tool.main(args))


def test_two_clips(tmp_path, capsys):
    out = tmp_path / 'new/a.png'
    assert (
        run(
            *write(tmp_path),
            '--index',
            3,
            5,
            '--out',
            out,
            '--height',
            192,
            '--frames',
            3,
            '--score-thr',
            2,
        )
        == 0
    )
    said = capsys.readouterr().out
    # The clip of frame 4 are frames 2 to 5.
    assert 'clip 3, jump/b, frames 2 to 5: 4 true boxes, 0 found, 0 wrong' in said
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
            *files, '--video-id', 'jump/b', '--frame', 4, '--out', out, '--score-thr', 0
        )
        == 0
    )
    said = capsys.readouterr().out
    assert said.startswith('clip 3, jump/b, frames 2 to 5: 4 true boxes')
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


def test_user_mistakes(tmp_path, capsys):
    out = ('--out', tmp_path / 'a.png')
    config, checkpoint = write(tmp_path)
    other = write(tmp_path / 'other', ('jump', 'run'))
    plain = write(tmp_path / 'plain', head=False)
    cases = (
        (
            (config, checkpoint, '--index', 8),
            'clip 8 is not there; the test data have 8 clips, from 0 to 7',
        ),
        (
            (config, checkpoint, '--video-id', 'jump/a'),
            "no test video 'jump/a' in split 1",
        ),
        (
            (config, checkpoint, '--video-id', 'jump/b', '--frame', 9),
            "video 'jump/b' has no frame 9; it has frames 1 to 8",
        ),
        ((config, plain[1], '--index', 0), 'is not of this config'),
        ((config, 'gone.pth', '--index', 0), 'no checkpoint gone.pth'),
        ((*other, '--index', 0), 'has 2 classes, the model has 3'),
    )
    for arguments, message in cases:
        assert run(*arguments, *out) == 2
        (line,) = capsys.readouterr().err.splitlines()
        assert message in line
    assert not out[1].exists()


@pytest.mark.parametrize(
    'options, message',
    [
        ([], 'one of the arguments --index --video-id is required'),
        (['--index', '0', '--frame', '2'], '--frame needs --video-id'),
        (['--index', '0', '--frames', '0'], '--frames 0 must be at least 1'),
        (['--index', '0', '--height', '9'], '--height 9 must be from 64'),
    ],
)
def test_wrong_options(capsys, options, message):
    with pytest.raises(SystemExit):
        tool.parse_args(['c', 'w', *options])
    assert message in capsys.readouterr().err
