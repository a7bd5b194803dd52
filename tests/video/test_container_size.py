"""Sizes of files according to their outer headers, written by hand or by PyAV."""

import struct

import pytest

from mmvkp.video.container_size import missing_bytes

from .made_videos import make_video


def box(kind, content, wide=False):
    size = 8 + len(content) + 8 * wide
    if wide:
        return struct.pack('>I4sQ', 1, kind, size) + content
    return struct.pack('>I4s', size, kind) + content


MP4 = box(b'ftyp', b'isom' * 2) + box(b'free', b'')
RIFF = b'RIFF' + struct.pack('<I', 104) + b'AVI ' + bytes(100)
EBML = bytes.fromhex('1a45dfa3') + b'\x83abc' + bytes.fromhex('18538067')


@pytest.mark.parametrize(
    'content, missing',
    [
        (b'', 0),
        (b'text, not a video', 0),
        (MP4 + box(b'mdat', bytes(90)), 0),
        (MP4 + box(b'mdat', bytes(90))[:-30], 30),
        (MP4 + box(b'mdat', bytes(90), wide=True)[:-30], 30),
        (MP4 + struct.pack('>I4s', 0, b'mdat') + bytes(9), 0),  # up to the end
        (MP4 + box(b'mdat', bytes(9)) + box(b'xxxx', bytes(50))[:20], 0),  # appended
        (RIFF, 0),
        (RIFF[:-40], 40 - 16),
        (RIFF[:-8], 0),  # writers that count the header twice
        (RIFF + b'RIFF' + struct.pack('<I', 200) + b'AVIX' + bytes(96), 100 - 16),
        (b'RIFF' + bytes(4) + b'AVI ' + bytes(20), 0),  # not finished
        (EBML + b'\x8a' + bytes(10), 0),
        (EBML + b'\x8a' + bytes(4), 6),
        (EBML + b'\x40\x0a' + bytes(4), 6),
        (EBML + b'\x01' + b'\xff' * 7 + bytes(4), 0),  # a recording
        (EBML[:9], 0),
    ],
)
def test_headers(tmp_path, content, missing):
    (tmp_path / 'a').write_bytes(content)
    assert missing_bytes(str(tmp_path / 'a')) == missing


@pytest.mark.parametrize('ending', ['mp4', 'mov', 'avi', 'mkv', 'webm', 'ts', 'flv'])
def test_files_of_real_writers(tmp_path, ending):
    codec = 'libvpx-vp9' if ending == 'webm' else 'libx264'
    path = make_video(tmp_path / f'a.{ending}', codec, count=3)
    assert missing_bytes(path) == 0
    data = (tmp_path / f'a.{ending}').read_bytes()
    (tmp_path / f'a.{ending}').write_bytes(data[:-100])
    has_size = ending not in ('ts', 'flv')
    assert (missing_bytes(path) > 50) == has_size
