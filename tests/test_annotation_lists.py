"""Lines of annotation lists, and the lines that are not readable."""

import mmvkp  # noqa: F401, isort: skip

import pytest
from mmaction.datasets import PoseDataset, RawframeDataset, VideoDataset

from mmvkp.annotation_lists import (
    BadLine,
    BadListError,
    ListFormat,
    layout_of,
    read_list,
    refuse_bad_lines,
)


def write(folder, *lines):
    path = folder / 'list.txt'
    path.write_text('\n'.join(lines) + '\n')
    return str(path)


def test_lines_of_videos(tmp_path):
    path = write(tmp_path, 'a/b.mp4 3', 'c.mp4', 'a/b.mp4 3')
    first, second, third = read_list(path, ListFormat(prefix='data'))
    assert first == ('line 1', 'data/a/b.mp4', (3,), None, 0)
    assert second == ('line 2', 'data/c.mp4', (), None, 0)
    assert third.place == 'line 3'
    path = write(tmp_path, 'my video.mp4,1,7')
    (line,) = read_list(path, ListFormat(multi_class=True, delimiter=','))
    assert line == ('line 1', 'my video.mp4', (1, 7), None, 0)


def test_lines_of_frames(tmp_path):
    path = write(tmp_path, 'a  120 3', 'b 5')
    first, second = read_list(path, ListFormat(frames=True))
    assert first == ('line 1', 'a', (3,), 120, 0)
    assert second == ('line 2', 'b', (), 5, 0)
    (line,) = read_list(write(tmp_path, 'a 7 120 3'), ListFormat(True, False, True))
    assert line == ('line 1', 'a', (3,), 120, 7)


@pytest.mark.parametrize(
    'line, layout, message',
    [
        ('', ListFormat(), 'the line is blank; remove it'),
        ('a.mp4 x', ListFormat(), "the label 'x' is not an integer"),
        ('a.mp4  1', ListFormat(), 'has 2 fields after the path; expected one label'),
        ('my a.mp4 1', ListFormat(), 'remove blanks in the path'),
        ('a.mp4 1 2', ListFormat(), 'Set multi_class=True'),
        ('a.mp4,1', ListFormat(), "its label seems to follow ',': set delimiter=','"),
        ('a.mp4\t1', ListFormat(), r"set delimiter='\t'"),
        ('a.mp4 1', ListFormat(delimiter=','), "set delimiter=' '"),
        ('a', ListFormat(True), "'a' has no number of frames; expected the folder"),
        ('a 3', ListFormat(True, False, True), 'has no number of frames'),
        ('a', ListFormat(True, False, True), 'has no offset'),
        ('a five 1', ListFormat(True), "the number of frames 'five' is not an"),
        ('a 5 1 2', ListFormat(True), 'Set multi_class=True'),
    ],
)
def test_lines_that_are_not_readable(tmp_path, line, layout, message):
    path = write(tmp_path, 'good.mp4' + (' 1' if layout.frames else ''), line)
    found = list(read_list(path, layout))
    assert len(found) == 2 and isinstance(found[1], BadLine)
    assert found[1].place == 'line 2' and message in found[1].text


@pytest.mark.parametrize(
    'build, lines',
    [
        (lambda path: VideoDataset(path, []), ['a.mp4 0', 'b.mp4 x', 'my c.mp4 1']),
        (lambda path: RawframeDataset(path, []), ['a 5 0', '', 'b 1 2 3']),
        (lambda path: RawframeDataset(path, [], with_offset=True), ['a 1 2', 'b', 'c']),
    ],
)
def test_data_sets_name_their_lines(tmp_path, build, lines):
    """The host's errors named neither list nor line."""
    path = write(tmp_path, *lines)
    with pytest.raises(BadListError) as caught:
        build(path)
    assert len(caught.value.problems) == 2
    text = str(caught.value)
    assert text.startswith('2 line(s) are not readable:\n')
    assert f'{path}, line 2: ' in text and f'{path}, line 3: ' in text


def test_many_bad_lines_are_counted(tmp_path):
    path = write(tmp_path, *(f'{i}.mp4 x' for i in range(25)))
    with pytest.raises(BadListError, match=r'25 line\(s\)(.|\n)* and 5 more') as caught:
        refuse_bad_lines(path, ListFormat())
    assert len(caught.value.problems) == 25
    refuse_bad_lines(write(tmp_path, 'a.mp4 1'), ListFormat())


def test_lists_that_cannot_be_read(tmp_path):
    with pytest.raises(FileNotFoundError):
        list(read_list(str(tmp_path / 'none.txt'), ListFormat()))
    (tmp_path / 'list.txt').write_bytes(b'\xff\xfe 1\n')
    with pytest.raises(ValueError, match=r'list.txt is not text in UTF-8'):
        list(read_list(str(tmp_path / 'list.txt'), ListFormat()))


def test_the_format_of_a_data_set(tmp_path):
    path = write(tmp_path, 'a.mp4,1')
    videos = VideoDataset(
        path, [], dict(video='v'), delimiter=',', serialize_data=False
    )
    assert layout_of(videos) == ListFormat(delimiter=',', prefix='v')
    frames = RawframeDataset(
        write(tmp_path, 'a 0 1'), [], dict(img='f'), with_offset=True, lazy_init=True
    )
    assert layout_of(frames) == ListFormat(True, False, True, prefix='f')
    assert layout_of(PoseDataset.__new__(PoseDataset)) is None
