"""Predictions for whole videos."""

import numpy as np
import pytest
import torch
from mmaction.apis import inference_recognizer

from mmvkp.recognition.loading import load_config, load_recognizer
from mmvkp.recognition.predict import Prediction, detector_of, predict_videos

from ..bright_dot import dot_config, write_dot, write_model


@pytest.fixture(scope='module')
def given(tmp_path_factory):
    """Two videos of different brightness, a config with two views, its weights."""
    folder = tmp_path_factory.mktemp('predict')
    videos = [
        write_dot(folder / f'{i}.mp4', (64, 64), (8, 4 + 30 * i), 12) for i in range(2)
    ]
    config = dot_config()
    config.test_dataloader.dataset.pipeline[1].num_clips = 2
    return videos, *write_model(folder, config)


def test_scores_equal_those_of_the_host(given):
    videos, path, checkpoint = given
    config = load_config(path)
    results = list(predict_videos(videos, config, checkpoint))
    assert [each.video for each in results] == videos
    config.test_pipeline = config.test_dataloader.dataset.pipeline
    model = load_recognizer(config, checkpoint)
    for video, result in zip(videos, results):
        wanted = inference_recognizer(model, video).pred_score
        assert torch.allclose(torch.as_tensor(result.scores), wanted, atol=1e-6)
        assert result.scores.sum() == pytest.approx(1, abs=1e-5)
        assert result.names[0] == 'class 0'


def test_likely_classes():
    result = Prediction('a', np.array([0.1, 0.6, 0.3]), ['x', 'y', 'z'])
    assert result.top(2) == [('y', 0.6), ('z', 0.3)]


def test_errors_name_the_video(given, tmp_path):
    _, path, checkpoint = given
    config = load_config(path)
    with pytest.raises(FileNotFoundError, match='no video file gone.mp4'):
        next(predict_videos(['gone.mp4'], config, checkpoint))
    broken = tmp_path / 'broken.mp4'
    broken.write_bytes(b'x' * 100)
    with pytest.raises(ValueError, match='broken.mp4 could not be loaded'):
        next(predict_videos([str(broken)], config, checkpoint))


def test_only_detectors_find_tubes():
    config = dot_config()
    assert detector_of(config) is None
    config.model = dict(type='Point3D')
    assert detector_of(config).startswith('mmvkp.point3d')
