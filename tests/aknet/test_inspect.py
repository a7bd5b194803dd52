"""Points of a video file, from an AK-Net whose heatmap is brightness."""

import numpy as np
import pytest
import torch
from mmaction.registry import MODELS
from mmengine.config import Config

from mmvkp.aknet.inspect import ActionKeypointInspector
from mmvkp.recognition.loading import load_recognizer

from ..bright_dot import (
    CLASSES,
    PLACES,
    SIDE,
    TRANSFORMS,
    aknet_config,
    dot_config,
    write_dot,
    write_model,
)


def run(config, video, **options):
    torch.manual_seed(0)
    model = MODELS.build(config.model).eval()
    return model, ActionKeypointInspector(model, config)(video, **options)


@pytest.mark.parametrize('size, corner, geometry', PLACES)
def test_the_best_point_lies_on_a_bright_dot(tmp_path, size, corner, geometry):
    video = write_dot(tmp_path / 'dot.mp4', size, corner)
    config = aknet_config(*(TRANSFORMS[each] for each in geometry))
    model, result = run(config, video)
    assert result.frames.shape == (4, *size[::-1], 3)
    left, top, right, bottom = result.box
    cell = np.array([right - left, bottom - top]) / result.map_size
    dot = np.array(corner) + SIDE / 2
    for t in range(4):
        here = result.points[:, 0] == t
        best = result.places[here][result.point_scores[here].argmax()]
        assert (np.abs(best - dot) / cell <= 0.5).all(), (best, dot, cell)
    # A tenth of the cells of all frames, and not of each frame.
    cells = 4 * np.prod(result.map_size)
    assert len(result.points) == len(result.point_scores) == int(0.1 * cells)
    assert not model.backbone._forward_hooks


def test_scores_are_the_heatmap_at_the_points(tmp_path):
    video = write_dot(tmp_path / 'dot.mp4', (96, 64), (48, 24))
    _, result = run(aknet_config(), video)
    assert result.heatmap.shape == (4, 8, 12) and result.map_size == (12, 8)
    assert np.array_equal(result.heatmap[tuple(result.points.T)], result.point_scores)
    # The dot fills cell (6, 3): nearly white, and black elsewhere.
    assert result.heatmap[:, 3, 6].min() > 0.9
    assert result.heatmap.mean() == pytest.approx(1 / 96, rel=0.2)
    assert result.points.dtype == np.int64
    assert result.scores.shape == (CLASSES,)
    assert result.scores.sum() == pytest.approx(1)


def test_places_by_hand(tmp_path):
    # 96 x 64 becomes 48 x 32; the crop shows x 24 to 72, y 8 to 56 in 3 x 3
    # cells of 16 pixels: centres at 32, 48, 64 and 16, 32, 48.
    video = write_dot(tmp_path / 'dot.mp4', (96, 64), (44, 28))
    crop = dict(type='CenterCrop', crop_size=24)
    _, result = run(aknet_config(TRANSFORMS['short 32'], crop), video)
    assert result.box == (24.0, 8.0, 72.0, 56.0)
    centres = np.array([[32, 48, 64], [16, 32, 48]])
    wanted = np.stack(
        (centres[0][result.points[:, 2]], centres[1][result.points[:, 1]]), -1
    )
    assert np.allclose(result.places, wanted)
    # 3 points of 36 cells: the dot's in the first three frames of equal ones.
    assert np.allclose(result.places, (48, 32))


def test_frames_are_those_of_the_points(tmp_path):
    """The dot moves 6 pixels a frame: each frame has its points around it."""
    video = write_dot(tmp_path / 'dot.mp4', (96, 64), (4, 24), 12, step=6)
    _, result = run(aknet_config(ratio=0.02), video)
    for t, (number, frame) in enumerate(zip(result.numbers, result.frames)):
        x = 4 + 6 * number
        assert frame[28, x + 4].min() > 128
        here = result.places[result.points[:, 0] == t]
        assert len(here) and (np.abs(here - (x + 4, 28)) < SIDE).all()


def test_the_middle_frame_of_a_segment(tmp_path):
    video = write_dot(tmp_path / 'dot.mp4', (96, 64), (2, 24), 20, step=4)
    config = aknet_config(ratio=0.02, frames_per_segment=3)
    model, result = run(config, video)
    assert ActionKeypointInspector(model, config).clips_to_cover(video) == 1
    # Runs of 3 of 20 frames start in 0 to 17: 18 / 4 * (t + 1/2), downwards.
    assert result.numbers.tolist() == [2 + 1, 6 + 1, 11 + 1, 15 + 1]
    assert result.frames.shape == (4, 64, 96, 3)
    for t, number in enumerate(result.numbers):
        here = result.places[result.points[:, 0] == t]
        dot = (2 + 4 * number + 4, 28)
        assert len(here) and (np.abs(here - dot) < SIDE).all()


def test_parts_of_a_video(tmp_path):
    video = write_dot(tmp_path / 'dot.mp4', (64, 64), (2, 24), 12, step=4)
    config = aknet_config()
    model, result = run(config, video, clip=1, num_clips=2)
    assert result.numbers.min() >= 6
    assert ActionKeypointInspector(model, config).clips_to_cover(video) == 1


def test_other_backbones_are_refused(tmp_path):
    config = dot_config()
    model = load_recognizer(config, write_model(tmp_path, config)[1])
    with pytest.raises(
        TypeError, match=r"BrightnessMap, which selects no points.*type='AKNet'"
    ):
        ActionKeypointInspector(model, config)
    with pytest.raises(TypeError, match='backbone NoneType'):
        ActionKeypointInspector(
            torch.nn.Linear(1, 1), Config(dict(test_dataloader=dict(dataset=dict())))
        )


def test_a_missing_video():
    config = aknet_config()
    with pytest.raises(FileNotFoundError, match='no video file gone.mp4'):
        run(config, 'gone.mp4')
