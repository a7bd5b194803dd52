"""The corrected annotations of UCF101-24."""

import pickle
from pathlib import Path

import numpy as np
import pytest
from scipy.io import savemat

from mmvkp.tubes.annotations import load_tube_annotations

from ...cli import run
from ..tube_conversion import convert, faults, write


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


# The same two videos in both layouts of UCF101-24: `a` with one tube of
# frames 3 and 4, `b` with one of frame 1; pixels from 1.
BOXES_A = np.array([[101, 201, 200, 40], [300, 1, 21, 240]])
BOXES_B = np.array([[1, 1, 10, 20]])


def write_pyannot(dtype=np.uint16, **changes):
    content = {
        'Run/a': dict(
            label=0,
            numf=5,
            annotations=[dict(label=0, sf=2, ef=4, boxes=BOXES_A.astype(dtype))],
        ),
        'Walk/b': dict(
            label=1,
            numf=np.uint32(2),
            annotations=[dict(label=1, sf=0, ef=1, boxes=BOXES_B.astype(dtype))],
        ),
    }
    content['Run/a']['annotations'][0].update(changes)
    with open('pyannot.pkl', 'wb') as file:
        pickle.dump(content, file, 2)


def _final_annots():
    fields = [('num_imgs', object), ('name', object), ('tubes', object)]
    parts = [('ef', object), ('sf', object), ('class', object), ('boxes', object)]
    annot = np.zeros((1, 2), fields)
    for i, row in enumerate(
        (
            (5, 'Run/a', (4.0, 3.0, 1.0, BOXES_A)),
            (2, 'Walk/b', (1.0, 1.0, 2.0, BOXES_B)),
        )
    ):
        tubes = np.zeros((1, 1), parts)
        tubes[0, 0] = row[2]
        annot[0, i] = (*row[:2], tubes)
    savemat('finalAnnots.mat', dict(annot=annot))


def _check_ucf(truth):
    assert truth.labels == ['Run', 'Walk']
    assert truth.nframes == {'Run/a': 5, 'Walk/b': 2}
    assert truth.resolution == {'Run/a': (240, 320), 'Walk/b': (240, 320)}
    assert truth.train_videos == [['Run/a']]
    assert truth.test_videos == [['Walk/b']]
    ((tube,),) = truth.gttubes['Run/a'].values()
    # x - 1, y - 1, x + w - 1, y + h - 1
    assert tube.tolist() == [[3, 100, 200, 300, 240], [4, 299, 0, 320, 240]]
    assert list(truth.gttubes['Walk/b']) == [1]
    assert truth.gttubes['Walk/b'][1][0].tolist() == [[1, 0, 0, 10, 20]]


def test_pyannot():
    write_pyannot()
    _check_ucf(
        convert('pyannot', 'pyannot.pkl', 'out.pkl', '--resolution', '240', '320')
    )


def test_sums_of_small_integers_do_not_overflow():
    """200 + 100 and 250 + 20 are more than a uint8 can hold."""
    write_pyannot(boxes=np.array([[200, 100, 100, 9], [250, 1, 20, 5]], np.uint8))
    truth = convert('pyannot', 'pyannot.pkl', 'out.pkl', '--resolution', '240', '320')
    assert truth.gttubes['Run/a'][0][0][:, 3].tolist() == [299, 269]


def test_names_of_classes():
    """Some copies have names in place of numbers."""
    with open('pyannot.pkl', 'wb') as file:
        tube = dict(label='Walk', sf=0, ef=1, boxes=BOXES_B)
        pickle.dump({'b': dict(label='Walk', numf=2, annotations=[tube])}, file, 2)
    arguments = ('pyannot', 'pyannot.pkl', 'out.pkl', '--resolution', '240', '320')
    assert convert(*arguments, test='b').labels == ['Walk']
    write('names.txt', 'Run\nWalk\n')
    truth = convert(*arguments, '--labels', 'names.txt', test='b')
    assert list(truth.gttubes['b']) == [1]


def _write_named(**changes):
    videos = {}
    for video, label in (('Run/a', 1), ('Run/b', 1), ('Sit/c', 0)):
        tube = dict(label=label, sf=0, ef=1, boxes=BOXES_B)
        videos[video] = dict(label=label, numf=2, annotations=[tube])
    content = dict(db=videos, classes=['Sitting', 'Running'], trainvideos=['Run/b'])
    with open('pyannot.pkl', 'wb') as file:
        pickle.dump(dict(content, **changes), file, 2)


