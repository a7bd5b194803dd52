"""Uploads: refused files, the copy for the networks, and limits."""

import numpy as np
import pytest

from mmvkp.demo import uploads
from mmvkp.demo.answers import Step
from mmvkp.demo.uploads import Prepared, fit_square, prepare_video
from mmvkp.video import read_frames, video_info

from ..bright_dot import write_dot


def prepare(path, folder):
    """Last item of the preparation."""
    items = list(prepare_video(str(path), folder))
    assert all(isinstance(each, Step) for each in items[:-1])
    return items[-1]


def test_central_square():
    image = np.zeros((4, 8, 3), np.uint8)
    image[:, 2:6] = 200  # the central square
    assert (fit_square(image, 2) == 200).all()
    assert (fit_square(image.transpose(1, 0, 2), 4) == 200).all()


def test_a_video_of_the_right_size_is_used_as_it_is(tmp_path):
    path = write_dot(tmp_path / 'a.mp4', (64, 64), (8, 24), 12)
    assert prepare(path, tmp_path) == Prepared(path, 12, [])


def test_other_sizes_are_scaled(tmp_path):
    path = write_dot(tmp_path / 'a.mp4', (256, 128), (124, 60), 12)
    found = prepare(path, tmp_path)
    assert found.path == str(tmp_path / 'input.mp4') and found.num_frames == 12
    assert 'central square of 256 x 128 pixels is scaled to 64 x 64' in found.notes[0]
    frames = read_frames(found.path, [0, 11])
    assert frames.shape == (2, 64, 64, 3)
    # The dot is in the middle of the square, as in the upload.
    assert frames[:, 31:33, 31:33].min() > 180 and frames[:, :20].max() < 60


def test_long_videos_are_cut(tmp_path, monkeypatch):
    monkeypatch.setattr(uploads, 'MAX_FRAMES', 9)
    path = write_dot(tmp_path / 'a.mp4', (64, 64), (8, 24), 40)
    found = prepare(path, tmp_path)
    assert found.num_frames == 9 and found.notes == [
        'Only the first 9 frames are used.'
    ]
    assert video_info(found.path).num_frames == 9


def test_refused_uploads(tmp_path, monkeypatch):
    bad = tmp_path / 'my bad.mp4'
    bad.write_bytes(b'x' * 100)
    with pytest.raises(
        ValueError, match='The video cannot be used: my bad.mp4'
    ) as error:
        prepare(bad, tmp_path)
    assert str(tmp_path) not in str(error.value)
    with pytest.raises(ValueError, match='a.mp4: the upload is missing'):
        prepare(tmp_path / 'a.mp4', tmp_path)
    text = tmp_path / 'a.txt'
    text.write_text('a')
    with pytest.raises(ValueError, match='a.txt is not a video by its ending'):
        prepare(text, tmp_path)
    one = write_dot(tmp_path / 'one.mp4', (64, 64), (8, 24), 1)
    with pytest.raises(ValueError, match='has 1 frame.*at least 2'):
        prepare(one, tmp_path)
    monkeypatch.setattr(uploads, 'MAX_BYTES', 10)
    with pytest.raises(ValueError, match='MB; a video must have'):
        prepare(bad, tmp_path)


def test_a_stopped_preparation_leaves_no_file(tmp_path):
    path = write_dot(tmp_path / 'a.mp4', (96, 64), (8, 24), 50)
    folder = tmp_path / 'run'
    folder.mkdir()
    items = prepare_video(path, folder)
    assert next(items) == Step('Reading a.mp4', 20 / 50)
    items.close()
    assert [each.name for each in folder.iterdir()] == []
