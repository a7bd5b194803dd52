"""Tubes of the inferencer, drawn and written."""

import csv
import json
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest

from mmvkp.methods import METHODS, resolve
from mmvkp.point3d.streaming import predict as tool
from mmvkp.point3d.streaming.inferencer import TubeInferencer
from mmvkp.recognition import Inferencer
from mmvkp.tubes.online_tubes import LinkOptions

from ...cli import run as run_command
from ..tiny_point3d import KNOTS, RESIZE, moving_frames, point3d_config, save_detector

LOW = dict(score_threshold=0.0)
LINK = LinkOptions(
    start_score=0, keep_score=0, motion=True, appearance='colour', occlusion=0.75
)


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
    tubes = TubeInferencer('point3d.py', 'point3d.pth', link=LINK).infer('frames')
    assert content['labels'] == ['run', 'sit', 'wave']
    assert content['info'] == dict(
        fps=25, size=[96, 48], num_frames=6, num_dropped=0, complete=True
    )
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


def test_an_unreadable_frame_keeps_what_was_found(here):
    Path('frames/00005.png').write_text('x')
    with pytest.raises(ValueError, match='frames/00005.png cannot be read'):
        run(out='b.mp4', json='c.json', **LOW)
    assert len(read_video('b.mp4')) == 4
    content = json.loads(Path('c.json').read_text())
    assert content['info']['num_frames'] == 4 and not content['info']['complete']
    assert '00005.png cannot be read' in content['info']['error']
    assert content['videos']['frames']
    assert not list(Path().glob('.*'))


