"""Playing time of MP4 files, read from their boxes.

A clip that was cut without re-encoding keeps all frames from the last key frame on
and names the played part in an edit list. Decoders skip the other frames, but the
container counts them.

Source: ISO/IEC 14496-12, sections 8.2.2 (mvhd) and 8.6.6 (elst).
"""

import struct
from typing import BinaryIO, Iterator, List, Optional, Tuple

_LARGEST = 1 << 26  # bytes of a header box that is read


def edited_seconds(path: str) -> Optional[float]:
    """Playing time of the longest edit list.

    Args:
        path (str): A video file.

    Returns:
        float, optional: Seconds; None for other containers, damaged headers and
        files without edit lists.
    """
    try:
        with open(path, 'rb') as file:
            movie = _movie_box(file)
    except OSError:
        return None
    try:
        return _longest_edit(movie) if movie else None
    except struct.error:
        return None


def _movie_box(file: BinaryIO) -> Optional[bytes]:
    """Content of the box `moov` of a file."""
    head = file.read(16)
    if head[4:8] != b'ftyp':
        return None
    place = 0
    while len(head) >= 8:
        size, kind = struct.unpack('>I4s', head[:8])
        start = 8
        if size == 1 and len(head) == 16:
            size, start = struct.unpack('>Q', head[8:])[0], 16
        if kind == b'moov':
            file.seek(place + start)
            return file.read(min(max(0, size - start), _LARGEST))
        if size < start:
            return None
        place += size
        file.seek(place)
        head = file.read(16)
    return None


def _boxes(data: bytes) -> Iterator[Tuple[bytes, bytes]]:
    """Types and contents of the boxes in a box."""
    place = 0
    while place + 8 <= len(data):
        size, kind = struct.unpack_from('>I4s', data, place)
        if size < 8:
            return
        yield kind, data[place + 8 : place + size]
        place += size


def _longest_edit(movie: bytes) -> Optional[float]:
    """Playing time of the longest edit list of a movie box in seconds."""
    units, lengths = 0, []
    for kind, content in _boxes(movie):
        if kind == b'mvhd':
            units = struct.unpack_from('>I', content, 20 if content[0] else 12)[0]
        elif kind == b'trak':
            for part, edits in _boxes(content):
                if part == b'edts':
                    lengths += [_edit_length(data) for _, data in _boxes(edits)]
    longest = max(lengths, default=0)
    return longest / units if units and longest else None


def _edit_length(table: bytes) -> int:
    """Sum of the played parts of an edit list, in units of the movie."""
    wide = table[:1] == b'\1'
    entry, step = ('>Qq', 20) if wide else ('>Ii', 12)
    count = min(struct.unpack_from('>I', table, 4)[0], len(table) // step)
    parts: List[Tuple[int, int]] = [
        struct.unpack_from(entry, table, 8 + step * i) for i in range(count)
    ]
    return sum(length for length, begin in parts if begin >= 0)
