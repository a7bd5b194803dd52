"""Loading of detectors."""

import pytest

from mmvkp.point3d.loading import load_detector

from .tiny_point3d import point3d_config, save_detector


def test_a_detector_returns_boxes_of_the_video(tmp_path):
    config = point3d_config(test_cfg=dict(max_per_frame=6, box_format='ava'))
    model = load_detector(config, save_detector(tmp_path, config)[1])
    assert not model.training
    assert (model.test_cfg['box_format'], model.test_cfg['emit']) == ('video', 'frame')
    assert model.test_cfg['max_per_frame'] == 6


def test_another_model():
    config = point3d_config()
    config.model = dict(type='TimeWiseAttention')
    with pytest.raises(TypeError, match='builds a TimeWiseAttention; it must be'):
        load_detector(config)
