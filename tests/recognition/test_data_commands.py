"""Commands for own videos."""

import numpy as np
import pytest

from ..cli import run
from ..phone_videos import write_video


@pytest.fixture
def videos(tmp_path, monkeypatch):
    """Three videos of two classes each, in a folder whose name has a space."""
    monkeypatch.chdir(tmp_path)
    for name in ('run', 'jump up'):
        for number in range(3):
            path = tmp_path / 'my videos' / name / f'{number}.mp4'
            path.parent.mkdir(parents=True, exist_ok=True)
            grey = 90 + number + 10 * len(name)
            write_video(path, np.full((3, 32, 32, 3), grey, np.uint8))
    return tmp_path / 'my videos'


def test_lists_and_a_config(videos, capsys):
    assert run('data', 'make-list', videos) == 0
    said = capsys.readouterr().out
    assert f'{videos / "train.txt"}: 2 videos of 2 classes' in said
    assert run('data', 'make-config', videos, '--method', 'tsm') == 0
    said = capsys.readouterr().out.splitlines()
    assert said[-2].startswith('mmvkp test tsm_my_videos.py work_dirs/tsm_my_videos/')
    assert run('data', 'make-config', videos, '--method', 'tsm') == 1
    assert 'tsm_my_videos.py exists already' in capsys.readouterr().err
    out = ('--method', 'tsm', '--out', 'config.txt')
    assert run('data', 'make-config', videos, *out) == 1
    assert 'config.txt must end in .py' in capsys.readouterr().err


def test_options_of_the_lists(videos, tmp_path, capsys):
    out = tmp_path / 'lists/all.txt'
    assert run('data', 'make-list', videos, out, '--val', 0, '--test', 0) == 0
    assert len(out.read_text().splitlines()) == 6
    assert not (tmp_path / 'lists/val.txt').exists()
    assert run('data', 'make-list', videos, '--val', 2) == 1
    assert 'the validation share 2.0 is outside' in capsys.readouterr().err
    assert run('data', 'make-list', videos, '--damaged', 'repair') == 1


def test_config_without_lists(videos, capsys):
    assert run('data', 'make-config', videos, '--method', 'kpsem') == 1
    said = capsys.readouterr().err
    assert 'has no train.txt; run `mmvkp data make-list' in said
    assert run('data', 'make-config', videos, '--method', 'resnet') == 1
