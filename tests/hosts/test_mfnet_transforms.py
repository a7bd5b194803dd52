"""Transforms of MFNet's recipe, by hand and against the formulas of its code."""

import colorsys

import cv2
import numpy as np
import pytest
from mmaction.registry import TRANSFORMS

from mmvkp.hosts.mfnet_transforms import (
    RandomHLS,
    RandomSquareResize,
    SampleFramesOrStill,
)


def sample(total, start_index=0, **kwargs):
    kwargs = dict(dict(clip_len=4, frame_interval=2), **kwargs)
    step = TRANSFORMS.build(dict(type='SampleFramesOrStill', **kwargs))
    return step(dict(total_frames=total, start_index=start_index))['frame_inds']


def test_long_videos_are_sampled_as_by_the_host():
    for total in (7, 8, 20):
        for test_mode in (False, True):
            kwargs = dict(clip_len=4, frame_interval=2, num_clips=2)
            kwargs.update(test_mode=test_mode)
            np.random.seed(total)
            got = sample(total, 1, **kwargs)
            np.random.seed(total)
            host = TRANSFORMS.build(dict(type='SampleFrames', **kwargs))
            host = host(dict(total_frames=total, start_index=1))['frame_inds']
            assert got.tolist() == host.tolist()
            assert got.dtype == host.dtype and got.max() <= total


def test_starts_of_training_are_those_of_the_public_code():
    """0 to n - 8 for 4 frames at interval 2, as floor(U(0, n - 1 - 6))."""
    np.random.seed(0)
    starts = {sample(12)[0] for _ in range(200)}
    assert starts == {0, 1, 2, 3, 4}
    assert {tuple(sample(7)) for _ in range(9)} == {(0, 2, 4, 6)}


def test_a_short_video_repeats_one_frame():
    np.random.seed(0)
    found = [sample(6, 3) for _ in range(99)]
    assert all(len(set(each)) == 1 and len(each) == 4 for each in found)
    assert {each[0] for each in found} == {3, 4, 5, 6, 7, 8}
    # Two clips of six frames: the middle of each half.
    got = sample(6, num_clips=2, test_mode=True)
    assert got.tolist() == [1] * 4 + [4] * 4
    assert sample(1, num_clips=3, test_mode=True).tolist() == [0] * 12


@pytest.mark.parametrize(
    'kwargs, error, message',
    [
        (dict(clip_len=0), ValueError, 'SampleFramesOrStill: clip_len=0'),
        (dict(num_clips=2.0), TypeError, r'SampleFramesOrStill: num_clips=2\.0'),
        (dict(test_mode='no'), TypeError, "SampleFramesOrStill: test_mode='no'"),
    ],
)
def test_bad_sampling(kwargs, error, message):
    with pytest.raises(error, match=message):
        SampleFramesOrStill(**dict(dict(clip_len=4), **kwargs))


def test_sizes_of_the_random_resize():
    """Shorter side in 224 to 288, sides as r * r : 1 with r in 0.8 to 1.25."""
    np.random.seed(0)
    step = TRANSFORMS.build(dict(type='RandomSquareResize'))
    frames = [np.zeros((60, 90, 3), np.uint8)] * 2
    sizes = np.array([step(dict(imgs=frames))['img_shape'] for _ in range(400)])
    shorter, longer = sizes.min(1), sizes.max(1)
    assert 225 <= shorter.min() < 228 and 285 < shorter.max() <= 288
    assert 1.53 < (longer / shorter).max() <= 1.5625 + 0.01
    wide = (sizes[:, 1] > sizes[:, 0]).mean()
    assert 0.4 < wide < 0.6


