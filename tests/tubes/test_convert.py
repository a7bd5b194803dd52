"""Splits and arguments, which all formats share."""

from pathlib import Path

import numpy as np
import pytest

from mmvkp.tubes.annotations import load_tube_annotations

from ..cli import run
from ..phone_videos import write_video
from .formats.test_ucf_matlab import write_pyannot
from .tube_conversion import CASES, convert, write


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
        (
            ('--test', 'a', '--fps', '0'),
            "'--fps': 0.0 is not in the range 0.1<=x<=1000",
        ),
    ],
)
def test_bad_arguments(capsys, options, message):
    assert run('data', 'convert', 'ava-csv', 'a.csv', 'out.pkl', *options) == 1
    assert message in capsys.readouterr().err


def test_names_with_blanks_suffixes_and_marks():
    folder = CASES / 'names'
    for name, video in (('bom', 'a'), ('blank', 'my clip (1)'), ('ext', 'my clip (1)')):
        words = (
            'cvat-xml',
            folder / 'ann',
            'out.pkl',
            '--test',
            folder / f'test_{name}.txt',
        )
        assert run('data', 'convert', *words) == 0
        assert load_tube_annotations('out.pkl').test_videos == [[video]]
    size = ('--resolution', '100', '200', '--start', '0')
    words = ('ava-csv', folder / 'ava_bom.csv', 'out.pkl', *size)
    truth = convert(*words, '--labels', folder / 'labels_gaps.txt', test='v 1')
    assert truth.labels == ['bend', 'crouch', 'dance']
    assert list(truth.gttubes) == ['v 1'] and list(truth.gttubes['v 1']) == [1]


def test_a_share_of_the_videos_is_the_test(capsys):
    names = [f'Run/{i}' for i in range(4)] + [f'Walk/{i}' for i in range(4)]
    for name in names:
        write(f'labels/{name}/00001.txt', f'{1 + (name > "S")} 10 10 20 20\n')
    arguments = ['data', 'convert', 'txt-folders', 'labels', 'out.pkl']
    arguments += ['--resolution', '240', '320']
    assert run(*arguments, '--test-share', '0.25') == 0
    truth = load_tube_annotations('out.pkl')
    (trained,), (tested,) = truth.train_videos, truth.test_videos
    assert sorted(trained + tested) == names
    assert [each.split('/')[0] for each in tested] == ['Run', 'Walk']
    test = write('test.txt', 'Run/0\n')
    assert run(*arguments, '--test-share', '0.5', '--test', test) == 1
    assert '--test-share and lists of videos exclude' in capsys.readouterr().err


def test_damaged_and_missing_videos_are_left_out_by_name(capsys):
    for name in ('Run/a', 'Run/b', 'Run/c', 'Run/d'):
        write(f'labels/{name}/00001.txt', '1 2 2 9 9\n')
    write('videos/Run/a.avi', 'not a video')
    arguments = ['data', 'convert', 'txt-folders', 'labels', 'out.pkl']
    arguments += ['--videos', 'videos', '--test-share', '0.5']
    assert run(*arguments) == 1
    assert run(*arguments, '--skip-damaged') == 1
    assert 'no video is readable: Run/a is left out' in capsys.readouterr().err
    for name in ('c', 'd'):
        write_video(f'videos/Run/{name}.mp4', np.full((2, 16, 16, 3), 90, np.uint8))
    assert run(*arguments, '--skip-damaged', '--strict') == 1
    assert not Path('out.pkl').exists()
    assert run(*arguments, '--skip-damaged') == 0
    said = capsys.readouterr().out
    assert 'left out: 2 tracks: missing or damaged video file (first: Run/a)' in said
    assert 'note: Run/b is left out: videos: the file of the video Run/b is' in said
    assert list(load_tube_annotations('out.pkl').gttubes) == ['Run/c', 'Run/d']


def test_archives_are_not_read(capsys):
    words = (
        'cvat-xml',
        write('task.zip', 'PK'),
        'o.pkl',
        '--test',
        write('a.txt', 'a'),
    )
    assert run('data', 'convert', *words) == 1
    assert 'task.zip: is an archive; unpack it' in capsys.readouterr().err
