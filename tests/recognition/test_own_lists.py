"""Lists of own videos, read again."""

import pytest

from mmvkp.recognition.own_lists import read_own_lists


def write(folder, **files):
    """Write lists and the names of two classes."""
    for name, text in {'classes': 'run\njump up\n', **files}.items():
        (folder / f'{name}.txt').write_text(text)
    return folder


def test_lists(tmp_path):
    write(tmp_path, train='run/a b.mp4\t0\njump up/1.mp4\t1\n', test='run/c.mp4\t0\n')
    found = read_own_lists(tmp_path)
    assert found.folder == tmp_path and found.delimiter == '\t'
    assert read_own_lists(tmp_path / 'videos.csv') == found
    assert found.classes == ['run', 'jump up']
    assert found.labels == {'train': ['run', 'jump up'], 'val': [], 'test': ['run']}
    # A missing list is replaced by the other one.
    assert found.path_of('val') == found.path_of('test') == 'test.txt'
    write(tmp_path, train='run/a.mp4 0\n', val='run/c.mp4 0\n', test='run/b.mp4 0\n')
    found = read_own_lists(tmp_path)
    assert found.delimiter == ' '
    assert [found.path_of(each) for each in found.labels] == [
        'train.txt',
        'val.txt',
        'test.txt',
    ]


def test_missing_and_bad_lists(tmp_path):
    with pytest.raises(FileNotFoundError, match='run `mmvkp data make-list'):
        read_own_lists(tmp_path)
    write(tmp_path, train='run/a.mp4 0\n')
    with pytest.raises(ValueError, match=r'neither val.txt nor test.txt'):
        read_own_lists(tmp_path)
    for line in ('run/a.mp4', 'run/a.mp4 2', 'run/a.mp4 -1', 'run/a.mp4 run'):
        write(tmp_path, train=f'run/b.mp4 1\n{line}\n')
        with pytest.raises(ValueError, match=r'train.txt, line 2: .* from 0 to 1'):
            read_own_lists(tmp_path)
