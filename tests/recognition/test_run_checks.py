"""Parts of a run that do not fit each other are named."""

import mmvkp  # noqa: F401, isort: skip
import json
from pathlib import Path
from types import SimpleNamespace

import pytest
from mmaction.datasets import VideoDataset
from mmaction.evaluation import AccMetric
from mmaction.evaluation.metrics import AVAMetric
from mmaction.models import TSNHead
from mmaction.models.recognizers import Recognizer2D, Recognizer3D
from mmaction.registry import METRICS
from mmengine.config import Config

from mmvkp.recognition.run_checks import RunParts, find_problems
from mmvkp.stick_action.pair_acc_metric import PairAccMetric

from ..meta_networks import network

ROOT = Path(__file__).resolve().parents[2]
# The first recipe of each method, host and data set.
RECIPES = {
    (each.stem.split('-')[0], 'tsm' in each.stem, each.stem.split('_')[-1]): each
    for each in sorted((ROOT / 'configs').glob('[!_]*/*/*.py'), reverse=True)
}


def head_of(**options):
    return TSNHead(options.pop('num_classes', 3), 8, **options)


def bare(kind, **parts):
    """A model of a class without its constructor."""
    model = kind.__new__(kind)
    vars(model).update(parts)
    return model


def dataset_of(folder, lines=('a.mp4 0', 'b.mp4 2'), sampler=None, **options):
    (folder / 'list.txt').write_text('\n'.join(lines) + '\n')
    steps = [dict(type='SampleFrames', **sampler)] if sampler else []
    path = str(folder / 'list.txt')
    return VideoDataset(path, steps, serialize_data=False, **options)


def problems_of(model, stage='train', metrics=(), config=None, **datasets):
    parts = RunParts(model, datasets, {stage: metrics}, config)
    return find_problems(parts, files=False, decode=False).problems


def test_all_problems_are_in_one_list(tmp_path):
    folders = [tmp_path / name for name in ('train', 'val')]
    for folder in folders:
        folder.mkdir()
    train = dataset_of(folders[0], ['a.mp4 3'], multi_class=True, num_classes=3)
    val = dataset_of(folders[1], ['a.mp4', 'b.mp4 -2'])
    model = bare(Recognizer3D, cls_head=head_of(average_clips=None))
    config = Config(dict(class_names=['a', 'b']))
    found = problems_of(model, 'val', [AccMetric()], config, train=train, val=val)
    assert [
        any(text in each for each in found)
        for text in (
            'average_clips=None',
            '`class_names` of the config has names for 2 classes, TSNHead has num',
            'train/list.txt, line 1: a.mp4: label 3 is outside [0, 2]',
            'train/list.txt: multi_class=True gives several labels',
            'val/list.txt, line 1: a.mp4: has no label',
            'val/list.txt, line 2: b.mp4: label -2 is outside [0, 2]',
        )
    ] == [True] * 6
    assert len(found) == 6


BCE = dict(type='BCELossWithLogits')


@pytest.mark.parametrize(
    'data, head, message',
    [
        (dict(multi_class=True, num_classes=3), {}, 'multi_class=True gives several'),
        (dict(multi_class=True, num_classes=3), dict(loss_cls=BCE), None),
        (
            dict(multi_class=True, num_classes=3),
            dict(loss_cls=BCE, multi_class=True),
            None,
        ),
        (
            dict(multi_class=True, num_classes=4),
            dict(loss_cls=BCE),
            'num_classes=4 of the data set differs from num_classes=3',
        ),
        ({}, dict(loss_cls=BCE), 'gives one label per video, but TSNHead with BCE'),
        ({}, dict(multi_class=True), 'gives one label per video'),
        ({}, {}, None),
    ],
)
def test_labels_and_heads(tmp_path, data, head, message):
    model = bare(Recognizer2D, cls_head=head_of(**head))
    found = problems_of(model, train=dataset_of(tmp_path, **data))
    assert len(found) == (message is not None)
    assert message is None or message in found[0]


