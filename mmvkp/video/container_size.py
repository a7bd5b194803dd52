"""Number of bytes that a video file should have, read from its outer headers.

A file whose copy was interrupted is shorter. Decoders read its first frames without
an error.

Source: ISO/IEC 14496-12, section 4.2 (MP4, MOV); Microsoft RIFF and OpenDML (AVI);
RFC 8794, sections 4 and 5 (Matroska, WebM).
"""

import os
import struct
from typing import BinaryIO, Optional

_MP4 = (b'ftyp', b'moov', b'mdat', b'moof', b'free', b'skip', b'wide', b'styp')
_SEGMENT = bytes.fromhex('18538067')
# Some writers of AVI count the header of the file twice.
_SLACK = 16


def missing_bytes(path: str) -> int:
    """Number of bytes that are missing at the end of a file.

    Args:
        path (str): A video file.

    Returns:
        int: 0 for a complete file and for containers without a size.
    """
    with open(path, 'rb') as file:
        size = os.fstat(file.fileno()).st_size
        head = file.read(12)
        if head[:4] == b'RIFF':
            end = _riff_end(file)
        elif head[:4] == b'\x1a\x45\xdf\xa3':
            end = _matroska_end(file)
        elif head[4:8] in _MP4:
            end = _mp4_end(file)
        else:
            end = None
    return max(0, end - size) if end is not None else 0


def _riff_end(file: BinaryIO) -> Optional[int]:
    """End of the last RIFF chunk; None if the writer did not finish the file."""
    place = 0
    while True:
        file.seek(place)
        head = file.read(8)
        if len(head) < 8 or head[:4] != b'RIFF':
            return max(0, place - _SLACK)
        size = struct.unpack('<I', head[4:])[0]
        if not 0 < size < 0xFFFFFFF0:
            return None
        place += 8 + size + size % 2


def _mp4_end(file: BinaryIO) -> int:
    """End of the last known box."""
    place = 0
    while True:
        file.seek(place)
        head = file.read(16)
        if len(head) < 8 or head[4:8] not in _MP4:
            return place
        size, start = struct.unpack('>I', head[:4])[0], 8
        if size == 1 and len(head) == 16:
            size, start = struct.unpack('>Q', head[8:])[0], 16
        if size < start:  # 0: the box reaches the end of the file
            return place
        place += size


def _matroska_end(file: BinaryIO) -> Optional[int]:
    """End of the segment; None if its size is unknown, as in recordings."""
    file.seek(4)
    header = _variable_integer(file)
    if header is None:
        return None
    file.seek(header, os.SEEK_CUR)
    if file.read(4) != _SEGMENT:
        return None
    size = _variable_integer(file)
    return None if size is None else file.tell() + size


def _variable_integer(file: BinaryIO) -> Optional[int]:
    """EBML integer of 1 to 8 bytes; None if its bits are all ones or it is invalid."""
    first = file.read(1)
    if not first or not first[0]:
        return None
    length = 9 - first[0].bit_length()
    bits = 7 * length
    value = int.from_bytes(first + file.read(length - 1), 'big') & ((1 << bits) - 1)
    return None if value == (1 << bits) - 1 else value
