"""Splits and arguments, which all formats share."""

import pytest

from mmvkp.tubes.annotations import load_tube_annotations

from ..cli import run
from .formats.test_ucf_matlab import write_pyannot
from .tube_conversion import write


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def test_lists_of_splits(capsys):
    """Suffixes and text after the name are ignored; two splits."""
    write_pyannot()
    arguments = [
        'data',
        'convert',
        'pyannot',
        'pyannot.pkl',
        'out.pkl',
        '--resolution',
        '240',
        '320',
    ]
    first = write('one.txt', 'Run/a.avi 1\n\nRun/a.avi\n')
    second = write('two.txt', 'Walk/b,7\n')
    assert run(*arguments, '--train', first, '--train', second) == 0
    truth = load_tube_annotations('out.pkl')
    assert truth.train_videos == [['Run/a'], ['Walk/b']]
    assert truth.test_videos == [['Walk/b'], ['Run/a']]
    third = write('three.txt', 'Run/a\nJump/c\n')
    assert run(*arguments, '--test', third) == 1
    assert (
        "three.txt, line 2: the annotations have no video 'Jump/c'"
        in capsys.readouterr().err
    )


@pytest.mark.parametrize(
    'options, message',
    [
        ((), 'give --test, --train or both'),
        (('--train', 'a', '--train', 'b', '--test', 'c'), '2 lists of --train and 1'),
        (
            ('--test', 'a', '--max-gap', '-1'),
            "'--max-gap': -1 is not in the range 0<=x<=1000",
        ),
        (('--test', 'a', '--fps', '0'), "'--fps': 0 is not in the range x>=1"),
    ],
)
def test_bad_arguments(capsys, options, message):
    assert run('data', 'convert', 'ava-csv', 'a.csv', 'out.pkl', *options) == 1
    assert message in capsys.readouterr().err
