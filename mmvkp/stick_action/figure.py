"""Joints of a stick figure in pixels.

Pure functions of a NumPy generator. Joints are `(x, y)`, x to the right, y
downwards, with (0, 0) at the centre of the top-left pixel.
"""

from typing import Tuple

import numpy as np

from .motions import Pose

# The joint order of the JHMDB puppet (Jhuang et al., ICCV 2013).
JOINTS = (
    'neck',
    'belly',
    'head',
    'right_shoulder',
    'left_shoulder',
    'right_hip',
    'left_hip',
    'right_elbow',
    'left_elbow',
    'right_knee',
    'left_knee',
    'right_wrist',
    'left_wrist',
    'right_ankle',
    'left_ankle',
)
# Bone lengths as shares of the standing height.
TORSO, HEAD = 0.30, 0.12
UPPER_ARM, FORE_ARM, THIGH, SHIN = 0.18, 0.17, 0.24, 0.24
SHOULDER_HALF, HIP_HALF = 0.12, 0.07


def figure_joints(pose: Pose, height: float, rng: np.random.Generator) -> np.ndarray:
    """Joints of a figure that stands on the ground.

    The lower foot is at y = 0 up to noise. x = 0 is the left foot, or the first
    position of the pelvis if the figure travels.

    Args:
        pose (Pose): Pose over T frames.
        height (float): Standing height in pixels.
        rng (np.random.Generator): Source of body proportions and noise.

    Shape:
        - returns: (T, 15, 2), pixels, in the order of `JOINTS`.
    """
    angles = pose.angles.copy()
    angles[:, 1] += angles[:, 0]  # the head follows the torso
    x, y = np.sin(np.deg2rad(angles)), np.cos(np.deg2rad(angles))
    way = np.stack([x, y], -1)
    way[:, :2, 1] *= -1  # torso and head point upwards
    build = height * rng.uniform(0.92, 1.08, 6)
    across = height * pose.view * np.stack([y[:, 0], x[:, 0]], -1)
    joints = np.zeros((len(angles), 15, 2))
    joints[:, 0] = build[0] * TORSO * way[:, 0]
    joints[:, 1] = 0.45 * joints[:, 0]
    joints[:, 2] = joints[:, 0] + build[1] * HEAD * way[:, 1]
    for i, sign in ((0, -1), (1, 1)):
        joints[:, 3 + i] = joints[:, 0] + sign * SHOULDER_HALF * across
        joints[:, 5 + i, 0] = sign * HIP_HALF * height * pose.view
        for joint, parent, column, bone in (
            (7, 3, 2, build[2] * UPPER_ARM),
            (11, 7, 4, build[3] * FORE_ARM),
            (9, 5, 6, build[4] * THIGH),
            (13, 9, 8, build[5] * SHIN),
        ):
            joints[:, joint + i] = joints[:, parent + i] + bone * way[:, column + i]
    joints[..., 1] -= joints[:, 13:, 1].max(1)[:, None]
    if pose.travel is None:
        joints[..., 0] -= joints[:, 14:, 0]
    else:
        joints[..., 0] += height * pose.travel[:, None]
    return joints + rng.normal(0, 0.006 * height, joints.shape)


def place_figure(
    joints: np.ndarray,
    frame_size: Tuple[int, int],
    pad: float,
    rng: np.random.Generator,
    outside: float = 0.0,
) -> np.ndarray:
    """Move a figure to a random position.

    A figure that is too wide or too high for the frame is scaled down.

    Args:
        joints (np.ndarray): Joints in pixels, any origin.
        frame_size (tuple[int, int]): Height and width in pixels.
        pad (float): Margin around the joints in pixels (limbs, head, camera).
        rng (np.random.Generator): Source of randomness.
        outside (float): Largest share of the width of the figure that leaves the
            frame, at the left or at the right.

    Shape:
        - joints: (T, 15, 2).
        - returns: (T, 15, 2), pixels of the frame.
    """
    room = np.array(frame_size[::-1]) - 1 - 2 * pad
    low, high = joints.min((0, 1)), joints.max((0, 1))
    scale = min(1.0, float((room / (high - low)).min()))
    size = scale * (high - low)
    beyond = size * (outside, 0)
    free = room - size + 2 * beyond
    return (joints - low) * scale + pad - beyond + free * rng.uniform(size=2)
