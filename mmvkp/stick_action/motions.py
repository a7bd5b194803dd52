"""Motions of a stick figure as joint angles over time.

Pure functions of a NumPy generator. Angles are degrees, positive towards the right
of the image; 0 is upright for the torso and hanging down for the limbs.
"""

from dataclasses import dataclass
from typing import Dict, Optional, Tuple

import numpy as np

from .classes import CLASSES, SPEED_CLASSES

# Swings of the fore arm in one clip: lowest and highest number.
WAVE_CYCLES = {'wave-slow': (1.0, 1.4), 'wave-fast': (2.6, 3.4)}
# First and last pose of the motions between two poses, with the visible share of
# the shoulder width (1: from the front, the figure's right side on the left of the
# image; small: from the side, facing right).
# Columns: torso, head, upper arms, fore arms, thighs, shins; right then left.
KEY_POSES: Dict[str, Tuple[float, Tuple[float, ...], Tuple[float, ...]]] = {
    'arms-raise': (
        1.0,
        (0, 0, -12, 12, -6, 6, -7, 7, -4, 4),
        (0, 0, -158, 158, -168, 168, -7, 7, -4, 4),
    ),
    'crouch': (
        0.35,
        (2, 0, 4, -4, 10, 4, 6, -2, -4, -6),
        (32, -8, 62, 50, 70, 60, 82, 74, -52, -56),
    ),
    'kick-out': (
        0.30,
        (2, 0, 10, -10, 20, 0, -14, 0, -40, -4),
        (-16, 4, -40, 40, -20, 60, 92, -6, 86, -4),
    ),
    'lean': (
        0.30,
        (0, 0, 6, -6, 10, 0, 4, -4, 2, -6),
        (78, -4, 8, -8, 4, -4, -8, -14, -8, -14),
    ),
    'push': (
        0.30,
        (-6, 0, -48, -40, 92, 98, 20, -14, 2, -26),
        (14, 0, 84, 90, 86, 92, 24, -18, -4, -24),
    ),
}


@dataclass
class Pose:
    """Angles of a figure over time.

    Args:
        angles (np.ndarray): (T, 10) degrees; columns as in `KEY_POSES`.
        view (float): Visible share of the shoulder and hip width.
        travel (np.ndarray, optional): (T,) shift of the pelvis to the right, in
            standing heights. None: the left foot does not move.
    """

    angles: np.ndarray
    view: float
    travel: Optional[np.ndarray] = None


def ease(time: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Progress of a motion with random start, end and speed.

    It starts in the first 30 % of the time and ends in the last 30 %.

    Args:
        time (np.ndarray): 0 at the first and 1 at the last frame of the action;
            the figure stands still before and after it.
        rng (np.random.Generator): Source of randomness.

    Shape:
        - time: (T,).
        - returns: (T,), in [0, 1], never decreasing.
    """
    start, end = rng.uniform(0, 0.3), rng.uniform(0.7, 1)
    part = np.clip((time - start) / (end - start), 0, 1)
    return (part * part * (3 - 2 * part)) ** rng.uniform(0.75, 1.35)


def _walk(time: np.ndarray, rng: np.random.Generator) -> Pose:
    """Steps to the right; legs and arms swing in opposite phase."""
    progress = ease(time, rng)
    stride, cycles = rng.uniform(26, 36), rng.uniform(0.8, 1.3)
    phase = rng.uniform(0, 2 * np.pi) + 2 * np.pi * cycles * progress
    angles = np.zeros((len(time), 10))
    angles[:, 0] = rng.uniform(0, 8)
    for side, shift in ((0, 0.0), (1, np.pi)):
        swing = np.sin(phase + shift)
        lift = np.clip(np.cos(phase + shift), 0, None)
        angles[:, 2 + side] = -0.9 * stride * swing
        angles[:, 4 + side] = angles[:, 2 + side] + 18
        angles[:, 6 + side] = stride * swing + 14 * lift
        angles[:, 8 + side] = stride * swing - 8 - 34 * lift
    travel = progress * cycles * rng.uniform(0.45, 0.6)
    return Pose(angles, rng.uniform(0.2, 0.4), travel)


def _wave(
    time: np.ndarray, rng: np.random.Generator, cycles: Tuple[float, float]
) -> Pose:
    """The right fore arm swings above the shoulder during the whole action."""
    phase = 2 * np.pi * (rng.uniform() + rng.uniform(*cycles) * time)
    angles = np.tile(np.array(KEY_POSES['arms-raise'][1], float), (len(time), 1))
    angles[:, 2] = -112 + 8 * np.sin(phase)
    angles[:, 4] = -178 + rng.uniform(38, 52) * np.sin(phase)
    return Pose(angles, 1.0)


def make_pose(name: str, time: np.ndarray, rng: np.random.Generator) -> Pose:
    """Angles of a forward motion with a random style.

    Args:
        name (str): An even class of `CLASSES`, or one of `SPEED_CLASSES`.
        time (np.ndarray): Time of each frame, with shape (T,); see `ease`.
        rng (np.random.Generator): Source of randomness.

    Returns:
        Pose: Pose over T frames.

    Raises:
        ValueError: If `name` is unknown.
    """
    if name == 'walk-right':
        pose = _walk(time, rng)
    elif name in WAVE_CYCLES:
        pose = _wave(time, rng, WAVE_CYCLES[name])
    elif name in KEY_POSES:
        view, first, last = KEY_POSES[name]
        way = ease(time, rng)[:, None] * rng.uniform(0.88, 1.05)
        pose = Pose(
            np.array(first) + way * np.subtract(last, first),
            view * rng.uniform(0.85, 1.15),
        )
    else:
        raise ValueError(
            f'make_pose: name={name!r} is not a forward motion; allowed are '
            f'{", ".join(CLASSES[::2] + SPEED_CLASSES)}. The other classes '
            'are these played backwards.'
        )
    pose.angles = pose.angles + rng.normal(0, 4, 10)
    return pose
