"""StickAction: drawn figures whose actions differ only in temporal order.

Six pairs of classes, in each of which one class is exactly the other played
backwards, plus an optional pair that differs only in speed. Everything here
is a pure function of a NumPy generator: no files are read or written.

Conventions: joints are ``(x, y)`` in pixels, x to the right, y downwards,
with (0, 0) at the centre of the top-left pixel; frames are counted from 0;
angles are degrees, positive towards the right of the image, 0 being upright
for the torso and hanging down for the limbs.
"""

from dataclasses import dataclass
from typing import Dict, Optional, Sequence, Tuple

import numpy as np

from .scene import render_clip, sample_look, sample_scene

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
# Classes 2p and 2p + 1 form pair p; the odd one is the even one reversed.
CLASSES = (
    'arms-raise',
    'arms-lower',
    'crouch',
    'rise',
    'kick-out',
    'kick-back',
    'walk-right',
    'walk-backwards',
    'lean',
    'straighten',
    'push',
    'pull',
)
REVERSAL_PAIRS = tuple((i, i + 1) for i in range(0, len(CLASSES), 2))
SPEED_CLASSES = ('wave-slow', 'wave-fast')
WAVE_CYCLES = {'wave-slow': (1.0, 1.4), 'wave-fast': (2.6, 3.4)}

# Bone lengths as shares of the standing height.
TORSO, HEAD = 0.30, 0.12
UPPER_ARM, FORE_ARM, THIGH, SHIN = 0.18, 0.17, 0.24, 0.24
SHOULDER_HALF, HIP_HALF = 0.12, 0.07

# First and last pose of the motions that run from one to the other, with the
# share of the shoulder width that is seen (1: from the front, the figure's
# right side on the left of the image; small: from the side, facing right).
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
    """The angles of a figure over time.

    Args:
        angles (np.ndarray): (T, 10) degrees; columns as in `KEY_POSES`.
        view (float): Share of the shoulder and hip width that is seen.
        travel (np.ndarray, optional): (T,) way of the pelvis to the right, in
            standing heights. None: the left foot stays where it is.
    """

    angles: np.ndarray
    view: float
    travel: Optional[np.ndarray] = None


def class_names(speed_pair: bool = False) -> Tuple[str, ...]:
    """The classes in label order, on request with the two of `SPEED_CLASSES`
    behind the reversed pairs."""
    return CLASSES + SPEED_CLASSES if speed_pair else CLASSES


def order_blind_ceiling(
    labels: Sequence[int], pairs: Sequence[Tuple[int, int]]
) -> float:
    """Best accuracy of a classifier that cannot see the order of frames.

    The two classes of a reversed pair are one and the same to it, so that it
    gets at most the larger of the two right; of all other classes it may get
    everything right.

    Args:
        labels (Sequence[int]): One class index per clip.
        pairs (Sequence[Tuple[int, int]]): The reversed pairs. Pairs that
            differ in speed do not belong here: they can be told apart without
            order.

    Returns:
        float: A share in [0, 1].

    Raises:
        ValueError: If there are no labels, or a class is in two pairs.
    """
    if len(labels) == 0:
        raise ValueError(
            'order_blind_ceiling: labels is empty; give one class index per clip.'
        )
    paired = [label for pair in pairs for label in pair]
    if len(set(paired)) != 2 * len(pairs):
        raise ValueError(
            f'order_blind_ceiling: pairs={list(pairs)} must be '
            'pairs of two classes, each class in one pair only.'
        )
    values, counts = np.unique(np.asarray(labels), return_counts=True)
    count = dict(zip(values.tolist(), counts.tolist()))
    lost = sum(min(count.get(a, 0), count.get(b, 0)) for a, b in pairs)
    return (len(labels) - lost) / len(labels)


