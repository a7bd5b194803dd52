"""Own videos in folders and tables."""

import pytest

from mmvkp.recognition.own_videos import OwnVideo, find_own_videos


def touch(folder, *names):
    """Make empty files."""
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def table(folder, text):
    """Write `videos.csv`."""
    path = folder / 'videos.csv'
    path.write_text(text)
    return path


def test_folders(tmp_path):
    touch(tmp_path, 'b/x.MOV', 'b/notes.txt', 'a b/deep/1 2.mp4', 'a b/0.avi')
    touch(tmp_path, 'a b/.hidden.mp4', '.trash/y.mp4', 'loose.mp4')
    folder, videos = find_own_videos(tmp_path)
    assert folder == tmp_path
    assert videos == [
        OwnVideo('a b/0.avi', 'a b'),
        OwnVideo('a b/deep/1 2.mp4', 'a b'),
        OwnVideo('b/x.MOV', 'b'),
    ]


@pytest.mark.parametrize(
    'text',
    [
        'video,label,split,group\n1.mp4,walk,train,anna\nin/2 b.mp4,run,,\n',
        '\ufeffPath;Class;Set;Subject\r\n1.mp4; walk ;train;anna\r\n'
        'in/2 b.mp4;run;;\r\n',
        'label\tfile\tgroup\tsubset\nwalk\t1.mp4\tanna\ttrain\nrun\tin/2 b.mp4\t\t\n',
    ],
)
def test_tables(tmp_path, text):
    touch(tmp_path, '1.mp4', 'in/2 b.mp4')
    folder, videos = find_own_videos(table(tmp_path, text))
    assert folder == tmp_path
    assert videos == [
        OwnVideo('in/2 b.mp4', 'run'),
        OwnVideo('1.mp4', 'walk', 'train', 'anna'),
    ]


def test_classes_that_are_numbers_are_in_their_order(tmp_path):
    touch(tmp_path, *(f'{i}/x.mp4' for i in (0, 1, 2, 10)))
    assert [each.label for each in find_own_videos(tmp_path)[1]] == [
        '0',
        '1',
        '2',
        '10',
    ]
    touch(tmp_path, 'run/x.mp4')
    labels = [each.label for each in find_own_videos(tmp_path)[1]]
    assert labels == ['0', '1', '10', '2', 'run']


@pytest.mark.parametrize(
    'text, reason',
    [
        ('a.mp4,walk\n', 'no column video; name the columns video,label'),
        ('video,split\na.mp4,train\n', 'no column label'),
        ('video,label\n', 'lists no videos'),
        (f'video,label\n{"x" * 200_000},a\n', 'not readable as CSV: field larger'),
        ('video,label\n1.mp4,\n', 'row 2: the label is empty'),
        ('video,label\n1.mp4\n', 'row 2: the label is empty'),
        ('video,label\n,a\n', 'row 2: .* is not a path below'),
        ('video,label\n../1.mp4,a\n', 'put the table into the folder of all videos'),
        ('video,label\n1.mp4,a\n2.mp4,a\n', 'row 3: no file'),
        ('video,label\n1.mp4,a\n1.mp4,b\n', 'row 3: 1.mp4 is listed a second time'),
        ('video,label,split\n1.mp4,a,dev\n', "split 'dev' is not one of train, val"),
    ],
)
def test_bad_tables(tmp_path, text, reason):
    touch(tmp_path, '1.mp4')
    with pytest.raises(ValueError, match=reason):
        find_own_videos(table(tmp_path, text))


def test_folders_that_cannot_be_listed(tmp_path):
    with pytest.raises(FileNotFoundError, match='no folder'):
        find_own_videos(tmp_path / 'gone')
    touch(tmp_path, 'loose.mp4')
    with pytest.raises(ValueError, match='has no class folders'):
        find_own_videos(tmp_path)
    (tmp_path / 'c').mkdir()
    with pytest.raises(ValueError, match='c contains no videos'):
        find_own_videos(tmp_path)
    touch(tmp_path, 'c/a\tb.mp4')
    with pytest.raises(ValueError, match='cannot be written to an annotation list'):
        find_own_videos(tmp_path)
