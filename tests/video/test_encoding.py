"""Videos and folders of frames of generated data sets."""

import cv2
import numpy as np
import pytest

from mmvkp.stick_action.clips import make_clip
from mmvkp.video.encoding import write_raw_frames, write_video

from .decoding import decode

FRAMES = np.arange(3, dtype=np.uint8).reshape(3, 1, 1, 1) * np.full(
    (1, 32, 48, 3), 40, np.uint8
)


def test_encoding_does_not_reveal_the_direction(tmp_path):
    """A codec with key frames would: the first frame looks different."""
    frames, _ = make_clip('crouch', 17, (64, 64), np.random.default_rng(0))
    write_video(tmp_path / 'a.mp4', frames)
    write_video(tmp_path / 'b.mp4', frames[::-1])
    np.testing.assert_array_equal(
        decode(tmp_path / 'a.mp4'), decode(tmp_path / 'b.mp4')[::-1]
    )


def test_a_folder_of_frames_is_replaced(tmp_path):
    folder = tmp_path / 'clip'
    write_raw_frames(folder, np.concatenate([FRAMES, FRAMES]), '{:05d}.png')
    write_raw_frames(folder, FRAMES, '{:05d}.png')
    assert sorted(each.name for each in folder.iterdir()) == [
        '00001.png',
        '00002.png',
        '00003.png',
    ]
    assert (cv2.imread(str(folder / '00003.png')) == 80).all()
    assert [each.name for each in tmp_path.iterdir()] == ['clip']


def test_no_incomplete_folder(tmp_path, monkeypatch):
    left = [True, True, False]
    encode = cv2.imencode
    monkeypatch.setattr(cv2, 'imencode', lambda *args: (left.pop(0), encode(*args)[1]))
    with pytest.raises(OSError, match='img_00003.jpg cannot be written'):
        write_raw_frames(tmp_path / 'clip', FRAMES)
    assert not (tmp_path / 'clip').exists()


@pytest.mark.parametrize('template', ['{:05d}.png', '{:05d}.jpg'])
def test_a_truncated_frame_is_an_error(tmp_path, template):
    """`cv2.imwrite` returns True under a limit of the file size."""
    resource = pytest.importorskip('resource')
    frames = np.random.default_rng(0).integers(0, 255, (2, 64, 64, 3), np.uint8)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))
    try:
        with pytest.raises(OSError):
            write_raw_frames(tmp_path / 'frames', frames, template)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert not (tmp_path / 'frames').exists()
