"""Files appear complete or not at all."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from mmvkp.files import (
    check_path,
    check_writable,
    locked,
    path_inside,
    read_bytes,
    read_text,
    replacing,
    temporary_name,
    write_text,
)


def test_the_folder_is_created_and_nothing_else_remains(tmp_path):
    path = tmp_path / 'a/b/table.csv'
    write_text(path, 'a,b\nä')
    assert path.read_text(encoding='utf-8') == 'a,b\nä'
    assert [each.name for each in path.parent.iterdir()] == ['table.csv']


def test_an_older_file_stays_after_an_error(tmp_path):
    path = tmp_path / 'a.txt'
    path.write_text('old')
    with pytest.raises(ZeroDivisionError):
        with replacing(path) as temporary:
            with open(temporary, 'w', encoding='utf-8') as file:
                file.write('new')
            assert path.read_text() == 'old'
            raise ZeroDivisionError
    assert path.read_text() == 'old'
    assert [each.name for each in tmp_path.iterdir()] == ['a.txt']


def test_temporary_files_keep_folder_and_ending(tmp_path):
    name = temporary_name(tmp_path / 'a.png')
    assert name.startswith(str(tmp_path)) and name.endswith('.tmp.a.png')


def test_wrong_paths(tmp_path):
    with pytest.raises(ValueError, match='is a folder'):
        write_text(tmp_path, '')
    (tmp_path / 'a.txt').write_text('')
    with pytest.raises(ValueError, match='cannot be written'):
        write_text(tmp_path / 'a.txt/b.txt', '')
    with pytest.raises(ValueError, match='cannot be written'):
        with replacing(tmp_path / 'c.txt'):
            pass  # without writing the temporary file


@pytest.mark.parametrize(
    'name',
    [
        '',
        '.',
        '..',
        '../a',
        'a/../../b',
        'a/..',
        '/etc/a',
        '..\\a',
        'C:\\a',
        'C:a',
        'a\0b',
        3,
    ],
)
def test_names_that_leave_their_folder(name):
    with pytest.raises(ValueError, match='is not a name inside the folder out'):
        path_inside('out', name)


def test_names_inside_a_folder(tmp_path):
    assert path_inside('out', 'jump/a..b') == 'out/jump/a..b'
    assert path_inside('out', './a') == 'out/a'
    assert path_inside(tmp_path, '...') == str(tmp_path / '...')
    # Data sets may be links to another disk.
    (tmp_path / 'link').symlink_to('/')
    assert path_inside(tmp_path, 'link/a') == str(tmp_path / 'link/a')


def test_text_in_another_encoding_is_named(tmp_path):
    path = tmp_path / 'names.txt'
    path.write_bytes(b'\xef\xbb\xbfa\r\n\xc3\xa4')
    assert read_text(path) == 'a\nä'
    path.write_bytes(b'a\xff')
    with pytest.raises(ValueError, match=r'names.txt is not text in UTF-8 .* byte 1'):
        read_text(path)


@pytest.mark.parametrize('wrong', [1, 0, True, None, b'a.txt', 1.5, ['a.txt']])
def test_a_path_is_a_string(wrong, capfd):
    """`open(1)` is the standard output."""
    with pytest.raises(TypeError, match=r'Thing: ann_file=.* as a string'):
        check_path('Thing', 'ann_file', wrong)
    with pytest.raises(TypeError, match='as a string'):
        read_bytes(wrong)
    with pytest.raises(TypeError, match='as a string'):
        with replacing(wrong) as temporary:
            raise AssertionError(temporary)
    os.write(1, b'open')  # the descriptor was not closed
    assert capfd.readouterr().out == 'open'


def test_paths_are_returned_as_strings():
    assert check_path('Thing', 'path', 'a/b') == 'a/b'
    assert check_path('Thing', 'path', Path('a') / 'b') == os.path.join('a', 'b')
    for wrong in ('', 'a\0b'):
        with pytest.raises(ValueError, match='Thing: path=.* is not a path'):
            check_path('Thing', 'path', wrong)


def test_only_regular_files_of_a_bounded_size_are_read(tmp_path):
    path = tmp_path / 'a.bin'
    path.write_bytes(b'abc')
    assert read_bytes(path) == read_bytes(str(path), 3) == b'abc'
    with pytest.raises(ValueError, match='has 3 bytes; at most 2'):
        read_bytes(path, 2)
    with open(path, 'wb') as file:  # sparse: takes no space
        file.truncate(2**40)
    with pytest.raises(ValueError, match='bytes; at most'):
        read_bytes(path)
    os.mkfifo(tmp_path / 'pipe')
    for special in ('/dev/zero', tmp_path / 'pipe'):
        with pytest.raises(ValueError, match='a device or a pipe'):
            read_bytes(special)
    with pytest.raises(FileNotFoundError):
        read_bytes(tmp_path / 'missing')


def test_files_that_can_be_written(tmp_path):
    """Nothing is left, and nothing is changed."""
    path = tmp_path / 'new/a.csv'
    check_writable(path)
    assert not list(path.parent.iterdir())
    path.write_text('old')
    check_writable(path)
    assert path.read_text() == 'old' and len(list(path.parent.iterdir())) == 1
    with pytest.raises(ValueError, match='new is a folder; give the name of a file'):
        check_writable(path.parent)
    with pytest.raises(ValueError, match='b.csv cannot be written'):
        check_writable(path / 'b.csv')


def test_a_lock_is_held_until_inheriting_processes_end(tmp_path):
    path, waits = tmp_path / 'lock', []
    sleeper = [sys.executable, '-c', 'input()']
    with locked(path, lambda: waits.append(1)) as lock:
        process = subprocess.Popen(sleeper, stdin=subprocess.PIPE, pass_fds=(lock,))
    # The block has ended, but the process has the lock.
    with locked(path, lambda: (waits.append(2), process.communicate(b'\n'))):
        assert process.returncode == 0
    assert waits == [2]
