"""Lists of names."""

import pytest

from mmvkp.text_lists import KnownNames, read_lines, read_rows, similar_names


def test_lines_keep_their_numbers(tmp_path):
    path = tmp_path / 'list.txt'
    path.write_bytes(b'\xef\xbb\xbfa b\r\n\r\n  c\xc2\x85d \r\n')
    assert read_lines(path) == [(1, 'a b'), (3, 'c\x85d')]
    path.write_bytes(b'\xff')
    with pytest.raises(ValueError, match='list.txt is not text in UTF-8'):
        read_lines(path)


def test_rows_of_a_table(tmp_path):
    path = tmp_path / 'a.csv'
    path.write_bytes(b'\xef\xbb\xbf"a, b",1\r\n\r\n , \r\nc,2\r\n')
    assert read_rows(path) == [(1, ['a, b', '1']), (4, ['c', '2'])]
    path.write_text('a' * 200000)
    with pytest.raises(ValueError, match='line 1: not readable as CSV: field larger'):
        read_rows(path)


@pytest.mark.parametrize(
    'line, name',
    [
        ('a', 'a'),
        ('a 0', 'a'),
        ('a,7', 'a'),
        ('a 1', 'a 1'),  # the longest name
        ('my clip (1).mp4 3', 'my clip (1)'),
        ('"my clip (1).AVI" 2', 'my clip (1)'),
        ('"x, y",7', 'x, y'),
        ('x, y 3', 'x, y'),
        ('c.avi', 'c.MP4'),
        ('c', 'c.MP4'),
        ('zz', None),
        ('videos/my clip (1).mp4 3', 'my clip (1)'),
        ('C:\\videos\\c.mp4', 'c.MP4'),
        ('videos/b/d.mp4 1', 'b/d'),
        ('videos/e/d.mp4 1', None),
        ('"', None),
        ('A', None),
    ],
)
def test_names_at_the_start_of_a_line(line, name):
    names = ['a', 'my clip (1)', 'a 1', 'x, y', 'c.MP4', 'b/d']
    assert KnownNames(names, ('.mp4', '.avi')).find(line) == name


def test_similar_names():
    assert similar_names(['Run', 'sit', 'run', 'sit ', 'Run']) == [
        ('Run', 'run'),
        ('sit', 'sit '),
    ]
    assert KnownNames(['My clip', 'b']).similar('my  clip') == 'My clip'
    assert KnownNames(['My clip', 'b']).similar('c') is None
