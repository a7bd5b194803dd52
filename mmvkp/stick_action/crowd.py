"""Clips of the variant `crowd`: several figures move, and the actor wears a hat.

The class is the ordered pair of primitives of the actor. The other figures perform
pairs of other primitives at other times.
"""

from typing import Any, Dict, List, NamedTuple, Sequence, Tuple

import numpy as np

from ..checks import check_integer, check_number
from .crowd_classes import companions, crowd_class_names, primitives_of
from .figure import figure_joints, place_figure
from .motions import Pose
from .render import render_clip
from .scene import Look, sample_look, sample_scene

# Angles in the order of `motions.KEY_POSES`.
REST = (2, 0, 6, -6, 10, -2, 4, -4, -4, -6)
EXTREMES: Dict[str, Tuple[float, ...]] = {
    'arms': (0, 0, -158, 158, -168, 168, 0, -4, -4, -6),
    'squat': (32, -8, 30, 18, 40, 30, 82, 74, -52, -56),
    'kick': (-16, 4, -30, -6, -20, -2, 92, -6, 86, -4),
    'bow': (78, -4, 8, -8, 4, -4, -8, -14, -8, -14),
    'push': (8, 0, 84, 90, 86, 92, 14, -10, -4, -14),
    'knee': (-4, 0, 10, -40, 20, -20, 96, -4, 4, -6),
    'hail': (0, 0, -6, 150, -2, 170, 4, -4, -4, -6),
    'arch': (-42, -10, -50, -30, -40, -20, 14, 12, 2, 0),
}
# Saturated colours, BGR; all other colours are mixed with grey.
HATS = ((0, 0, 255), (0, 255, 0), (255, 0, 0))
_RANGES: Dict[str, Tuple[float, float]] = dict(
    figures=(1, 4),
    figure_size=(0.2, 0.9),
    overlap=(0, 1),
    outside=(0, 0.5),
    hidden=(0, 1),
    camera=(0, 10),
    blobs=(0, 8),
    noise=(0, 10),
    action_share=(0.5, 1),
)
_TRIES = 20  # positions of a figure, of which the one with the least overlap is used


class CrowdOptions(NamedTuple):
    """Sources of difficulty.

    Args:
        figures (tuple[int, int]): Fewest and most figures, the actor included.
        figure_size (tuple[float, float]): Smallest and largest standing height as a
            share of the frame height.
        overlap (float): Largest share of the width of a figure that another one may
            share, in [0, 1]; reached as far as the frame has room.
        outside (float): Largest share of its width by which another figure than the
            actor may leave the frame, in [0, 0.5].
        hidden (float): Probability that other figures may cover the actor, in [0, 1];
            otherwise the actor is nearest.
        camera (float): Movement of the camera as a multiple of the other variants.
        blobs (int): Number of moving distractors.
        noise (float): Sensor noise as a multiple of the other variants.
        action_share (float): Share of the clip that an action fills, in (0, 1].
    """

    figures: Tuple[int, int] = (2, 3)
    figure_size: Tuple[float, float] = (0.65, 0.8)
    overlap: float = 0.0
    outside: float = 0.4
    hidden: float = 0.0
    camera: float = 0.7
    blobs: int = 1
    noise: float = 0.7
    action_share: float = 0.9

    def check(self) -> 'CrowdOptions':
        """Refuse values out of range.

        Raises:
            TypeError: If a value is not a number.
            ValueError: If a value is out of range.
        """
        for name, (low, high) in _RANGES.items():
            value = getattr(self, name)
            several = isinstance(value, (tuple, list))
            for each in value if several else [value]:
                check_number('crowd', low, high, **{name: each})
                if name in ('figures', 'blobs'):
                    check_integer('crowd', **{name: each})
            if several and value[0] > value[1]:
                raise ValueError(
                    f'crowd: {name}={value} must be the smallest and the largest '
                    'value, in this order.'
                )
        return self


def options_of(settings: Dict[str, Any]) -> CrowdOptions:
    """Options from the settings of a data set, whose lists become tuples."""
    values: Dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in settings['crowd'].items()
    }
    return CrowdOptions(**values)


def excursion(
    time: np.ndarray, start: float, end: float, rng: np.random.Generator
) -> np.ndarray:
    """Way to an extreme pose and back, 0 to 1 to 0 between `start` and `end`.

    Args:
        time (np.ndarray): Time of each frame, with shape (T,).
        start (float): Time of the last frame before the motion, in the same unit.
        end (float): Time of the first frame after it.
        rng (np.random.Generator): Source of randomness.

    Shape:
        - returns: (T,), in [0, 1]; exactly 0 outside the motion.
    """
    part = np.clip((time - start) / (end - start), 0, 1)
    hold = rng.uniform(1.1, 1.6)  # over 1: the extreme pose is held
    way = np.clip(hold * (1 - np.abs(2 * part - 1)), 0, 1)
    return way * way * (3 - 2 * way)


