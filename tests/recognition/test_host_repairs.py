"""Tools of MMAction2 that are repaired, refused or run as they are."""

import json
import re
from pathlib import Path

import cv2
import matplotlib
import numpy as np
import pytest
import torch
from matplotlib import pyplot
from mmengine.fileio import dump, load
from torch import nn

from mmvkp.recognition import host_repairs
from mmvkp.recognition.host_repairs import TOOLS, missing_needs
from mmvkp.recognition.host_tools import list_host_tools, tools_folder

from ..bright_dot import write_dot
from ..cli import run
from .dump_files import write_dump

PAGE = Path(__file__).resolve().parents[2] / 'tools/README.md'
STATUS = {
    'works',
    'works with repairs',
    'needs programs',
    'does not work',
    'not a tool',
    'not tried',
}
AFNET = 'afnet-rt50_af-r10_1xb16-u8-6e_stick-action-rgb'


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    matplotlib.use('Agg')


def host(*words):
    assert run('host', *words) == 0, words


def rows():
    """Status and remarks by tool, from the page."""
    found = re.findall(r'^\| `(.*?)` \| (.*?) \| (.*?) \|$', PAGE.read_text(), re.M)
    return {name: (status, remarks) for name, status, remarks in found}


def test_the_page_lists_the_installed_tools():
    assert list(rows()) == list_host_tools()
    assert set(TOOLS) <= set(rows())
    for name, (status, remarks) in rows().items():
        tool = TOOLS.get(name, host_repairs.Tool())
        assert status in STATUS, name
        assert (status in ('does not work', 'not a tool')) == bool(tool.fault[0]), name
        if status == 'works':
            assert not tool.repairs, name
        if status == 'needs programs':
            assert all(each in remarks for each in (*tool.programs, *tool.modules))


@pytest.mark.parametrize('name', TOOLS)
def test_repairs_and_faults_are_in_the_installed_scripts(name):
    source = (tools_folder() / f'{name}.py').read_text()
    tool = TOOLS[name]
    assert tool.fault[0] in source
    for old, new in tool.repairs:
        assert source.count(old) == 1, old
        compile(source.replace(old, new), name, 'exec')


@pytest.mark.parametrize(
    'words, message',
    [
        ('benchmark c.py', 'analysis_tools/benchmark is written for MMAction2 0.x'),
        ('bench_processing c.py', 'use `mmvkp benchmark speed`'),
        ('parse_file_list', 'run that one'),
        ('build_rawframes a b', 'needs the program denseflow; install this'),
        ('build_audio_features a b', 'Python package librosa and the Python pack'),
    ],
)
def test_tools_that_cannot_work_say_why(words, message, capsys, monkeypatch):
    monkeypatch.setattr(host_repairs.shutil, 'which', lambda name: None)
    assert run('host', *words.split()) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith('mmvkp host: error: ') and message in line


def test_an_option_makes_a_program_unnecessary(monkeypatch):
    monkeypatch.setattr(host_repairs.shutil, 'which', lambda name: None)
    tool = TOOLS['data/build_rawframes']
    assert missing_needs(tool) == ['the program denseflow']
    assert not missing_needs(tool, ['--use-opencv'])


def write_log(path, lines):
    path.write_text('\n'.join(map(json.dumps, lines)))


def test_curves_and_times_of_a_log_of_mmengine(tmp_path, monkeypatch, capsys):
    """Two epochs of six iterations, and a validation; the last epoch was cut."""
    write_log(
        tmp_path / 'scalars.json',
        [
            dict(loss=4.0, time=2.0, epoch=1, iter=3, step=3),
            dict(loss=3.0, time=1.0, epoch=1, iter=6, step=6),
            dict(step=1, **{'acc/top1': 0.5}),
            dict(loss=2.0, time=3.0, epoch=2, iter=9, step=9),
        ],
    )
    drawn = []
    plot = pyplot.plot

    def spy(xs, ys, **options):
        drawn.append((list(xs), list(ys)))
        return plot(xs, ys, **options)

    monkeypatch.setattr(pyplot, 'plot', spy)
    words = ('scalars.json', '--keys', 'loss', '--out', 'curve.png')
    host('analyze_logs', 'plot_curve', *words)
    assert drawn == [([3, 6, 9], [4.0, 3.0, 2.0])]
    assert (tmp_path / 'curve.png').is_file()
    host('analyze_logs', 'cal_train_time', 'scalars.json')
    said = capsys.readouterr().out
    # Without the first line of an epoch that has another.
    assert 'slowest epoch 2, average time is 3.0000' in said
    assert 'fastest epoch 1, average time is 1.0000' in said
    assert 'average iter time: 2.0000' in said


