"""Key points of a video file, from 2D and 3D recognizers."""

import cv2
import numpy as np
import pytest
import torch
from mmaction.registry import MODELS
from mmengine.config import Config

from mmvkp.kpsem.inspect import KeyPointInspector
from mmvkp.recognition.cells import cells_to_frame

from ..bright_dot import PLACES, SIDE, TRANSFORMS, dot_config, write_dot


@pytest.fixture()
def video(tmp_path):
    """A bright square of 16 pixels that moves right on a dark ground."""
    path = str(tmp_path / 'square.mp4')
    writer = cv2.VideoWriter(path, cv2.VideoWriter_fourcc(*'MJPG'), 10, (64, 64))
    for i in range(9):
        frame = np.zeros((64, 64, 3), np.uint8)
        frame[24:40, 4 * i : 4 * i + 16] = 255
        writer.write(frame)
    writer.release()
    return path


def config_of(is_2d, views=1):
    """Untrained network whose first map follows brightness."""
    sampler = (
        dict(type='SampleFrames', clip_len=1, num_clips=4 * views, test_mode=True)
        if is_2d
        else dict(type='UniformSample', clip_len=4, test_mode=True)
    )
    layout = 'NCHW' if is_2d else 'NCTHW'
    pipeline = [
        dict(type='OpenCVInit'),
        sampler,
        dict(type='OpenCVDecode'),
        dict(type='FormatShape', input_format=layout),
        dict(type='PackActionInputs'),
    ]
    backbone = (
        dict(type='ResNet', depth=18, out_indices=(0, 1))
        if is_2d
        else dict(
            type='ResNet3d',
            depth=18,
            num_stages=2,
            spatial_strides=(1, 2),
            temporal_strides=(1, 1),
            dilations=(1, 1),
            base_channels=64,
            conv1_kernel=(1, 7, 7),
            inflate=(0, 0),
            with_pool2=False,
            pretrained2d=False,
            out_indices=(0, 1),
        )
    )
    model = dict(
        type='Recognizer2D' if is_2d else 'Recognizer3D',
        backbone=backbone,
        neck=dict(
            type='KPSEM', in_channels=64, num_sets=2, num_segments=4 if is_2d else None
        ),
        cls_head=dict(
            type='TSNHead' if is_2d else 'I3DHead',
            in_channels=128 + 16 * 3,
            num_classes=5,
            average_clips='prob',
        ),
        data_preprocessor=dict(
            type='ActionDataPreprocessor',
            mean=[0.0] * 3,
            std=[255.0] * 3,
            format_shape=layout,
        ),
    )
    return Config(
        dict(
            default_scope='mmaction',
            model=model,
            test_dataloader=dict(dataset=dict(pipeline=pipeline)),
        )
    )


@pytest.mark.parametrize('is_2d, views', [(False, 1), (True, 1), (True, 2)])
def test_first_view_of_a_video(video, is_2d, views):
    torch.manual_seed(0)
    config = config_of(is_2d, views)
    model = MODELS.build(config.model).eval()
    result = KeyPointInspector(model, config)(video)
    assert result.frames.shape == (4, 64, 64, 3)
    assert result.frames.dtype == np.uint8
    assert result.map_size == (16, 16)
    assert result.box == (0, 0, 64, 64)
    assert result.shifts.points.shape == (1, 64, 4, 2, 4, 2)
    assert result.shifts.lines.shape == (1, 4, 2, 2, 1)
    assert result.scores.shape == (5,)
    # The frames are in the order of the file: the square moves right.
    centres = [np.nonzero(frame[32, :, 0] > 128)[0].mean() for frame in result.frames]
    assert all(np.diff(centres) > 0)
    assert not model.neck._forward_pre_hooks


def test_a_model_without_kpsem(video):
    config = config_of(False)
    config.model.pop('neck')
    config.model.backbone.out_indices = (1,)
    config.model.cls_head.in_channels = 128
    model = MODELS.build(config.model).eval()
    with pytest.raises(TypeError, match=r"the neck NoneType.*type='KPSEM'"):
        KeyPointInspector(model, config)(video)


def test_a_missing_video():
    config = config_of(False)
    model = MODELS.build(config.model).eval()
    with pytest.raises(FileNotFoundError, match='no video file gone.mp4'):
        KeyPointInspector(model, config)('gone.mp4')


def test_a_truncated_video(video):
    with open(video, 'rb') as file:
        start = file.read(200)
    with open(video, 'wb') as file:
        file.write(start)
    config = config_of(False)
    model = MODELS.build(config.model).eval()
    with pytest.raises(ValueError, match='square.mp4 could not be loaded'):
        KeyPointInspector(model, config)(video)


@pytest.mark.parametrize('size, corner, geometry', PLACES)
def test_the_cross_lies_on_a_bright_dot(tmp_path, size, corner, geometry):
    video = write_dot(tmp_path / 'dot.mp4', size, corner)
    config = dot_config(*(TRANSFORMS[each] for each in geometry))
    model = MODELS.build(config.model).eval()
    result = KeyPointInspector(model, config)(video)
    assert result.frames.shape == (4, *size[::-1], 3)
    dot = np.array(corner) + SIDE / 2
    left, top, right, bottom = result.box
    cell = np.array([right - left, bottom - top]) / result.map_size
    for index in range(2):
        points = result.shifts.points[0, 0, 0, index].numpy()
        crosses = cells_to_frame(points, result.map_size, result.box)
        away = np.abs(crosses - dot) / cell
        # One of the four regions has the dot.
        assert (away <= 0.5).all(-1).sum() == 1, away


def test_clips_of_a_video(tmp_path):
    video = write_dot(tmp_path / 'dot.mp4', (64, 64), (2, 24), 12, step=4)
    config = dot_config()
    model = MODELS.build(config.model).eval()
    inspector = KeyPointInspector(model, config)
    assert inspector.clips_to_cover(video) == 3
    results = [inspector(video, i, 3) for i in range(3)]
    numbers = np.concatenate([each.numbers for each in results])
    assert numbers.tolist() == list(range(12))
    # The dot's centre is at x = 6 in frame 0 and at 50 in frame 11: cells 0
    # and 6 of 8 pixels, in row 3.
    first = results[0].shifts.points[0, 0, 0, 0].tolist()
    last = results[-1].shifts.points[0, 0, -1, 0].tolist()
    assert [0, 3] in first and [6, 3] in last


def test_a_map_that_is_not_finite_is_refused(video):
    config = config_of(is_2d=False)
    model = MODELS.build(config.model).eval()
    with torch.no_grad():
        next(model.backbone.parameters()).fill_(float('nan'))
    with pytest.raises(ValueError, match='not finite.* finite weights'):
        KeyPointInspector(model, config)(video)