def crowd_pose(
    name: str, num_frames: int, share: float, rng: np.random.Generator
) -> Pose:
    """Pose of a figure that performs one class.

    Args:
        name (str): Two primitives, such as `kick-bow`.
        num_frames (int): Frames T.
        share (float): Share of the clip that the action fills.
        rng (np.random.Generator): Source of randomness.

    Returns:
        Pose: Pose over T frames; (T, 10) degrees.
    """
    time = np.linspace(0, 1, num_frames)
    length = share * rng.uniform(0.85, 1)
    start = rng.uniform(0, 1 - length)
    middle = start + length * rng.uniform(0.42, 0.58)
    angles = np.tile(np.array(REST, float), (num_frames, 1))
    spans = ((start, middle), (middle, start + length))
    for each, (first, last) in zip(name.split('-'), spans):
        way = excursion(time, first, last, rng)[:, None] * rng.uniform(0.9, 1.05)
        angles += way * np.subtract(EXTREMES[each], REST)
    return Pose(angles + rng.normal(0, 4, 10), rng.uniform(0.3, 0.5))


def _shared_width(joints: np.ndarray, others: Sequence[np.ndarray]) -> float:
    """Largest share of the width of a figure that another figure covers."""
    low, high = joints[..., 0].min(), joints[..., 0].max()
    shares = [
        (min(high, each[..., 0].max()) - max(low, each[..., 0].min()))
        / max(1, min(high - low, np.ptp(each[..., 0])))
        for each in others
    ]
    return max([0.0, *shares])


def _grey(colours: np.ndarray) -> np.ndarray:
    """Mix colours (..., 3) with their mean, so that only hats are saturated."""
    return 0.5 * (colours + colours.mean(-1, keepdims=True))


def make_crowd_clip(
    name: str,
    num_frames: int,
    frame_size: Tuple[int, int],
    options: CrowdOptions,
    rng: np.random.Generator,
) -> Tuple[np.ndarray, List[np.ndarray]]:
    """Draw one clip.

    From generators in the same state, the two classes of a pair give the same frames
    in opposite order.

    Args:
        name (str): One of `crowd_class_names()`.
        num_frames (int): Frames T.
        frame_size (tuple[int, int]): Height and width in pixels.
        options (CrowdOptions): Sources of difficulty.
        rng (np.random.Generator): Source of randomness.

    Returns:
        tuple[np.ndarray, list[np.ndarray]]: Frames, and the joints of the figures,
        the actor first.

    Shape:
        - frames: (T, H, W, 3), uint8, BGR.
        - joints: (T, 15, 2) each, pixels, in the order of `JOINTS`.

    Raises:
        ValueError: If the name is unknown.
    """
    primitives_of(name)
    backwards = crowd_class_names().index(name) % 2 == 1
    forward = '-'.join(reversed(name.split('-'))) if backwards else name
    scene = sample_scene(
        num_frames, frame_size, rng, options.camera, options.blobs, options.noise
    )
    scene.colours = _grey(scene.colours)
    count = int(rng.integers(options.figures[0], options.figures[1] + 1))
    others = rng.permutation(companions(forward))[: count - 1]
    names = [forward, *('-'.join(rng.permutation(pair)) for pair in others)]
    figures: List[np.ndarray] = []
    looks: List[Look] = []
    for each in names:
        height = frame_size[0] * rng.uniform(*options.figure_size)
        look = sample_look(height, scene.background.mean((0, 1)), rng)
        look.colours = _grey(look.colours)
        pose = crowd_pose(each, num_frames, options.action_share, rng)
        still = figure_joints(pose, height, rng)
        pad, outside = 2 * look.head_radius, options.outside if figures else 0.0
        places = [
            place_figure(still, frame_size, pad, rng, outside) for _ in range(_TRIES)
        ]
        shared = [_shared_width(place, figures) for place in places]
        fits = [i for i, share in enumerate(shared) if share <= options.overlap]
        figures.append(places[fits[0] if fits else int(np.argmin(shared))])
        looks.append(look)
    looks[0].hat = np.array(HATS[rng.integers(len(HATS))], float)
    figures = [joints + scene.camera[:, None] for joints in figures]
    depth = rng.permutation(count)
    if rng.random() >= options.hidden:
        depth = np.append(depth[depth != 0], 0)  # the last figure is nearest
    frames = render_clip([figures[i] for i in depth], [looks[i] for i in depth], scene)
    if backwards:
        frames, figures = frames[::-1].copy(), [each[::-1].copy() for each in figures]
    return frames, figures
