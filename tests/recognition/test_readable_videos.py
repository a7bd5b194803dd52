"""Decoding of all videos of a data set."""

import numpy as np

from mmvkp.recognition.readable_videos import decode_videos

from ..phone_videos import cut, write_video


def test_damaged_videos_are_named(tmp_path):
    frames = np.random.default_rng(0).integers(0, 255, (20, 48, 64, 3), np.uint8)
    for name in ('good.mp4', 'cut.mp4'):
        write_video(tmp_path / name, frames)
    cut(tmp_path / 'cut.mp4')
    (tmp_path / 'text.mp4').write_text('no video')
    paths = ['good.mp4', 'cut.mp4', 'text.mp4', 'gone.mp4']
    good, *bad = decode_videos(tmp_path, paths, workers=2)
    assert good == (20, '')
    for each in bad:
        assert each.num_frames == 0 and each.problem
        assert str(tmp_path) not in each.problem[:20]


def test_turned_videos_are_readable(tmp_path):
    frames = np.full((5, 48, 64, 3), 90, np.uint8)
    write_video(tmp_path / 'turned.mp4', frames, 90, uneven=True)
    assert decode_videos(tmp_path, ['turned.mp4']) == [(5, '')]
