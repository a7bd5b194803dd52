"""Puppet masks and splits of JHMDB."""

from pathlib import Path

import numpy as np
import pytest
from scipy.io import savemat

from mmvkp.tubes.annotations import load_tube_annotations

from ...cli import run
from ..tube_conversion import write

COMMAND = [
    'data',
    'convert',
    'jhmdb-puppet',
    'puppet_mask',
    'out.pkl',
    '--jhmdb-splits',
    'splits',
]


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def write_mask(video, frames, height=20, width=30):
    """A puppet mask with one rectangle ``x1, y1, x2, y2`` in each frame."""
    mask = np.zeros((height, width, len(frames)), dtype=np.uint8)
    for number, box in enumerate(frames):
        if box:
            x1, y1, x2, y2 = box
            mask[y1 : y2 + 1, x1 : x2 + 1, number] = number + 1
    path = Path(f'puppet_mask/{video}/puppet_mask.mat')
    path.parent.mkdir(parents=True, exist_ok=True)
    savemat(path, dict(part_mask=mask))


def test_jhmdb_puppet():
    """Boxes around the masks, one frame without, and two splits."""
    write_mask('walk/b', [(2, 3, 10, 12), (3, 3, 11, 12), None, (4, 3, 9, 5)])
    write_mask('clap/a', [(0, 0, 29, 19)])
    write('splits/walk_test_split1.txt', 'b.avi 2\n')
    write('splits/clap_test_split1.txt', 'a.avi 1\n')
    write('splits/walk_test_split2.txt', 'b.avi 1\n')
    write('splits/clap_test_split2.txt', 'a.avi 0\n')
    assert (
        run(
            'data',
            'convert',
            'jhmdb-puppet',
            'puppet_mask',
            'out.pkl',
            '--jhmdb-splits',
            'splits',
        )
        == 0
    )
    truth = load_tube_annotations('out.pkl')
    assert truth.labels == ['clap', 'walk']
    assert truth.train_videos == [['clap/a'], ['walk/b']]
    assert truth.test_videos == [['walk/b'], []]
    assert truth.nframes == {'clap/a': 1, 'walk/b': 4}
    assert truth.resolution == {'clap/a': (20, 30), 'walk/b': (20, 30)}
    assert [tube.tolist() for tube in truth.gttubes['walk/b'][1]] == [
        [[1, 2, 3, 10, 12], [2, 3, 3, 11, 12]],
        [[4, 4, 3, 9, 5]],
    ]
    assert truth.gttubes['clap/a'][0][0].tolist() == [[1, 0, 0, 29, 19]]


def test_faults_of_jhmdb_puppet_are_named(capsys, monkeypatch):
    write_mask('walk/b', [None])
    write_mask('walk/c', [(0, 0, 5, 5)])
    savemat('puppet_mask/walk/c/puppet_mask.mat', dict(other=1))
    write('splits/walk_test_split1.txt', 'b.avi 3\nd.avi 1\n')
    assert (
        run(
            'data',
            'convert',
            'jhmdb-puppet',
            'puppet_mask',
            'out.pkl',
            '--jhmdb-splits',
            'splits',
        )
        == 1
    )
    said = capsys.readouterr().err
    assert 'walk/b/puppet_mask.mat: the mask is empty in all frames' in said
    assert 'walk/c/puppet_mask.mat: has no part_mask' in said
    assert "walk_test_split1.txt, line 1: 'b.avi 3' is not" in said
    assert 'walk_test_split1.txt, line 2: the mask of walk/d is missing' in said
    write_mask('walk/b', [(0, 0, 5, 5)] * 4)
    monkeypatch.setattr('mmvkp.tubes.formats.jhmdb_puppet.MAX_FRAMES', 3)
    assert run(*COMMAND) == 1
    assert 'puppet_mask.mat: part_mask has 4 frames' in capsys.readouterr().err
    assert run(*COMMAND, '--test', 'a.txt') == 1
    assert '--jhmdb-splits already defines' in capsys.readouterr().err
