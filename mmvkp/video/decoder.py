"""Frames of a video file in the order in which decoding delivers them.

The only place where the project opens a video file. Frame n is the n-th frame that
FFmpeg's decoder delivers from the start of the file with one thread: frames that an
edit list hides or that cannot be decoded are not counted. Interlaced frames stay as
they are, and pixels that are not square are not scaled.
"""

import math
import os
from typing import Any, Dict, Iterator, List, Optional, Tuple

import av
import numpy as np
from av.video.reformatter import VideoReformatter

from ..files import check_path
from .container_size import missing_bytes
from .frame import DEFAULT_FPS
from .urls import URL_TIMEOUT, is_url, mask_credentials

# Before PyAV 17 the conversion of colours has one thread and no such option.
_ONE_THREAD = dict(threads=1) if int(av.__version__.split('.')[0]) >= 17 else {}


class Decoder:
    """Decoder of the main video stream of a file.

    Args:
        path (str): The file, or the URL of a file.
        num_threads (int): Threads of the decoder; 0: one per core. With several
            threads the frames after a damaged part may differ.

    Attributes: `stopped` (str), error that ended the reading early; `lost` (int),
    number of packets after the first frame that could not be decoded.

    Raises:
        FileNotFoundError: If the file is missing.
        ValueError: If it cannot be opened as a video.
    """

    def __init__(self, path: str, num_threads: int = 1) -> None:
        path = check_path('video', 'path', path)
        self.path, self.name = path, mask_credentials(path)
        self.num_threads = num_threads
        self.container: Any = None
        self._reformatter = VideoReformatter()
        self.open()

    def open(self) -> None:
        """Open the file, again if it is open."""
        self.close()
        self.stopped, self.lost, self._started = '', 0, False
        path = self.path
        options: Dict[str, Any] = {}
        if is_url(path):
            options = dict(timeout=URL_TIMEOUT)
        elif os.path.isfile(path):
            with open(path, 'rb') as file:
                if file.read(7) == b'#EXTM3U':
                    raise self._unreadable('it is a playlist')
            # A name with a colon is not a protocol, and no file reads URLs.
            options = dict(container_options={'protocol_whitelist': 'file'})
            path = f'file:{path}'
        else:
            raise FileNotFoundError(f'no video file {path}.')
        try:
            self.container = av.open(path, **options)
        except (av.FFmpegError, OSError) as error:
            raise self._unreadable(error) from error
        self.stream = self.container.streams.best('video')
        # Without its index an mp4 has a stream without a codec.
        if self.stream is None or self.stream.codec_context is None:
            self.close()
            raise self._unreadable('it has no video stream that can be decoded')
        context = self.stream.codec_context
        context.thread_count = self.num_threads
        context.thread_type = 'SLICE' if self.num_threads == 1 else 'AUTO'

    def _unreadable(self, reason: object) -> ValueError:
        """Error for a file that is not a video, or a damaged one."""
        text = f'{self.name} cannot be read as a video ({_text(reason)}); '
        if is_url(self.path):
            text += 'check the address and that the server sends a video.'
        elif missing_bytes(self.path):
            text += (
                f'it is damaged: at least {missing_bytes(self.path)} bytes are missing '
                'at its end, and 0 frames can be read. Copy it again.'
            )
        else:
            text += 'give a complete video file. If it was one, copy it again.'
        return ValueError(mask_credentials(text))

    def __iter__(self) -> Iterator[av.VideoFrame]:
        """Decode from the present position; damaged packets are skipped."""
        packets = self.container.demux(self.stream)
        while True:
            try:
                packet = next(packets, None)
            except (av.FFmpegError, OSError) as error:
                self.stopped = _text(error)
                packet = None
            yield from self._decode(packet)
            if packet is None:
                return

    def _decode(self, packet: Optional[av.Packet]) -> List[av.VideoFrame]:
        """Frames of a packet; None: the frames that the decoder still holds."""
        try:
            frames = self.stream.codec_context.decode(packet)
        except EOFError:
            return []
        except av.FFmpegError:
            # Recordings start anywhere: packets before the first key frame.
            self.lost += self._started
            return []
        self._started = self._started or bool(frames)
        return frames

    @property
    def fps(self) -> float:
        """Frames per second according to the container."""
        return float(self.stream.average_rate or 0) or DEFAULT_FPS

    def estimate_count(self) -> Optional[int]:
        """Number of frames according to the container; None if it has none."""
        if self.stream.frames:
            return self.stream.frames
        duration = self.container.duration  # in microseconds
        return round(duration / 1e6 * self.fps) if duration else None

    def seek(self, timestamp: int) -> None:
        """Continue at the last key frame up to a time.

        Args:
            timestamp (int): Presentation time in the time base of the stream.
        """
        self.container.seek(timestamp, stream=self.stream)

    def upright_rgb(
        self, frame: av.VideoFrame, rotation: int, width: int, height: int
    ) -> np.ndarray:
        """Convert a frame to RGB, and turn or mirror it as its display matrix says.

        Args:
            frame (av.VideoFrame): Decoded frame.
            rotation (int): Degrees clockwise, see `clockwise`.
            width (int): Width of the result; frames of another size are scaled.
            height (int): Height of the result.

        Shape:
            - returns: (H, W, 3), uint8, RGB; not contiguous if it was turned.
        """
        if rotation % 180:
            width, height = height, width
        rgb = self._reformatter.reformat(frame, width, height, 'rgb24', **_ONE_THREAD)
        image = rgb.to_ndarray()
        if _orientation(frame)[1]:
            image = image[:, ::-1]
        return np.rot90(image, -rotation // 90)

    def close(self) -> None:
        """Close the file."""
        if self.container is not None:
            self.container.close()

    def __enter__(self) -> 'Decoder':
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _orientation(frame: av.VideoFrame) -> Tuple[int, bool]:
    """Degrees clockwise, and True if the frame is mirrored before it is rotated.

    The display matrix maps (x, y) of the stored frame to (a x + c y, b x + d y).
    """
    data: Any = frame.side_data.get('DISPLAYMATRIX')
    if data is None:
        return 0, False
    a, b, c, d = np.frombuffer(bytes(data), np.int32)[[0, 1, 3, 4]].astype(float)
    is_mirrored = bool(a * d < b * c)
    if is_mirrored:
        a, b = -a, -b
    return 90 * round(math.degrees(math.atan2(b, a)) / 90) % 360, is_mirrored


def clockwise(frame: av.VideoFrame) -> int:
    """Display rotation of a frame, the nearest of 0, 90, 180 and 270 degrees."""
    return _orientation(frame)[0]


def rotation_of(path: str) -> int:
    """Display rotation of a video file, see `clockwise`; one frame is decoded.

    Args:
        path (str): The file.

    Raises:
        FileNotFoundError: If the file is missing.
        ValueError: If no frame can be decoded.
    """
    with Decoder(path) as decoder:
        for frame in decoder:
            return clockwise(frame)
    raise ValueError(f'{path}: no frame can be decoded.')


def _text(error: object) -> str:
    """Message of an error without its number and file."""
    return getattr(error, 'strerror', None) or str(error)
