"""Tubes and outputs of one source while it runs."""

import json
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from mmvkp.tubes.online_tubes import FrameTubes, LinkedTube
from mmvkp.tubes.streaming.tube_run import TubeOutput, TubeRun
from mmvkp.video import Frame, files

from .one_actor import grey

SOURCE = SimpleNamespace(fps=10.0, dropped=2)


def tube(number, first, last, finished=True):
    """A tube of class 1 whose box stays."""
    frames = np.arange(first, last + 1)
    boxes = np.tile(np.float32([5, 10, 24, 29]), (len(frames), 1))
    return LinkedTube(
        number, 1, 0.5, np.float32([0.2, 0.5]), frames, boxes, finished=finished
    )


def result(frame, *ended):
    """A frame with one box."""
    return FrameTubes(
        frame,
        0.0,
        np.float32([[5, 10, 24, 29]]),
        np.array([1]),
        np.array([1]),
        np.float32([0.5]),
        ended=list(ended),
    )


def add(run, number, *ended):
    return run.add(Frame(number, 0.0, grey(50)), result(number, *ended))


def test_tubes_and_facts():
    """Pieces are joined, and the tubes are sorted by their ids."""
    with TubeRun(SOURCE, TubeOutput(['a', 'b'])) as run:
        assert add(run, 1)
        assert add(run, 2, tube(2, 1, 2), tube(1, 1, 1, finished=False))
    run.finish([tube(1, 2, 3)])
    assert [(each.id, each.frames.tolist()) for each in run.tubes] == [
        (1, [1, 2, 3]),
        (2, [1, 2]),
    ]
    assert run.info() == dict(
        fps=10.0, size=[120, 40], num_frames=2, num_dropped=2, complete=True
    )


@pytest.mark.parametrize('error', [ValueError('lost'), KeyboardInterrupt()])
def test_an_error_is_kept_and_ctrl_c_ends_the_run(error):
    with TubeRun(SOURCE, TubeOutput(['a', 'b'])) as run:
        add(run, 1)
        raise error
    run.finish([])
    known = isinstance(error, ValueError)
    assert run.failure is (error if known else None)
    assert run.info()['complete'] is not known
    assert run.info().get('error') == ('lost' if known else None)


def test_other_exits_are_not_kept():
    with pytest.raises(SystemExit):
        with TubeRun(SOURCE, TubeOutput(['a', 'b'])):
            raise SystemExit(1)


@pytest.mark.parametrize(
    'signal, message',
    [
        ('', None),
        ('SIGINT', None),
        ('SIGTERM', 'stopped by SIGTERM after 1 frames; the results up to there were'),
    ],
)
def test_signals(signal, message):
    with TubeRun(SOURCE, TubeOutput(['a', 'b'])) as run:
        add(run, 1)
    run.finish([], signal)
    assert (run.failure is None) == (message is None)
    if message:
        assert isinstance(run.failure, OSError) and message in str(run.failure)


def test_the_first_failure_stays():
    with TubeRun(SOURCE, TubeOutput(['a', 'b'])) as run:
        raise ValueError('lost')
    run.finish([], 'SIGTERM')
    assert str(run.failure) == 'lost'


def test_files(tmp_path):
    video, path = str(tmp_path / 'a.mp4'), str(tmp_path / 'a.json')
    output = TubeOutput(('a', 'b'), video, path, height=80, fps=10.0)
    assert output.files == (video, path)
    assert TubeOutput(['a'], None, path).files == (path,)
    with TubeRun(SOURCE, output) as run:
        for number in (1, 2, 3):
            add(run, number)
    run.finish([tube(1, 1, 3)])
    output.write('a', run.tubes, run.info())
    content = json.loads(Path(path).read_text())
    assert content['labels'] == ['a', 'b'] and content['info'] == run.info()
    assert content['videos']['a'][0]['frames'] == [1, 2, 3]
    capture = cv2.VideoCapture(video)
    assert capture.get(cv2.CAP_PROP_FPS) == 10
    for _ in range(3):
        there, picture = capture.read()
        assert there and picture.shape == (80, 240, 3)
        # The box of a frame of one grey level is drawn at twice the size.
        marked = (np.abs(picture.astype(int) - 50) > 40).any(2)
        assert marked[:, 5:55].any() and not marked[:, 150:].any()
    assert not capture.read()[0]


def test_small_frames_are_drawn_at_a_height_of_256(monkeypatch):
    """q and Escape in the window end the run."""
    shown, keys = [], [-1, ord('q'), 27]
    monkeypatch.setattr(cv2, 'imshow', lambda name, picture: shown.append(picture))
    monkeypatch.setattr(cv2, 'waitKey', lambda _: keys.pop(0))
    monkeypatch.setattr(cv2, 'destroyAllWindows', lambda: shown.append('closed'))
    with TubeRun(SOURCE, TubeOutput(['a', 'b'], show=True)) as run:
        assert [add(run, number) for number in (1, 2, 3)] == [True, False, False]
    assert [each.shape for each in shown[:3]] == [(256, 768, 3)] * 3
    assert shown[3:] == ['closed']


def test_no_window_where_there_is_no_screen(monkeypatch):
    def no_screen(*_):
        raise cv2.error('no screen')

    monkeypatch.setattr(cv2, 'imshow', no_screen)
    monkeypatch.setattr(cv2, 'destroyAllWindows', no_screen)
    with TubeRun(SOURCE, TubeOutput(['a', 'b'], show=True)) as run:
        add(run, 1)
    assert isinstance(run.failure, ValueError)
    assert 'no window can be opened here; use an output file' in str(run.failure)


@pytest.mark.parametrize('name', ['write', '__exit__'])
def test_a_failing_video_keeps_the_tubes(tmp_path, monkeypatch, name):
    """A full disk at a frame, or at the end of the video."""

    def fail(self, *_):
        raise OSError('no space left')

    monkeypatch.setattr(files.VideoFile, name, fail)
    with TubeRun(SOURCE, TubeOutput(['a', 'b'], str(tmp_path / 'a.mp4'))) as run:
        add(run, 1, tube(1, 1, 1))
    run.finish([])
    assert str(run.failure) == 'no space left'
    assert (run.count, [each.id for each in run.tubes]) == (1, [1])


def test_a_failing_video_does_not_replace_the_first_error(tmp_path, monkeypatch):
    def fail(self, *_):
        raise OSError('no space left')

    monkeypatch.setattr(files.VideoFile, '__exit__', fail)
    with TubeRun(SOURCE, TubeOutput(['a', 'b'], str(tmp_path / 'a.mp4'))) as run:
        raise ConnectionError('the camera is lost')
    assert str(run.failure) == 'the camera is lost'
