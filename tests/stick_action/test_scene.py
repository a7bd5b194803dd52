import numpy as np
import pytest

from mmvkp.stick_action.scene import Look, Scene, render_clip, sample_look, sample_scene


def _empty_scene(num_frames, size, camera=None):
    """Grey, without distractors or noise, margin of 4 pixels."""
    height, width = size
    return Scene(
        np.full((2 * height + 16, 2 * width + 16, 3), 128, np.uint8),
        np.zeros((num_frames, 2)) if camera is None else camera,
        np.zeros((0, num_frames, 2)),
        np.zeros((0, 2)),
        np.zeros((0, 3)),
        np.zeros(0, bool),
        np.zeros((2 * height, 2 * width, 3), np.int16),
    )


@pytest.mark.parametrize('size', [(64, 64), (48, 90)])
def test_scene_shapes_and_ranges(size):
    for seed in range(20):
        scene = sample_scene(10, size, np.random.default_rng(seed))
        count = len(scene.blobs)
        assert 1 <= count <= 3
        assert scene.camera.shape == (10, 2)
        assert scene.blobs.shape == (count, 10, 2)
        margin = (np.array(scene.background.shape[:2]) // 2 - size) // 2
        assert (np.abs(scene.camera) <= margin[0]).all()
        frames = render_clip([], [], scene)
        assert frames.shape == (10, *size, 3) and frames.dtype == np.uint8
        assert frames.std() > 3  # textured
        assert np.abs(np.diff(frames.astype(int), axis=0)).max() > 0


def test_figure_is_drawn_where_its_joints_are():
    joints = np.full((1, 15, 2), 10.0)
    joints[0, 2] = (40, 20)  # the head
    look = Look(np.zeros((3, 3)), 1, 4)
    frame = render_clip([joints], [look], _empty_scene(1, (48, 64)))[0]
    dark = np.argwhere(frame.mean(-1) < 20)
    near_head = dark[dark[:, 1] > 34]
    np.testing.assert_allclose(near_head.mean(0), (20, 40), atol=0.6)
    assert frame[40, 40].tolist() == [128, 128, 128]


def test_later_figures_cover_earlier_ones():
    joints = np.full((1, 15, 2), 20.0)
    looks = [Look(np.full((3, 3), level), 2, 5) for level in (0.0, 255.0)]
    frame = render_clip([joints, joints], looks, _empty_scene(1, (40, 40)))[0]
    assert frame[20, 20].tolist() == [255, 255, 255]


def test_camera_moves_background_and_distractors_together():
    scene = _empty_scene(2, (40, 40), np.array([[0.0, 0.0], [3.0, -2.0]]))
    scene.background[40:44, 50:54] = 255
    scene.blobs = np.full((1, 2, 2), 15.0)
    scene.radii, scene.colours = np.full((1, 2), 3.0), np.zeros((1, 3))
    scene.in_front = np.array([False])
    first, second = render_clip([], [], scene)
    np.testing.assert_array_equal(second[5:35, 8:38], first[7:37, 5:35])


def test_colours_stand_out():
    for seed in range(20):
        rng = np.random.default_rng(seed)
        background = rng.uniform(40, 215, 3)
        look = sample_look(50, background, rng)
        assert look.colours.shape == (3, 3)
        assert np.abs((look.colours - background).mean(1)).min() > 20
        assert 2.5 < look.thickness < 4.5 and look.head_radius > 3
