"""Videos as phones record them: mixed sizes, rotated, uneven times, one corrupt.

Each video shows a bright square that moves over a random background; the kind of
motion is the class. Names contain blanks.
"""

import struct
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np

# Class folder -> place of the square at a time in [0, 1], in units of the free way.
MOTIONS = {
    'step aside': lambda t: (t, 0.5),
    'jump up': lambda t: (0.5, 1 - t),
    'walk a circle': lambda t: (
        0.5 + 0.5 * np.cos(6.3 * t),
        0.5 + 0.5 * np.sin(6.3 * t),
    ),
}
# Width and height of the stored pixels, and clockwise rotation for display.
SHAPES = (
    (320, 180, 0),
    (320, 180, 90),
    (240, 320, 0),
    (320, 240, 270),
    (256, 144, 180),
)


def upright_size(width, height, rotation):
    """Width and height of the displayed video."""
    return (height, width) if rotation % 180 else (width, height)


def boxes_of(motion, num_frames, width, height, rng):
    """Boxes (T, 4) x1, y1, x2, y2 of the square in pixels, ends exclusive."""
    side = round(min(width, height) * rng.uniform(0.25, 0.4))
    free = np.array([width - side, height - side])
    # Random parts of the way, start and speed.
    start, end = rng.uniform(0, 0.2), rng.uniform(0.8, 1)
    middle = rng.uniform(-0.08, 0.08, 2)
    places = [
        np.clip(np.add(MOTIONS[motion](t), middle), 0, 1) * free
        for t in np.linspace(start, end, num_frames)
    ]
    corners = np.round(places).astype(int)
    return np.hstack([corners, corners + side])


def frames_of(boxes, width, height, rng):
    """Upright frames (T, H, W, 3), uint8 RGB, with the square in the boxes."""
    coarse = rng.integers(0, 140, (6, 6, 3)).astype(np.uint8)
    background = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    colour = rng.integers(190, 256, 3)
    frames = np.repeat(background[None], len(boxes), 0)
    for frame, (x1, y1, x2, y2) in zip(frames, boxes):
        frame[y1:y2, x1:x2] = colour
    noise = rng.integers(0, 12, frames.shape, dtype=np.uint8)
    return frames + np.minimum(noise, 255 - frames)


def write_video(path, frames, rotation=0, uneven=False, fps=25):
    """Write upright frames with H.264, stored turned against a clockwise rotation.

    With `uneven`, every fourth frame lasts three times as long.
    """
    stored = np.rot90(frames, rotation // 90, (1, 2))
    with av.open(str(path), 'w') as container:
        stream = container.add_stream('libx264', rate=fps, options={'preset': 'fast'})
        stream.height, stream.width = stored.shape[1:3]
        stream.pix_fmt = 'yuv420p'
        stream.time_base = stream.codec_context.time_base = Fraction(1, 1000)
        time = 0
        for index, pixels in enumerate(stored):
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels), 'rgb24')
            frame.pts, frame.time_base = time, Fraction(1, 1000)
            time += (3 if uneven and index % 4 == 0 else 1) * 1000 // fps
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    if rotation:
        turn_header(Path(path), rotation)


def turn_header(path, rotation):
    """Set the display matrix of an mp4 (`tkhd`, ISO/IEC 14496-12, section 8.3.2)."""
    turns = {90: (0, 1, -1, 0), 180: (-1, 0, 0, -1), 270: (0, -1, 1, 0)}
    a, b, c, d = (value << 16 for value in turns[rotation])
    data = bytearray(path.read_bytes())
    place = data.index(b'tkhd') + 4
    # Version 0 or 1, times, ids and duration, then reserved values.
    place += (36 if data[place] else 24) + 16
    data[place : place + 36] = struct.pack('>9i', a, b, 0, c, d, 0, 0, 0, 1 << 30)
    path.write_bytes(data)


def cut(path, share=0.4):
    """Keep the first part of a file; the index of an mp4 is at its end."""
    data = path.read_bytes()
    path.write_bytes(data[: int(share * len(data))])


def make_videos(folder, count=40, motions=tuple(MOTIONS), num_frames=40, seed=0):
    """Write `count` videos in a folder per class; the last one is corrupt.

    Returns:
        dict: Boxes (T, 4) by path below the folder.
    """
    rng = np.random.default_rng(seed)
    tracks = {}
    for index in range(count):
        motion = motions[index % len(motions)]
        width, height, rotation = SHAPES[index // len(motions) % len(SHAPES)]
        size = upright_size(width, height, rotation)
        boxes = boxes_of(motion, num_frames, *size, rng)
        name = f'{motion}/VID 2024{index:04} (1).mp4'
        path = Path(folder, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_video(path, frames_of(boxes, *size, rng), rotation, index % 4 == 0)
        tracks[name] = boxes
    cut(path)
    return tracks


def write_tracks(folder, tracks):
    """Write a file of *CVAT for video 1.1* for each video; the class is the folder."""
    for name, boxes in tracks.items():
        lines = [
            f'<box frame="{frame}" outside="0" occluded="0" keyframe="1" xtl="{x1}.0" '
            f'ytl="{y1}.0" xbr="{x2}.0" ybr="{y2}.0" z_order="0"/>\n'
            for frame, (x1, y1, x2, y2) in enumerate(boxes)
        ]
        path = Path(folder, name).with_suffix('.xml')
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(
            '<?xml version="1.0" encoding="utf-8"?>\n<annotations>\n'
            f'<track id="0" label="{Path(name).parent}">\n{"".join(lines)}'
            '</track>\n</annotations>\n'
        )
