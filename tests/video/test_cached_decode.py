"""Decoding of whole videos into memory."""

import cv2
import numpy as np
import pytest
from mmaction.registry import TRANSFORMS

from mmvkp.video import cached_decode, read_frames

from ..phone_videos import write_video


@pytest.fixture
def video(tmp_path):
    """Ten frames of 80 x 48 pixels that are stored turned."""
    frames = np.random.default_rng(0).integers(0, 255, (10, 48, 80, 3), np.uint8)
    write_video(tmp_path / 'a.mp4', frames, 90)
    return str(tmp_path / 'a.mp4')


def load(path, indices, decode):
    """Run both steps on a sample."""
    sample = TRANSFORMS.build(dict(type='UprightVideoInit'))(dict(filename=path))
    return decode(dict(sample, frame_inds=np.array(indices)))


def build(**options):
    return TRANSFORMS.build(dict(type='CachedVideoDecode', **options))


def small(path, indices, width, height):
    """The frames that an independent reader gives, shrunk by averaging."""
    return [
        cv2.resize(frame, (width, height), interpolation=cv2.INTER_AREA)
        for frame in read_frames(path, indices)
    ]


@pytest.mark.parametrize('megabytes', [1024, 0])
def test_small_frames(video, megabytes):
    """The same frames with and without memory."""
    decode = build(short_side=24, max_megabytes=megabytes)
    for indices in ([3, 0, 9], [9, 9]):
        sample = load(video, indices, decode)
        assert sample['img_shape'] == (24, 40)
        assert sample['original_shape'] == (48, 80)
        np.testing.assert_array_equal(sample['imgs'], small(video, indices, 40, 24))


def test_smaller_videos_keep_their_size(video):
    sample = load(video, [0, 1], build(short_side=100))
    assert sample['img_shape'] == (48, 80)
    np.testing.assert_array_equal(sample['imgs'], read_frames(video, [0, 1]))


def test_a_video_is_decoded_once(video, monkeypatch):
    decode = build(short_side=24)
    first = load(video, [1, 2], decode)['imgs']
    expected = np.array(first)
    first[0][:] = 0  # a transform that works in-place

    def fail(*args):
        raise AssertionError('decoded again')

    for name in ('Decoder', 'read_from'):
        monkeypatch.setattr(cached_decode, name, fail)
    np.testing.assert_array_equal(load(video, [1, 2], decode)['imgs'], expected)


def test_memory_is_bounded(video, tmp_path, monkeypatch):
    """Videos beyond the limit are read each time: 10 x 24 x 40 x 3 bytes each."""
    other = tmp_path / 'b.mp4'
    other.write_bytes((tmp_path / 'a.mp4').read_bytes())
    decode = build(short_side=24, max_megabytes=0.04)
    calls = []
    read = cached_decode.read_from
    monkeypatch.setattr(
        cached_decode, 'read_from', lambda *args: calls.append(args[0]) or read(*args)
    )
    for _ in range(2):
        for path in (video, str(other)):
            load(path, [0], decode)
    assert calls == [str(other)] * 2


def test_options():
    assert 'short_side=128' in repr(build())
    with pytest.raises(ValueError, match='short_side'):
        build(short_side=0)
    with pytest.raises(ValueError, match='max_megabytes'):
        build(max_megabytes=-1)
