"""Opening of files, and rotation."""

import av
import numpy as np
import pytest

from mmvkp.video import read_frames
from mmvkp.video.decoder import Decoder, clockwise, rotation_of

from .made_videos import decode, make_video


@pytest.mark.parametrize('rotation', [0, 90, 180, 270])
def test_rotation(tmp_path, rotation):
    path = make_video(tmp_path / 'a.mp4', rotation=rotation, count=2)
    assert rotation_of(path) == rotation
    with Decoder(path) as decoder:
        frame = next(iter(decoder))
        assert clockwise(frame) == rotation
        size = (48, 64) if rotation % 180 else (64, 48)
        image = decoder.upright_rgb(frame, rotation, *size)
    # A quarter turn clockwise: the left column, from below, becomes the first row.
    wanted = decode(path)[0]
    for _ in range(rotation // 90):
        wanted = wanted[::-1].transpose(1, 0, 2)
    assert (image == wanted).all()


@pytest.mark.parametrize('rotation', [0, 90, 180, 270])
def test_mirrored_frames(tmp_path, rotation):
    """Front cameras: the picture is turned, and shown as in a mirror."""
    path = make_video(tmp_path / 'a.mp4', rotation=rotation, mirror=True, count=1)
    wanted = decode(path)[0]
    for _ in range(rotation // 90):
        wanted = wanted[::-1].transpose(1, 0, 2)
    assert (read_frames(path, [0])[0] == wanted[:, ::-1]).all()


def test_frames_of_another_size_are_scaled(tmp_path):
    with Decoder(make_video(tmp_path / 'a.mp4', count=1)) as decoder:
        image = decoder.upright_rgb(next(iter(decoder)), 0, 32, 24)
    assert image.shape == (24, 32, 3)
    assert abs(image[20, 10].astype(int) - 40).max() < 9


def test_unusual_names(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ('http:x.mp4', 'a%03d.mp4', 'concat:b|c.mp4', 'ü n d.mp4'):
        make_video(tmp_path / 'plain.mp4', count=2)
        (tmp_path / 'plain.mp4').rename(tmp_path / name)
        with Decoder(name) as decoder:
            assert len(list(decoder)) == 2


def test_files_that_are_no_videos(tmp_path):
    with pytest.raises(FileNotFoundError, match='no video file .*a.mp4'):
        Decoder(str(tmp_path / 'a.mp4'))
    with av.open(str(tmp_path / 'a.wav'), 'w') as container:
        stream = container.add_stream('pcm_s16le', rate=8000)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 800), np.int16), layout='mono')
        frame.sample_rate = 8000
        container.mux(stream.encode(frame))
    # A playlist must not fetch addresses, nor wait for more of them.
    (tmp_path / 'a.m3u8').write_text(
        '#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\nhttp://127.0.0.1:9/x.ts\n'
    )
    for name, reason in (('a.wav', 'no video stream'), ('a.m3u8', 'a playlist')):
        with pytest.raises(ValueError, match=f'{name} cannot be read .*{reason}'):
            Decoder(str(tmp_path / name))


def test_cover_pictures_are_not_the_video(tmp_path):
    path = tmp_path / 'a.mp4'
    with av.open(str(path), 'w') as container:
        cover = container.add_stream('mjpeg', rate=1)
        cover.width, cover.height, cover.pix_fmt = 320, 240, 'yuvj420p'
        cover.disposition = av.stream.Disposition.attached_pic
        stream = container.add_stream('mpeg4', rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 48, 'yuv420p'
        for each, size in ((cover, (240, 320)), (stream, (48, 64))):
            image = np.zeros((*size, 3), np.uint8)
            frame = av.VideoFrame.from_ndarray(image, format='rgb24')
            container.mux(each.encode(frame.reformat(format=each.pix_fmt)))
            container.mux(each.encode())
    with Decoder(str(path)) as decoder:
        assert [frame.width for frame in decoder] == [64]
