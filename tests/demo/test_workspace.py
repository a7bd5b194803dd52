"""Temporary files: the number of runs and the size are limited."""

import os

from mmvkp.demo import Workspace


def fill(path, size, age):
    """Write a file that was changed `age` seconds ago."""
    path.write_bytes(b'0' * size)
    os.utime(path, (1e9 - age, 1e9 - age))
    return path


def test_old_runs_are_removed():
    with Workspace(kept=2) as space:
        runs = [space.new_run() for _ in range(4)]
        assert [each.exists() for each in runs] == [False, False, True, True]
        root = space.root
    assert not root.exists()


def test_the_oldest_files_are_removed_above_the_limit():
    with Workspace(max_bytes=250) as space:
        old = fill(space.uploads / 'old.mp4', 100, 50)
        run = space.new_run()
        result = fill(run / 'a.png', 100, 40)
        new = fill(space.uploads / 'new.mp4', 100, 10)
        example = fill(space.examples / 'a.mp4', 100, 99)
        space.new_run()
        assert not old.exists()
        assert result.exists() and new.exists() and example.exists()


def test_an_error_removes_the_folder():
    try:
        with Workspace() as space:
            root = space.root
            raise ValueError
    except ValueError:
        assert not root.exists()
