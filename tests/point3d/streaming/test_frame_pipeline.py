"""Preparation of single frames, as the test pipeline prepares clips."""

import numpy as np
import pytest
import torch
from mmengine.config import Config

from mmvkp.point3d.streaming.frame_pipeline import FramePipeline, clip_shape_of

STEPS = (
    dict(type='SampleTubeFrames'),
    dict(type='RawFrameDecode'),
    dict(type='LoadTubes'),
    dict(type='Resize', scale=(32, 16), keep_ratio=False),
    dict(type='FormatShape', input_format='NCTHW', collapse=True),
    dict(type='PackTubeInputs'),
)
IMAGE = np.arange(8 * 16 * 3, dtype=np.uint8).reshape(8, 16, 3)


def config_of(*steps, **dataset):
    dataset = dict(dataset, type='TubeDataset', pipeline=list(steps))
    return Config(dict(test_dataloader=dict(dataset=dataset)))


def without(name):
    return [step for step in STEPS if step['type'] != name]


def test_a_frame_becomes_a_clip_of_one_frame():
    packed = FramePipeline(config_of(*without('Resize')))(IMAGE, 7)
    assert torch.equal(
        packed['inputs'], torch.from_numpy(IMAGE).permute(2, 0, 1)[:, None]
    )
    meta = packed['data_samples'].metainfo
    assert list(meta['frame_inds']) == [7] and tuple(meta['ori_shape']) == (8, 16)


@pytest.mark.parametrize('size, shape', [(None, (16, 32)), ((20, 10), (10, 20))])
def test_resize_of_the_pipeline_or_of_the_caller(size, shape):
    packed = FramePipeline(config_of(*STEPS), size)(IMAGE, 1)
    assert packed['inputs'].shape == (3, 1, *shape)
    # Boxes are mapped back by the factors of x and y.
    factors = packed['data_samples'].metainfo['scale_factor']
    assert np.allclose(factors, (shape[1] / 16, shape[0] / 8))


@pytest.mark.parametrize(
    'steps, message',
    [
        (STEPS[2:], 'it has no decoder'),
        (STEPS[:-1], 'does not end with PackTubeInputs'),
        ((*STEPS[:3], dict(type='CenterCrop', crop_size=8), *STEPS[4:]), 'CenterCrop'),
        (
            (*STEPS[:3], dict(type='Resize', scale=(8, 8), lazy=True), *STEPS[4:]),
            r'Resize\(lazy=True\)',
        ),
    ],
)
def test_pipelines_that_cannot_be_followed_are_refused(steps, message):
    with pytest.raises(ValueError, match=message):
        FramePipeline(config_of(*steps))


def test_the_clip_is_that_of_the_data_set_or_of_the_sampler():
    assert clip_shape_of(config_of(*STEPS)) == (16, 1)
    config = config_of(*STEPS, clip_len=8, frame_interval=2)
    assert clip_shape_of(config) == (8, 2)
    assert clip_shape_of(config, clip_len=4) == (4, 2)
    sampler = dict(type='SampleKeyClip', clip_len=32, frame_interval=3)
    assert clip_shape_of(config_of(sampler, *STEPS[1:])) == (32, 3)
    with pytest.raises(ValueError, match='clip_len=-1'):
        clip_shape_of(config, clip_len=-1)
    with pytest.raises(TypeError, match='frame_interval=1.5 is a float'):
        clip_shape_of(config, frame_interval=1.5)
    with pytest.raises(ValueError, match='no test_dataloader.dataset.pipeline'):
        clip_shape_of(Config(dict(model=dict())))