def test_logs_with_modes_are_read_as_before(tmp_path, monkeypatch):
    """Iterations of mmcv's logs start again in each epoch."""
    line = dict(loss=1.0, mode='train')
    write_log(
        tmp_path / 'old.json',
        [
            dict(line, epoch=1, iter=5),
            dict(line, epoch=2, iter=5),
            dict(line, epoch=2, iter=5, mode='val'),
        ],
    )
    drawn = []
    monkeypatch.setattr(pyplot, 'plot', lambda xs, ys, **_: drawn.append(list(xs)))
    monkeypatch.setattr(pyplot, 'legend', lambda: None)
    words = ('old.json', '--keys', 'loss', '--out', 'curve.png')
    host('analyze_logs', 'plot_curve', *words)
    assert drawn == [[5, 10]]


def test_file_lists_of_data_sets(tmp_path):
    """`build_file_list` imports other scripts as `tools.data`."""
    lists = tmp_path / 'data/ucf101/annotations'
    lists.mkdir(parents=True)
    (tmp_path / 'videos/Dive').mkdir(parents=True)
    (tmp_path / 'videos/Dive/a.avi').touch()
    (lists / 'classInd.txt').write_text('1 Dive\n')
    for number in (1, 2, 3):
        (lists / f'trainlist0{number}.txt').write_text('Dive/a.avi 1\n')
        (lists / f'testlist0{number}.txt').write_text('')
    host('build_file_list', 'ucf101', 'videos', '--format', 'videos')
    made = tmp_path / 'data/ucf101/ucf101_train_split_2_videos.txt'
    assert made.read_text() == 'Dive/a.avi 0\n'
    words = ('--format', 'videos', '--output', 'list.json')
    host('anno_txt2json', str(made), *words)
    (sample,) = json.loads((tmp_path / 'list.json').read_text())
    assert sample == dict(filename='Dive/a.avi', label=[0])


def test_frames_and_flow_of_videos(tmp_path):
    (tmp_path / 'videos/a').mkdir(parents=True)
    write_dot(tmp_path / 'videos/a/x.mp4', (96, 64), (8, 8), 4)
    words = '--task rgb --ext mp4 --use-opencv --num-worker 1 --new-short 32'.split()
    host('build_rawframes', 'videos', 'frames', *words)
    names = sorted(each.name for each in (tmp_path / 'frames/a/x').iterdir())
    assert names == [f'img_0000{i}.jpg' for i in (1, 2, 3, 4)]
    assert cv2.imread('frames/a/x/img_00001.jpg').shape == (32, 48, 3)
    words = ('--dest', 'flow', '--method', 'farneback')
    host('flow_extraction', '--input', 'videos/a/x.mp4', *words)
    assert list((tmp_path / 'flow').rglob('*.jpg'))


def test_metrics_of_dumps(tmp_path, capsys):
    dump = write_dump(tmp_path / 'a.pkl', [0, 1, 2, 3, 0], [0, 1, 2, 3, 3])
    (tmp_path / 'c.py').write_text("test_evaluator = dict(type='AccMetric')\n")
    host('eval_metric', 'c.py', dump)
    host('report_accuracy', '--preds', dump, dump)
    said = capsys.readouterr().out
    assert "'acc/top1': 0.8" in said and 'Top 1 Accuracy: 0.8000' in said
    host('confusion_matrix', 'c.py', dump, '--out', 'm.pkl', '--show-path', 'm.png')
    expected = torch.eye(4, dtype=torch.int64)
    expected[3, 0] = 1
    assert torch.equal(load('m.pkl'), expected) and Path('m.png').is_file()


