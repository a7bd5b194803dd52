"""Loading of detectors and of the names of their classes."""

import pytest
import torch

from mmvkp.point3d.loading import detector_classes, load_detector

from .tiny_point3d import point3d_config, save_detector


def test_names_of_classes(tmp_path):
    config = point3d_config()
    assert detector_classes(config, 3) == ['run', 'sit', 'wave']
    del config.test_dataloader.dataset['metainfo']
    assert detector_classes(config, 3) == ['class 0', 'class 1', 'class 2']
    path = str(tmp_path / 'a.pth')
    torch.save(
        dict(state_dict={}, meta=dict(dataset_meta=dict(classes=['a', 'b']))), path
    )
    assert detector_classes(config, 2, path) == ['a', 'b']
    assert detector_classes(config, 3, path)[2] == 'class 2'
    (tmp_path / 'names.txt').write_text('x\ny\nz\n')
    assert detector_classes(config, 3, path, str(tmp_path / 'names.txt'))[2] == 'z'


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
