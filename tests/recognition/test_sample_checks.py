"""Samples with their lines, and problems of labels, files and lengths."""

import mmvkp  # noqa: F401, isort: skip
import numpy as np
import pytest
from mmaction.datasets import RawframeDataset, VideoDataset

from mmvkp.annotation_lists import ListedSample, ListFormat, read_list
from mmvkp.recognition.sample_checks import (
    SampleSource,
    check_labels,
    check_paths,
    check_videos,
    place_of,
    short_samples,
    source_of,
)
from mmvkp.video.encoding import write_video


def video_set(folder, *lines, **options):
    (folder / 'list.txt').write_text('\n'.join(lines) + '\n')
    prefix = dict(video=str(folder))
    options = dict(data_prefix=prefix, serialize_data=False, **options)
    return VideoDataset(str(folder / 'list.txt'), [], **options)


def test_repeated_paths_and_blank_lines_keep_their_lines(tmp_path):
    """The first line of a path was named for all samples of this path."""
    dataset = video_set(tmp_path, 'a.mp4 0', '', 'a.mp4 1', 'b.mp4 9', 'a.mp4 7')
    found = list(check_labels(source_of(dataset), 3, required=True))
    name = tmp_path / 'list.txt'
    assert found == [
        f'{name}, line 2: the line is blank; remove it',
        f'{name}, line 4: {tmp_path}/b.mp4: label 9 is outside [0, 2]',
        f'{name}, line 5: {tmp_path}/a.mp4: label 7 is outside [0, 2]',
    ]
    assert place_of(dataset, 2) == f'{name}, line 3'
    assert place_of(dataset, 99) == f'{name}, ?'


def test_other_delimiters(tmp_path):
    dataset = video_set(tmp_path, 'my a.mp4,0', 'my b.mp4,5', delimiter=',')
    (found,) = check_labels(source_of(dataset), 3, required=True)
    assert 'line 2: ' in found and 'my b.mp4: label 5' in found


@pytest.mark.parametrize(
    'indices, lines',
    [(2, [1, 2]), (-2, [3, 4]), ([3, 1], [4, 2]), (None, [1, 2, 3, 4])],
)
def test_parts_of_a_data_set(tmp_path, indices, lines):
    lines_of_file = [f'{i}.mp4 {i}' for i in range(4)]
    dataset = video_set(tmp_path, *lines_of_file, indices=indices)
    samples = source_of(dataset).samples
    assert [each.place for each in samples] == [f'line {i}' for i in lines]
    assert [each.labels[0] for each in samples] == [
        dataset.get_data_info(i)['label'] for i in range(len(dataset))
    ]


def test_missing_labels(tmp_path):
    source = source_of(video_set(tmp_path, 'a.mp4 0', 'b.mp4', 'c.mp4 -1'))
    found = list(check_labels(source, 3, required=True))
    assert 'line 2: ' in found[0] and found[0].endswith('b.mp4: has no label')
    assert 'line 3: ' in found[1] and 'label -1 is outside' in found[1]
    assert not list(check_labels(source, 3, required=False))
    (found,) = check_labels(source._replace(samples=source.samples[2:]), None, True)
    assert 'label -1 is negative' in found


def test_folders_of_frames(tmp_path):
    for name, frames in (('whole', (1, 5)), ('short', (1, 4)), ('part', (13,))):
        (tmp_path / name).mkdir()
        for frame in frames:
            (tmp_path / name / f'img_{frame:05}.jpg').write_bytes(b'')
    lines = ['whole 5 0', 'short 5 0', 'gone 5 0', 'whole 0 0']
    (tmp_path / 'list.txt').write_text('\n'.join(lines))
    prefix = dict(img=str(tmp_path))
    options = dict(data_prefix=prefix, serialize_data=False)
    dataset = RawframeDataset(str(tmp_path / 'list.txt'), [], **options)
    found = [
        each.partition(f'{tmp_path}/')[2] for each in check_paths(source_of(dataset))
    ]
    assert [each.partition(', ')[2].replace(f'{tmp_path}/', '') for each in found] == [
        'line 2: short: the last of its 5 frames, img_00005.jpg, is missing',
        'line 3: gone: no such file or folder',
        'line 4: whole: has 0 frames',
    ]
    # Frames 9 to 13 of a longer video: the host adds the offset to the number.
    (tmp_path / 'list.txt').write_text('part 8 5 0')
    dataset = RawframeDataset(
        str(tmp_path / 'list.txt'), [], with_offset=True, **options
    )
    assert not list(check_paths(source_of(dataset)))


def test_videos_are_decoded(tmp_path):
    frames = np.random.default_rng(0).integers(0, 255, (9, 32, 32, 3), np.uint8)
    for name in 'abc':
        write_video(tmp_path / f'{name}.mp4', frames)
    content = (tmp_path / 'b.mp4').read_bytes()
    (tmp_path / 'b.mp4').write_bytes(content[:-200])  # without its index
    (tmp_path / 'c.mp4').write_bytes(b'text')
    lines = ['a.mp4 0', 'b.mp4 1', 'c.mp4 0', 'gone.mp4 0', 'b.mp4 1']
    (tmp_path / 'list.txt').write_text('\n'.join(lines))
    samples = list(
        read_list(str(tmp_path / 'list.txt'), ListFormat(prefix=str(tmp_path)))
    )
    problems, source = check_videos(SampleSource('list.txt', samples))
    assert [each.split(': ')[0] for each in problems] == [
        'list.txt, line 2',
        'list.txt, line 3',
        'list.txt, line 5',
    ]
    assert all('cannot be decoded' in each or 'damaged' in each for each in problems)
    assert source.samples[0].num_frames == 9 and source.samples[3].num_frames is None
    (note,) = short_samples(source, 16)
    assert 'line 1: ' in note and 'has 9 frames; the sampler takes 16' in note
    assert not short_samples(source, 9)


def test_remote_files_are_not_looked_for():
    samples = [
        ListedSample('line 1', 's3://bucket/a.mp4', (0,)),
        ListedSample('line 2', '/nowhere/a.mp4', (0,)),
    ]
    source = SampleSource('list.txt', samples)
    assert list(check_paths(source)) == [
        'list.txt, line 2: /nowhere/a.mp4: no such file or folder'
    ]
    assert not list(check_paths(source._replace(has_files=False)))