def test_tubes_of_multisports_are_linked(tmp_path):
    tube = np.array([[i, 10, 10, 30, 40] for i in range(1, 6)], np.float32)
    truth = dict(
        labels=['x', 'y'],
        train_videos=[['a/v']],
        test_videos=[['a/v']],
        nframes={'a/v': 8},
        resolution={'a/v': (64, 64)},
        gttubes={'a/v': {0: [tube]}},
    )
    box = torch.tensor([[0.25, 0.25, 0.5, 0.5]])
    found = [
        dict(
            video_id='a/v.mp4',
            timestamp=i,
            pred_instances=dict(bboxes=box.clone(), scores=torch.tensor([[0.9, 0.1]])),
        )
        for i in range(1, 6)
    ]
    dump(truth, 'gt.pkl')
    dump(found, 'found.pkl')
    host('format_det_result', 'found.pkl', '--anno-path', 'gt.pkl')
    rows = load('found-formated.pkl')
    assert rows.shape == (5, 8)
    assert rows[0].tolist() == pytest.approx([0, 1, 0, 0.9, 16, 16, 32, 32])


def test_a_checkpoint_is_published(tmp_path):
    torch.save(dict(state_dict=nn.Linear(1, 1).state_dict(), optimizer={}), 'a.pth')
    host('publish_model', 'a.pth', 'out.pth')
    (made,) = tmp_path.glob('out_*-*.pth')
    assert set(torch.load(made)) == {'state_dict'}


def numbers_of(folder, name, *keys):
    """Numbers of a recipe in its metafile."""
    text = (PAGE.parents[1] / f'configs/{folder}/metafile.yml').read_text()
    entry = text[text.index(f'Name: {name}') :]
    return [int(re.search(rf'{key}: (\d+)', entry)[1]) for key in keys]


@pytest.mark.slow
def test_the_cost_of_an_afnet_is_a_law(capsys):
    """Its metafile has the MACs of a clip whose frames are all computed."""
    host('get_flops', AFNET, '--shape', 16, 3, 64, 64)
    said = capsys.readouterr().out
    assert 'The cost depends on r' in said and 'ComputeCostMetric' in said
    assert 'one video of 16 frames' in said
    fixed, focal = re.search(r'MACs = ([\d,]+) \+ ([\d,]+) \* r', said).groups()
    (macs,) = numbers_of('recognition/afnet', AFNET, 'FLOPs')
    two_clips = int(fixed.replace(',', '')) + int(focal.replace(',', ''))
    assert two_clips == pytest.approx(2 * macs, rel=1e-4)
    assert run('host', 'get_flops', AFNET, '--shape', 1, 2, 3) == 1
    assert '--shape 1 2 3: give a height' in capsys.readouterr().err


def test_the_cost_of_a_detector(capsys):
    """Its metafile has the same numbers."""
    name = 'point3d_r18_1xb8-8x1x1-1e_stick-tubes-rgb'
    pytest.importorskip('mmdet')
    host('get_flops', name, '--shape', 64, 64)
    said = capsys.readouterr().out
    parameters, macs = numbers_of('detection/point3d', name, 'Parameters', 'FLOPs')
    assert said == (
        'one clip of 8 frames, 64 x 64 pixels:\n'
        f'{parameters:,} parameters\n{macs:,} MACs\n'
    )
    assert run('host', 'get_flops', name, '--shape', 64, 32) == 1
    assert 'give the size S of square frames' in capsys.readouterr().err


def test_other_models_are_counted_by_the_host(capsys):
    host(
        'get_flops',
        'r3d_r3d10_1xb16-u8-6e_stick-action-rgb',
        '--shape',
        1,
        3,
        8,
        32,
        32,
    )
    said = capsys.readouterr().out
    assert 'Input shape: (1, 3, 8, 32, 32)' in said and 'Params: 0.172M' in said


def test_a_schedule_is_drawn(tmp_path):
    """The hooks of the recipe expect its model."""
    words = ('--not-show', '--save-path', 's.png', '--dataset-size', 32)
    host('vis_scheduler', AFNET, *words)
    assert (tmp_path / 's.png').is_file()


def test_a_config_is_printed(capsys):
    host('print_config', AFNET)
    assert "type='AFResNet'" in capsys.readouterr().out
