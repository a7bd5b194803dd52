"""Lists of own videos."""

import pytest

from mmvkp.recognition.make_list import find_videos, split_videos, write_lists


@pytest.fixture
def videos(tmp_path):
    """Ten videos of one class, one of another."""
    for name in ('b/x.MP4', 'b/notes.txt', *(f'a/{i}.avi' for i in range(10))):
        path = tmp_path / 'videos' / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return tmp_path / 'videos'


def test_labels_follow_the_sorted_folders(videos, tmp_path):
    out = tmp_path / 'new/train.txt'
    said = write_lists(str(videos), str(out))
    assert said[0] == f'{out}: 11 videos of 2 classes'
    lines = out.read_text().splitlines()
    assert lines == [*(f'a/{i}.avi 0' for i in range(10)), 'b/x.MP4 1']
    assert (tmp_path / 'new/classes.txt').read_text() == 'a\nb\n'
    assert not (tmp_path / 'new/val.txt').exists()


def test_mmaction_reads_the_list(videos, tmp_path):
    from mmaction.datasets import VideoDataset

    write_lists(str(videos), str(tmp_path / 'list.txt'))
    data = VideoDataset(str(tmp_path / 'list.txt'), [], dict(video=str(videos)))
    info = data.get_data_info(10)
    assert info['label'] == 1 and info['filename'] == str(videos / 'b/x.MP4')


def test_split(videos, tmp_path):
    out = tmp_path / 'train.txt'
    write_lists(str(videos), str(out), val=0.3, seed=1)
    train, val = (
        set((tmp_path / name).read_text().splitlines())
        for name in ('train.txt', 'val.txt')
    )
    # A single video is used for training.
    assert len(val) == 3 and len(train) == 8 and not train & val
    assert 'b/x.MP4 1' in train
    found = find_videos(videos)
    assert split_videos(found, 0.3, 1) == split_videos(found, 0.3, 1)
    assert split_videos(found, 0.3, 1) != split_videos(found, 0.3, 2)
    # Both parts of a class with several videos have at least one.
    for share in (0.01, 0.99):
        assert all(part['a'] for part in split_videos(found, share))


@pytest.mark.parametrize('share', [0, 1, -0.5, 20])
def test_bad_shares(videos, share):
    with pytest.raises(ValueError, match='is outside'):
        split_videos(find_videos(videos), share)


def test_folders_that_cannot_be_listed(videos, tmp_path):
    with pytest.raises(FileNotFoundError, match='no folder'):
        find_videos(tmp_path / 'gone')
    with pytest.raises(ValueError, match='has no class folders'):
        find_videos(videos / 'a')
    with pytest.raises(ValueError, match='this name is reserved'):
        write_lists(str(videos), str(tmp_path / 'val.txt'))
    (videos / 'c').mkdir()
    with pytest.raises(ValueError, match='c contains no videos'):
        find_videos(videos)
    (videos / 'c/my video.mp4').touch()
    with pytest.raises(ValueError, match='contains a space, which ends a path'):
        write_lists(str(videos), str(tmp_path / 'list.txt'))
    assert not (tmp_path / 'list.txt').exists()
