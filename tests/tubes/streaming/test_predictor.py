"""Runs of a detector whose results are known: files, early ends, several sources."""

import json
import os
import shutil
import signal
from pathlib import Path

import cv2
import numpy as np
import pytest

from mmvkp.tubes.online_linker import OnlineLinker
from mmvkp.tubes.online_tubes import LinkOptions
from mmvkp.tubes.streaming.predictor import TubeOptions, TubePredictor
from mmvkp.tubes.streaming.tube_stream import TubeStream
from mmvkp.video import camera

from .one_actor import OneActor, grey, write_frames

LEVELS = (10, 16, 22, 28, 34, 40)


@pytest.fixture()
def here(tmp_path, monkeypatch):
    """Six frames in the folder `frames`."""
    monkeypatch.chdir(tmp_path)
    write_frames('frames', *LEVELS)


def predictor_of(**options):
    given = TubeOptions(**options)
    given.check()
    stream = TubeStream(OneActor(delay=given.delay), given.link())
    return TubePredictor(stream, given)


def run(source='frames', **options):
    return predictor_of(out='b.mp4', json='c.json', **options)(source)


def read_video(path):
    capture, frames = cv2.VideoCapture(path), []
    while True:
        there, frame = capture.read()
        if not there:
            return frames
        frames.append(frame)


def write_avi(path, levels):
    """A video whose frames have noise below the actor, so that they are large."""
    writer = cv2.VideoWriter(path, cv2.VideoWriter_fourcc(*'MJPG'), 10, (120, 80))
    rng = np.random.default_rng(0)
    for level in levels:
        frame = grey(level, 80, 120)
        frame[48:] = rng.integers(0, 256, (32, 120, 3))
        writer.write(frame)
    writer.release()


def check_early_end(result, frames, error):
    """Video and tubes of the first frames, and the reason of the end."""
    assert error in str(result.failure)
    assert len(read_video('b.mp4')) == frames
    content = json.loads(Path('c.json').read_text())
    assert content['info']['num_frames'] == frames
    assert content['info']['complete'] is False and error in content['info']['error']
    ((tube,),) = content['videos'].values()
    assert tube['frames'] == list(range(1, frames + 1))
    assert not list(Path().glob('.*'))


def test_results_and_files(here):
    result = run(height=64)
    assert (result.video, result.names) == ('frames', ['dark', 'bright'])
    assert result.files == ('b.mp4', 'c.json') and result.failure is None
    assert result.info == dict(
        fps=25, size=[120, 40], num_frames=6, num_dropped=0, complete=True
    )
    (tube,) = result.tubes
    assert (tube.id, tube.label, tube.frames.tolist()) == (1, 0, [1, 2, 3, 4, 5, 6])
    assert tube.boxes[:, 0].tolist() == list(LEVELS)
    # Clips of three frames: mean levels 10, 12, 16, 22, 28 and 34.
    assert tube.score == pytest.approx(1 - 122 / 600)
    frames = read_video('b.mp4')
    assert len(frames) == 6 and frames[0].shape == (64, 192, 3)
    # Tubes are shown from their third box on; before there is the frame.
    far = [(np.abs(frame.astype(int) - 34) > 60).any() for frame in frames]
    assert far == [False, False, True, True, True, True]
    content = json.loads(Path('c.json').read_text())
    assert content['labels'] == ['dark', 'bright'] and content['info'] == result.info
    assert [each['id'] for each in content['videos']['frames']] == [1]


def test_each_run_starts_with_the_first_id(here):
    predictor = predictor_of(max_frames=4)
    for _ in range(2):
        (tube,) = predictor('frames').tubes
        assert (tube.id, tube.frames.tolist()) == (1, [1, 2, 3, 4])


def test_ctrl_c_keeps_the_finished_frames(here, monkeypatch):
    update = OnlineLinker.update

    def interrupted(self, frame, *rest):
        if frame == 4:
            raise KeyboardInterrupt
        return update(self, frame, *rest)

    monkeypatch.setattr(OnlineLinker, 'update', interrupted)
    assert run().failure is None
    assert len(read_video('b.mp4')) == 3
    assert json.loads(Path('c.json').read_text())['info']['num_frames'] == 3


def test_a_change_of_the_size_keeps_the_tubes(here):
    write_frames('frames', *LEVELS[:4])
    cv2.imwrite('frames/00005.png', np.zeros((20, 30, 3), np.uint8))
    check_early_end(run(), 4, 'frame 5 has 30 x 20 pixels')


def test_a_lost_camera_keeps_the_tubes(here, monkeypatch):
    frames = [grey(level) for level in LEVELS[:4]]

    class Camera:
        def __init__(self, *_):
            pass

        def isOpened(self):
            return True

        def get(self, _):
            return 0.0

        def read(self):
            return (True, frames.pop(0)) if frames else (False, None)

        def release(self):
            pass

    capture = cv2.VideoCapture
    monkeypatch.setattr(camera, 'DELAY', 0.001)
    monkeypatch.setattr(cv2, 'VideoCapture', Camera)
    result = run('rtsp://me:secret@127.0.0.1:1/x', drop='none')
    assert isinstance(result.failure, ConnectionError)
    assert result.video == 'rtsp://***@127.0.0.1:1/x'
    assert 'secret' not in Path('c.json').read_text()
    monkeypatch.setattr(cv2, 'VideoCapture', capture)
    check_early_end(result, 4, 'was lost after frame 4; 5 attempts')


