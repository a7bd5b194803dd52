"""Check that a video file was written completely.

OpenCV reports no error of the disk: after a full disk, or at a limit of the file
size, it leaves a shorter file.

Source: ISO/IEC 14496-12, sections 4.2 (boxes) and 8.7.3 (stsz, sizes of frames).
"""

import os
import struct
from pathlib import Path
from typing import BinaryIO, Optional

# Boxes from the outermost to the one with the number of frames.
_NESTED = (b'moov', b'trak', b'mdia', b'minf', b'stbl', b'stsz')


def count_written(path: Path) -> int:
    """Number of frames of a complete MP4 file with one track.

    A lost write at any place changes the size of the file, but not the sizes in its
    boxes. All boxes must therefore end at the end of the file.

    Args:
        path (Path): The file.

    Returns:
        int: 0 if the file is missing, truncated, or another file.
    """
    try:
        with open(path, 'rb') as file:
            sizes = _find(file, 0, os.fstat(file.fileno()).st_size, 0)
    except OSError:
        return 0
    return sizes or 0


def _find(file: BinaryIO, place: int, end: int, depth: int) -> Optional[int]:
    """Number of frames in the boxes of [place, end); None if they do not fit."""
    found: Optional[int] = 0
    while place < end:
        file.seek(place)
        head = file.read(16)
        if len(head) < 8:
            return None
        (length, kind), start = struct.unpack('>I4s', head[:8]), 8
        if length == 1 and len(head) == 16:
            length, start = struct.unpack('>Q', head[8:])[0], 16
        # A length of 0 means "up to the end": the writing never ended.
        if length < start or place + length > end:
            return None
        if kind == _NESTED[depth]:
            if kind == b'stsz':
                file.seek(place + start + 8)
                found = int.from_bytes(file.read(4), 'big')
            else:
                found = _find(file, place + start, place + length, depth + 1)
        place += length
    return found


def check_written(path: str, temporary: str, num_frames: int) -> None:
    """Refuse an MP4 file that lacks frames or bytes.

    Args:
        path (str): Name of the video for the error.
        temporary (str): The written file. Files with other endings must not be
            empty.
        num_frames (int): Number of frames that were written.

    Raises:
        OSError: If the file is not complete.
    """
    file = Path(temporary)
    size = file.stat().st_size if file.exists() else 0
    found = count_written(file) if file.suffix.lower() == '.mp4' else -1
    if found == num_frames or found == -1 and size:
        return
    raise OSError(
        f'{path} cannot be written: {max(0, found)} of {num_frames} frames are in its '
        f'{size} bytes. Check the free space, limits of the file size, and that OpenCV '
        'has FFmpeg.'
    )
