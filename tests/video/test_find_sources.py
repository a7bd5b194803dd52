"""Videos in files, folders and patterns."""

import logging
from pathlib import Path

import pytest

from mmvkp.video.find_sources import find_sources, is_camera


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    """Videos, frames and other files."""
    monkeypatch.chdir(tmp_path)
    for name in (
        'a.mp4',
        'notes.txt',
        'my/b.MOV',
        'my/cover.jpg',
        'my/deep/c d.avi',
        'my/frames/img_2.png',
        'my/frames/img_10.png',
        'my/.hidden.mp4',
        'my/.git/x.mp4',
        'my/list.csv',
    ):
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).touch()
    Path('empty/inside').mkdir(parents=True)


def test_a_folder_with_its_folders():
    assert find_sources('my') == ['my/b.MOV', 'my/deep/c d.avi', 'my/frames']
    assert find_sources('.')[0] == 'a.mp4'
    # The frames of one video.
    assert find_sources('my/frames') == ['my/frames']
    assert find_sources(Path('my/frames')) == ['my/frames']


def test_patterns_and_single_files():
    assert find_sources('*.mp4') == ['a.mp4']
    assert find_sources('my/**/*.avi') == ['my/deep/c d.avi']
    assert find_sources('my/*') == [
        *('my/b.MOV', 'my/cover.jpg', 'my/list.csv'),
        *('my/deep/c d.avi', 'my/frames'),
    ]
    # The ending of a file that is named does not matter.
    assert find_sources(['notes.txt', 'a.mp4']) == ['notes.txt', 'a.mp4']


def test_a_name_with_the_characters_of_a_pattern():
    Path('x[1].mp4').touch()
    assert find_sources('x[1].mp4') == ['x[1].mp4']


def test_a_video_is_taken_once():
    given = ['my', 'a.mp4', './a.mp4', 'my/b.MOV', str(Path('a.mp4').resolve())]
    assert find_sources(given) == [
        *('my/b.MOV', 'my/deep/c d.avi', 'my/frames', 'a.mp4')
    ]


def test_cameras_and_urls():
    assert find_sources([0, '1', 'rtsp://me:x@cam/1']) == [0, '1', 'rtsp://me:x@cam/1']
    assert is_camera(0) and is_camera('1') and is_camera('https://a.b/c.mp4')
    Path('1').touch()
    assert not is_camera('1') and not is_camera('a.mp4') and not is_camera('gone.mp4')


def test_skipped_files_are_counted(monkeypatch):
    said = []
    monkeypatch.setattr(
        'mmvkp.video.find_sources.print_log', lambda *args: said.append(args)
    )
    find_sources('my')
    ((text, _, level),) = said
    assert level == logging.WARNING
    assert text.startswith('my: 2 files') and 'my/cover.jpg' in text
    find_sources('my/frames')
    assert len(said) == 1


@pytest.mark.parametrize(
    'given, error, message',
    [
        ('gone.mp4', FileNotFoundError, 'no video file gone.mp4: no file or folder is'),
        ('*.mkv', FileNotFoundError, r'no video file \*.mkv: no file or folder fits'),
        ('empty', ValueError, r'the folder empty holds no frames \(.png'),
        ('emp*', ValueError, r'the folders emp\* contain no videos'),
        ([], ValueError, 'no videos are given'),
        ([None], TypeError, 'None is not a video'),
        ([True], TypeError, 'True is not a video'),
        ('', TypeError, "'' is not a video"),
    ],
)
def test_errors(given, error, message):
    with pytest.raises(error, match=message):
        find_sources(given)