def test_random_resize_equals_the_public_formulas(monkeypatch):
    """r = 0.9, inverted; shorter side 250: 10/9 : 9/10 becomes 308.6 x 250."""
    numbers = iter([0.9, 250.0])
    monkeypatch.setattr(np.random, 'uniform', lambda low, high: next(numbers))
    monkeypatch.setattr(np.random, 'rand', lambda: 0.7)
    frame = np.random.RandomState(0).randint(0, 256, (40, 60, 3), np.uint8)
    results = RandomSquareResize()(dict(imgs=[frame, frame[::-1]]))
    assert results['img_shape'] == (251, 309)
    expected = cv2.resize(frame, (309, 251))
    assert np.array_equal(results['imgs'][0], expected)
    assert results['imgs'][1].shape == (251, 309, 3)


@pytest.mark.parametrize(
    'kwargs, error, message',
    [
        (dict(size=224), TypeError, 'size=224 must be two numbers'),
        (dict(size=(288, 224)), ValueError, r'size=\(288, 224\) must be .* ascending'),
        (dict(aspect_ratio=(0, 1)), ValueError, 'aspect_ratio=.* must be positive'),
        (dict(size=('1', 2)), TypeError, r"size\[0\]='1' is a str"),
    ],
)
def test_bad_ranges(kwargs, error, message):
    with pytest.raises(error, match=f'RandomSquareResize: {message}'):
        RandomSquareResize(**kwargs)


def shift(monkeypatch, frame, change):
    numbers = iter(change)
    monkeypatch.setattr(np.random, 'uniform', lambda low, high: next(numbers))
    return TRANSFORMS.build(dict(type='RandomHLS'))(dict(imgs=[frame] * 2))['imgs']


def test_colours_by_hand(monkeypatch):
    """Python's colorsys on single colours: hue in half degrees, 0 to 255 the rest."""
    colours = np.array([[[200, 40, 40], [40, 200, 40], [90, 110, 130]]], np.uint8)
    first, second = shift(monkeypatch, colours, [10.2, -20.4, 5.1])
    assert np.array_equal(first, second)
    for given, got in zip(colours[0], first[0]):
        h, lightness, s = colorsys.rgb_to_hls(*(given / 255))
        expected = colorsys.hls_to_rgb(
            h + 10 / 180, lightness - 20 / 255, min(1, s + 5 / 255)
        )
        assert np.abs(got - np.array(expected) * 255).max() <= 3


def test_values_are_clipped(monkeypatch):
    white = np.full((2, 2, 3), 255, np.uint8)
    assert np.array_equal(shift(monkeypatch, white, [0.0, 30.0, 0.0])[0], white)
    black = np.zeros((2, 2, 3), np.uint8)
    assert np.array_equal(shift(monkeypatch, black, [0.0, -30.0, -9.0])[0], black)
    assert (shift(monkeypatch, black, [0.0, 30.0, 0.0])[0] == 30).all()


def test_changes_stay_in_their_ranges():
    np.random.seed(0)
    grey = np.full((1, 1, 3), 128, np.uint8)
    found = [
        int(RandomHLS(saturation=0)(dict(imgs=[grey]))['imgs'][0][0, 0, 0])
        for _ in range(300)
    ]
    assert 128 - 35 <= min(found) < 100 and 156 < max(found) <= 128 + 35


def test_bad_colours():
    with pytest.raises(ValueError, match='RandomHLS: hue=-1 is not a finite number'):
        RandomHLS(hue=-1)
    with pytest.raises(TypeError, match="RandomHLS: lightness='35' is a str"):
        RandomHLS(lightness='35')
    with pytest.raises(TypeError, match='RandomHLS: the frames are float32'):
        RandomHLS()(dict(imgs=[np.zeros((2, 2, 3), np.float32)]))
    with pytest.raises(ValueError, match='RandomHLS: the frames have 15 channels'):
        RandomHLS()(dict(imgs=[np.zeros((2, 2, 15), np.uint8)]))


def test_their_text():
    assert repr(RandomHLS(1, 2, 3)) == 'RandomHLS(hue=1, lightness=2, saturation=3)'
    assert repr(RandomSquareResize()) == (
        'RandomSquareResize(size=(224, 288), aspect_ratio=(0.8, 1.25))'
    )
