"""Stored results of decoding."""

import json
import os

import numpy as np
import pytest

from mmvkp.video import frames, read_frames, video_info
from mmvkp.video.frame_records import NAME, FolderRecords

from ..processes import run_forked
from .made_videos import make_video


@pytest.fixture()
def decoded(monkeypatch):
    """Names of the files that are decoded completely; no line stays in memory."""
    names, decode_all = [], frames.decode_all

    def record(path):
        names.append(os.path.basename(path))
        return decode_all(path)

    monkeypatch.setattr(frames, 'decode_all', record)
    monkeypatch.setattr(
        frames, 'records_of', lambda path: FolderRecords(os.path.dirname(path))
    )
    return names


def test_a_file_is_decoded_once(tmp_path, decoded):
    paths = [make_video(tmp_path / f'{n}.mp4', count=n, gop=2) for n in (3, 4)]
    first = [video_info(path) for path in paths]
    again = [video_info(path) for path in paths]
    assert [str(x) for x in first] == [str(x) for x in again]
    assert decoded == ['3.mp4', '4.mp4']
    assert sorted(os.listdir(tmp_path)) == [NAME, '3.mp4', '4.mp4']
    # A changed file is decoded again, also one of the same size.
    os.utime(paths[0], ns=(1, 1))
    make_video(paths[1], count=5)
    assert [video_info(path).num_frames for path in paths] == [3, 5]
    assert decoded == ['3.mp4', '4.mp4', '3.mp4', '4.mp4']


def test_damaged_lines_are_skipped(tmp_path, decoded):
    path = make_video(tmp_path / 'a.mp4', count=3)
    video_info(path)
    line = json.loads((tmp_path / NAME).read_text())
    good = read_frames(path, [2])
    for content in (
        b'\xff\x00{"name": "a.mp4"',  # a process was stopped
        b'[]\n3\nnull\n{"name": 3}\n',
        json.dumps(dict(line, num_frames=2)).encode() + b'\n',
        json.dumps(dict(line, pts='eJw=')).encode() + b'\n',
        json.dumps(dict(line, width='64')).encode() + b'\n',
        json.dumps(dict(line, state=[0, *line['state'][1:]])).encode() + b'\n',
    ):
        decoded.clear()
        (tmp_path / NAME).write_bytes(content)
        assert (read_frames(path, [2]) == good).all(), content
        assert video_info(path).num_frames == 3
        assert decoded == ['a.mp4'], content  # once: the new line counts


@pytest.mark.parametrize('read_only', ['folder', 'both'])
def test_a_read_only_folder(tmp_path, monkeypatch, decoded, read_only):
    path = make_video(tmp_path / 'a.mp4', count=3)
    cache = tmp_path / 'cache'
    monkeypatch.setenv('XDG_CACHE_HOME', str(cache))
    (tmp_path / NAME).mkdir()  # cannot be written, also not by root
    if read_only == 'both':
        cache.write_text('')
    for _ in range(2):
        assert video_info(path).num_frames == 3
    if read_only == 'both':
        assert decoded == ['a.mp4', 'a.mp4']
    else:
        assert decoded == ['a.mp4']
        assert len(os.listdir(cache / 'mmvkp/frames')) == 1


def _read_all(folder):
    """Body of a process."""
    for name in sorted(os.listdir(folder)):
        if name.endswith('.mp4'):
            assert video_info(os.path.join(folder, name)).num_frames == int(name[:-4])


def test_several_processes(tmp_path, decoded):
    numbers = range(1, 9)
    for n in numbers:
        make_video(tmp_path / f'{n}.mp4', count=n)
    assert run_forked(_read_all, str(tmp_path), count=3) == [0, 0, 0]
    _read_all(str(tmp_path))
    assert decoded == []
    assert np.unique(
        [
            json.loads(x)['num_frames']
            for x in (tmp_path / NAME).read_text().splitlines()
            if x
        ]
    ).tolist() == [*numbers]
