"""Lists of own videos."""

import struct
from collections import Counter

import numpy as np
import pytest
from mmaction.datasets import VideoDataset

from mmvkp.class_files import read_class_names
from mmvkp.recognition.make_list import ListOptions, write_lists

from ..phone_videos import cut, write_video

GREY = np.full((3, 32, 32, 3), 90, np.uint8)


def fill(folder, *names):
    """Write small videos with different contents."""
    folder.mkdir(exist_ok=True)
    write_video(folder / 'first.mp4', GREY)
    content = (folder / 'first.mp4').read_bytes()
    (folder / 'first.mp4').unlink()
    for number, name in enumerate(names):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        # A box `free`, which readers skip.
        box = struct.pack('>I4sI', 12, b'free', number)
        (folder / name).write_bytes(content + box)


def lists(folder):
    """Lines by list."""
    return {
        name: (folder / f'{name}.txt').read_text().splitlines()
        for name in ('train', 'val', 'test')
        if (folder / f'{name}.txt').exists()
    }


@pytest.fixture
def videos(tmp_path):
    """Ten videos of one class, one of another."""
    folder = tmp_path / 'videos'
    fill(folder, 'b/x.MP4', *(f'a/{i}.mp4' for i in range(10)))
    return folder


def test_default_lists(videos):
    said = write_lists(str(videos))
    found = lists(videos)
    assert {name: len(each) for name, each in found.items()} == {
        'train': 7,
        'val': 2,
        'test': 2,
    }
    assert sorted(sum(found.values(), [])) == [
        *(f'a/{i}.mp4 0' for i in range(10)),
        'b/x.MP4 1',
    ]
    assert 'b/x.MP4 1' in found['train']
    assert (videos / 'classes.txt').read_text() == 'a\nb\n'
    assert said[0] == f'{videos / "train.txt"}: 7 videos of 2 classes'
    assert said[-2:] == [
        'warning: val has no video of b',
        'warning: test has no video of b',
    ]
    assert not (videos / 'excluded.txt').exists()


def test_one_list_elsewhere(videos, tmp_path):
    out = tmp_path / 'new/mine.txt'
    write_lists(str(videos), str(out), ListOptions(val=0, test=0))
    assert out.read_text().splitlines() == [
        *(f'a/{i}.mp4 0' for i in range(10)),
        'b/x.MP4 1',
    ]
    assert (tmp_path / 'new/classes.txt').read_text() == 'a\nb\n'
    assert not (tmp_path / 'new/val.txt').exists()
    with pytest.raises(ValueError, match='this name is reserved'):
        write_lists(str(videos), str(tmp_path / 'val.txt'))


@pytest.mark.parametrize('name', ['x', 'x (1)'])
def test_mmaction_reads_the_lists(tmp_path, name):
    """Also file names with spaces, with the delimiter that is reported."""
    fill(tmp_path, f'a/{name}.mp4', 'b/y.mp4')
    said = write_lists(str(tmp_path), options=ListOptions(val=0, test=0))
    spaced = "paths contain spaces: use VideoDataset(delimiter='\\t')" in said
    assert spaced == (' ' in name)
    data = VideoDataset(
        str(tmp_path / 'train.txt'),
        [],
        dict(video=str(tmp_path)),
        **(dict(delimiter='\t') if spaced else {}),
    )
    found = [data.get_data_info(i) for i in range(2)]
    assert [each['filename'] for each in found] == [
        str(tmp_path / f'a/{name}.mp4'),
        str(tmp_path / 'b/y.mp4'),
    ]
    assert [each['label'] for each in found] == [0, 1]


