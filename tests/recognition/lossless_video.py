"""Videos whose decoded frames equal the written ones."""

import av
import numpy as np


def noise_frames(count, height=48, width=64, seed=0):
    """Random frames (count, H, W, 3), uint8, whose brightness rises."""
    random = np.random.default_rng(seed)
    high = np.linspace(40, 255, count).astype(int)
    return np.stack([random.integers(0, each, (height, width, 3)) for each in high])


def write_lossless(path, frames, fps=10):
    """Write a file with the codec FFV1."""
    with av.open(str(path), 'w') as file:
        stream = file.add_stream('ffv1', rate=fps)
        stream.height, stream.width = frames.shape[1:3]
        stream.pix_fmt = 'bgr0'
        for frame in frames.astype(np.uint8):
            picture = av.VideoFrame.from_ndarray(frame, format='rgb24')
            file.mux(stream.encode(picture))
        file.mux(stream.encode())
    return str(path)
