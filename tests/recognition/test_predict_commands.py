"""The command `mmvkp predict`: options, exit codes and user errors."""

import json
from pathlib import Path

import pytest

from mmvkp.recognition import inferencer

from ..bright_dot import dot_config, write_dot, write_model
from ..cli import run


@pytest.fixture
def model(tmp_path, monkeypatch):
    """Two videos in a folder, and options of a model."""
    monkeypatch.chdir(tmp_path)
    Path('my/deep').mkdir(parents=True)
    for name in ('my/a.mp4', 'my/deep/b.mp4'):
        write_dot(name, (64, 64), (8, 24), 12)
    config, checkpoint = write_model(tmp_path, dot_config())
    return '--model', config, '--weights', checkpoint


def test_prediction(model, capsys):
    Path('names.txt').write_text('run\nsit\njump\n')
    names = ('--classes', 'names.txt')
    videos = ['my/a.mp4', 'my/deep/b.mp4']
    assert run('predict', *videos, *model, *names, '--top', 2) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.partition(': ')[0] for line in lines] == videos
    assert all(line.count(' %') == 2 for line in lines)
    assert any(name in lines[0] for name in ('run', 'sit', 'jump'))


def test_folders_patterns_and_files(model, capsys):
    outs = ('--out', 'new/a.jsonl', '--out', 'a.csv')
    assert run('predict', 'my', 'my/*.mp4', *model, *outs, '--top-k', 1) == 0
    assert len(capsys.readouterr().out.splitlines()) == 2
    lines = Path('new/a.jsonl').read_text().splitlines()
    assert [json.loads(line)['video'] for line in lines] == [
        'my/a.mp4',
        'my/deep/b.mp4',
    ]
    assert len(Path('a.csv').read_text().splitlines()) == 3


def test_windows(model, capsys):
    options = ('--window', 0.4, '--stride', 0.2, '--timeline', 'a.png')
    assert run('predict', 'my', *model, *options, '--batch-size', 4) == 0
    assert len(capsys.readouterr().out.splitlines()) == 10
    assert Path('a.png').read_bytes().startswith(b'\x89PNG')


def test_a_damaged_file_is_listed_at_the_end(model, capsys):
    Path('my/bad.mp4').write_bytes(b'x' * 100)
    Path('my/notes.txt').touch()
    assert run('predict', 'my', 'my/notes.txt', *model) == 1
    said = capsys.readouterr()
    assert len(said.out.splitlines()) == 2
    assert '2 of 4 videos have problems:\n  my/bad.mp4: ' in said.err
    assert '\n  my/notes.txt: ' in said.err


def test_weights_are_needed_or_refused(model, monkeypatch, capsys):
    warned = []  # MMEngine logs the same warning once in a process
    monkeypatch.setattr(inferencer, 'print_log', lambda text, *_: warned.append(text))
    assert run('predict', 'my', *model[:2]) == 1
    assert 'give --weights CHECKPOINT, or --random-weights' in capsys.readouterr().err
    assert run('predict', 'my', *model, '--random-weights') == 1
    assert 'give --weights' in capsys.readouterr().err
    assert run('predict', 'my', *model[:2], '--random-weights') == 0
    assert len(capsys.readouterr().out.splitlines()) == 2
    assert len(warned) == 1 and 'are random' in warned[0]


@pytest.mark.parametrize(
    'options, message',
    [
        (('my', '--json', 'a.json'), '--json: the model of'),
        (('my', '--out', 'a.mp4'), '--out: the model of'),
        (('my', '--out', 'a.txt'), 'a.txt must end in .jsonl or .csv'),
        (('my', '--timeline', 'a.png'), '--timeline shows windows; give --window'),
        (('my', '--stride', 1), 'stride=1.0 has no effect without a window'),
        (('my', '--window', 0), 'window=0.0 must be above 0'),
        (('my', '--top', 0), '0 is not in the range'),
        (('0',), '0 is a camera or URL; give the window'),
        (('empty',), 'the folder empty holds no frames'),
        (('*.mkv',), 'no video file *.mkv'),
        (('gone.mp4',), 'no video file gone.mp4'),
        (('my', '--out', 'my/a.mp4/b.csv'), 'cannot be written'),
    ],
)
def test_user_errors(model, capsys, options, message):
    """One line, and no file."""
    Path('empty').mkdir()
    before = sorted(Path().rglob('*'))
    assert run('predict', *options, *model) == 1
    said = capsys.readouterr()
    assert message in said.err and said.err.count('\n') == 1 and not said.out
    assert sorted(Path().rglob('*')) == before


def test_tubes_of_a_detector(model, monkeypatch, capsys):
    calls = []

    class Detector:
        classes = ['run']

        def __init__(self, config, *args, **options):
            calls.append((args, options))

        def __call__(self, source, top_k):
            raise ValueError(f'{source} {top_k}')

    monkeypatch.setattr(inferencer, 'resolve', lambda target: Detector)
    Path('point.py').write_text("model = dict(type='Point3D')\n")
    model = ('--model', 'point.py', '--weights', 'a.pth')
    one = ('predict', 'my/a.mp4', *model)
    assert run(*one, '--out', 'b.mp4', '--out', 'b.csv', '--max-frames', 3) == 1
    assert '  my/a.mp4: my/a.mp4 5\n' in capsys.readouterr().err
    assert calls == [(('a.pth', 'cpu', None), dict(out='b.mp4', max_frames=3))]
    assert run('predict', 'my', *model, '--out', 'b.mp4', '--show') == 1
    assert '--out, --show for one video at a time, 2 are' in capsys.readouterr().err
    assert run(*one, '--out', 'b.mp4', '--out', 'c.mp4') == 1
    assert '2 .mp4 are given, one is written' in capsys.readouterr().err
    assert run('predict', 'my', *model, '--timeline', 'a.png') == 1
    assert '2 of 2 videos have problems' in capsys.readouterr().err
    assert run('predict', 'my', *model, '--window', 1) == 1
    assert 'window and batch_size have no effect' in capsys.readouterr().err