def test_damaged_videos(videos):
    # The index of an mp4 is at its end; a cut mkv has readable frames.
    noise = np.random.default_rng(0).integers(0, 255, (40, 48, 64, 3), np.uint8)
    write_video(videos / 'a/part.mkv', noise)
    for path in (videos / 'a/part.mkv', videos / 'a/3.mp4'):
        cut(path, 0.7)
    (videos / 'a/text.mp4').write_text('no video')
    said = write_lists(str(videos))
    assert len(sum(lists(videos).values(), [])) == 10
    excluded = (videos / 'excluded.txt').read_text().splitlines()
    names = ['a/3.mp4', 'a/part.mkv', 'a/text.mp4']
    assert [each.split('\t')[0] for each in excluded] == names
    assert all(each.split('\t')[1] for each in excluded)
    assert [each.split(': ')[1] for each in said[:3]] == names
    write_lists(str(videos), options=ListOptions(damaged='keep'))
    assert len(sum(lists(videos).values(), [])) == 11
    assert len((videos / 'excluded.txt').read_text().splitlines()) == 2
    (videos / 'b/x.MP4').write_text('no video')
    with pytest.raises(ValueError, match='no video of b is readable'):
        write_lists(str(videos))


def test_groups_and_splits_of_a_table(tmp_path):
    names = [f'person{p:02}_{action}.mp4' for p in range(10) for action in 'ab']
    fill(tmp_path, *names, 'held out.mp4')
    rows = [f'{name},{name[-5]},,\n' for name in names]
    path = tmp_path / 'videos.csv'
    path.write_text(f'video,label,split,group\n{"".join(rows)}held out.mp4,a,test,\n')
    write_lists(str(path), options=ListOptions(group='auto'))
    found = lists(tmp_path)
    assert 'held out.mp4\t0' in found['test']
    persons = [
        {line[:8] for line in each if 'person' in line} for each in found.values()
    ]
    assert sum(map(len, persons)) == 10
    assert Counter(line[-1] for line in found['train']) == {'0': 6, '1': 6}


def test_bad_options(videos):
    for options, reason in {
        ListOptions(val=1.5): 'validation share 1.5',
        ListOptions(damaged='repair'): "choose one of ['exclude', 'keep']",
        ListOptions(group='(zzz)'): 'matches no file name',
    }.items():
        with pytest.raises(ValueError) as error:
            write_lists(str(videos), options=options)
        assert reason in str(error.value)
    assert not (videos / 'train.txt').exists()


@pytest.mark.parametrize(
    'names',
    [
        ['a', 'b'],
        # Names that look like numbered ones; sorted as text.
        [f'{i} step' for i in range(1, 12)],
        ['100 m, run', '400 m, run'],
        ["it's", 'two words'],
    ],
)
def test_names_of_classes_are_read_as_they_are(tmp_path, names):
    fill(tmp_path, *(f'{name}/x.mp4' for name in names))
    write_lists(str(tmp_path), options=ListOptions(val=0, test=0))
    read = read_class_names(tmp_path / 'classes.txt')
    assert read == sorted(names)
    for line in (tmp_path / 'train.txt').read_text().splitlines():
        path, _, label = line.replace('\t', ' ').rpartition(' ')
        assert path == f'{read[int(label)]}/x.mp4'


def test_names_that_differ_in_case_only(tmp_path):
    fill(tmp_path, 'Run/x.mp4', 'run/y.mp4')
    message = 'differs from .* in case or blanks only; rename'
    with pytest.raises(ValueError, match=message):
        write_lists(str(tmp_path))


def test_equal_files_stay_in_one_list(tmp_path):
    fill(tmp_path, *(f'a/{i}.mp4' for i in range(6)), 'b/0.mp4')
    for name in ('a/copy (1).mp4', 'a/copy (2).mp4', 'b/copy.mp4'):
        (tmp_path / name).write_bytes((tmp_path / 'a/0.mp4').read_bytes())
    said = write_lists(str(tmp_path))
    names = 'a/0.mp4, a/copy (1).mp4, a/copy (2).mp4, b/copy.mp4'
    assert f'warning: same content: {names}, in different classes' in said
    found = lists(tmp_path)
    assert sum(any('copy' in line for line in each) for each in found.values()) == 1
    (place,) = [key for key, each in found.items() if 'a/0.mp4\t0' in each]
    assert sum('copy' in line for line in found[place]) == 3
