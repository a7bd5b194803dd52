"""Drawing of figures and scenes."""

import numpy as np

from mmvkp.stick_action.render import figure_masks, front_masks, render_clip
from mmvkp.stick_action.scene import Look, Scene


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


def test_masks_cover_the_drawn_pixels():
    """Head and joints in one place, and one distractor over the figures."""
    joints = np.full((1, 15, 2), 20.0)
    mask = figure_masks(joints, Look(np.zeros((3, 3)), 2, 5), (40, 48))[0]
    ys, xs = np.nonzero(mask)
    assert mask.shape == (40, 48)
    assert (ys.min(), ys.max(), xs.min(), xs.max()) == (15, 25, 15, 25)
    scene = _empty_scene(1, (40, 48))
    scene.blobs = np.array([[[10.0, 8.0]], [[30.0, 30.0]]])
    scene.radii, scene.colours = np.full((2, 2), 3.0), np.zeros((2, 3))
    scene.in_front = np.array([True, False])
    front = front_masks(scene)[0]
    np.testing.assert_allclose(np.argwhere(front).mean(0), (8, 10))
    assert not front[25:, 25:].any()
