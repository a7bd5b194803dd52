"""Random scenes and looks."""

import numpy as np
import pytest

from mmvkp.stick_action.render import render_clip
from mmvkp.stick_action.scene import sample_look, sample_scene


@pytest.mark.parametrize('size', [(64, 64), (48, 90)])
def test_scene_shapes_and_ranges(size):
    for seed in range(20):
        scene = sample_scene(10, size, np.random.default_rng(seed))
        count = len(scene.blobs)
        assert 1 <= count <= 3
        assert scene.camera.shape == (10, 2)
        assert scene.blobs.shape == (count, 10, 2)
        assert scene.frame_size == size
        margin = (np.array(scene.background.shape[:2]) // 2 - size) // 2
        assert (np.abs(scene.camera) <= margin[0]).all()
        frames = render_clip([], [], scene)
        assert frames.shape == (10, *size, 3) and frames.dtype == np.uint8
        assert frames.std() > 3  # textured
        assert np.abs(np.diff(frames.astype(int), axis=0)).max() > 0


def test_colours_stand_out():
    for seed in range(20):
        rng = np.random.default_rng(seed)
        background = rng.uniform(40, 215, 3)
        look = sample_look(50, background, rng)
        assert look.colours.shape == (3, 3)
        assert np.abs((look.colours - background).mean(1)).min() > 20
        assert 2.5 < look.thickness < 4.5 and look.head_radius > 3
