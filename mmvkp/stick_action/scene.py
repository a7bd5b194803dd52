"""Pictures of stick figures: looks, scenes with distractors, rendering.

Pure functions of a NumPy generator; no files are read or written.
Conventions: positions are ``(x, y)`` in pixels, x to the right, y downwards,
with (0, 0) at the centre of the top-left pixel; frames are BGR uint8 and are
counted from 0.
"""

from dataclasses import dataclass
from typing import List, Sequence, Tuple

import cv2
import numpy as np

# Radius of the head as a share of the standing height.
HEAD_RADIUS = 0.08
# Limbs from far to near: the joints along it, its part of the body (row of
# `Look.colours`, and the same in the shade) and its width in limb thicknesses.
SKIN, BODY, LEGS, FAR_BODY, FAR_LEGS = range(5)
LIMBS = (
    ((6, 10, 14), FAR_LEGS, 1.0),
    ((4, 8, 12), FAR_BODY, 0.9),
    ((3, 4), BODY, 1.0),
    ((0, 1), BODY, 1.7),
    ((5, 6), LEGS, 1.2),
    ((1, 5), BODY, 1.2),
    ((1, 6), BODY, 1.2),
    ((0, 2), SKIN, 1.0),
    ((5, 9, 13), LEGS, 1.0),
    ((3, 7, 11), BODY, 0.9),
)
HEAD = 2  # the joint around which the head is drawn


@dataclass
class Look:
    """Colours and thickness of one figure.

    Args:
        colours (np.ndarray): (3, 3) BGR in [0, 255]: skin, upper body and
            arms, legs.
        thickness (float): Limb thickness in pixels.
        head_radius (float): Pixels.
    """

    colours: np.ndarray
    thickness: float
    head_radius: float


@dataclass
class Scene:
    """Everything in a clip that is not a figure.

    Args:
        background (np.ndarray): (2H + 4m, 2W + 4m, 3) uint8 BGR at twice the
            frame's resolution, with a margin of m pixels for the camera.
        camera (np.ndarray): (T, 2) displacement of the picture, in pixels.
        blobs (np.ndarray): (D, T, 2) centres of the distractors, in pixels,
            the camera's displacement not included.
        radii (np.ndarray): (D, 2) half axes in pixels.
        colours (np.ndarray): (D, 3) BGR.
        in_front (np.ndarray): (D,) bool, drawn over the figures.
        noise (np.ndarray): (2H, 2W, 3) int16 sensor noise, of which each
            frame shows another (H, W) part.
    """

    background: np.ndarray
    camera: np.ndarray
    blobs: np.ndarray
    radii: np.ndarray
    colours: np.ndarray
    in_front: np.ndarray
    noise: np.ndarray


def sample_look(
    height: float, background: np.ndarray, rng: np.random.Generator
) -> Look:
    """Colours that stand out from the background, and a limb thickness.

    Args:
        height (float): Standing height of the figure in pixels.
        background (np.ndarray): (3,) mean BGR of the background.
        rng (np.random.Generator): Source of randomness.
    """
    candidates = rng.uniform(0, 255, (24, 3))
    contrast = np.abs((candidates - background).mean(1))
    colours = candidates[np.argsort(-contrast)[:8]][rng.permutation(8)[:3]]
    return Look(
        colours,
        height * rng.uniform(0.055, 0.085),
        height * rng.uniform(0.9, 1.15) * HEAD_RADIUS,
    )


def _texture(height: int, width: int, rng: np.random.Generator) -> np.ndarray:
    """(height, width, 3) uint8: coarse clouds, stripes and grain."""
    grid = rng.uniform(-1, 1, (*rng.integers(3, 9, 2), 3)).astype(np.float32)
    image = rng.uniform(15, 45) * cv2.resize(
        grid, (width, height), interpolation=cv2.INTER_CUBIC
    )
    ys, xs = np.mgrid[:height, :width].astype(np.float32) / height
    turn, waves = rng.uniform(0, np.pi), rng.uniform(3, 12)
    stripes = np.sin(2 * np.pi * waves * (np.cos(turn) * xs + np.sin(turn) * ys))
    image += stripes[..., None] * rng.uniform(-16, 16, 3)
    image += rng.normal(0, rng.uniform(2, 9), image.shape)
    return np.clip(image + rng.uniform(40, 215, 3), 0, 255).astype(np.uint8)


