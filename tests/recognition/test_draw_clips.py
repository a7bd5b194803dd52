"""Strips, movies and options of the commands that draw clips."""

import click
import numpy as np
import pytest
from mmengine.config import Config

from mmvkp.recognition.draw_clips import (
    ClipOptions,
    best_class,
    clip_options,
    method_of,
    movie_frames,
    strip_rows,
)
from mmvkp.recognition.inspection import Row

# Four frames of 20 x 64 pixels, each of one grey.
FRAMES = np.stack([np.full((64, 20, 3), 10 * i, np.uint8) for i in range(4)])
LEGEND = np.full((64, 7, 3), 99, np.uint8)


def test_a_strip_holds_evenly_spread_frames_and_the_legend():
    options = ClipOptions(('a.png',), frames=2, height=64)
    (strip,) = strip_rows([Row('text', FRAMES, LEGEND)], options)
    # A bar of text, then two frames and the legend with gaps of 4.
    assert strip.shape[1:] == (2 * 20 + 7 + 2 * 4, 3)
    body = strip[-64:]
    values = [int(body[0, x, 0]) for x in (0, 24, 48)]
    assert values[0] < values[1] <= 30 and values[2] == 99


def test_a_movie_frame_shows_the_rows_side_by_side():
    options = ClipOptions(('a.mp4',), height=64)
    rows = [Row('a  |  b', FRAMES), Row('a', FRAMES, LEGEND)]
    frames = movie_frames(rows, options)
    assert len(frames) == 4
    assert {frame.shape for frame in frames} == {(64 + 36, 20 + 4 + 20 + 4 + 7, 3)}
    # The shorter row is padded with white below.
    assert (frames[0][-18:, 24:] == 255).all()


def test_best_class():
    names = ['run', 'sit', 'jump']
    scores = np.array([0.125, 0.625, 0.25])
    assert best_class(scores, lambda count: names[:count]) == 'sit 62.5 %'


def call(*words):
    @click.command()
    @clip_options('strip.png', frames=5)
    def draw(options):
        return options

    return draw.main(list(words), standalone_mode=False)


def test_options_and_their_defaults():
    assert call() == ClipOptions(('strip.png',), frames=5)
    both = call('--out', 'a.mp4', '--out', 'b.PNG', '--clips', '3')
    assert both.path('.mp4') == 'a.mp4' and both.path('.png') == 'b.PNG'
    assert both.clips == 3 and call('--out', 'a.mp4').path('.png') is None


@pytest.mark.parametrize('out', [['a.gif'], ['a.png', 'b.png']])
def test_other_outputs_are_refused(out):
    words = [word for each in out for word in ('--out', each)]
    with pytest.raises(click.BadParameter, match='must be one .png, one .mp4'):
        call(*words)


def test_a_config_without_a_method_is_refused():
    plain = Config(dict(model=dict(type='Recognizer2D', backbone=dict(type='ResNet'))))
    with pytest.raises(ValueError, match='none of KPSEM, AFResNet'):
        method_of(plain)
