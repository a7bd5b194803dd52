"""Masks of a video, against those that the weights are made for."""

import numpy as np
import pytest

from mmvkp.afnet.inspect import FrameSelectionInspector
from mmvkp.recognition.loading import load_recognizer

from ..bright_dot import dot_config, write_dot, write_model
from .tiny_af import CLASSES, af_config, write_af

PATTERN = [[1, 0, 1, 0], [0, 0, 0, 1], [1, 1, 1, 1]]
CROP = (dict(type='Resize', scale=(-1, 32)), dict(type='CenterCrop', crop_size=24))


@pytest.fixture()
def video(tmp_path):
    return write_dot(tmp_path / 'dot.mp4', (96, 64), (8, 24), 12, step=2)


def run(tmp_path, config, video, **options):
    _, checkpoint = write_af(tmp_path, config, PATTERN)
    model = load_recognizer(config, checkpoint)
    return model, FrameSelectionInspector(model, config)(video, **options)


def test_masks_frames_and_what_the_network_sees(tmp_path, video):
    model, result = run(tmp_path, af_config(*CROP), video)
    assert np.array_equal(result.masks.T, PATTERN)
    assert result.blocks[0] == 'layer1.navigation.0' and len(result.blocks) == 3
    # Middles of four quarters of 12 frames.
    assert result.numbers.tolist() == [1, 4, 7, 10]
    # 96 x 64 becomes 48 x 32; the crop is from x = 12 to 36, y = 4 to 28.
    assert result.box == (24.0, 8.0, 72.0, 56.0)
    assert result.frames.shape == (4, 64, 96, 3)
    for number, frame in zip(result.numbers, result.frames):
        assert frame[26, 8 + 2 * number + 4].min() > 128
    assert result.scores.shape == (CLASSES,)
    assert not model.backbone._forward_hooks


def test_a_part_of_the_video(tmp_path, video):
    _, result = run(tmp_path, af_config(*CROP), video, clip=1, num_clips=2)
    assert result.numbers.min() >= 6


def test_soft_weights(tmp_path, video):
    config = af_config(*CROP, selection_cfg=dict(policy='soft'))
    _, result = run(tmp_path, config, video)
    # Logits 0 and +-1: the sigmoid of the second.
    wanted = 1 / (1 + np.exp(1 - 2.0 * np.array(PATTERN)))
    assert np.allclose(result.masks.T, wanted, atol=1e-6)


def test_three_crops_show_the_first(tmp_path, video):
    crops = (dict(type='Resize', scale=(-1, 32)), dict(type='ThreeCrop', crop_size=32))
    _, result = run(tmp_path, af_config(*crops), video)
    assert result.masks.shape == (4, 3)
    assert np.array_equal(result.masks.T, PATTERN)


def test_other_backbones_are_refused(tmp_path):
    config = dot_config(*CROP)
    model = load_recognizer(config, write_model(tmp_path, config)[1])
    with pytest.raises(TypeError, match='BrightnessMap, which does not select'):
        FrameSelectionInspector(model, config)
