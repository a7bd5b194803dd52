"""Edit lists of MP4 files, written by hand."""

import struct

import pytest

from mmvkp.video.mp4 import edited_seconds


def box(kind, *parts):
    content = b''.join(parts)
    return struct.pack('>I4s', 8 + len(content), kind) + content


def movie(*lengths, version=0, units=600):
    head = bytes([version]) + bytes(11 if version == 0 else 19)
    tracks = []
    for length in lengths:
        entry = struct.pack('>IiI' if version == 0 else '>QqI', length, 7, 1 << 16)
        table = bytes([version, 0, 0, 0]) + struct.pack('>I', 1) + entry
        tracks.append(box(b'trak', box(b'tkhd'), box(b'edts', box(b'elst', table))))
    return box(b'moov', box(b'mvhd', head + struct.pack('>I', units)), *tracks)


@pytest.mark.parametrize('version', [0, 1])
def test_longest_track(tmp_path, version):
    path = tmp_path / 'a.mp4'
    path.write_bytes(
        box(b'ftyp', b'isom' * 4)
        + box(b'mdat', bytes(50))
        + movie(900, 1200, version=version)
    )
    assert edited_seconds(str(path)) == 2


def test_box_with_a_64_bit_size(tmp_path):
    path = tmp_path / 'a.mp4'
    large = struct.pack('>I4sQ', 1, b'mdat', 26) + bytes(10)
    path.write_bytes(box(b'ftyp', b'isom' * 4) + large + movie(300))
    assert edited_seconds(str(path)) == 0.5


def test_unknown_time(tmp_path):
    path = tmp_path / 'a.mp4'
    start = box(b'ftyp', b'isom' * 4)
    for content in (
        b'',
        b'RIFF' * 9,
        start,
        start + movie(),
        start + movie(5)[:30],
        start + movie(5, units=0),
        start + bytes(40),
    ):
        path.write_bytes(content)
        assert edited_seconds(str(path)) is None
    assert edited_seconds(str(tmp_path / 'missing.mp4')) is None
