"""Scenes of StickAction: background, camera, distractors and noise.

Pure functions of a NumPy generator. Positions are `(x, y)` in pixels, x to the
right, y downwards, with (0, 0) at the centre of the top-left pixel; frames are BGR
uint8.
"""

from dataclasses import dataclass
from typing import Optional, Tuple

import cv2
import numpy as np

# Radius of the head as a share of the standing height.
HEAD_RADIUS = 0.08


@dataclass
class Look:
    """Colours and thickness of one figure.

    Args:
        colours (np.ndarray): (3, 3) BGR in [0, 255]: skin, upper body and arms,
            legs.
        thickness (float): Thickness of the limbs in pixels.
        head_radius (float): Radius of the head in pixels.
        hat (np.ndarray, optional): (3,) BGR of a disc on the head, which nothing
            occludes. None: no hat.
    """

    colours: np.ndarray
    thickness: float
    head_radius: float
    hat: Optional[np.ndarray] = None


@dataclass
class Scene:
    """Everything in a clip except the figures.

    Args:
        background (np.ndarray): (2H + 4m, 2W + 4m, 3) uint8 BGR at twice the
            resolution of the frame, with a margin of m pixels for the camera.
        camera (np.ndarray): (T, 2) displacement of the picture in pixels.
        blobs (np.ndarray): (D, T, 2) centres of the distractors in pixels, without
            the displacement of the camera.
        radii (np.ndarray): (D, 2) half axes in pixels.
        colours (np.ndarray): (D, 3) BGR.
        in_front (np.ndarray): (D,) bool, True if drawn over the figures.
        noise (np.ndarray): (2H, 2W, 3) int16 sensor noise; each frame uses another
            (H, W) part of it.
    """

    background: np.ndarray
    camera: np.ndarray
    blobs: np.ndarray
    radii: np.ndarray
    colours: np.ndarray
    in_front: np.ndarray
    noise: np.ndarray

    @property
    def frame_size(self) -> Tuple[int, int]:
        """Height and width of the frames in pixels."""
        return self.noise.shape[0] // 2, self.noise.shape[1] // 2


def sample_look(
    height: float, background: np.ndarray, rng: np.random.Generator
) -> Look:
    """Sample a limb thickness and colours that contrast with the background.

    Args:
        height (float): Standing height of the figure in pixels.
        background (np.ndarray): Mean BGR of the background, with shape (3,).
        rng (np.random.Generator): Source of randomness.

    Returns:
        Look: Lengths in pixels of the frame.
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
    """Coarse clouds, stripes and grain, (height, width, 3) uint8."""
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
    num_frames: int,
    frame_size: Tuple[int, int],
    rng: np.random.Generator,
    camera_gain: float = 1.0,
    num_blobs: Optional[int] = None,
    noise_gain: float = 1.0,
) -> Scene:
    """Sample background, camera, distractors and noise of a clip.

    Args:
        num_frames (int): Frames T.
        frame_size (tuple[int, int]): Height and width in pixels.
        rng (np.random.Generator): Source of randomness.
        camera_gain (float): Factor of the movement of the camera.
        num_blobs (int, optional): Number of distractors. None: one to three.
        noise_gain (float): Factor of the sensor noise.

    Returns:
        Scene: Scene over T frames.
    """
    height, width = frame_size
    size = min(frame_size)
    margin = max(2, round(0.05 * max(1, camera_gain) * size))
    steps = rng.normal(0, 0.012 * camera_gain * size, (num_frames, 2))
    camera = np.clip(
        np.cumsum(steps, 0) - steps.sum(0) / 2, 1 - margin, margin - 1
    ) * rng.uniform(0, 1)
    count = int(rng.integers(1, 4)) if num_blobs is None else num_blobs
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
    deviation = noise_gain * rng.uniform(0, 5)
    noise = rng.normal(0, deviation, (2 * height, 2 * width, 3))
    return Scene(
        _texture(2 * (height + 2 * margin), 2 * (width + 2 * margin), rng),
        camera,
        blobs * (width - 1, height - 1),
        radii,
        rng.uniform(0, 255, (count, 3)),
        in_front,
        noise.astype(np.int16),
    )
