"""StickAction for detection: who does what, where and from when to when.

Three variants. *trimmed*: one actor, who acts in every frame, as in JHMDB.
*untrimmed*: one to three actors, all of one class, who stand still before and
after their action, as in UCF101-24. *multi-label*: one to three actors, of
whom each does one thing with the legs, one with the arms, or both, as in AVA.

As in `stick_action`, one class of a pair is the other played backwards: the
whole video is drawn forwards, with everything that moves in it, and its
frames are then taken in opposite order. Everything is a pure function of a
NumPy generator; joints are pixels of ``(x, y)`` with (0, 0) at the centre of
the top-left pixel, and frames are counted from 0.
"""

from dataclasses import dataclass
from typing import Dict, List, Optional, Sequence, Tuple

import numpy as np

from .actions import (
    CLASSES,
    SPEED_CLASSES,
    Pose,
    class_names,
    figure_joints,
    make_pose,
    place_figure,
)
from .scene import (
    Look,
    Scene,
    figure_masks,
    front_masks,
    joint_radii,
    render_clip,
    sample_look,
    sample_scene,
)

VARIANTS = ('trimmed', 'untrimmed', 'multi-label')
# Forward motions that go together: one of the legs and one of the arms.
LEG_MOTIONS = CLASSES[2:10:2]
ARM_MOTIONS = CLASSES[0:12:10] + SPEED_CLASSES
ARM_COLUMNS = slice(2, 6)  # of the angles of a `Pose`
# Standing heights as a share of the frame's: alone, and among others.
HEIGHTS = {'trimmed': (0.55, 0.85)}
HEIGHTS_AMONG_OTHERS = (0.4, 0.6)
NUM_ACTORS, ACTOR_SHARES = (1, 2, 3), (0.4, 0.35, 0.25)
# Shortest videos as a share of the longest.
SHORTEST = 0.75
# An action lasts from the frame before its motion to the frame after it; the
# first and the last 2 % are too slow to be seen.
UNSEEN = 0.02
MIN_VISIBLE, TRIES = 0.5, 20


@dataclass
class Actor:
    """One figure of a clip.

    Args:
        joints (np.ndarray): (T, 15, 2) pixels in the order of `JOINTS`.
        boxes (np.ndarray): (T, 4) float32 ``x1, y1, x2, y2``, the first and
            the last column and row of pixels that the figure fills by half
            or more, up to one pixel.
        look (Look): Colours and thickness.
        spans (Dict[str, Tuple[int, int]]): For each class, the first and the
            last frame of the action.
    """

    joints: np.ndarray
    boxes: np.ndarray
    look: Look
    spans: Dict[str, Tuple[int, int]]


@dataclass
class TubeClip:
    """What there is to see in a clip.

    Args:
        scene (Scene): In the order in which it is drawn.
        actors (List[Actor]): In the order of the finished frames; the last is
            nearest.
        backwards (bool): Whether the finished frames are the drawn ones in
            opposite order.
    """

    scene: Scene
    actors: List[Actor]
    backwards: bool

    def render(self) -> np.ndarray:
        """The frames, (T, H, W, 3) BGR uint8."""
        step = -1 if self.backwards else 1
        figures = [actor.joints[::step] for actor in self.actors]
        looks = [actor.look for actor in self.actors]
        return render_clip(figures, looks, self.scene)[::step].copy()


def partner(name: str) -> str:
    """The class that looks like this one played backwards; a wave is its
    own."""
    return CLASSES[CLASSES.index(name) ^ 1] if name in CLASSES else name


def figure_boxes(
    joints: np.ndarray, look: Look, frame_size: Tuple[int, int]
) -> np.ndarray:
    """The smallest boxes that hold the joints with limbs and head around them.

    Args:
        joints (np.ndarray): (T, 15, 2) pixels.
        look (Look): In pixels.
        frame_size (Tuple[int, int]): Height and width in pixels.

    Returns:
        np.ndarray: (T, 4) float32 whole pixels from 0, ``x2`` and ``y2``
        inside the box, clipped to the frame.
    """
    # A pixel reaches half a pixel to each side of its centre.
    reach = joint_radii(look)[:, None] - 0.5
    low = np.floor((joints - reach).min(1))
    high = np.ceil((joints + reach).max(1))
    limit = np.array(frame_size[::-1]) - 1
    return np.concatenate([np.clip(low, 0, limit), np.clip(high, 0, limit)], 1).astype(
        np.float32
    )