def test_pyannot_with_class_names(capsys):
    """Names and the training videos are in the file; lists of the user come first."""
    _write_named()
    words = ('data', 'convert', 'pyannot', 'pyannot.pkl', 'out.pkl')
    words += ('--resolution', '240', '320')
    assert run(*words) == 0
    truth = load_tube_annotations('out.pkl')
    assert truth.labels == ['Sitting', 'Running']
    assert truth.train_videos == [['Run/b']]
    assert truth.test_videos == [['Run/a', 'Sit/c']]
    assert list(truth.gttubes['Run/a']) == [1]
    assert convert(*words[2:], test='Sit/c').test_videos == [['Sit/c']]
    for changes, message in (
        (dict(classes=[1]), 'classes is not a list of names'),
        (dict(db=[]), 'db is not a dict of videos'),
        (dict(classes=['Sitting']), 'class 2 has no name'),
    ):
        _write_named(**changes)
        assert message in faults(capsys, *words[2:])
    write_pyannot()
    assert run(*words) == 1
    assert 'give --test, --train or both' in capsys.readouterr().err


def test_final_annots():
    _final_annots()
    _check_ucf(
        convert(
            'final-annots', 'finalAnnots.mat', 'out.pkl', '--resolution', '240', '320'
        )
    )


def test_faults_of_pyannot_are_named(capsys):
    arguments = ('pyannot', 'pyannot.pkl', 'out.pkl', '--resolution', '240', '320')
    write_pyannot(ef=9)
    assert (
        'pyannot.pkl, Run/a, annotation 0: boxes of shape (2, 4) for the '
        '7 frames 3 to 9'
    ) in faults(capsys, *arguments)
    write_pyannot(label=1)
    assert (
        'class 2 is in folder Walk here and in Run in pyannot.pkl, Run/a, annotation 0'
    ) in faults(capsys, *arguments)
    write_pyannot(boxes=None)
    assert 'boxes of shape ()' in faults(capsys, *arguments)
    write_pyannot(label='run')
    assert "class 'run' is a name, but class 2" in faults(capsys, *arguments)
    write_pyannot(label=' ')
    assert 'Run/a, annotation 0: cannot be read' in faults(capsys, *arguments)
    write_pyannot(sf=float('inf'))
    assert 'Run/a, annotation 0: cannot be read' in faults(capsys, *arguments)
    with open('pyannot.pkl', 'wb') as file:
        pickle.dump({3: dict(label=0, numf=5, annotations=[])}, file, 2)
    assert 'pyannot.pkl, 3: cannot be read' in faults(capsys, *arguments)
    write_pyannot()
    with open('pyannot.pkl', 'rb') as file:
        content = pickle.load(file)
    content['Run/a']['numf'] = 10**9
    with open('pyannot.pkl', 'wb') as file:
        pickle.dump(content, file, 2)
    err = faults(capsys, *arguments)
    assert 'pyannot.pkl, Run/a: 1000000000 frames; a video has 1 to' in err
    # Outside the image: found by the check of the result.
    write_pyannot()
    err = faults(capsys, *arguments[:4], '100', '100')
    assert 'Run/a, frame 3' in err and 'outside the image of 100x100' in err
    # The box of frame 4 is entirely outside.
    assert convert(*arguments[:4], '220', '200', '--clip').gttubes['Run/a'][0][
        0
    ].tolist() == [[3, 100, 200, 199, 219]]
    out = capsys.readouterr().out
    assert 'left out: 1 shapes: outside the image (first: Run/a)' in out
    assert 'note: 1 boxes were clipped' in out
    assert convert(*arguments[:4], '100', '100', '--clip').gttubes['Run/a'] == {}
    assert 'left out: 1 tracks: no box is left' in capsys.readouterr().out


def test_a_pickle_that_runs_code_is_refused(capsys):

    class Bad:
        def __reduce__(self):
            return Path.touch, (Path('run'),)

    with open('pyannot.pkl', 'wb') as file:
        pickle.dump({'Run/a': Bad()}, file)
    assert 'pyannot.pkl' in faults(capsys, 'pyannot', 'pyannot.pkl', 'out.pkl')
    assert not Path('run').exists()


def test_a_mat_file_of_another_kind(capsys):
    savemat('other.mat', dict(annot=np.zeros(3)))
    assert 'name, num_imgs, tubes is missing' in faults(
        capsys, 'final-annots', 'other.mat', 'out.pkl'
    )
