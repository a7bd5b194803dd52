"""Clips for detection: actors, their actions and boxes over time.

Three variants:
  * trimmed: one actor who acts in every frame, as in JHMDB;
  * untrimmed: one to three actors of one class who stand still before and after
    their action, as in UCF101-24;
  * multi-label: one to three actors; each acts with the legs, with the arms or with
    both, as in AVA.

One class of a reversal pair is the other played backwards: the whole clip with
everything that moves is drawn forwards, then its frames are reversed. All functions
are pure functions of a NumPy generator.
"""

from dataclasses import dataclass
from typing import Dict, List, NamedTuple, Optional, Sequence, Tuple

import numpy as np

from .actors import Actor, Span, figure_boxes, make_action, play_backwards
from .classes import CLASSES, SPEED_CLASSES, class_names, is_reversed, partner
from .figure import figure_joints, place_figure
from .render import figure_masks, front_masks, render_clip
from .scene import Scene, sample_look, sample_scene

VARIANTS = ('trimmed', 'untrimmed', 'multi-label')
# Forward motions that can be combined: one of the legs and one of the arms.
LEG_MOTIONS = CLASSES[2:10:2]
ARM_MOTIONS = CLASSES[0:12:10] + SPEED_CLASSES
# Standing heights as a share of the frame height, for one and for several actors.
HEIGHTS = {'trimmed': (0.55, 0.85)}
HEIGHTS_AMONG_OTHERS = (0.4, 0.6)
NUM_ACTORS, ACTOR_SHARES = (1, 2, 3), (0.4, 0.35, 0.25)
# Length of the shortest clips as a share of the longest.
SHORTEST = 0.75
# Smallest visible share of an actor, and the positions tried to reach it.
MIN_VISIBLE, TRIES = 0.5, 20


class TubeRecord(NamedTuple):
    """Data of a clip for the annotation tables.

    Args:
        num_frames (int): Frames T.
        actors (list[tuple[np.ndarray, dict]]): Boxes (T, 4) of each actor, and first
            and last frame, from 0, of each action.
    """

    num_frames: int
    actors: List[Tuple[np.ndarray, Dict[str, Span]]]


@dataclass
class TubeClip:
    """Content of a clip before it is drawn.

    Args:
        scene (Scene): Scene in the order in which it is drawn.
        actors (list[Actor]): Actors in the order of the finished frames; the last
            is nearest.
        backwards (bool): The finished frames are the drawn ones in opposite order.
    """

    scene: Scene
    actors: List[Actor]
    backwards: bool

    def render(self) -> np.ndarray:
        """Draw the frames, (T, H, W, 3), uint8, BGR."""
        step = -1 if self.backwards else 1
        figures = [actor.joints[::step] for actor in self.actors]
        looks = [actor.look for actor in self.actors]
        return render_clip(figures, looks, self.scene)[::step].copy()

    def record(self) -> TubeRecord:
        """Data for the annotation tables."""
        return TubeRecord(
            len(self.scene.camera), [(each.boxes, each.spans) for each in self.actors]
        )


def _pick_actions(
    variant: str, main: Optional[str], rng: np.random.Generator
) -> List[str]:
    """Forward motions of one actor; legs before arms.

    Only in the variant multi-label `main` may be None: any motions are sampled.
    """
    if variant != 'multi-label' and main:
        return [main]
    legs = main if main in LEG_MOTIONS else rng.choice(LEG_MOTIONS)
    arms = main if main in ARM_MOTIONS else rng.choice(ARM_MOTIONS)
    both = rng.uniform() < 0.6
    single = main or (legs if rng.uniform() < 0.5 else arms)
    return [str(legs), str(arms)] if both else [str(single)]


