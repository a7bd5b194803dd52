"""Description of test pipelines, and pixels of the runtime."""

import mmvkp  # noqa: F401, isort: skip
import numpy as np
import pytest
import torch
from mmaction.registry import MODELS

from mmvkp.deploy.pipeline import describe_pipeline, has_fixed_size
from mmvkp.deploy.sample_frames import sample_footage
from mmvkp.recognition.sample_reader import SampleReader
from mmvkp.runtime.preparation import prepare
from mmvkp.runtime.sampling import frame_numbers

from .small_models import SIDE, small_config


def described(config):
    reader = SampleReader(config)
    preprocessor = MODELS.build(config.model.data_preprocessor)
    return reader, preprocessor, describe_pipeline(reader, preprocessor)


@pytest.mark.parametrize('name', ['kpsem', 'tsm', 'aknet-tdn'])
@pytest.mark.parametrize('crop', ['CenterCrop', 'ThreeCrop'])
def test_the_pixels_of_the_pipeline(name, crop):
    """Also for several crops and clips, in their order."""
    config = small_config(name)
    config.test_dataloader.dataset.pipeline[4].type = crop
    reader, preprocessor, description = described(config)
    footage = sample_footage(None, (90, 60))
    content = reader.read_part(footage, 3, 50)
    expected = preprocessor(
        dict(inputs=[content['inputs']], data_samples=[content['data_samples']])
    )['inputs'][0]
    numbers = 3 + frame_numbers(description['sampling'], 47, footage.fps)
    found = prepare(footage.read(numbers), description)
    views = (3 if crop == 'ThreeCrop' else 1) * (2 if name == 'kpsem' else 1)
    assert len(found) == views and found.shape[-1] == SIDE
    assert torch.equal(torch.from_numpy(found), expected.reshape(found.shape))
    assert found.std() > 0.2 and found.dtype == np.float32


def test_sizes():
    config = small_config('tsm')
    pipeline = config.test_dataloader.dataset.pipeline
    assert has_fixed_size(described(config)[2])
    del pipeline[4]
    assert not has_fixed_size(described(config)[2])
    pipeline[3].keep_ratio = False
    pipeline[3].scale = (SIDE, SIDE)
    assert has_fixed_size(described(config)[2])


@pytest.mark.parametrize(
    'index, change, message',
    [
        (1, dict(test_mode=False), 'SampleFrames .* samples at random'),
        (3, dict(interpolation='nearest'), 'the test pipeline has Resize'),
        (3, dict(lazy=True), 'the test pipeline has Resize'),
        (4, dict(type='RandomCrop', crop_size=None, size=SIDE), 'has RandomCrop'),
        (5, dict(input_format='NCTHW_Heatmap'), 'can be exported'),
    ],
)
def test_refused_pipelines(index, change, message):
    config = small_config('tsm')
    step = config.test_dataloader.dataset.pipeline[index]
    step.update({key: value for key, value in change.items() if value is not None})
    for key in [key for key, value in change.items() if value is None]:
        step.pop(key)
    with pytest.raises(ValueError, match=message):
        described(config)


def test_refused_preprocessor():
    config = small_config('tsm')
    config.model.data_preprocessor.to_rgb = True
    with pytest.raises(ValueError, match='to_rgb=True'):
        described(config)
