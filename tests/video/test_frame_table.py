"""Results of decoding whole files."""

import json
import struct

import numpy as np
import pytest

from mmvkp.video import read_frames, video_info
from mmvkp.video.decoder import Decoder
from mmvkp.video.frame_table import FrameTally, decode_all, pack, unpack

from .made_videos import decode, make_video


def test_fields(tmp_path):
    path = make_video(
        tmp_path / 'a.mkv', gop=4, count=10, rotation=90, bf='0', sc_threshold='0'
    )
    table = decode_all(path)
    assert table[:4] == (10, 48, 64, 90)
    assert (table.fps, table.unit, table.problem, table.usable) == (30, 0.001, '', True)
    # Matroska rounds times to milliseconds.
    assert table.pts.tolist() == [round(1000 * n / 30) for n in range(10)]
    assert table.keys[:3].tolist() == [0, 4, 8]


def test_packed_tables_are_short_and_the_same(tmp_path):
    path = make_video(tmp_path / 'a.mkv', 'mpeg4', count=300, size=(16, 16))
    table = decode_all(path)
    text = json.dumps(pack(table))
    again = unpack(json.loads(text))
    for given, wanted in zip(again, table):
        assert np.array_equal(given, wanted)
    assert len(text) < 500
    # A line cannot claim more frames than its number.
    assert unpack(dict(pack(table), num_frames=100)) is None
    for name in pack(table):
        fields = pack(table)
        del fields[name]
        assert unpack(fields) is None


def test_frames_that_an_edit_list_hides_are_not_counted(tmp_path):
    """A clip that was cut without encoding starts at an earlier key frame."""
    path = tmp_path / 'a.mp4'
    make_video(path, 'mpeg4', gop=10)
    whole = decode(path)
    data = bytearray(path.read_bytes())
    start = data.index(b'elst') + 4
    # Version and flags, number of entries, then duration, first time and rate.
    _, number, length, first, _ = struct.unpack_from('>IIIiI', data, start)
    assert (number, length, first) == (1, 1000, 0)
    scale = struct.unpack_from('>I', data, data.index(b'mdhd') + 16)[0]
    struct.pack_into('>Ii', data, start + 8, 500, 13 * scale // 30)
    path.write_bytes(data)
    info = video_info(path)
    assert (info.num_frames, info.complete, info.fps) == (15, True, 30)
    assert info.times[0] == 0
    assert (read_frames(path, range(15)) == whole[13:28]).all()
    assert (read_frames(path, [9]) == whole[22]).all()


def test_times_of_a_stream(tmp_path):
    path = make_video(tmp_path / 'a.mkv', count=3, times=[0, 400, 440])
    with Decoder(path) as decoder:
        tally = FrameTally(decoder)
        assert [tally.seconds() for _ in tally] == pytest.approx([0, 0.4, 0.44])


def test_changing_sizes_are_named(tmp_path):
    parts = [
        make_video(tmp_path / f'{n}.ts', 'mpeg2video', count=4, size=size)
        for n, size in enumerate([(48, 64), (64, 80)])
    ]
    path = tmp_path / 'a.ts'
    path.write_bytes(b''.join(open(part, 'rb').read() for part in parts))
    table = decode_all(str(path))
    assert 'have another size, the first is' in table.problem
    assert (table.height, table.width) == (48, 64)
    frames = read_frames(path, [0, table.num_frames - 1])
    assert frames.shape == (2, 48, 64, 3)