def motion_span(pose: Pose) -> Tuple[int, int]:
    """First and last frame of a motion.

    Args:
        pose (Pose): Over T frames, without noise.

    Returns:
        Tuple[int, int]: The last frame before anything can be seen to move,
        and the first after which nothing can.
    """
    travel = np.zeros(len(pose.angles)) if pose.travel is None else pose.travel
    values = np.column_stack([pose.angles, 100 * travel])
    way = np.abs(np.diff(values, axis=0)).sum(1).cumsum()
    way = np.append(0, way) / way[-1]
    first = np.flatnonzero(way <= UNSEEN)[-1]
    return int(first), int(np.flatnonzero(way >= 1 - UNSEEN)[0])


def make_action(
    names: Sequence[str], num_frames: int, trimmed: bool, rng: np.random.Generator
) -> Tuple[Pose, Dict]:
    """Pose and spans of one actor, forwards.

    Args:
        names (Sequence[str]): A forward motion; or one of `LEG_MOTIONS` and
            one of `ARM_MOTIONS`, which are then done at once.
        num_frames (int): T.
        trimmed (bool): Whether the action fills the clip; if not, the actor
            stands still before and after it.
        rng (np.random.Generator): Source of randomness.

    Returns:
        Tuple[Pose, Dict]: The pose over T frames, and for each name the
        first and the last frame.
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


def _pick_actions(
    variant: str, main: Optional[str], rng: np.random.Generator
) -> List[str]:
    """Forward motions of one actor; legs before arms."""
    if variant != 'multi-label':
        return [main]
    # With `main`, legs or arms are free; without it both are drawn.
    legs = main if main in LEG_MOTIONS else rng.choice(LEG_MOTIONS)
    arms = main if main in ARM_MOTIONS else rng.choice(ARM_MOTIONS)
    both = rng.uniform() < 0.6
    single = main or (legs if rng.uniform() < 0.5 else arms)
    return [str(legs), str(arms)] if both else [str(single)]


def _visible(masks: List[np.ndarray], front: np.ndarray) -> float:
    """Smallest share of a figure that is seen in any frame; the last mask is
    nearest, `front` is before all of them."""
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
    """Put one more actor before the others, where all of them stay visible;
    says whether a place was found."""
    scene = clip.scene
    size = tuple(side // 2 for side in scene.noise.shape[:2])
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
        if _visible([*masks, mask], front) >= MIN_VISIBLE:
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
    """One clip, not yet drawn.

    The two classes of a pair give, from generators in the same state, the
    same frames, joints and boxes in opposite order. Of each actor at least
    half is visible in every frame.

    Args:
        name (str): One of `class_names(True)`; in the variant multi-label
            that of the first actor, the others do anything.
        variant (str): One of `VARIANTS`.
        num_frames (int): T.
        frame_size (Tuple[int, int]): Height and width in pixels.
        rng (np.random.Generator): Source of randomness.

    Returns:
        TubeClip: The clip; its actors do what `name` says.

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
    backwards = name in CLASSES[1::2]
    if variant == 'multi-label' and name in SPEED_CLASSES:
        backwards = bool(rng.uniform() < 0.5)
    main = partner(name) if name in CLASSES[1::2] else name
    clip = TubeClip(sample_scene(num_frames, frame_size, rng), [], backwards)
    count = 1 if variant == 'trimmed' else rng.choice(NUM_ACTORS, p=ACTOR_SHARES)
    masks: List[np.ndarray] = []
    for number in range(count):
        first = main if number == 0 or variant != 'multi-label' else None
        names = _pick_actions(variant, first, rng)
        if not _add_actor(clip, masks, variant, names, rng) and number == 0:
            # Alone and with nothing in front of it, a figure is visible.
            clip.scene.in_front[:] = False
            _add_actor(clip, masks, variant, names, rng)
    if backwards:
        clip.actors = [_backwards(actor) for actor in clip.actors]
    return clip


def _backwards(actor: Actor) -> Actor:
    """The actor as seen when the clip is played backwards."""
    end = len(actor.joints) - 1
    spans = {
        partner(name): (end - last, end - first)
        for name, (first, last) in actor.spans.items()
    }
    return Actor(actor.joints[::-1].copy(), actor.boxes[::-1].copy(), actor.look, spans)


def sample_length(num_frames: int, rng: np.random.Generator) -> int:
    """Frames of one video, at most `num_frames` and at least three quarters of
    them."""
    return int(rng.integers(round(SHORTEST * num_frames), num_frames + 1))
