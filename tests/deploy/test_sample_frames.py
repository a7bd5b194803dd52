"""Frames for the comparison of exports: discs at known places on a fixed ground."""

import numpy as np
import pytest

from mmvkp.deploy.sample_frames import generated_frames, sample_footage
from mmvkp.video.files import write_picture

RED, GREEN, WHITE = (250, 40, 30), (30, 220, 60), (240, 240, 250)


def disc(frame, color):
    """Pixels of one colour; the ground has no value above 200."""
    return (frame == np.uint8(color)).all(-1)


@pytest.mark.parametrize('count, width, height', [(8, 100, 100), (3, 64, 40)])
def test_sizes(count, width, height):
    frames = generated_frames(count, width, height)
    assert len(frames) == count
    assert {(each.shape, each.dtype.str) for each in frames} == {
        ((height, width, 3), '|u1')
    }


def test_discs_by_hand():
    """At 100 x 100 pixels the red disc has a radius of 5 pixels. It starts at x = 50 +
    40 cos(0), y = 50 + 35 sin(0); after a quarter at x = 50 + 40 cos(90 degrees), y =
    50 + 35 sin(90 degrees)."""
    frames = generated_frames(8, 100, 100)
    for number, place in ((0, (90, 50)), (2, (50, 85))):
        y, x = np.nonzero(disc(frames[number], RED))
        assert (x.mean(), y.mean()) == pytest.approx(place, abs=0.6)
        assert len(x) == pytest.approx(np.pi * 25, rel=0.15)
    # The white one, of radius 9, starts at x = 50 + 40 cos(240 degrees), over the
    # green one.
    y, x = np.nonzero(disc(frames[0], WHITE))
    assert (x.mean(), y.mean()) == pytest.approx((30, 50 + 35 * np.sin(2)), abs=0.6)
    assert len(x) == pytest.approx(np.pi * 81, rel=0.1)
    assert disc(frames[0], GREEN).sum() < np.pi * 49 / 2
    assert disc(frames[3], GREEN).sum() == pytest.approx(np.pi * 49, rel=0.15)


def test_only_the_discs_move():
    frames = np.stack(generated_frames(8, 64, 48))
    moving = np.any([disc(frames, each) for each in (RED, GREEN, WHITE)], 0)
    ground = np.where(moving[..., None], np.nan, frames)
    spread = np.nanmax(ground, 0) - np.nanmin(ground, 0)
    assert not np.nan_to_num(spread).any()
    assert np.nanmax(ground) <= 200 and np.nanmin(ground) >= 20
    # The ground is not of one colour, and the same frames are made each time.
    assert np.ptp(ground[0][~moving[0]]) > 60
    assert np.array_equal(frames, np.stack(generated_frames(8, 64, 48)))


def test_frames_without_a_video():
    footage = sample_footage(None, None)
    assert (footage.path, footage.fps, footage.damage) == ('generated frames', 25, '')
    assert footage.times == pytest.approx(np.arange(64) / 25)
    (last,) = footage.read(np.array([63]))
    assert np.array_equal(last, generated_frames(64, 320, 240)[63])
    assert sample_footage(None, (90, 60)).read(np.array([0]))[0].shape == (60, 90, 3)


def test_frames_of_a_video(tmp_path):
    """The size is that of the video."""
    for i in range(3):
        picture = np.full((6, 8, 3), 10 * i, np.uint8)
        write_picture(str(tmp_path / f'{i}.png'), picture)
    footage = sample_footage(str(tmp_path), (90, 60))
    assert footage.path == str(tmp_path) and len(footage.times) == 3
    (found,) = footage.read(np.array([2]))
    assert found.shape == (6, 8, 3) and (found == 20).all()
    with pytest.raises(FileNotFoundError, match='gone.mp4'):
        sample_footage(str(tmp_path / 'gone.mp4'), None)
