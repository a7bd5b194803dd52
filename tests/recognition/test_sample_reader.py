"""Samples of whole videos, parts, folders and frames in memory."""

import cv2
import numpy as np
import pytest

from mmvkp.recognition.footage import footage_of, memory_footage
from mmvkp.recognition.sample_reader import SampleReader
from mmvkp.video import Frame

from ..bright_dot import aknet_config, dot_config
from .lossless_video import noise_frames, write_lossless

READERS = [
    ('OpenCVInit', 'OpenCVDecode'),
    ('DecordInit', 'DecordDecode'),
    ('UprightVideoInit', 'UprightVideoDecode'),
]


def config_with(first, last, make=dot_config):
    """Config whose test pipeline has other readers; None: frames of a folder."""
    config = make()
    pipeline = config.test_dataloader.dataset.pipeline
    pipeline[2]['type'] = last
    if first is None:
        del pipeline[0]
    else:
        pipeline[0]['type'] = first
    return config


@pytest.fixture(scope='module')
def video(tmp_path_factory):
    """File and its frames."""
    frames = noise_frames(20)
    path = tmp_path_factory.mktemp('reader') / 'a.mkv'
    return write_lossless(path, frames), frames


@pytest.mark.parametrize('make', [dot_config, aknet_config])
@pytest.mark.parametrize('readers', READERS)
def test_a_part_equals_the_cut_video(video, tmp_path, make, readers):
    path, frames = video
    cut = write_lossless(tmp_path / 'cut.mkv', frames[7:15])
    whole = SampleReader(config_with(*readers, make)).read(footage_of(cut))
    reader = SampleReader(config_with(*readers, make))
    part = reader.read_part(footage_of(path), 7, 15)
    assert part['inputs'].shape == whole['inputs'].shape
    # Decoders convert colours with different rounding.
    far = (part['inputs'].float() - whole['inputs'].float()).abs().max()
    assert far <= (0 if readers[0] == 'UprightVideoInit' else 2)


def test_all_views_of_the_pipeline_are_read(video):
    path, frames = video
    sample = SampleReader(dot_config()).read_part(footage_of(path), 0, 20)
    assert sample['inputs'].shape == (3, 3, 4, 48, 64)
    (middle,) = sample['inputs'][1:2].permute(0, 2, 3, 4, 1)
    at = [i for i in range(20) if np.array_equal(frames[i], middle[0])]
    assert at == [8]  # the middle clip of three: (20 - 4) / 2


def test_folders_of_pictures(tmp_path):
    frames = noise_frames(12)
    for i, frame in enumerate(frames):
        cv2.imwrite(str(tmp_path / f'shot {i}.png'), frame[..., ::-1].astype(np.uint8))
    footage = footage_of(str(tmp_path))
    sample = SampleReader(config_with(None, 'RawFrameDecode')).read(footage)
    last = sample['inputs'][-1][:, -1].permute(1, 2, 0).numpy()
    assert np.array_equal(last, frames[11])
    # A pipeline for files reads it, too.
    other = SampleReader(dot_config()).read(footage)
    assert np.array_equal(other['inputs'], sample['inputs'])


def test_a_file_for_a_pipeline_of_folders(video):
    path, frames = video
    sample = SampleReader(config_with(None, 'RawFrameDecode')).read(footage_of(path))
    last = sample['inputs'][-1][:, -1].permute(1, 2, 0).numpy()
    assert np.array_equal(last, frames[19])


def test_frames_in_memory(video):
    path, frames = video
    held = [Frame(i, 3 + i / 10, each) for i, each in enumerate(frames)]
    footage = memory_footage('camera', held, 10)
    reader = SampleReader(dot_config())
    ours = reader.read_part(footage, 0, 20)['inputs']
    assert np.array_equal(ours, reader.read_part(footage_of(path), 0, 20)['inputs'])


def test_only_sampled_frames_are_read(video):
    """A part of a long video needs little memory."""
    path, _ = video
    asked = []
    footage = footage_of(path)
    footage = footage._replace(
        read=lambda numbers, read=footage.read: (asked.append(numbers), read(numbers))[
            1
        ]
    )
    SampleReader(dot_config()).read_part(footage, 4, 10)
    (numbers,) = asked
    assert len(numbers) == 12 and numbers.min() >= 4 and numbers.max() < 10


def test_errors_name_the_video(video):
    path, _ = video
    config = dot_config(dict(type='CenterCrop', crop_size=10))
    reader = SampleReader(config)
    reader.transforms[3].crop_size = None
    with pytest.raises(ValueError, match='a.mkv could not be loaded: TypeError'):
        reader.read(footage_of(path))
    config.test_dataloader.dataset.pipeline.pop(1)
    reader = SampleReader(config)
    with pytest.raises(ValueError, match='one sampler and one decoder after it'):
        reader.read_part(footage_of(path), 0, 4)
