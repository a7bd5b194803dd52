"""Data sets that the tests of this folder only read."""

import pytest

from mmvkp.stick_action.tube_clips import VARIANTS

from .stick_data import make_small


@pytest.fixture(scope='session')
def data(tmp_path_factory):
    """Folder of a data set for classification with frames."""
    out = tmp_path_factory.mktemp('data') / 'stick'
    assert make_small(out, raw_frames=True)
    return out


@pytest.fixture(scope='session')
def variants(tmp_path_factory):
    """Folders of the three variants for detection by name."""
    outs = {name: tmp_path_factory.mktemp('tubes') / name for name in VARIANTS}
    for name, out in outs.items():
        assert make_small(out, variant=name)
    return outs
