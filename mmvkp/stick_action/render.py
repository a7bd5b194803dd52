"""Drawing of figures and scenes, and masks of their pixels.

Frames are drawn at twice their resolution and then reduced; there the centre of
pixel x is at 2 x + 0.5.
"""

from typing import List, Sequence, Tuple

import cv2
import numpy as np

from .scene import Look, Scene

# Limbs from far to near: joints along the limb, body part (row of `Look.colours`,
# also darkened), and width as a multiple of the limb thickness.
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
HEAD = 2  # joint at the centre of the head


def _draw_figure(canvas: np.ndarray, joints: np.ndarray, look: Look) -> None:
    """Draw one figure; joints (15, 2) and look in pixels of the canvas."""
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


def _draw_hat(canvas: np.ndarray, joints: np.ndarray, look: Look) -> None:
    """Draw the hat of one figure, if it has one, at the top of the head."""
    if look.hat is None:
        return
    upwards = joints[HEAD] - joints[0]
    top = joints[HEAD] + look.head_radius * upwards / max(1e-6, np.hypot(*upwards))
    _draw_blob(canvas, top, np.full(2, 1.2 * look.head_radius), look.hat)


def _limb_width(look: Look, share: float) -> int:
    """Width of a limb in whole pixels, in the units of `look`."""
    return max(1, round(share * max(1, round(look.thickness))))


def _double(look: Look) -> Look:
    """The same look for a canvas of twice the resolution."""
    return Look(look.colours, 2 * look.thickness, 2 * look.head_radius, look.hat)


def joint_radii(look: Look) -> np.ndarray:
    """Extent of a figure beyond each of its joints.

    No pixel beyond this radius is covered by half or more: half the width of the
    widest limb at the joint, and the radius of the head.

    Args:
        look (Look): Look in pixels of the frame.

    Shape:
        - returns: (15,), pixels of the frame.
    """
    big, radii = _double(look), np.zeros(15)
    radii[HEAD] = big.head_radius
    for path, _, share in LIMBS:
        radii[list(path)] = np.maximum(radii[list(path)], _limb_width(big, share) // 2)
    # OpenCV draws lines and circles half a pixel wider on each side.
    return (radii + 1) / 2


def figure_masks(
    joints: np.ndarray, look: Look, frame_size: Tuple[int, int]
) -> np.ndarray:
    """Pixels of a figure without occlusion.

    Args:
        joints (np.ndarray): Joints in pixels.
        look (Look): Look in pixels.
        frame_size (tuple[int, int]): Height and width in pixels.

    Shape:
        - joints: (T, 15, 2).
        - returns: (T, H, W), bool.
    """
    white = Look(np.full((3, 3), 255.0), look.thickness, look.head_radius)
    masks = np.zeros((len(joints), *frame_size, 3), np.uint8)
    for mask, points in zip(masks, joints):
        _draw_figure(mask, points, white)
    # Far limbs are drawn darker (0.72); half of their value is half coverage.
    return masks[..., 0] > 90


def front_masks(scene: Scene) -> np.ndarray:
    """Pixels of the distractors that occlude figures.

    Args:
        scene (Scene): Scene over T frames.

    Shape:
        - returns: (T, H, W), bool.
    """
    masks = np.zeros((len(scene.camera), *scene.frame_size), np.uint8)
    for i in np.flatnonzero(scene.in_front):
        for mask, centre in zip(masks, scene.blobs[i] + scene.camera):
            _draw_blob(mask, centre, scene.radii[i], np.full(1, 255.0))
    return masks > 127


def _draw_blob(
    canvas: np.ndarray, centre: np.ndarray, radii: np.ndarray, colour: np.ndarray
) -> None:
    """Draw one distractor; lengths in pixels of the canvas."""
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
        figures (Sequence[np.ndarray]): Joints of each figure in pixels, including
            the displacement of the camera; the last figure is nearest.
        looks (Sequence[Look]): Look of each figure.
        scene (Scene): Scene over the same T frames.

    Shape:
        - figures: (T, 15, 2) each.
        - returns: (T, H, W, 3), uint8, BGR.
    """
    height, width = scene.frame_size
    height2, width2 = 2 * height, 2 * width
    margin2 = (np.array(scene.background.shape[1::-1]) - (width2, height2)) // 2
    frames: List[np.ndarray] = []
    for t, camera in enumerate(scene.camera):
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
        for joints, look in zip(figures, looks):
            _draw_hat(canvas, 2 * joints[t] + 0.5, _double(look))
        frame = cv2.resize(canvas, (width, height), interpolation=cv2.INTER_AREA)
        row, column = (t * 37) % height, (t * 61) % width
        noise = scene.noise[row : row + height, column : column + width]
        frames.append(np.clip(frame + noise, 0, 255).astype(np.uint8))
    return np.stack(frames)
