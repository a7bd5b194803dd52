"""Video files of many kinds, written with PyAV."""

from fractions import Fraction

import av
import numpy as np

SIZE = (48, 64)  # height, width


def picture(number, size=SIZE):
    """Frame with its number in the grey of bars, a red top left and a green top right.

    Returns (H, W, 3), uint8, RGB.
    """
    height, width = size
    image = np.full((height, width, 3), 40 + 37 * number % 190, np.uint8)
    image[: height // 3, : width // 3] = (250, 0, 0)
    image[: height // 3, -(width // 3) :] = (0, 250, 0)
    return image


def make_video(
    path,
    codec='libx264',
    count=30,
    size=SIZE,
    pixels='yuv420p',
    rotation=0,
    mirror=False,
    times=None,
    rate=30,
    gop=None,
    file_options=None,
    **options,
):
    """Write a video; returns its path as a string.

    `rotation`: degrees clockwise of the display matrix; `mirror`: it exchanges left
    and right then; `times`: milliseconds of the frames; `gop`: distance of key frames.
    """
    with av.open(str(path), 'w', options=file_options or {}) as container:
        stream = container.add_stream(codec, rate=rate, options=options)
        stream.height, stream.width, stream.pix_fmt = *size, pixels
        stream.codec_context.thread_count = 1
        if gop:
            stream.codec_context.gop_size = gop
        base = Fraction(1, 1000) if times else 1 / Fraction(rate)
        stream.codec_context.time_base = base
        if rotation or mirror:
            stream.set_display_rotation(-rotation, hflip=mirror)
        for number in range(count):
            frame = av.VideoFrame.from_ndarray(picture(number, size), format='rgb24')
            frame = frame.reformat(format=pixels)
            frame.pts, frame.time_base = (times or range(count))[number], base
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return str(path)


def truncate(path, share=2 / 3):
    """Cut a file after a share of its bytes."""
    with open(path, 'rb+') as file:
        file.truncate(int(share * file.seek(0, 2)))
    return path


def damage(path, share=0.5, length=300):
    """Overwrite bytes in the middle of a file."""
    noise = np.random.default_rng(0).integers(0, 256, length, np.uint8).tobytes()
    with open(path, 'rb+') as file:
        file.seek(int(share * file.seek(0, 2)))
        file.write(noise)
    return path


def decode(path):
    """Frames as PyAV alone delivers them: (T, H, W, 3), uint8, RGB, not turned."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        stream.codec_context.thread_count = 1
        frames = []
        for packet in container.demux(stream):
            try:
                frames += [x.to_ndarray(format='rgb24') for x in packet.decode()]
            except av.FFmpegError:
                continue
    return np.stack(frames)
