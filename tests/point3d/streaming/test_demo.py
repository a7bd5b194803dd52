"""The demo draws and writes what the inferencer finds."""

import importlib
import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from mmvkp.point3d.streaming.inferencer import TubeInferencer
from mmvkp.tubes.online_tubes import LinkedTube, LinkOptions

from ..tiny_point3d import KNOTS, RESIZE, moving_frames, point3d_config, save_detector

tool = importlib.import_module('mmvkp.point3d.streaming.demo')
LOW = ('--score-thr', '0')


@pytest.fixture()
def here(tmp_path, monkeypatch):
    """Six frames of 96 x 48 in a folder and a detector."""
    monkeypatch.chdir(tmp_path)
    Path('frames').mkdir()
    for number, frame in enumerate(moving_frames(6, 48, 96), 1):
        cv2.imwrite(f'frames/{number:05}.png', frame[..., ::-1])
    save_detector(tmp_path, point3d_config(RESIZE))


def run(*arguments, source='frames'):
    return tool.main([source, 'point3d.py', 'point3d.pth', *arguments])


def read_video(path):
    capture, frames = cv2.VideoCapture(path), []
    while True:
        there, frame = capture.read()
        if not there:
            return frames
        frames.append(frame)


def test_video_and_tubes(here, capsys):
    assert run('--out', 'a/b.mp4', '--json', 'a/c.json', *LOW) == 0
    frames = read_video('a/b.mp4')
    assert len(frames) == 6 and frames[0].shape == (256, 512, 3)
    # Tubes are shown from their third box on; before there is the frame.
    plain = cv2.resize(cv2.imread('frames/00001.png'), (512, 256))
    far = [(np.abs(frame.astype(int) - plain).max(2) > 60).mean()
           for frame in frames]  # yapf: disable
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


def test_vis_tubes_reads_it(here, capsys):
    assert run('--json', 'c.json', '--max-frames', '4', *LOW) == 0
    folder = str(Path(__file__).parents[3] / 'tools/visualizations')
    pass
    vis_tubes = importlib.import_module('mmvkp.tubes.draw_command')
    assert (
        vis_tubes.main(
            ['frames', '--video-id', 'frames', '--tubes', 'c.json', '--out', 'a.png']
        )
        == 0
    )
    assert cv2.imread('a.png') is not None


def test_a_video_file(here):
    writer = cv2.VideoWriter('run.avi', cv2.VideoWriter_fourcc(*'MJPG'), 10, (96, 48))
    for frame in moving_frames(5, 48, 96):
        writer.write(frame[..., ::-1])
    writer.release()
    assert (
        run(
            '--out',
            'b.mp4',
            '--json',
            'c.json',
            '--height',
            '48',
            '--size',
            '32',
            '32',
            source='run.avi',
        )
        == 0
    )
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
    assert run('--out', 'b.mp4', '--json', 'c.json', *LOW) == 0
    assert len(read_video('b.mp4')) == 3
    assert json.loads(Path('c.json').read_text())['info']['num_frames'] == 3


def test_a_failure_in_the_middle_leaves_no_file(here, capsys):
    Path('frames/00003.png').write_text('x')
    assert run('--out', 'b.mp4', '--json', 'c.json') == 2
    assert 'frames/00003.png cannot be read' in capsys.readouterr().err
    assert not list(Path().glob('*.mp4')) + list(Path().glob('*.json'))
    assert not list(Path().glob('.*'))


def test_a_json_that_cannot_be_written(tmp_path):
    (tmp_path / 'c.json').write_text('old')
    with pytest.raises(TypeError):
        tool.write_json(str(tmp_path / 'c.json'), dict(a={1, 2}))
    assert (tmp_path / 'c.json').read_text() == 'old'
    (tmp_path / 'folder').mkdir()
    with pytest.raises(ValueError, match='folder is a folder'):
        tool.write_json(str(tmp_path / 'folder'), {})
    assert len(list(tmp_path.iterdir())) == 2


def test_the_entry_of_a_tube():
    tube = LinkedTube(
        3,
        1,
        0.123456,
        np.zeros(2),
        np.array([4, 5]),
        np.float32([[1, 2, 3.456, 4], [1, 2, 3, 4]]),
    )
    assert tool.tube_entry(tube) == dict(
        id=3,
        label=1,
        score=0.12346,
        frames=[4, 5],
        boxes=[[1, 2, 3.46, 4], [1, 2, 3, 4]],
    )


def test_no_window_where_there_is_no_screen(here, monkeypatch, capsys):

    def no_screen(*_):
        raise cv2.error('no screen')

    monkeypatch.setattr(cv2, 'imshow', no_screen)
    assert run('--show') == 2
    assert 'no window can be opened here' in capsys.readouterr().err


@pytest.mark.parametrize(
    'arguments, source, message',
    [
        ((), 'none.mp4', 'demo_tubes.py: error: no video file none.mp4'),
        ((), 'empty', 'empty holds no frames'),
        (('--score-thr', '2'), 'frames', 'start_score=2.0 is outside'),
        (('--max-gap', '-1'), 'frames', 'max_gap=-1 must be'),
        (('--labels', 'none.txt'), 'frames', 'no file of class names none.txt'),
        (('--device', 'cuda:77'), 'frames', 'device cuda:77 cannot be used'),
    ],
)
def test_mistakes_are_one_line(here, capsys, arguments, source, message):
    Path('empty').mkdir()
    assert run('--json', 'c.json', *arguments, source=source) == 2
    error = capsys.readouterr().err
    assert message in error and error.count('\n') == 1
    assert not Path('c.json').exists()


@pytest.mark.parametrize(
    'arguments, message',
    [
        ((), 'nothing to do; give --out, --json or --show'),
        (('--out', 'a.gif'), '--out a.gif must end in .mp4'),
        (('--json', 'a', '--max-frames', '0'), '--max-frames 0 must be positive'),
        (('--json', 'a', '--size', '0', '4'), 'must be positive'),
    ],
)
def test_bad_arguments(capsys, arguments, message):
    with pytest.raises(SystemExit):
        run(*arguments)
    assert message in capsys.readouterr().err


def test_names_of_sources(tmp_path):
    (tmp_path / 'clip.1').mkdir()
    assert tool.source_name(str(tmp_path / 'clip.1')) == 'clip.1'
    assert tool.source_name('a/b.c.mp4') == 'b.c'
    assert tool.source_name('rtsp://x/y.z') == 'rtsp://x/y.z'
    assert tool.source_name('0') == '0'