def sample_scene(
    num_frames: int, frame_size: Tuple[int, int], rng: np.random.Generator
) -> Scene:
    """Background, camera, one to three distractors and noise of a clip.

    Args:
        num_frames (int): T.
        frame_size (Tuple[int, int]): Height and width in pixels.
        rng (np.random.Generator): Source of randomness.
    """
    height, width = frame_size
    size = min(frame_size)
    margin = max(2, round(0.05 * size))
    steps = rng.normal(0, 0.012 * size, (num_frames, 2))
    camera = np.clip(
        np.cumsum(steps, 0) - steps.sum(0) / 2, 1 - margin, margin - 1
    ) * rng.uniform(0, 1)
    count = int(rng.integers(1, 4))
    in_front = rng.uniform(size=count) < 0.25
    radii = size * rng.uniform(0.035, 0.085, (count, 2))
    radii[in_front] *= 0.6
    time = np.linspace(0, 1, num_frames)[None, :, None]
    blobs = rng.uniform(0.05, 0.95, (count, 1, 2)) + (
        time - rng.uniform(size=(count, 1, 1))
    ) * rng.uniform(-0.7, 0.7, (count, 1, 2))
    swing = (
        2
        * np.pi
        * (rng.uniform(0.3, 2, (count, 1, 1)) * time + rng.uniform(size=(count, 1, 2)))
    )
    blobs = blobs + rng.uniform(0, 0.1, (count, 1, 1)) * np.sin(swing)
    noise = rng.normal(0, rng.uniform(0, 5), (2 * height, 2 * width, 3))
    return Scene(
        _texture(2 * (height + 2 * margin), 2 * (width + 2 * margin), rng),
        camera,
        blobs * (width - 1, height - 1),
        radii,
        rng.uniform(0, 255, (count, 3)),
        in_front,
        noise.astype(np.int16),
    )


def _draw_figure(canvas: np.ndarray, joints: np.ndarray, look: Look) -> None:
    """Draw one figure; `joints` (15, 2) and `look` in pixels of `canvas`."""
    points = np.round(joints * 16).astype(int).tolist()
    skin, body, legs = (tuple(c) for c in look.colours.tolist())
    far_body, far_legs = (tuple(0.72 * v for v in c) for c in (body, legs))
    colours = (skin, body, legs, far_body, far_legs)
    for path, part, share in LIMBS:
        for a, b in zip(path, path[1:]):
            cv2.line(
                canvas,
                points[a],
                points[b],
                colours[part],
                _limb_width(look, share),
                cv2.LINE_AA,
                4,
            )
    cv2.circle(
        canvas, points[HEAD], round(16 * look.head_radius), skin, -1, cv2.LINE_AA, 4
    )


def _limb_width(look: Look, share: float) -> int:
    """Width of a limb in whole pixels of the canvas that `look` is for."""
    return max(1, round(share * max(1, round(look.thickness))))


def _double(look: Look) -> Look:
    """The same look for a canvas of twice the resolution."""
    return Look(look.colours, 2 * look.thickness, 2 * look.head_radius)


