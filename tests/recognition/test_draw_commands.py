"""Commands that draw figures: output, user errors and wrong options."""

import json

import cv2
import numpy as np
import pytest

from ..bright_dot import dot_config, write_dot, write_model
from ..cli import run
from .dump_files import write_dump

PREDICTIONS = ('draw', 'predictions')
COST = ('draw', 'accuracy-cost')
GAIN = ('draw', 'class-gain')
LABELS = [0, 1, 2, 0]
GAIN_LABELS = [0, 0, 1, 1, 2]


@pytest.fixture()
def clips(tmp_path):
    """Four videos whose dots lie at different heights, and two dumps."""
    lines = []
    for i, label in enumerate(LABELS):
        write_dot(tmp_path / f'{i}.mp4', (64, 64), (8, 4 + 14 * i))
        lines.append(f'{i}.mp4 {label}\n')
    (tmp_path / 'test.txt').write_text(''.join(lines))
    (tmp_path / 'classes.txt').write_text('run\nsit\njump\nwave\n')
    config = dot_config()
    config.test_dataloader.dataset.update(
        ann_file=str(tmp_path / 'test.txt'),
        data_prefix=dict(video=str(tmp_path)),
        test_mode=True,
    )
    config.dump(str(tmp_path / 'tiny.py'))
    return [
        str(tmp_path / 'tiny.py'),
        '--method',
        write_dump(tmp_path / 'a.pkl', [0, 1, 0, 0], LABELS),
        '--out',
        str(tmp_path / 'rows.png'),
        '--baseline',
        write_dump(tmp_path / 'b.pkl', [0, 0, 2, 3], LABELS),
    ]


@pytest.mark.parametrize(
    'where, samples',
    [
        ('gained', '1, 3'),
        ('lost', '2'),
        ('right', '0, 1, 3'),
        ('wrong', '2'),
        ('all', '0, 1, 2, 3'),
    ],
)
def test_kinds_of_samples(clips, capsys, where, samples):
    assert run(*PREDICTIONS, *clips, '--where', where) == 0
    assert f'sample(s): {samples} -> ' in capsys.readouterr().out


def test_frames_are_those_of_the_sample(clips, tmp_path):
    assert (
        run(
            *PREDICTIONS,
            *clips,
            '--sample',
            3,
            '--sample',
            1,
            '--frames',
            2,
            '--height',
            128,
        )
        == 0
    )
    rows = cv2.imread(str(tmp_path / 'rows.png'))
    assert len(rows) == 2 * 128 + 4
    for top, sample in ((0, 3), (132, 1)):
        frame = rows[top : top + 128, :128, 0]
        # Twice as large as the video.
        centre = np.nonzero(frame > 128)[0].mean()
        assert centre == pytest.approx(2 * (4 + 14 * sample + 4) - 0.5, abs=1)


def test_user_errors_of_predictions(clips, tmp_path, capsys):
    assert run(*PREDICTIONS, *clips, '--sample', 4) == 1
    clips[clips.index('--baseline') + 1] = clips[2]
    assert run(*PREDICTIONS, *clips, '--where', 'gained') == 1
    (tmp_path / 'test.txt').write_text('0.mp4 0\n1.mp4 1\n2.mp4 2\n3.mp4 1\n')
    assert run(*PREDICTIONS, *clips) == 1
    (tmp_path / 'test.txt').write_text('0.mp4 0\n')
    assert run(*PREDICTIONS, *clips) == 1
    lines = capsys.readouterr().err.splitlines()
    assert '--sample 4 is outside [0, 3]' in lines[0]
    assert 'no sample fits --where gained' in lines[1]
    assert 'sample 3 of its test data set has class 1' in lines[2]
    assert 'test data set has 1 samples, the dumps have 4' in lines[3]
    assert len(lines) == 4


def test_predictions_without_the_list(clips, tmp_path, capsys):
    (tmp_path / 'test.txt').unlink()
    assert run(*PREDICTIONS, *clips) == 1
    assert 'test.txt' in capsys.readouterr().err


