"""Sampled frames of clips, and the part that the network sees."""

import cv2
import numpy as np
import pytest
from mmengine.config import Config

from mmvkp.recognition.clip_reader import ClipReader, reader_of
from mmvkp.recognition.clips import video_source

from ..bright_dot import dot_pipeline, write_dot


@pytest.fixture()
def video(tmp_path):
    """20 frames of 96 x 64 pixels."""
    return write_dot(tmp_path / 'dot.mp4', (96, 64), (8, 8), 20, step=2)


def source_of(path):
    return video_source(path, Config(dict()))


@pytest.mark.parametrize(
    'geometry, box',
    [
        ([], (0, 0, 96, 64)),
        ([dict(type='Resize', scale=(-1, 32))], (0, 0, 96, 64)),
        ([dict(type='CenterCrop', crop_size=64)], (16, 0, 80, 64)),
        (
            [
                dict(type='Resize', scale=(-1, 32)),
                dict(type='CenterCrop', crop_size=24),
            ],
            (24, 8, 72, 56),
        ),
        (
            [
                dict(type='Resize', scale=(32, 32), keep_ratio=False),
                dict(type='CenterCrop', crop_size=16),
            ],
            (24, 16, 72, 48),
        ),
        (
            [dict(type='Resize', scale=(-1, 32)), dict(type='ThreeCrop', crop_size=32)],
            (0, 0, 64, 64),
        ),
    ],
)
def test_box_of_a_pipeline(video, geometry, box):
    clip = ClipReader(dot_pipeline(*geometry)).read(source_of(video))
    assert clip.box == pytest.approx(box)
    assert clip.frames.shape == (4, 64, 96, 3)
    views = 3 if geometry and geometry[-1]['type'] == 'ThreeCrop' else 1
    assert clip.sample['inputs'].shape[0] == views


def test_parts_of_a_video(video):
    reader, source = ClipReader(dot_pipeline()), source_of(video)
    # One clip of 4 from 20 frames: MMAction2 takes the middle of the video.
    assert reader.read(source).numbers.tolist() == [8, 9, 10, 11]
    assert reader.clips_to_cover(source) == 5
    seen = np.concatenate([reader.read(source, clip, 5).numbers for clip in range(5)])
    assert seen.tolist() == list(range(20))
    frames = reader.read(source, 4, 5).frames
    # The dot starts at x = 8 and moves two pixels a frame.
    centres = [np.nonzero(each[12, :, 0] > 128)[0].mean() for each in frames]
    assert centres == pytest.approx([8 + 2 * t + 3.5 for t in range(16, 20)])


def test_a_part_shorter_than_a_clip_reaches_into_its_neighbours(video):
    reader = ClipReader(dot_pipeline(clip_len=8, frame_interval=2))
    source = source_of(video)
    # 16 of 20 frames: two clips cover them, from 0 and from 4 on.
    assert reader.clips_to_cover(source) == 2
    for clip, first in ((0, 0), (1, 4)):
        numbers = reader.read(source, clip, 2).numbers
        assert numbers.tolist() == list(range(first, first + 16, 2))


def test_samplers_that_spread_a_clip_over_the_video(video):
    pipeline = dot_pipeline()
    pipeline[1] = dict(type='SampleFrames', clip_len=1, num_clips=8, test_mode=True)
    source = source_of(video)
    assert ClipReader(pipeline).clips_to_cover(source) == 1
    # Two views of four segments: one view is left, spread over all frames.
    numbers = ClipReader(pipeline, 4).read(source).numbers
    assert numbers.tolist() == [2, 7, 12, 17]
    pipeline[1] = dict(type='UniformSample', clip_len=4, test_mode=True)
    assert ClipReader(pipeline).clips_to_cover(source) == 1