@pytest.mark.parametrize(
    'options, error, message',
    [
        (dict(source='none.mp4'), FileNotFoundError, 'no video file none.mp4'),
        (dict(source='empty'), ValueError, 'empty holds no frames'),
        (dict(score_threshold=2.0), ValueError, 'start_score=2.0 is outside'),
        (dict(max_gap=-1), ValueError, 'max_gap=-1 is not an integer'),
        (dict(classes='none.txt'), FileNotFoundError, 'class names none.txt'),
        (dict(device='cuda:77'), ValueError, 'device cuda:77 cannot be used'),
        (dict(max_frames=0), ValueError, 'max_frames=0 is outside'),
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
    assert resolve(METHODS['Point3D'].detector) is tool.open_predictor


def test_several_videos(here, capsys):
    """Each has its own ids; a damaged one is listed, and so is a partial one."""
    shutil.copytree('frames', 'videos/b')
    shutil.copytree('frames', 'videos/c')
    Path('videos/a.mp4').write_bytes(b'x')
    Path('videos/c/00005.png').write_text('x')
    model = ('--model', 'point3d.py', '--weights', 'point3d.pth')
    outs = ('--out', 'a.jsonl', '--out', 'a.csv', '--timeline', 'a.png')
    options = ('--score-threshold', 0, '--top-k', 2)
    assert run_command('predict', 'videos', *model, *outs, *options) == 1
    said = capsys.readouterr()
    assert '2 of 3 videos have problems:\n  videos/a.mp4: ' in said.err
    assert '\n  videos/c: videos/c/00005.png cannot be read' in said.err
    first, second = map(json.loads, Path('a.jsonl').read_text().splitlines())
    assert (first['video'], second['video']) == ('videos/b', 'videos/c')
    assert first['info']['complete'] and not second['info']['complete']
    assert first['tubes'][0]['id'] == second['tubes'][0]['id'] == 1
    tube = first['tubes'][0]
    assert tube['name'] == ('run', 'sit', 'wave')[tube['label']]
    assert [each['label'] for each in tube['top']][0] == tube['label']
    assert len(tube['top']) == 2
    with open('a.csv', newline='') as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 2 * (len(first['tubes']) + len(second['tubes']))
    assert (rows[0]['tube'], rows[0]['rank'], rows[1]['rank']) == ('1', '1', '2')
    assert int(rows[0]['last_frame']) == tube['frames'][-1]
    assert cv2.imread('a.png') is not None


def test_three_lines_of_python(here):
    """Results equal those of the inferencer for streams."""
    found = Inferencer('point3d.py', 'point3d.pth', tube_options=LOW)
    (result,) = found('frames')
    wanted = TubeInferencer('point3d.py', 'point3d.pth', link=LINK).infer('frames')
    assert found.classes == ['run', 'sit', 'wave']
    assert [each.id for each in result.tubes] == [each.id for each in wanted]
    for ours, theirs in zip(result.tubes, wanted):
        assert ours.boxes == pytest.approx(theirs.boxes, abs=1e-4)
    with pytest.raises(TypeError, match='unexpected keyword argument'):
        Inferencer('point3d.py', 'point3d.pth', tube_options=dict(gap=1))


def test_sources_together_with_files_by_name(here, capsys):
    """One source fails, its error is told, and the others are complete."""
    shutil.copytree('frames', 'other/frames')
    shutil.copytree('frames', 'bad')
    Path('bad/00004.png').write_text('x')
    model = ('--model', 'point3d.py', '--weights', 'point3d.pth', '--together')
    outs = ('--out', 'o/{name}.mp4', '--json', 'o/{name}.json', '--out', 'a.jsonl')
    options = ('--score-threshold', 0, '--delay', 'centered')
    sources = ('frames', 'other/frames', 'bad')
    assert run_command('predict', *sources, *model, *outs, *options) == 1
    said = capsys.readouterr()
    assert '1 of 3 videos have problems:\n  bad: bad/00004.png cannot' in said.err
    assert sorted(path.name for path in Path('o').iterdir()) == sorted(
        f'{name}{end}'
        for name in ('frames', 'frames_2', 'bad')
        for end in ('.mp4', '.json')
    )
    content = {
        name: json.loads(Path(f'o/{name}.json').read_text())
        for name in ('frames', 'frames_2', 'bad')
    }
    assert [each['info']['complete'] for each in content.values()] == [1, 1, 0]
    assert [each['info']['num_frames'] for each in content.values()] == [6, 6, 3]
    assert content['frames']['videos'] == content['frames_2']['videos']
    assert [len(read_video(f'o/{name}.mp4')) for name in content] == [6, 6, 3]
    assert len(Path('a.jsonl').read_text().splitlines()) == 3
    # One after the other gives the same.
    outs = ('--json', 's/{name}.json')
    assert run_command('predict', *sources, *model[:-1], *outs, *options) == 1
    alone = json.loads(Path('s/frames_2.json').read_text())['videos']['frames']
    for one, two in zip(alone, content['frames_2']['videos']['frames']):
        assert (one['id'], one['frames']) == (two['id'], two['frames'])
        assert np.array(one['boxes']) == pytest.approx(np.array(two['boxes']), abs=0.02)


def test_several_videos_need_names(here, capsys):
    shutil.copytree('frames', 'other')
    model = ('--model', 'point3d.py', '--weights', 'point3d.pth')
    assert run_command('predict', 'frames', 'other', *model, '--json', 'a.json') == 1
    assert 'put {name} into the name' in capsys.readouterr().err


def test_options_of_the_linker(here, capsys):
    model = ('--model', 'point3d.py', '--weights', 'point3d.pth')
    options = ('--class-threshold', 'wave=0.9', '--class-threshold', '0.8')
    cues = ('--no-motion', '--appearance', 'none', '--occlusion', 0)
    assert run_command('predict', 'frames', *model, *options, *cues) == 0
    assert '0 tubes on 6 frames' in capsys.readouterr().out
    wrong = ('--class-threshold', 'walk=0.5')
    assert run_command('predict', 'frames', *model, *wrong) == 1
    assert "'walk' is not a class; the classes are 0 run" in capsys.readouterr().err
    assert run_command('predict', 'frames', *model, '--delay', 9) == 1
    assert "delay=9 must be 'centered' or a multiple" in capsys.readouterr().err
