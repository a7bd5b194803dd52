"""Number, size, times and content of frames of many kinds of files."""

import struct
from fractions import Fraction

import numpy as np
import pytest

from mmvkp.video import read_frames, video_info

from .made_videos import damage, decode, make_video, picture, truncate

KINDS = {
    'h264.mp4': dict(gop=8),
    'open_gop.mkv': dict(gop=8, **{'x264-params': 'open-gop=1:bframes=3'}),
    'mpeg4.avi': dict(codec='mpeg4', gop=10),
    'mpeg4_b.avi': dict(codec='mpeg4', gop=10, bf='2'),
    'vp9.webm': dict(codec='libvpx-vp9', count=12, deadline='realtime'),
    'ffv1.mkv': dict(codec='ffv1', count=6, size=(47, 63), pixels='yuv444p'),
    'mjpeg.avi': dict(codec='mjpeg', pixels='yuvj420p', count=8),
    'mpeg2.ts': dict(codec='mpeg2video', gop=6),
    'ten_bits.mp4': dict(pixels='yuv420p10le', count=6),
    'gray.mkv': dict(codec='ffv1', pixels='gray', count=6),
    'alpha.mov': dict(codec='qtrle', pixels='argb', count=6),
    'interlaced.mp4': dict(count=10, **{'x264-params': 'tff=1:interlaced=1'}),
    'one.mp4': dict(count=1),
}


@pytest.mark.parametrize('name', KINDS)
def test_kinds_of_files(tmp_path, name):
    kind = KINDS[name]
    path = make_video(tmp_path / name, **kind)
    count, size = kind.get('count', 30), kind.get('size', (48, 64))
    info = video_info(path)
    assert info[:5] == (path, count, *size[::-1], 0)
    assert (info.complete, info.problem, info.fps) == (True, '', 30)
    assert info.times == pytest.approx(np.arange(count) / 30, abs=6e-4)
    sequential = decode(path)
    # Seeks in any order deliver the frames of sequential decoding.
    for indices in ([count - 1], [0], [count // 2, 0, count - 1, 0], range(count), []):
        frames = read_frames(path, indices)
        assert frames.dtype == np.uint8 and frames.shape == (len(indices), *size, 3)
        assert (frames == sequential[list(indices)]).all()
    for number in range(count):
        middle = sequential[number][-10:].astype(int) - picture(number)[-10:, :1]
        assert abs(np.median(middle)) < 9  # the right frame, not a neighbour


@pytest.mark.parametrize('ending', ['mp4', 'mkv'])
@pytest.mark.parametrize('rotation', [90, 180, 270])
def test_rotation(tmp_path, rotation, ending):
    path = make_video(tmp_path / f'a.{ending}', rotation=rotation, count=4, gop=2)
    info = video_info(path)
    size = (48, 64) if rotation == 180 else (64, 48)
    assert (info.height, info.width, info.rotation) == (*size, rotation)
    frame = read_frames(path, [3])[0]
    assert frame.shape == (*size, 3)
    # Corners clockwise from the top left; the stored frame has red and green on top.
    corners = frame[[3, 3, -4, -4], [3, -4, -4, 3]].astype(int)
    red, green = (corners[:, i] - corners[:, 2] > 99 for i in (0, 1))
    turns = rotation // 90
    assert (red.argmax(), green.argmax()) == (turns, (turns + 1) % 4)
    assert red.sum() == green.sum() == 1


def test_variable_frame_rate(tmp_path):
    times = [0, 40, 80, 400, 440, 1000, 1040]
    path = make_video(tmp_path / 'a.mkv', count=7, times=times)
    info = video_info(path)
    assert info.num_frames == 7 and info.times.tolist() == [t / 1000 for t in times]
    assert info.fps == pytest.approx(6 / 1.04)
    assert (read_frames(path, [6, 3]) == decode(path)[[6, 3]]).all()


def test_truncated_and_damaged_files(tmp_path):
    def spoil_end(path):
        return damage(path, 0.8)

    fast = dict(file_options={'movflags': 'faststart'})
    for name, spoil, kind in (
        ('cut.mp4', truncate, dict(gop=5, **fast)),
        ('cut.mkv', truncate, dict(gop=5)),
        ('cut.avi', truncate, dict(codec='mpeg4', gop=5)),
        ('bad.mp4', damage, dict(gop=5, **fast)),
        ('bad.avi', spoil_end, dict(codec='mpeg4', gop=5)),
    ):
        path = spoil(make_video(tmp_path / name, **kind))
        info, sequential = video_info(path), decode(path)
        assert not info.complete and info.problem, name
        assert info.num_frames == len(info.times) == len(sequential), name
        assert 5 < info.num_frames <= 30 - (spoil is truncate), name
        order = np.random.default_rng(0).permutation(info.num_frames)[:9]
        assert (read_frames(path, order) == sequential[order]).all(), name


@pytest.mark.parametrize('content', [b'', b'x' * 99, 'index'])
def test_files_without_frames_are_named(tmp_path, content):
    path = make_video(tmp_path / 'a.mp4')
    if content == 'index':  # it is at the end
        truncate(path)
    else:
        (tmp_path / 'a.mp4').write_bytes(content)
    for read in (video_info, lambda path: read_frames(path, [0])):
        with pytest.raises(
            ValueError, match='a.mp4 cannot be read as a video'
        ) as error:
            read(path)
        says_damaged = 'is damaged: at least' in str(error.value)
        assert says_damaged == (content == 'index')


def test_wrong_arguments(tmp_path):
    path = make_video(tmp_path / 'a.mp4', count=3)
    for index in (3, -1):
        with pytest.raises(IndexError, match=f'a.mp4: frame {index} does not exist; 3'):
            read_frames(path, [0, index])
    for indices in ([0.0], 1, [[0]], 'ab'):
        with pytest.raises(TypeError, match='is not a list of integers'):
            read_frames(path, indices)
    with pytest.raises(FileNotFoundError, match='no video file .*b.mp4'):
        video_info(tmp_path / 'b.mp4')
    with pytest.raises(TypeError, match='path=3'):
        video_info(3)


def test_a_header_with_another_count(tmp_path):
    path = make_video(tmp_path / 'a.avi', 'mpeg4', rate=Fraction(30000, 1001))
    data = (tmp_path / 'a.avi').read_bytes()
    count = struct.pack('<I', 30)
    for tag, place in ((b'avih', 24), (b'strh', 40)):  # dwTotalFrames, dwLength
        start = data.index(tag) + place
        assert data[start : start + 4] == count
        data = data[:start] + struct.pack('<I', 32) + data[start + 4 :]
    (tmp_path / 'a.avi').write_bytes(data)
    info = video_info(path)
    assert (info.num_frames, info.complete) == (30, True)
    assert info.fps == pytest.approx(30000 / 1001)