@pytest.mark.parametrize(
    'part, sampler, stage, fits',
    [
        ('backbone', dict(clip_len=1, num_clips=8), 'train', True),
        ('backbone', dict(clip_len=8, num_clips=1), 'train', True),
        ('backbone', dict(clip_len=5, num_clips=8), 'train', True),
        ('backbone', dict(clip_len=1, num_clips=16), 'train', False),
        ('neck', dict(clip_len=1, num_clips=4), 'train', False),
        ('backbone', dict(clip_len=1, num_clips=16), 'val', True),
        ('backbone', dict(clip_len=1, num_clips=12), 'val', False),
    ],
)
def test_numbers_of_frames(tmp_path, part, sampler, stage, fits):
    model = bare(
        Recognizer2D,
        cls_head=head_of(),
        backbone=SimpleNamespace(num_segments=None),
        neck=None,
    )
    vars(model)[part] = SimpleNamespace(num_segments=8)
    found = problems_of(model, **{stage: dataset_of(tmp_path, sampler=sampler)})
    assert len(found) == (not fits)
    if not fits:
        count = sampler['num_clips']
        assert f'num_clips={count}' in found[0] and 'set num_clips=8' in found[0]
    # A 3D network has no segments.
    other = bare(Recognizer3D, **vars(model))
    assert not problems_of(other, **{stage: dataset_of(tmp_path, sampler=sampler)})


class Detector:
    """As Point3D: boxes in one of two formats."""

    cls_head = None

    def __init__(self, box_format):
        self.test_cfg = dict(box_format=box_format)


class TubeMetric:
    """Named as the metric of tubes."""


def ava():
    return AVAMetric('a.csv', 'b.csv', 'c.pbtxt')


@pytest.mark.parametrize(
    'model, metric, message',
    [
        (Detector('video'), AccMetric(), 'AccMetric needs one score per class and vid'),
        (Detector('ava'), PairAccMetric([[0, 1]]), 'PairAccMetric needs one score'),
        (Detector('video'), ava(), "AVAMetric takes box_format='ava', but Det"),
        (Detector('ava'), ava(), None),
        (Detector('ava'), TubeMetric(), "TubeMetric takes box_format='video'"),
        (Detector('video'), TubeMetric(), None),
        (bare(Recognizer3D, cls_head=None), TubeMetric(), 'TubeMetric needs boxes'),
        (bare(Recognizer3D, cls_head=None), ava(), 'AVAMetric needs boxes'),
        (SimpleNamespace(), ava(), None),
    ],
)
def test_metrics(model, metric, message):
    found = problems_of(model, 'test', [metric])
    assert len(found) == (message is not None)
    assert message is None or found[0].startswith('test_evaluator: ')
    assert message is None or message in found[0]


def test_short_videos_are_a_note(tmp_path):
    """Samplers repeat frames of short videos."""
    from mmaction.datasets import RawframeDataset

    (tmp_path / 'list.txt').write_text('a 40 0\nb 31 0\nc 9 0\n')
    step = dict(type='SampleFrames', clip_len=16, frame_interval=2, num_clips=1)
    dataset = RawframeDataset(str(tmp_path / 'list.txt'), [step])
    model = bare(Recognizer3D, cls_head=head_of())
    found = find_problems(RunParts(model, dict(train=dataset), {}), False, False)
    assert not found.problems
    # Frames 0, 2, ..., 30.
    assert len(found.notes) == 1
    assert 'line 3: c: has 9 frames; the sampler takes 31' in found.notes[0]
    assert '1 of 3 samples' in found.notes[0]


@pytest.mark.slow
@pytest.mark.parametrize('path', RECIPES.values(), ids=lambda path: path.stem)
def test_no_recipe_is_refused(path, tmp_path):
    """Numbers of frames, metrics and class names of shipped recipes."""
    config = Config.fromfile(path)
    model = network(json.dumps(config.model.to_dict()))
    datasets, metrics = {}, {}
    for stage in ('train', 'val', 'test'):
        dataset = (config.get(f'{stage}_dataloader') or {}).get('dataset') or {}
        steps = [
            step for step in dataset.get('pipeline', []) if 'Sample' in step['type']
        ]
        if steps and dataset.type in ('VideoDataset', 'RawframeDataset'):
            (tmp_path / 'list.txt').write_text('a.mp4 0\n')
            path_of_list = str(tmp_path / 'list.txt')
            datasets[stage] = VideoDataset(path_of_list, steps, serialize_data=False)
        evaluators = config.get(f'{stage}_evaluator') or []
        evaluators = [evaluators] if isinstance(evaluators, dict) else evaluators
        metrics[stage] = [
            METRICS.get(each['type']).__new__(METRICS.get(each['type']))
            for each in evaluators
        ]
    parts = RunParts(model, datasets, metrics, config)
    found = find_problems(parts, files=False, decode=False)
    assert not found.problems
