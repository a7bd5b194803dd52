"""Sizes and lengths from frames and videos."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from mmvkp.tubes.formats.media import Media

from ..tube_conversion import convert, faults
from .test_ucf_matlab import write_pyannot


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def test_size_and_length_from_frames_and_videos():
    write_pyannot()
    for video, count in (('Run/a', 6), ('Walk/b', 3)):
        for frame in range(1, count + 1):
            path = Path(f'frames/{video}/{frame:05d}.png')
            path.parent.mkdir(parents=True, exist_ok=True)
            cv2.imwrite(str(path), np.zeros((250, 330, 3), np.uint8))
        Path(f'videos/{video}').parent.mkdir(parents=True, exist_ok=True)
        writer = cv2.VideoWriter(
            f'videos/{video}.avi', cv2.VideoWriter_fourcc(*'MJPG'), 10, (336, 256)
        )
        for _ in range(count + 1):
            writer.write(np.zeros((256, 336, 3), np.uint8))
        writer.release()
    truth = convert('pyannot', 'pyannot.pkl', 'out.pkl', '--frames', 'frames')
    assert truth.resolution['Walk/b'] == (250, 330)
    assert truth.nframes == {'Run/a': 6, 'Walk/b': 3}
    truth = convert('pyannot', 'pyannot.pkl', 'out.pkl', '--videos', 'videos')
    assert truth.resolution['Run/a'] == (256, 336)
    assert truth.nframes == {'Run/a': 7, 'Walk/b': 4}


def test_unknown_sizes_and_missing_files(capsys):
    write_pyannot()
    arguments = ('pyannot', 'pyannot.pkl', 'out.pkl')
    assert 'give --frames, --videos or --resolution' in faults(capsys, *arguments)
    assert 'no such folder of frames' in faults(capsys, *arguments, '--frames', '.')
    assert 'the file of the video' in faults(capsys, *arguments, '--videos', '.')
    assert 'none.pkl: no such file' in faults(capsys, 'pyannot', 'none.pkl', 'out.pkl')


def test_frames_at_times(tmp_path):
    """Frame n, from 1, is shown from (n - 1) / 10 s on; times are rounded."""
    writer = cv2.VideoWriter('a.avi', cv2.VideoWriter_fourcc(*'MJPG'), 10, (64, 48))
    for _ in range(5):
        writer.write(np.zeros((48, 64, 3), np.uint8))
    writer.release()
    for media, fps in ((Media(videos=tmp_path), None), (Media(), 10)):
        times = (0, 0.05, 0.1, 0.0999, 0.31)
        assert [media.frame_at('a', time, fps) for time in times] == [1, 1, 2, 2, 4]
    with pytest.raises(ValueError, match='a at 0.5 s is unknown; give --fps or --vid'):
        Media().frame_at('a', 0.5, None)
    with pytest.raises(FileNotFoundError, match='the video b is missing'):
        Media(videos=tmp_path).frame_at('b', 0.5, None)