def ease(time: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Progress of a motion that starts in the first and ends in the last 30 %
    of the time, at a random, uneven speed.

    Args:
        time (np.ndarray): (T,), 0 at the first and 1 at the last frame of the
            action; before and after it the figure stands still.
        rng (np.random.Generator): Source of randomness.

    Returns:
        np.ndarray: (T,) in [0, 1], never falling.
    """
    start, end = rng.uniform(0, 0.3), rng.uniform(0.7, 1)
    part = np.clip((time - start) / (end - start), 0, 1)
    return (part * part * (3 - 2 * part)) ** rng.uniform(0.75, 1.35)


def _walk(time: np.ndarray, rng: np.random.Generator) -> Pose:
    """Steps to the right; legs and arms swing against each other."""
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
    """The right fore arm swings above the shoulder all the time."""
    phase = 2 * np.pi * (rng.uniform() + rng.uniform(*cycles) * time)
    angles = np.tile(np.float64(KEY_POSES['arms-raise'][1]), (len(time), 1))
    angles[:, 2] = -112 + 8 * np.sin(phase)
    angles[:, 4] = -178 + rng.uniform(38, 52) * np.sin(phase)
    return Pose(angles, 1.0)


def make_pose(name: str, time: np.ndarray, rng: np.random.Generator) -> Pose:
    """Angles of one forward motion with a random style.

    Args:
        name (str): An even class of `CLASSES`, or one of `SPEED_CLASSES`.
        time (np.ndarray): (T,), see `ease`.
        rng (np.random.Generator): Source of randomness.

    Returns:
        Pose: Over T frames.

    Raises:
        ValueError: If `name` is none of these.
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
            f'make_pose: name={name!r} is no forward motion; allowed are '
            f'{", ".join(CLASSES[::2] + SPEED_CLASSES)}. The other classes '
            'are these played backwards.'
        )
    pose.angles = pose.angles + rng.normal(0, 4, 10)
    return pose


def figure_joints(pose: Pose, height: float, rng: np.random.Generator) -> np.ndarray:
    """Joints of a figure that stands on the ground.

    Args:
        pose (Pose): Over T frames.
        height (float): Standing height in pixels.
        rng (np.random.Generator): For the build of the body and the noise.

    Returns:
        np.ndarray: (T, 15, 2) pixels in the order of `JOINTS`; the lower foot
        is at y = 0 up to the noise, x = 0 lies at the left foot or, where the
        figure travels, at the first place of the pelvis.
    """
    angles = pose.angles.copy()
    angles[:, 1] += angles[:, 0]  # the head goes with the torso
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
) -> np.ndarray:
    """Put a figure at a random place at which it stays inside the frame.

    Args:
        joints (np.ndarray): (T, 15, 2) pixels, any origin.
        frame_size (Tuple[int, int]): Height and width in pixels.
        pad (float): Room in pixels around the joints (limbs, head, camera).
        rng (np.random.Generator): Source of randomness.

    Returns:
        np.ndarray: (T, 15, 2) pixels of the frame. A figure that is too wide
        or too high for the frame is made smaller.
    """
    room = np.array(frame_size[::-1]) - 1 - 2 * pad
    low, high = joints.min((0, 1)), joints.max((0, 1))
    scale = min(1.0, float((room / (high - low)).min()))
    free = room - scale * (high - low)
    return (joints - low) * scale + pad + free * rng.uniform(size=2)


def make_clip(
    name: str, num_frames: int, frame_size: Tuple[int, int], rng: np.random.Generator
) -> Tuple[np.ndarray, np.ndarray]:
    """One clip with one figure.

    The two classes of a reversed pair give, from generators in the same
    state, the same frames in opposite order, so that nothing but the order
    can tell them apart.

    Args:
        name (str): One of `class_names(True)`.
        num_frames (int): T.
        frame_size (Tuple[int, int]): Height and width in pixels.
        rng (np.random.Generator): Source of randomness.

    Returns:
        Tuple[np.ndarray, np.ndarray]: Frames (T, H, W, 3) BGR uint8, and
        joints (T, 15, 2) in pixels in the order of `JOINTS`.

    Raises:
        ValueError: If `name` is unknown.
    """
    reverse = name in CLASSES[1::2]
    forward = CLASSES[CLASSES.index(name) - 1] if reverse else name
    scene = sample_scene(num_frames, frame_size, rng)
    height = frame_size[0] * rng.uniform(0.55, 0.85)
    pose = make_pose(forward, np.linspace(0, 1, num_frames), rng)
    look = sample_look(height, scene.background.mean((0, 1)), rng)
    joints = place_figure(
        figure_joints(pose, height, rng), frame_size, look.head_radius, rng
    )
    joints = joints + scene.camera[:, None]
    frames = render_clip([joints], [look], scene)
    if reverse:
        frames, joints = frames[::-1].copy(), joints[::-1].copy()
    return frames, joints
