"""Actors of detection clips: their actions, joints and boxes.

Pure functions of a NumPy generator. Joints are `(x, y)` in pixels with (0, 0) at the
centre of the top-left pixel; frames are counted from 0.
"""

from dataclasses import dataclass
from typing import Dict, Sequence, Tuple

import numpy as np

from .classes import partner
from .motions import Pose, make_pose
from .render import joint_radii
from .scene import Look

Span = Tuple[int, int]
ARM_COLUMNS = slice(2, 6)  # of the angles of a `Pose`
# An action lasts from the frame before its motion to the frame after it; the first
# and the last 2 % of the motion are too slow to be visible.
UNSEEN = 0.02


@dataclass
class Actor:
    """One figure of a clip.

    Args:
        joints (np.ndarray): (T, 15, 2) pixels in the order of `JOINTS`.
        boxes (np.ndarray): (T, 4) float32 `(x1, y1, x2, y2)` in pixels, the end
            inclusive: first and last column and row of the pixels that the figure
            covers by half or more, with a tolerance of one pixel.
        look (Look): Colours and thickness.
        spans (dict[str, tuple[int, int]]): First and last frame of the action for
            each class.
    """

    joints: np.ndarray
    boxes: np.ndarray
    look: Look
    spans: Dict[str, Span]


def figure_boxes(
    joints: np.ndarray, look: Look, frame_size: Tuple[int, int]
) -> np.ndarray:
    """Smallest boxes around the joints with their limbs and head.

    Args:
        joints (np.ndarray): Joints in pixels.
        look (Look): Look in pixels.
        frame_size (tuple[int, int]): Height and width in pixels.

    Shape:
        - joints: (T, 15, 2).
        - returns: (T, 4), float32, `(x1, y1, x2, y2)` in whole pixels from 0, the
          end inclusive, clipped to the frame.
    """
    # A pixel extends by half a pixel to each side of its centre.
    reach = joint_radii(look)[:, None] - 0.5
    low = np.floor((joints - reach).min(1))
    high = np.ceil((joints + reach).max(1))
    limit = np.array(frame_size[::-1]) - 1
    return np.concatenate([np.clip(low, 0, limit), np.clip(high, 0, limit)], 1).astype(
        np.float32
    )


def motion_span(pose: Pose) -> Span:
    """First and last frame of a motion.

    Args:
        pose (Pose): Pose over T frames, without noise.

    Returns:
        tuple[int, int]: Last frame before any visible movement, and first frame
        after it.
    """
    travel = np.zeros(len(pose.angles)) if pose.travel is None else pose.travel
    values = np.column_stack([pose.angles, 100 * travel])
    way = np.abs(np.diff(values, axis=0)).sum(1).cumsum()
    way = np.append(0, way) / way[-1]
    first = np.flatnonzero(way <= UNSEEN)[-1]
    return int(first), int(np.flatnonzero(way >= 1 - UNSEEN)[0])


def make_action(
    names: Sequence[str], num_frames: int, trimmed: bool, rng: np.random.Generator
) -> Tuple[Pose, Dict[str, Span]]:
    """Pose and spans of one actor before a reversal.

    Args:
        names (Sequence[str]): One forward motion, or a motion of the legs followed
            by one of the arms; two motions are performed at the same time.
        num_frames (int): Frames T.
        trimmed (bool): The action fills the clip. If False, the actor stands still
            before and after it.
        rng (np.random.Generator): Source of randomness.

    Returns:
        tuple[Pose, dict[str, tuple[int, int]]]: Pose over T frames, and first and
        last frame of each motion.
    """
    poses, spans = [], {}
    for name in names:
        early, late = (0, 0) if trimmed else rng.uniform(-0.12, 0.12, 2)
        time = np.linspace(0 - early, 1 + late, num_frames)
        pose = make_pose(name, np.clip(time, 0, 1), rng)
        spans[name] = (0, num_frames - 1) if trimmed else motion_span(pose)
        poses.append(pose)
    pose = poses[0]
    for arms in poses[1:]:
        pose.angles[:, ARM_COLUMNS] = arms.angles[:, ARM_COLUMNS]
    return pose, spans


def play_backwards(actor: Actor) -> Actor:
    """Reverse the frames of an actor; each class becomes its partner."""
    end = len(actor.joints) - 1
    spans = {
        partner(name): (end - last, end - first)
        for name, (first, last) in actor.spans.items()
    }
    return Actor(actor.joints[::-1].copy(), actor.boxes[::-1].copy(), actor.look, spans)
