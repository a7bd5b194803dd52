"""Tubes of the inferencer, drawn and written."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from mmvkp.methods import METHODS, resolve
from mmvkp.point3d.streaming import predict as tool
from mmvkp.point3d.streaming.inferencer import TubeInferencer
from mmvkp.tubes.online_tubes import LinkOptions

from ...cli import run as run_command
from ..tiny_point3d import KNOTS, RESIZE, moving_frames, point3d_config, save_detector

LOW = dict(score_threshold=0.0)


@pytest.fixture()
def here(tmp_path, monkeypatch):
    """Six frames of 96 x 48 in a folder and a detector."""
    monkeypatch.chdir(tmp_path)
    Path('frames').mkdir()
    for number, frame in enumerate(moving_frames(6, 48, 96), 1):
        cv2.imwrite(f'frames/{number:05}.png', frame[..., ::-1])
    save_detector(tmp_path, point3d_config(RESIZE))


def run(source='frames', **options):
    return tool.predict_tubes(source, 'point3d.py', 'point3d.pth', **options)


def read_video(path):
    capture, frames = cv2.VideoCapture(path), []
    while True:
        there, frame = capture.read()
        if not there:
            return frames
        frames.append(frame)


def test_video_and_tubes(here, capsys):
    assert run(out='a/b.mp4', json='a/c.json', **LOW)
    frames = read_video('a/b.mp4')
    assert len(frames) == 6 and frames[0].shape == (256, 512, 3)
    # Tubes are shown from their third box on; before there is the frame.
    plain = cv2.resize(cv2.imread('frames/00001.png'), (512, 256))
    far = [(np.abs(frame.astype(int) - plain).max(2) > 60).mean() for frame in frames]
    assert far[0] < 0.08 < far[3]
    content = json.loads(Path('a/c.json').read_text())
    tubes = TubeInferencer(
        'point3d.py', 'point3d.pth', link=LinkOptions(start_score=0, keep_score=0)
    ).infer('frames')
    assert content['labels'] == ['run', 'sit', 'wave']
    assert content['info'] == dict(fps=25, size=[96, 48], num_frames=6, num_dropped=0)
    entries = content['videos']['frames']
    assert len(entries) == len(tubes) > 0
    for entry, tube in zip(entries, tubes):
        assert set(entry) == {
            'id',
            'label',
            'score',
            'frames',
            'boxes',
            'joints',
            'joint_scores',
        }
        assert (entry['id'], entry['label']) == (tube.id, tube.label)
        assert entry['frames'] == tube.frames.tolist()
        assert entry['score'] == pytest.approx(tube.score, abs=1e-4)
        assert np.array(entry['boxes']) == pytest.approx(tube.boxes, abs=0.006)
        assert np.shape(entry['joints']) == (len(tube.frames), KNOTS, 2)
        assert np.shape(entry['joint_scores']) == (len(tube.frames), KNOTS)
    assert (
        f'{len(tubes)} tubes on 6 frames, 0 frames dropped' in capsys.readouterr().out
    )
    assert sorted(path.name for path in Path('a').iterdir()) == ['b.mp4', 'c.json']


def test_draw_tubes_reads_it(here):
    run(json='c.json', max_frames=4, **LOW)
    options = ('--video-id', 'frames', '--tubes', 'c.json', '--out', 'a.png')
    assert run_command('draw', 'tubes', 'frames', *options) == 0
    assert cv2.imread('a.png') is not None


def test_a_video_file(here):
    writer = cv2.VideoWriter('run.avi', cv2.VideoWriter_fourcc(*'MJPG'), 10, (96, 48))
    for frame in moving_frames(5, 48, 96):
        writer.write(frame[..., ::-1])
    writer.release()
    run('run.avi', out='b.mp4', json='c.json', height=48, size=(32, 32))
    assert read_video('b.mp4')[0].shape == (48, 96, 3)
    content = json.loads(Path('c.json').read_text())
    assert content['info']['fps'] == 10 and list(content['videos']) == ['run']
    # No centre of random weights is surer than the usual threshold? It may
    # be; but every tube has its frames inside the video.
    for tube in content['videos']['run']:
        assert 1 <= tube['frames'][0] <= tube['frames'][-1] <= 5


def test_ctrl_c_keeps_what_was_done(here, monkeypatch):
    push = TubeInferencer.push

    def interrupted(self, image, timestamp, number, dropped):
        if number == 4:
            raise KeyboardInterrupt
        return push(self, image, timestamp, number, dropped)

    monkeypatch.setattr(TubeInferencer, 'push', interrupted)
    run(out='b.mp4', json='c.json', **LOW)
    assert len(read_video('b.mp4')) == 3
    assert json.loads(Path('c.json').read_text())['info']['num_frames'] == 3


def test_a_failure_in_the_middle_leaves_no_file(here):
    Path('frames/00003.png').write_text('x')
    with pytest.raises(ValueError, match='frames/00003.png cannot be read'):
        run(out='b.mp4', json='c.json')
    assert not list(Path().glob('*.mp4')) + list(Path().glob('*.json'))
    assert not list(Path().glob('.*'))


def test_no_window_where_there_is_no_screen(here, monkeypatch):

    def no_screen(*_):
        raise cv2.error('no screen')

    monkeypatch.setattr(cv2, 'imshow', no_screen)
    with pytest.raises(ValueError, match='no window can be opened here'):
        run(show=True)


@pytest.mark.parametrize(
    'options, error, message',
    [
        (dict(source='none.mp4'), FileNotFoundError, 'no video file none.mp4'),
        (dict(source='empty'), ValueError, 'empty holds no frames'),
        (dict(score_threshold=2.0), ValueError, 'start_score=2.0 is outside'),
        (dict(max_gap=-1), ValueError, 'max_gap=-1 is not an integer'),
        (dict(classes='none.txt'), FileNotFoundError, 'class names none.txt'),
        (dict(device='cuda:77'), ValueError, 'device cuda:77 cannot be used'),
        (dict(out='a.gif'), ValueError, 'out a.gif must end in .mp4'),
        (dict(max_frames=0), ValueError, 'max_frames=0 is outside'),
        (dict(height=-1), ValueError, 'height=-1 is outside'),
        (dict(size=(0, 4)), ValueError, 'width=0 is outside'),
    ],
)
def test_options_that_do_not_fit(here, options, error, message):
    Path('empty').mkdir()
    with pytest.raises(error, match=message):
        run(**{'json': 'c.json', **options})
    assert not Path('c.json').exists()


def test_tubes_are_printed_without_files(here, capsys):
    tubes = run(**LOW)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(tubes) + 1 > 1
    first = tubes[0]
    name = ('run', 'sit', 'wave')[first.label]
    assert lines[0] == f'{first.id}: {name} {first.score:.2f}, frames ' + ' to '.join(
        str(first.frames[i]) for i in (0, -1)
    )


def test_the_command_predict(here, capsys):
    """With a detector it finds tubes."""
    model = ('--model', 'point3d.py', '--weights', 'point3d.pth')
    options = ('--json', 'c.json', '--score-threshold', 0, '--max-frames', 4)
    assert run_command('predict', 'frames', *model, *options) == 0
    assert 'tubes on 4 frames' in capsys.readouterr().out
    assert json.loads(Path('c.json').read_text())['info']['num_frames'] == 4
    assert run_command('predict', 'none.mp4', *model) == 1
    error = capsys.readouterr().err
    assert 'no video file none.mp4' in error and error.count('\n') == 1


def test_the_table_of_methods_names_it():
    assert resolve(METHODS['Point3D'].detector) is tool.predict_tubes
