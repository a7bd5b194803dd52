"""The commands of AK-Net: options, pictures and errors."""

import re

import cv2
import numpy as np
import pytest

from mmvkp.aknet import draw

from ..bright_dot import aknet_config, dot_config, write_dot, write_model
from ..cli import run as run_command

CROP = (dict(type='Resize', scale=(-1, 32)), dict(type='CenterCrop', crop_size=24))


@pytest.fixture()
def model(tmp_path):
    """Config and checkpoint; 3 of the 4 x 3 x 3 cells are selected."""
    return write_model(tmp_path, aknet_config(*CROP))


@pytest.fixture()
def video(tmp_path):
    """96 x 64 pixels, 12 frames."""
    return write_dot(tmp_path / 'dot.mp4', (96, 64), (44, 28), 12)


def run(*arguments):
    return run_command('draw', 'action-keypoints', *arguments)


def frames_of(path):
    capture, frames = cv2.VideoCapture(str(path)), []
    while True:
        there, frame = capture.read()
        if not there:
            return frames
        frames.append(frame)


def colored(frame):
    """Pixels that are not grey, as marks are."""
    return frame.max(-1).astype(int) - frame.min(-1) > 30


def test_a_strip_of_points(video, model, tmp_path, capsys):
    (tmp_path / 'names.txt').write_text('run\nsit\njump\n')
    out = tmp_path / 'new/strip.png'
    assert (
        run(
            video,
            *model,
            '--out',
            out,
            '--height',
            128,
            '--classes',
            tmp_path / 'names.txt',
        )
        == 0
    )
    said = capsys.readouterr().out
    assert re.search(r'dot.mp4: (run|sit|jump) [\d.]+ %, mean of 1 clip', said)
    strip = cv2.imread(str(out))
    # A bar of 18, four frames of 192 x 128 with 18 below, gaps of 4, legend.
    assert strip.shape[0] == 18 + 128 + 18
    assert 4 * 196 < strip.shape[1] < 4 * 196 + 100
    # The crop is x 48 to 144 and y 16 to 112 as drawn, 32 pixels a cell: the
    # dot is in the middle one, in all frames; the first three are selected.
    for t in range(4):
        marked = colored(strip[18:146, t * 196 : t * 196 + 192])
        wanted = np.zeros_like(marked)
        wanted[48:80, 80:112] = t < 3
        assert (marked == wanted).mean() > 0.995


def test_points_and_heatmaps_of_two_videos(video, model, tmp_path):
    small = write_dot(tmp_path / 'small.mp4', (64, 64), (28, 28), 12)
    out, movie = tmp_path / 'a.png', tmp_path / 'a.mp4'
    assert (
        run(
            video,
            small,
            *model,
            '--what',
            'both',
            '--frames',
            2,
            '--height',
            64,
            '--out',
            out,
            '--out',
            movie,
        )
        == 0
    )
    strip = cv2.imread(str(out))
    # Points have a line more than the heatmap; two rows for each video.
    assert strip.shape[0] == 2 * (18 + 64 + 18) + 2 * (18 + 64) + 3 * 4
    frames = frames_of(movie)
    # Four frames of each video, two lines of text above.
    assert len(frames) == 8
    assert len({frame.shape for frame in frames}) == 1
    assert frames[0].shape[0] == 36 + 64 + 18
    # The whole crop of 48 x 48 pixels from (24, 8) has colours of the
    # heatmap, beside the points and their legend.
    half = frames[0].shape[1] // 2
    right = colored(frames[0][36:100, half:])
    assert right[8:56].sum(1).min() >= 40
    assert not list(tmp_path.glob('.*'))


def test_a_heatmap_alone(video, model, tmp_path):
    out = tmp_path / 'a.png'
    assert (
        run(
            video,
            *model,
            '--what',
            'heatmap',
            '--height',
            64,
            '--clips',
            2,
            '--out',
            out,
        )
        == 0
    )
    assert cv2.imread(str(out)).shape[0] == 2 * (18 + 64) + 4


def test_numbers_in_the_caption_add_up(video, tmp_path, monkeypatch):
    config, checkpoint = write_model(tmp_path, aknet_config(ratio=0.3))
    texts = []
    inspection = draw.draw_inspection

    def note(result, *args, **options):
        rows = inspection(result, *args, **options)
        texts.extend((row.text, result.points) for row in rows)
        return rows

    monkeypatch.setattr(draw, 'draw_inspection', note)
    assert run(video, config, checkpoint, '--out', tmp_path / 'a.png') == 0
    ((text, points),) = texts
    # int(0.3 * 4 * 8 * 12) cells.
    assert text.endswith('115 of 384 points in 4 frames')
    assert len(points) == 115


def test_user_mistakes(video, model, tmp_path, capsys):
    out = tmp_path / 'a.mp4'
    plain = write_model(tmp_path, dot_config(*CROP))
    assert run(video, *plain, '--out', out) == 1
    model = write_model(tmp_path, aknet_config(*CROP))
    assert run('gone.mp4', *model, '--out', out) == 1
    assert run(video, 'gone.py', model[1], '--out', out) == 1
    assert run(video, model[0], 'gone.pth', '--out', out) == 1
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 4 and 'which selects no points' in lines[0]
    assert 'no video file gone.mp4' in lines[1]
    assert 'no config gone.py' in lines[2]
    assert 'no checkpoint gone.pth' in lines[3]
    assert not out.exists() and not list(tmp_path.glob('.*'))


@pytest.mark.parametrize(
    'options, message',
    [
        (['--out', 'a.gif'], 'must be one .png, one .mp4'),
        (['--frames', '0'], "'--frames': 0 is not in the range x>=1"),
        (['--what', 'all'], "'all' is not one of 'points', 'heatmap', 'both'"),
        (['--height', '9'], "'--height': 9 is not in the range 64<=x<=2048"),
    ],
)
def test_wrong_options(capsys, options, message):
    assert run('v', 'c', 'w', *options) == 1
    assert message in capsys.readouterr().err


def test_files_that_are_missing_from_the_command_line(capsys):
    assert run('c', 'w') == 1
    assert "Missing argument 'VIDEOS..." in capsys.readouterr().err


def benchmark(*options):
    small = '--depth 18 --segments 2 --size 64 --repeats 1 --device cpu --classes 3'
    return run_command('benchmark', 'aknet', *small.split(), *options)


@pytest.mark.parametrize(
    'options, message',
    [
        (['--stage', '3'], 'aknet: error: AKNet: select_stage=3 cannot split'),
        (['--ratio', '2'], 'aknet: error: AKNet: keypoint_ratio=2.0 is outside'),
        (['--batch', '0'], "aknet: error: Invalid value for '--batch': 0"),
        (['--depth', '17'], 'aknet: error: .*depth'),
    ],
)
def test_benchmark_mistakes_are_one_line(capsys, options, message):
    assert benchmark(*options) == 1
    said = capsys.readouterr().err
    assert re.search(message, said) and said.count('\n') == 1


def test_benchmark(capsys):
    assert benchmark('--stage', 2) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith('ResNetTSM-18, transform light, 1 x 2 x 64 x 64, ')
    names = [line.split(' | ')[0] for line in lines[3:]]
    assert names == ['| host', '| accelerated host', '| res4']
