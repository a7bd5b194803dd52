"""Clips of the variant `occluded`: two actors cross or touch.

Both perform the same class, so that a clip has one class. Their boxes overlap in a
large share of the frames, and the centres of both are often in the same cell or in
adjacent cells of a feature map.
"""

from typing import List, Sequence, Tuple

import numpy as np

from ..tubes.annotations import TubeAnnotations
from ..tubes.iou import box_iou
from .actors import Actor, figure_boxes, make_action, play_backwards
from .classes import CLASSES, is_reversed, partner
from .figure import figure_joints, place_figure
from .render import figure_masks, front_masks
from .scene import Look, Scene, sample_look, sample_scene
from .tube_clips import TubeClip, visible_share

# The motions on one spot: the path of a figure is not part of its class.
CROSSING_CLASSES = tuple(CLASSES[:6] + CLASSES[8:])
# In at least `OVERLAP_SHARE` of the frames the boxes have an IoU of `OVERLAP` or more.
OVERLAP, OVERLAP_SHARE = 0.3, 0.4
MIN_VISIBLE = 0.25  # visible share of each actor in each frame
TRIES = 60
HEIGHTS = (0.4, 0.6)  # standing heights as a share of the frame height
STRIDE = 4  # pixels of the frame in a cell of Point3D's feature map


def overlap_share(actors: Sequence[Actor]) -> float:
    """Share of the frames in which the boxes of two actors overlap by `OVERLAP`."""
    first, second = (actor.boxes for actor in actors)
    return float((box_iou(first, second) >= OVERLAP).mean())


def _distance(num_frames: int, width: float, rng: np.random.Generator) -> np.ndarray:
    """Signed distance of the two figures in pixels, with shape (T,).

    The figures change sides, or approach each other and go back.
    """
    time = np.linspace(0, 1, num_frames)
    way = (time - rng.uniform(0.4, 0.6)) * 2
    far, near = width * rng.uniform(0.7, 1.1), width * rng.uniform(0.15, 0.3)
    if rng.uniform() < 0.5:
        return far * way
    return near + (far - near) * np.abs(way)


def _two_figures(
    name: str, scene: Scene, rng: np.random.Generator
) -> Tuple[List[Actor], float]:
    """Two actors, the nearer one last, and their smallest visible share."""
    size, num_frames = scene.frame_size, len(scene.camera)
    height = size[0] * rng.uniform(*HEIGHTS)
    looks: List[Look] = []
    figures: List[np.ndarray] = []
    spans: List[dict] = []
    for depth in range(2):
        tall = height * rng.uniform(0.9, 1.1)
        pose, span = make_action([name], num_frames, False, rng)
        looks.append(sample_look(tall, scene.background.mean((0, 1)), rng))
        joints = figure_joints(pose, tall, rng)
        joints[..., 0] -= (joints[..., 0].min(1) + joints[..., 0].max(1)).mean() / 2
        joints[..., 1] += depth * height * rng.uniform(0, 0.12)
        figures.append(joints)
        spans.append(span)
    width = float(np.mean([np.ptp(each[..., 0], axis=1).mean() for each in figures]))
    width += 2 * looks[0].head_radius
    shift = _distance(num_frames, width, rng) * rng.choice([-1, 1]) / 2
    for joints, sign in zip(figures, (-1, 1)):
        joints[..., 0] += sign * shift[:, None]
    pad = max(look.head_radius for look in looks)
    placed = place_figure(np.concatenate(figures), size, pad, rng)
    figures = [each + scene.camera[:, None] for each in np.split(placed, 2)]
    actors = [
        Actor(joints, figure_boxes(joints, look, size), look, span)
        for joints, look, span in zip(figures, looks, spans)
    ]
    masks = [figure_masks(actor.joints, actor.look, size) for actor in actors]
    return actors, visible_share(masks, front_masks(scene))


def make_crossing_clip(
    name: str, num_frames: int, frame_size: Tuple[int, int], rng: np.random.Generator
) -> TubeClip:
    """Sample the content of one clip.

    From generators in the same state, the two classes of a reversal pair give the
    same frames, joints and boxes in opposite order.

    Args:
        name (str): One of `CROSSING_CLASSES`.
        num_frames (int): Frames T.
        frame_size (tuple[int, int]): Height and width in pixels.
        rng (np.random.Generator): Source of randomness.

    Returns:
        TubeClip: Clip that can be rendered.

    Raises:
        ValueError: If `name` is unknown.
        RuntimeError: If no clip with the required overlap and visibility is found.
    """
    if name not in CROSSING_CLASSES:
        raise ValueError(
            f'make_crossing_clip: name={name!r} is not known; choose one of '
            f'{", ".join(CROSSING_CLASSES)}.'
        )
    backwards = is_reversed(name)
    scene = sample_scene(num_frames, frame_size, rng)
    scene.in_front[:] = False
    for _ in range(TRIES):
        actors, visible = _two_figures(partner(name) if backwards else name, scene, rng)
        if visible >= MIN_VISIBLE and overlap_share(actors) >= OVERLAP_SHARE:
            if backwards:
                actors = [play_backwards(actor) for actor in actors]
            return TubeClip(scene, actors, backwards)
    raise RuntimeError(f'{TRIES} trials gave no clip of two actors that overlap.')


def centre_ceiling(truth: TubeAnnotations) -> float:
    """Largest recall of a detector with one actor for each peak of a heatmap.

    A peak is the largest of its 3 x 3 cells of `STRIDE` pixels. Of two actors whose
    centres are in the same cell or in adjacent cells, one is not found.

    Args:
        truth (TubeAnnotations): Ground truth with two tubes for each test video.

    Returns:
        float: Share of the boxes of the test videos in [0, 1].
    """
    boxes, lost = 0, 0
    for video in truth.test_videos[0]:
        ((first, second),) = truth.gttubes[video].values()
        boxes += len(first) + len(second)
        _, one, two = np.intersect1d(first[:, 0], second[:, 0], return_indices=True)
        cells = [
            (tube[:, 1:3] + tube[:, 3:]) // (2 * STRIDE)
            for tube in (first[one], second[two])
        ]
        lost += int((np.abs(cells[0] - cells[1]).max(1) <= 1).sum())
    return (boxes - lost) / boxes
