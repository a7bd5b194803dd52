"""From single frames to the input of the network."""

import mmvkp  # noqa: F401, isort: skip
import numpy as np
import pytest
import torch
from mmaction.registry import MODELS, TRANSFORMS
from mmcv.transforms import Compose

from mmvkp.hosts.stack_segment_frames import StackSegmentFrames

SAMPLE = dict(type='SampleSegmentFrames', test_mode=True)
STACK = dict(type='StackSegmentFrames')
FORMAT = dict(type='FormatShape', input_format='NCHW')
PACK = dict(type='PackActionInputs')
MEAN, STD = [10.0, 20.0, 30.0], [1.0, 2.0, 4.0]


def video(num_frames, height=16, width=24):
    """Frame f is f + 10 c in channel c; the right half is 100 more."""
    frames = np.zeros((num_frames, height, width, 3), np.uint8)
    frames += np.arange(num_frames, dtype=np.uint8)[:, None, None, None]
    frames += np.arange(0, 30, 10, dtype=np.uint8)
    frames[:, :, width // 2 :] += 100
    return dict(
        array=frames, total_frames=num_frames, start_index=0, modality='RGB', label=0
    )


def pipeline(*transforms, twice_sample=False):
    steps = [
        dict(SAMPLE, twice_sample=twice_sample),
        dict(type='ArrayDecode'),
        *transforms,
        FORMAT,
        PACK,
    ]
    return Compose([TRANSFORMS.build(step) for step in steps])


def test_channels_of_100_frames():
    packed = pipeline(STACK)(video(100))
    inputs = packed['inputs']
    assert inputs.shape == (8, 15, 16, 24) and inputs.dtype == torch.uint8
    for segment, middle in enumerate(range(8, 100, 12)):
        expected = [
            frame + offset
            for frame in range(middle - 2, middle + 3)
            for offset in (0, 10, 20)
        ]
        assert inputs[segment, :, 0, 0].tolist() == expected
        assert inputs[segment, :, 15, 23].tolist() == [
            value + 100 for value in expected
        ]


def test_preprocessor_takes_mean_and_std_of_a_frame_five_times():
    packed = pipeline(STACK)(video(40))
    preprocessor = MODELS.build(
        dict(type='ActionDataPreprocessor', mean=MEAN * 5, std=STD * 5)
    )
    data = preprocessor(
        dict(inputs=[packed['inputs']] * 2, data_samples=[packed['data_samples']] * 2)
    )
    assert data['inputs'].shape == (2, 8, 15, 16, 24)
    first = packed['inputs'][0, 6:9, 0, 0].tolist()
    expected = [(v - m) / s for v, m, s in zip(first, MEAN, STD)]
    assert data['inputs'][1, 0, 6:9, 0, 0].tolist() == expected


def test_crops_and_views_are_whole_segments():
    """Left, middle and right crop, each with both views."""
    packed = pipeline(dict(type='ThreeCrop', crop_size=16), STACK, twice_sample=True)(
        video(100, 16, 32)
    )
    inputs = packed['inputs']
    assert inputs.shape == (3 * 2 * 8, 15, 16, 16)
    crops = inputs.view(3, 2, 8, 15, 16, 16)
    # The crops begin at columns 0, 16 and 8 of 32, the right half at 16.
    edge = [crop[0, 0, 0, 0] for crop in crops]
    for row, columns in zip(edge, (16, 0, 8)):
        assert (row < 100).sum() == columns
    middles = crops[:, :, :, 6, 0, 0] % 100
    for crop in middles:
        assert crop[0].tolist() == list(range(8, 100, 12))
        assert crop[1].tolist() == list(range(2, 90, 12))


def test_flip_and_resize_in_front():
    """A transform of frames changes all channels alike."""
    packed = pipeline(
        dict(type='Resize', scale=(12, 8), keep_ratio=False),
        dict(type='Flip', flip_ratio=1),
        STACK,
    )(video(40))
    inputs = packed['inputs']
    assert inputs.shape == (8, 15, 8, 12)
    assert (inputs[:, :, :, 0] > 100).all() and (inputs[:, :, :, -1] < 100).all()


def test_frames_are_counted_as_one():
    results = StackSegmentFrames(3)(dict(imgs=[np.zeros((2, 2, 3))] * 6, clip_len=3))
    assert [img.shape for img in results['imgs']] == [(2, 2, 9)] * 2
    assert results['clip_len'] == 1


@pytest.mark.parametrize(
    'frames, clip_len, message',
    [
        (
            12,
            5,
            r'12 frames with clip_len=5 are not segments of '
            r'frames_per_segment=5; set both .* \(SampleSegmentFrames',
        ),
        (10, 1, '10 frames with clip_len=1 are not segments'),
    ],
)
def test_what_fills_no_segments(frames, clip_len, message):
    with pytest.raises(ValueError, match=message):
        StackSegmentFrames()(
            dict(imgs=[np.zeros((2, 2, 3))] * frames, clip_len=clip_len)
        )


def test_wrong_place_and_twice():
    with pytest.raises(ValueError, match='before FormatShape'):
        Compose(
            [
                TRANSFORMS.build(step)
                for step in (SAMPLE, dict(type='ArrayDecode'), FORMAT, STACK)
            ]
        )(video(40))
    with pytest.raises(ValueError, match='use StackSegmentFrames once'):
        pipeline(STACK, STACK)(video(40))


@pytest.mark.parametrize('value, error', [(0, ValueError), (5.0, TypeError)])
def test_bad_arguments(value, error):
    with pytest.raises(error, match='frames_per_segment='):
        TRANSFORMS.build(dict(STACK, frames_per_segment=value))
