"""Clips for detection whose class depends on an earlier motion.

Two variants, with one actor:
  * far: a class is a first and a last motion. Two classes with the same last motion
    share the frames of it, which are the last 16 frames of the action.
  * memory: the actor performs a cue and, after more than 32 frames of rest, another
    motion, whose class depends on the cue. The cue is a tube of its own class.

All motions leave the rest pose and return to it. From generators in the same state,
the two classes of a pair give clips that are equal except for the figure during the
first motion, noise included.
"""

from typing import Dict, List, NamedTuple, Sequence, Tuple

import numpy as np

from .actors import Actor, Span, figure_boxes
from .crowd import EXTREMES, REST, excursion
from .figure import figure_joints, place_figure
from .motions import Pose
from .scene import sample_look, sample_scene
from .tube_clips import TubeClip

HISTORY_VARIANTS = ('far', 'memory')
# Last motion and the two first motions; classes 2p and 2p + 1 are pair p.
PAIRS: Dict[str, Tuple[Tuple[str, Tuple[str, str]], ...]] = {
    'far': (
        ('kick', ('arms', 'squat')),
        ('push', ('kick', 'bow')),
        ('hail', ('push', 'knee')),
        ('squat', ('hail', 'arch')),
    ),
    'memory': (('kick', ('arms', 'squat')),),
}
# Without knowledge of the first motion one of the two classes of a pair is wrong.
HISTORY_BLIND_CEILING = 0.5
FEWEST_FRAMES = {'far': 44, 'memory': 72}
SHARED_FRAMES = 16  # of the two classes of a pair of `far`
HEIGHTS = (0.5, 0.75)  # standing heights as a share of the frame height


class Layout(NamedTuple):
    """First and last frame, from 0, of both motions."""

    first: Span
    last: Span


def history_class_names(variant: str) -> List[str]:
    """Class names in label order.

    The classes of the last motion come first; in the variant memory the cues follow.

    Args:
        variant (str): One of `HISTORY_VARIANTS`.
    """
    pairs = PAIRS[variant]
    names = [f'{last}-after-{first}' for last, firsts in pairs for first in firsts]
    return names + [cue for _, cues in pairs for cue in cues if variant == 'memory']


def num_video_classes(variant: str) -> int:
    """Number of classes of the last motion, which name the videos."""
    return 2 * len(PAIRS[variant])


def sample_layout(variant: str, num_frames: int, rng: np.random.Generator) -> Layout:
    """Sample the times of both motions.

    Args:
        variant (str): One of `HISTORY_VARIANTS`.
        num_frames (int): Frames T, at least `FEWEST_FRAMES`.
        rng (np.random.Generator): Source of randomness.

    Returns:
        Layout: In the variant far the last motion starts in the last frame of the
        first one and has `SHARED_FRAMES` more frames. In the variant memory more
        than 32 frames of rest lie between both.
    """
    if variant == 'far':
        first, rest = int(rng.integers(16, 21)), num_frames - SHARED_FRAMES
        start = int(rng.integers(2, rest - first - 1))
        middle = start + first - 1
        return Layout((start, middle), (middle, middle + SHARED_FRAMES))
    start, cue = int(rng.integers(2, 6)), int(rng.integers(10, 13))
    motion, end = int(rng.integers(12, 15)), num_frames - int(rng.integers(3, 8))
    return Layout((start, start + cue - 1), (end - motion, end - 1))


def _poses(
    firsts: Sequence[str],
    last: str,
    layout: Layout,
    num_frames: int,
    rng: np.random.Generator,
) -> List[Pose]:
    """Pose over T frames for each first motion, equal outside of it."""
    time = np.arange(num_frames)
    ways = [
        excursion(time, *span, rng)[:, None] * rng.uniform(0.9, 1.05) for span in layout
    ]
    noise, view = rng.normal(0, 4, 10), rng.uniform(0.3, 0.5)
    end = ways[1] * np.subtract(EXTREMES[last], REST) + REST + noise
    return [Pose(end + ways[0] * np.subtract(EXTREMES[e], REST), view) for e in firsts]


def make_history_clip(
    name: str,
    variant: str,
    num_frames: int,
    frame_size: Tuple[int, int],
    rng: np.random.Generator,
) -> TubeClip:
    """Sample the content of one clip.

    Args:
        name (str): One of the first `num_video_classes` of `history_class_names`.
        variant (str): One of `HISTORY_VARIANTS`.
        num_frames (int): Frames T, at least `FEWEST_FRAMES`.
        frame_size (tuple[int, int]): Height and width in pixels.
        rng (np.random.Generator): Source of randomness.

    Returns:
        TubeClip: Clip that can be rendered.
    """
    number = history_class_names(variant).index(name)
    last, firsts = PAIRS[variant][number // 2]
    first = firsts[number % 2]
    scene = sample_scene(num_frames, frame_size, rng)
    scene.in_front[:] = False  # nothing hides the motion that decides
    height = frame_size[0] * rng.uniform(*HEIGHTS)
    look = sample_look(height, scene.background.mean((0, 1)), rng)
    layout = sample_layout(variant, num_frames, rng)
    poses = _poses(firsts, last, layout, num_frames, rng)
    body = rng.integers(2**32)
    figures = [
        figure_joints(pose, height, np.random.default_rng(body)) for pose in poses
    ]
    # One position that fits both.
    both = place_figure(np.concatenate(figures), frame_size, look.head_radius, rng)
    joints = np.split(both, 2)[number % 2] + scene.camera[:, None]
    spans = {first: layout.first, name: layout.last}
    if variant == 'far':
        spans = {name: (layout.first[0], layout.last[1])}
    boxes = figure_boxes(joints, look, frame_size)
    return TubeClip(scene, [Actor(joints, boxes, look, spans)], False)