def test_a_truncated_video_keeps_the_tubes(here):
    write_avi('run.avi', [10] * 14)
    data = Path('run.avi').read_bytes()
    Path('run.avi').write_bytes(data[: len(data) // 2])
    count = len(read_video('run.avi'))
    result = run('run.avi')
    check_early_end(result, count, f'run.avi is damaged: {count} frames can be read')


@pytest.mark.parametrize('name', ['SIGTERM', 'SIGINT'])
def test_a_signal_keeps_the_tubes(here, monkeypatch, name):
    update = OnlineLinker.update

    def signalled(self, frame, *rest):
        if frame == 4:  # in the middle of the work on a frame
            os.kill(os.getpid(), getattr(signal, name))
        return update(self, frame, *rest)

    monkeypatch.setattr(OnlineLinker, 'update', signalled)
    result = run()
    assert result.stopped == name
    if name == 'SIGINT':  # ends the run on purpose
        assert result.failure is None and result.info['complete'] is True
        assert len(read_video('b.mp4')) == 4
    else:
        assert isinstance(result.failure, OSError)
        check_early_end(result, 4, 'stopped by SIGTERM after 4 frames')


def test_a_source_without_a_readable_frame(here):
    Path('empty').mkdir()
    with pytest.raises(ValueError, match='empty holds no frames'):
        run('empty')
    Path('frames/00001.png').write_text('x')
    with pytest.raises(ValueError, match='00001.png cannot be read'):
        run()
    with pytest.raises(FileNotFoundError, match='no video file none.mp4'):
        run('none.mp4')
    assert not Path('c.json').exists() and not Path('b.mp4').exists()


def test_the_video_that_is_read_is_not_replaced(here):
    write_avi('run.avi', LEVELS)
    Path('run.avi').rename('d.mp4')
    before = Path('d.mp4').read_bytes()
    for options in (dict(out='./d.mp4'), dict(json='d.mp4')):
        with pytest.raises(ValueError, match='d.mp4 is the video that is read'):
            predictor_of(**options)('d.mp4')
    assert Path('d.mp4').read_bytes() == before


def test_several_sources_at_the_same_time(here):
    """One is missing, and one fails at its third frame; the others are complete."""
    shutil.copytree('frames', 'other/frames')
    write_frames('bad', *LEVELS)
    Path('bad/00003.png').write_text('x')
    sources = ['frames', 'none.mp4', 'bad', 'other/frames']
    predictor = predictor_of(json='o/{name}.json', delay='centered')
    answers = list(predictor.together(sources))
    assert [source for source, _, _ in answers] == sources
    assert answers[1][1] is None and isinstance(answers[1][2], FileNotFoundError)
    results = {source: result for source, result, _ in answers if result}
    assert 'bad/00003.png cannot be read' in str(answers[2][2])
    assert results['bad'].failure is answers[2][2]
    assert answers[0][2] is answers[3][2] is None
    assert {
        source: [tube.frames.tolist() for tube in result.tubes]
        for source, result in results.items()
    } == {
        'frames': [[1, 2, 3, 4, 5, 6]],
        'bad': [],  # two boxes are less than a tube
        'other/frames': [[1, 2, 3, 4, 5, 6]],
    }
    names = dict(zip(results, ('frames', 'bad', 'frames_2')))
    for source, name in names.items():
        assert results[source].files == (f'o/{name}.json',)
        info = json.loads(Path(f'o/{name}.json').read_text())['info']
        assert info == results[source].info


def test_options_of_the_linker():
    usual = TubeOptions().link()
    assert usual.motion and usual.appearance == 'colour' and usual.occlusion == 0.75
    assert (usual.start_score, usual.keep_score) == (0.3, 0.15)
    given = TubeOptions(
        score_threshold=0.1,
        max_gap=2,
        motion=False,
        appearance='none',
        occlusion=0.5,
        class_thresholds=0.4,
        end_ratio=0.6,
        end_after=0.1,
    )
    # A box that starts a tube must be able to extend it.
    assert given.link() == LinkOptions(
        start_score=0.1,
        keep_score=0.1,
        max_gap=2,
        motion=False,
        appearance=None,
        occlusion=0.5,
        class_thresholds=0.4,
        end_ratio=0.6,
        end_after=0.1,
    )


@pytest.mark.parametrize(
    'options, error, message',
    [
        (dict(out='a.gif'), ValueError, 'out a.gif must end in .mp4'),
        (dict(height=-1), ValueError, 'height=-1 is outside'),
        (dict(size=(0, 4)), ValueError, 'width=0 is outside'),
        (dict(size=(4, 0)), ValueError, 'size_height=0 is outside'),
        (dict(together='yes'), TypeError, "together='yes'"),
        (dict(together=True, show=True), ValueError, 'give it without together'),
        (dict(json='folder'), ValueError, 'folder'),
    ],
)
def test_options_that_do_not_fit(here, options, error, message):
    Path('folder').mkdir()
    with pytest.raises(error, match=message):
        TubeOptions(**options).check()