def joint_radii(look: Look) -> np.ndarray:
    """How far a figure reaches beyond each of its joints.

    Args:
        look (Look): In pixels of the frame.

    Returns:
        np.ndarray: (15,) pixels of the frame: half the width of the widest
        limb at that joint, and for the head its radius. No pixel beyond it is
        half covered.
    """
    big, radii = _double(look), np.zeros(15)
    radii[HEAD] = big.head_radius
    for path, _, share in LIMBS:
        radii[list(path)] = np.maximum(radii[list(path)], _limb_width(big, share) // 2)
    # OpenCV's lines and circles are this half pixel wider on each side.
    return (radii + 1) / 2


def figure_masks(
    joints: np.ndarray, look: Look, frame_size: Tuple[int, int]
) -> np.ndarray:
    """The pixels of a figure that nothing hides.

    Args:
        joints (np.ndarray): (T, 15, 2) pixels.
        look (Look): In pixels.
        frame_size (Tuple[int, int]): Height and width in pixels.

    Returns:
        np.ndarray: (T, H, W) bool.
    """
    white = Look(np.full((3, 3), 255.0), look.thickness, look.head_radius)
    masks = np.zeros((len(joints), *frame_size, 3), np.uint8)
    for mask, points in zip(masks, joints):
        _draw_figure(mask, points, white)
    # Shaded limbs are darker than white; half of that is a pixel half covered.
    return masks[..., 0] > 90


def front_masks(scene: Scene) -> np.ndarray:
    """The pixels of the distractors that pass in front of the figures.

    Args:
        scene (Scene): Over T frames.

    Returns:
        np.ndarray: (T, H, W) bool.
    """
    height2, width2 = scene.noise.shape[:2]
    masks = np.zeros((len(scene.camera), height2 // 2, width2 // 2), np.uint8)
    for i in np.flatnonzero(scene.in_front):
        for mask, centre in zip(masks, scene.blobs[i] + scene.camera):
            _draw_blob(mask, centre, scene.radii[i], np.full(1, 255.0))
    return masks > 127


def _draw_blob(
    canvas: np.ndarray, centre: np.ndarray, radii: np.ndarray, colour: np.ndarray
) -> None:
    """Draw one distractor; lengths in pixels of `canvas`."""
    cv2.ellipse(
        canvas,
        np.round(16 * centre).astype(int).tolist(),
        np.round(16 * radii).astype(int).tolist(),
        0,
        0,
        360,
        colour.tolist(),
        -1,
        cv2.LINE_AA,
        4,
    )


def render_clip(
    figures: Sequence[np.ndarray], looks: Sequence[Look], scene: Scene
) -> np.ndarray:
    """Draw figures into a scene.

    Args:
        figures (Sequence[np.ndarray]): (T, 15, 2) pixels for each figure, the
            camera's displacement included; the last is nearest.
        looks (Sequence[Look]): One for each figure.
        scene (Scene): Over the same T frames.

    Returns:
        np.ndarray: (T, H, W, 3) BGR uint8.
    """
    height2, width2 = scene.noise.shape[:2]
    margin2 = (np.array(scene.background.shape[1::-1]) - (width2, height2)) // 2
    frames: List[np.ndarray] = []
    for t, camera in enumerate(scene.camera):
        # Twice the resolution, where pixel centres are at 2 x + 0.5.
        left, top = margin2 - np.round(2 * camera).astype(int)
        canvas = scene.background[top : top + height2, left : left + width2].copy()
        for front in (False, True):
            for i in np.flatnonzero(scene.in_front == front):
                _draw_blob(
                    canvas,
                    2 * (scene.blobs[i, t] + camera) + 0.5,
                    2 * scene.radii[i],
                    scene.colours[i],
                )
            for joints, look in zip(figures, looks) if not front else ():
                _draw_figure(canvas, 2 * joints[t] + 0.5, _double(look))
        frame = cv2.resize(
            canvas, (width2 // 2, height2 // 2), interpolation=cv2.INTER_AREA
        )
        row, column = (t * 37) % (height2 // 2), (t * 61) % (width2 // 2)
        noise = scene.noise[row : row + height2 // 2, column : column + width2 // 2]
        frames.append(np.clip(frame + noise, 0, 255).astype(np.uint8))
    return np.stack(frames)
