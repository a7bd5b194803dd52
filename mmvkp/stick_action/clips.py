"""Clips for classification: one figure before a moving scene."""

from typing import Tuple

import numpy as np

from .classes import is_reversed, partner
from .figure import figure_joints, place_figure
from .motions import make_pose
from .render import render_clip
from .scene import sample_look, sample_scene


def make_clip(
    name: str, num_frames: int, frame_size: Tuple[int, int], rng: np.random.Generator
) -> Tuple[np.ndarray, np.ndarray]:
    """Draw one clip with one figure.

    From generators in the same state, the two classes of a reversal pair give the
    same frames in opposite order: only the order separates them.

    Args:
        name (str): One of `class_names(True)`.
        num_frames (int): Frames T.
        frame_size (tuple[int, int]): Height and width in pixels.
        rng (np.random.Generator): Source of randomness.

    Returns:
        tuple[np.ndarray, np.ndarray]: Frames and joints.

    Shape:
        - frames: (T, H, W, 3), uint8, BGR.
        - joints: (T, 15, 2), pixels, in the order of `JOINTS`.

    Raises:
        ValueError: If `name` is unknown.
    """
    backwards = is_reversed(name)
    scene = sample_scene(num_frames, frame_size, rng)
    height = frame_size[0] * rng.uniform(0.55, 0.85)
    forward = partner(name) if backwards else name
    pose = make_pose(forward, np.linspace(0, 1, num_frames), rng)
    look = sample_look(height, scene.background.mean((0, 1)), rng)
    joints = place_figure(
        figure_joints(pose, height, rng), frame_size, look.head_radius, rng
    )
    joints = joints + scene.camera[:, None]
    frames = render_clip([joints], [look], scene)
    if backwards:
        frames, joints = frames[::-1].copy(), joints[::-1].copy()
    return frames, joints
