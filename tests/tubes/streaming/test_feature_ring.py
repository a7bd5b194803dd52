"""Frames of the clip that ends now."""

import numpy as np
import pytest
import torch

from mmvkp.tubes.clips import clip_frames
from mmvkp.tubes.streaming.feature_ring import FeatureRing


def frames_of(ring):
    """Numbers stored in the maps of the clip."""
    clip = ring.clip()
    assert clip.shape == (ring.clip_len, 2, 3, 3)
    return clip[:, 0, 0, 0].int().tolist()


def push(ring, number):
    ring.push(number, torch.full((2, 3, 3), float(number)))


def test_by_hand():
    ring = FeatureRing(4)
    clips = []
    for number in range(1, 7):
        push(ring, number)
        clips.append(frames_of(ring))
    assert clips == [
        [1, 1, 1, 1],
        [1, 1, 1, 2],
        [1, 1, 2, 3],
        [1, 2, 3, 4],
        [2, 3, 4, 5],
        [3, 4, 5, 6],
    ]


@pytest.mark.parametrize('interval', [1, 2, 3])
def test_the_clips_of_the_data_set(interval):
    ring = FeatureRing(5, interval)
    for number in range(1, 20):
        push(ring, number)
        start = number - 4 * interval
        assert frames_of(ring) == clip_frames(start, 5, interval, 19).tolist()
        assert len(ring) == min(number, 4 * interval + 1)


def test_the_frame_before_stands_in_for_a_dropped_one():
    ring = FeatureRing(4)
    for number in (1, 2, 5, 6):
        push(ring, number)
    # Wanted 3, 4, 5, 6; 3 and 4 were dropped after 2.
    assert frames_of(ring) == [2, 2, 5, 6]
    push(ring, 20)
    assert frames_of(ring) == [6, 6, 6, 20]


def test_memory_stays_and_is_given_up():
    ring = FeatureRing(4, 2)
    for number in range(1, 50):
        push(ring, number)
    # Each map is stored twice.
    assert ring.capacity == len(ring) == len(ring.maps) / 2 == 7
    ring.reset()
    assert len(ring) == 0
    push(ring, 1)
    assert frames_of(ring) == [1] * 4


@pytest.mark.parametrize('interval', [1, 2])
def test_clips_are_not_copied(interval):
    ring = FeatureRing(3, interval)
    start, end = None, None
    for number in range(1, 20):
        push(ring, number)
        start, end = ring.maps.data_ptr(), ring.maps[-1].data_ptr()
        if number >= ring.capacity:
            assert start <= ring.clip().data_ptr() <= end
    # After a dropped frame one is repeated.
    push(ring, 21)
    assert not start <= ring.clip().data_ptr() <= end


def test_the_order_in_memory_stays():
    feature = torch.arange(12.0).view(2, 2, 3).permute(2, 0, 1)
    ring = FeatureRing(2)
    ring.push(1, feature)
    ring.push(2, feature + 1)
    clip = ring.clip()
    assert clip.is_contiguous(memory_format=torch.channels_last)
    assert torch.equal(clip, torch.stack((feature, feature + 1)))
    other = FeatureRing(2)
    other.push(1, feature.contiguous())
    assert other.clip().is_contiguous()


def test_another_device_type_and_kind_of_numbers():
    ring = FeatureRing(2)
    ring.push(1, torch.zeros(1, 1, 1, dtype=torch.float16))
    assert ring.clip().dtype == torch.float16


def test_mistakes():
    ring = FeatureRing(4)
    push(ring, 3)
    with pytest.raises(ValueError, match='frame 3 comes after frame 3'):
        push(ring, 3)
    with pytest.raises(ValueError, match='clip_len=0'):
        FeatureRing(0)
    with pytest.raises(TypeError, match='frame_interval=1.5'):
        FeatureRing(4, 1.5)
    assert np.array_equal(ring.numbers, [3])


def test_clips_that_end_before_or_after_the_newest_frame():
    ring = FeatureRing(3, 2)
    for number in range(1, 8):
        ring.push(number, torch.full((1, 1, 1), float(number)))
    assert ring.clip(7).flatten().tolist() == [3, 5, 7]
    # Frame 8 and 9 are repetitions of frame 7.
    assert ring.clip(9).flatten().tolist() == [5, 7, 7]
    ring.push(10, torch.full((1, 1, 1), 10.0))  # 8 and 9 were dropped
    assert ring.clip(8).flatten().tolist() == [4, 6, 7]