def test_runs_of_frames_of_segments(video):
    pipeline = dot_pipeline()
    pipeline[1] = dict(
        type='SampleSegmentFrames', clip_len=3, num_clips=4, test_mode=True
    )
    pipeline.insert(-2, dict(type='StackSegmentFrames', frames_per_segment=3))
    pipeline[-2]['input_format'] = 'NCHW'
    source = source_of(video)
    # A network with two segments: runs start in 0 to 17, at 4.5 and 13.5.
    reader = ClipReader(pipeline, 2)
    clip = reader.read(source)
    assert clip.numbers.tolist() == [4, 5, 6, 13, 14, 15]
    assert clip.sample['inputs'].shape == (2, 9, 64, 96)
    assert reader.clips_to_cover(source) == 1
    # A part of 3 frames grows to the 4 that two runs need.
    assert reader.read(source, 0, 6).numbers.tolist() == [0, 1, 2, 1, 2, 3]
    assert ClipReader(pipeline).read(source).sample['inputs'].shape[0] == 4


def test_a_folder_of_frames(tmp_path):
    for i in range(6):
        cv2.imwrite(str(tmp_path / f'{i:05}.jpg'), np.full((8, 8, 3), 40 * i))
    pipeline = dot_pipeline(clip_len=3)
    pipeline[:3] = [pipeline[1], dict(type='RawFrameDecode')]
    names = Config(dict(filename_tmpl='{:05}.jpg', start_index=0))
    source = video_source(str(tmp_path), names)
    clip = ClipReader(pipeline).read(source, 1, 2)
    assert clip.numbers.tolist() == [3, 4, 5]
    assert abs(clip.frames[:, 4, 4, 0] - [120.0, 160.0, 200.0]).max() < 4
    with pytest.raises(ValueError, match='folder of frames.*a video file'):
        ClipReader(dot_pipeline()).read(source)


@pytest.mark.parametrize(
    'geometry, message',
    [
        (
            dict(type='RandomResizedCrop'),
            'has RandomResizedCrop.*use these in the test',
        ),
        (dict(type='Flip'), 'has Flip'),
        (dict(type='TenCrop', crop_size=32), 'has TenCrop'),
        (
            dict(type='CenterCrop', crop_size=32, lazy=True),
            r'has CenterCrop\(lazy=True\)',
        ),
    ],
)
def test_frames_that_cannot_be_followed(geometry, message):
    with pytest.raises(ValueError, match=message):
        ClipReader(dot_pipeline(geometry))


def test_samplers_that_are_refused():
    pipeline = dot_pipeline()
    pipeline[1] = dict(type='DenseSampleFrames', clip_len=4)
    with pytest.raises(ValueError, match='OpenCVInit -> DenseSampleFrames'):
        ClipReader(pipeline)
    pipeline[1] = dict(type='SampleFrames', clip_len=4)
    with pytest.raises(ValueError, match='at random; set its test_mode=True'):
        ClipReader(pipeline)


def test_frames_smaller_than_the_crop(video):
    reader = ClipReader(dot_pipeline(dict(type='CenterCrop', crop_size=80)))
    with pytest.raises(ValueError, match='96 x 64 pixels before CenterCrop'):
        reader.read(source_of(video))


def test_missing_and_broken_videos(tmp_path):
    with pytest.raises(FileNotFoundError, match='no video file gone.mp4'):
        source_of('gone.mp4')
    path = tmp_path / 'broken.mp4'
    path.write_bytes(b'no video')
    with pytest.raises(ValueError, match='broken.mp4 could not be loaded'):
        ClipReader(dot_pipeline()).read(source_of(str(path)))


def test_a_config_without_a_test_pipeline():
    with pytest.raises(ValueError, match='not one of its _base_ parts'):
        reader_of(Config(dict(model=dict())))


def test_the_sampler_of_mfnet(video):
    pipeline = dot_pipeline(clip_len=4)
    source = source_of(video)
    expected = ClipReader(pipeline).read(source, 1, 5).numbers
    pipeline[1] = dict(type='SampleFramesOrStill', clip_len=4, test_mode=True)
    reader = ClipReader(pipeline)
    assert reader.clips_to_cover(source) == 5
    assert reader.read(source, 1, 5).numbers.tolist() == expected.tolist()
    pipeline[1] = dict(type='SampleFramesOrStill', clip_len=4)
    with pytest.raises(ValueError, match='SampleFramesOrStill .* samples at random'):
        ClipReader(pipeline)