def visible_share(masks: List[np.ndarray], front: np.ndarray) -> float:
    """Smallest visible share of any figure in any frame.

    Args:
        masks (list[np.ndarray]): Mask of each figure; the last is nearest.
        front (np.ndarray): Mask of the distractors, which occlude all figures.

    Shape:
        - masks: (T, H, W) each.
        - front: (T, H, W).
    """
    shares, hidden = [], front.copy()
    for mask in masks[::-1]:
        seen = (mask & ~hidden).sum((1, 2))
        shares.append((seen / np.maximum(mask.sum((1, 2)), 1)).min())
        hidden |= mask
    return float(min(shares))


def _add_actor(
    clip: TubeClip,
    masks: List[np.ndarray],
    variant: str,
    names: Sequence[str],
    rng: np.random.Generator,
) -> bool:
    """Add an actor nearer than the others while all of them stay visible.

    Returns:
        bool: False if no such position was found; nothing is added then.
    """
    scene = clip.scene
    size = scene.frame_size
    front = front_masks(scene)
    num_frames = len(scene.camera)
    for _ in range(TRIES):
        height = size[0] * rng.uniform(*HEIGHTS.get(variant, HEIGHTS_AMONG_OTHERS))
        pose, spans = make_action(names, num_frames, variant == 'trimmed', rng)
        look = sample_look(height, scene.background.mean((0, 1)), rng)
        joints = place_figure(
            figure_joints(pose, height, rng), size, look.head_radius, rng
        )
        joints = joints + scene.camera[:, None]
        mask = figure_masks(joints, look, size)
        if visible_share([*masks, mask], front) >= MIN_VISIBLE:
            masks.append(mask)
            clip.actors.append(
                Actor(joints, figure_boxes(joints, look, size), look, spans)
            )
            return True
    return False


def make_tube_clip(
    name: str,
    variant: str,
    num_frames: int,
    frame_size: Tuple[int, int],
    rng: np.random.Generator,
) -> TubeClip:
    """Sample the content of one clip.

    From generators in the same state, the two classes of a reversal pair give the
    same frames, joints and boxes in opposite order. At least half of each actor is
    visible in every frame.

    Args:
        name (str): One of `class_names(True)`. In the variant multi-label it is the
            class of the first actor; the classes of the others are random.
        variant (str): One of `VARIANTS`.
        num_frames (int): Frames T.
        frame_size (tuple[int, int]): Height and width in pixels.
        rng (np.random.Generator): Source of randomness.

    Returns:
        TubeClip: Clip that can be rendered.

    Raises:
        ValueError: If `name` or `variant` is unknown.
    """
    if variant not in VARIANTS:
        raise ValueError(
            f'make_tube_clip: variant={variant!r} is not known; '
            f'choose one of {", ".join(VARIANTS)}.'
        )
    if name not in class_names(True):
        raise ValueError(
            f'make_tube_clip: name={name!r} is not known; choose '
            f'one of {", ".join(class_names(True))}.'
        )
    backwards = is_reversed(name)
    if variant == 'multi-label' and name in SPEED_CLASSES:
        backwards = bool(rng.uniform() < 0.5)
    main = partner(name) if is_reversed(name) else name
    clip = TubeClip(sample_scene(num_frames, frame_size, rng), [], backwards)
    count = 1 if variant == 'trimmed' else rng.choice(NUM_ACTORS, p=ACTOR_SHARES)
    masks: List[np.ndarray] = []
    for number in range(count):
        first = main if number == 0 or variant != 'multi-label' else None
        names = _pick_actions(variant, first, rng)
        if not _add_actor(clip, masks, variant, names, rng) and number == 0:
            # A single figure without distractors before it is always visible.
            clip.scene.in_front[:] = False
            _add_actor(clip, masks, variant, names, rng)
    if backwards:
        clip.actors = [play_backwards(actor) for actor in clip.actors]
    return clip


def sample_length(num_frames: int, rng: np.random.Generator) -> int:
    """Sample the length of a video.

    Args:
        num_frames (int): Largest length.
        rng (np.random.Generator): Source of randomness.

    Returns:
        int: Number of frames, at least `SHORTEST` of the largest.
    """
    return int(rng.integers(round(SHORTEST * num_frames), num_frames + 1))