@pytest.mark.parametrize(
    'options, message',
    [
        (['--where', 'gained'], 'needs --baseline'),
        (['--where', 'right', '--sample', '1'], 'exclude each other'),
        (['--num', '0'], 'not in the range x>=1'),
        (['--height', '20'], 'not in the range 96<=x<=1024'),
        (['--baseline', 'b', '--name', 'a'], 'a name of its own'),
        (['--out', 'a.gif'], 'must end in .png'),
    ],
)
def test_wrong_options_of_predictions(capsys, options, message):
    assert run(*PREDICTIONS, 'c', '--method', 'a', *options) == 1
    assert message in capsys.readouterr().err


def write_test(folder, **metrics):
    path = folder / 'T' / 'T.json'
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(metrics))
    return str(folder)


def test_table_and_picture(tmp_path, capsys):
    half = write_test(tmp_path / 'a', **{'acc/top1': 0.25, 'cost/GMACs': 12.5})
    plain = write_test(tmp_path / 'b', **{'acc/top1': 0.2})
    out = tmp_path / 'cost.png'
    assert (
        run(
            *COST,
            f'AFNet/RT = 0.5={half}',
            f'TSN={plain}@32.7',
            '--published',
            'AFNet/paper=26.8@30',
            '--out',
            out,
        )
        == 0
    )
    assert capsys.readouterr().out.splitlines()[2:5] == [
        '| AFNet | RT = 0.5 | 12.500 | 25.00 | measured |',
        '| AFNet | paper | 30.000 | 26.80 | published |',
        '| TSN |  | 32.700 | 20.00 | measured |',
    ]
    assert cv2.imread(str(out)).std() > 10


def test_another_metric(tmp_path, capsys):
    name = 'acc/mean_average_precision'
    work = write_test(tmp_path / 'a', **{name: 0.75, 'cost/GMACs': 20.0})
    out = tmp_path / 'cost.png'
    assert run(*COST, f'a={work}', '--metric', name, '--out', out) == 0
    assert '| mean average precision % |' in capsys.readouterr().out
    assert run(*COST, f'a={work}', '--out', out) == 1
    assert 'has no test with acc/top1' in capsys.readouterr().err


@pytest.mark.parametrize(
    'arguments, message',
    [
        (['{}'], 'is not [CURVE/]NAME=RUN[@GMACS]'),
        (['a={}'], 'has no cost/GMACs; give the GMACs after an @'),
        (['a={}@many'], "'many' after the @ is not a number"),
        (['a={}@-3'], 'GMACs must be positive'),
        (['a={}@3', '--published', 'a=3'], 'is not [CURVE/]NAME=ACCURACY@GMACS'),
        (['a={}@3', '--published', 'a=x@3'], 'with two numbers'),
    ],
)
def test_user_errors_of_accuracy_cost(tmp_path, capsys, arguments, message):
    work = write_test(tmp_path / 'w', **{'acc/top1': 0.2})
    out = tmp_path / 'cost.png'
    assert run(*COST, *(each.format(work) for each in arguments), '--out', out) == 1
    said = capsys.readouterr().err
    assert message in said and said.count('\n') == 1
    assert not out.exists()


@pytest.mark.parametrize(
    'arguments, message',
    [([], 'nothing to draw'), (['a=b', '--out', 'a.pdf'], 'must end in .png')],
)
def test_wrong_options_of_accuracy_cost(capsys, arguments, message):
    assert run(*COST, *arguments) == 1
    assert message in capsys.readouterr().err


@pytest.fixture()
def dumps(tmp_path):
    """Class 0 goes from 0 to 100 %, class 1 from 100 to 50 %."""
    return [
        '--baseline',
        write_dump(tmp_path / 'a.pkl', [1, 1, 1, 1, 2], GAIN_LABELS),
        '--method',
        write_dump(tmp_path / 'b.pkl', [0, 0, 1, 0, 2], GAIN_LABELS),
        '--out',
        str(tmp_path / 'gain.png'),
    ]


def test_the_paper_shows_classes_with_at_least_six(dumps, tmp_path, capsys):
    (tmp_path / 'names.txt').write_text('run\nsit\njump\nwave\n')
    assert (
        run(
            *GAIN,
            *dumps,
            '--classes',
            tmp_path / 'names.txt',
            '--name',
            'MFNet',
            '--name',
            'MF-KPSEM',
        )
        == 0
    )
    said = capsys.readouterr().out.splitlines()
    assert said[:3] == [
        '| class | samples | MFNet % | MF-KPSEM % | gain |',
        '| --- | ---: | ---: | ---: | ---: |',
        '| run | 2 | 0.0 | 100.0 | +100.0 |',
    ]
    # Right: 3 of 5, then 4 of 5.
    assert said[-1].startswith(
        'MFNet 60.0 %, MF-KPSEM 80.0 %; 1 class(es) better, 1 worse -> '
    )
    assert cv2.imread(str(tmp_path / 'gain.png')).std() > 10


def test_top_and_bottom(dumps, capsys):
    assert run(*GAIN, *dumps, '--top', 1, '--bottom', 1) == 0
    said = capsys.readouterr().out.splitlines()
    assert [line.split('|')[1].strip() for line in said[2:4]] == ['class 0', 'class 1']
    assert '-50.0' in said[3]


def test_user_errors_of_class_gain(dumps, tmp_path, capsys):
    assert run(*GAIN, *dumps, '--min-gain', 101) == 1
    other = write_dump(tmp_path / 'c.pkl', [0, 0], [0, 0])
    assert run(*GAIN, '--baseline', other, *dumps[2:]) == 1
    assert run(*GAIN, '--baseline', 'gone.pkl', *dumps[2:]) == 1
    (tmp_path / 'names.txt').write_text('run\n')
    assert run(*GAIN, *dumps, '--classes', tmp_path / 'names.txt') == 1
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 4 and 'no class gains 101 points' in lines[0]
    assert 'give dumps of the same test' in lines[1]
    assert 'gone.pkl' in lines[2] and 'names for 1 classes' in lines[3]
    assert not (tmp_path / 'gain.png').exists()


@pytest.mark.parametrize(
    'options, message',
    [
        (['--top', '-1'], 'not in the range x>=0'),
        (['--top', '2', '--min-gain', '3'], 'exclude each other'),
        (['--all', '--top', '2'], '--all excludes'),
        (['--out', 'a.pdf'], 'must end in .png'),
        (['--name', 'a', '--name', 'a'], 'a name of its own'),
        (['--name', 'a'], 'a name of its own'),
    ],
)
def test_wrong_options_of_class_gain(capsys, options, message):
    assert run(*GAIN, '--baseline', 'a', '--method', 'b', *options) == 1
    assert message in capsys.readouterr().err


def test_all_classes_in_their_order(dumps, tmp_path, capsys):
    assert run(*GAIN, *dumps, '--all') == 0
    said = capsys.readouterr().out.splitlines()
    # Class 3 has no samples.
    assert [line.split('|')[1].strip() for line in said[2:5]] == [
        'class 0',
        'class 1',
        'class 2',
    ]
    assert not said[5]
    assert cv2.imread(str(tmp_path / 'gain.png')).std() > 10


def test_attention_of_any_method(tmp_path, capsys):
    video = write_dot(tmp_path / 'dot.mp4', (96, 64), (30, 24), 12, step=2)
    files = write_model(tmp_path, dot_config())
    out = tmp_path / 'attention.png'
    assert run('draw', 'attention', video, video, *files, '--out', out) == 0
    assert capsys.readouterr().out.count('mean of 1 clip(s)') == 2
    assert cv2.imread(str(out)).std() > 10


def test_attention_of_no_method(tmp_path, capsys):
    config = dot_config()
    config.model.pop('neck')
    config.model.backbone = dict(type='MFNet')
    video, *files = 'a.mp4', *write_model(tmp_path, config)
    assert run('draw', 'attention', video, *files) == 1
    assert 'draw attention needs one of them' in capsys.readouterr().err
