"""Accuracy of tubes, on numbers that are known by construction."""

import numpy as np
import pytest
import torch
from mmaction.registry import METRICS

from mmvkp.tubes.annotations import TubeAnnotations, save_tube_annotations


def tube(first, last):
    frames = np.arange(first, last + 1)
    return np.column_stack([frames, np.tile([1, 2, 9, 9], (len(frames), 1))])


@pytest.fixture()
def ann_file(tmp_path):
    truth = TubeAnnotations(labels=['a', 'b', 'c', 'd'])
    truth.gttubes = {
        'x': {0: [tube(1, 2)], 2: [tube(3, 4)]},
        'y': {1: [tube(2, 4)], 2: [tube(1, 1)]},
    }
    truth.nframes = dict(x=4, y=4)
    truth.resolution = dict.fromkeys('xy', (20, 20))
    truth.train_videos, truth.test_videos = [[]], [['x', 'y']]
    save_tube_annotations(truth, tmp_path / 'truth.pkl')
    return str(tmp_path / 'truth.pkl')


def sample(video, frames, scores, keys=None):
    return dict(
        video_id=video,
        frame_inds=np.array(frames),
        key_inds=np.arange(len(frames)) if keys is None else np.array(keys),
        class_scores=torch.tensor(scores),
    )


def metric_of(ann_file, groups=((0, 1), (2, 3)), **options):
    return METRICS.build(
        dict(type='TubeAccMetric', ann_file=ann_file, groups=groups, **options)
    )


SAMPLES = [
    # The sum over both frames of tube 0 is 0.9 against 0.8, although d is the best.
    sample('x', [1, 9], [0.2, 0.3, 0.1, 0.9], [0]),
    sample('x', [2], [0.7, 0.5, 0.1, 0.9]),
    sample('x', [3, 4], [0.9, 0.0, 0.2, 0.3]),
    sample('y', [1, 2, 3, 4], [0.6, 0.5, 0.4, 0.3]),
]


def test_mean_over_frames(ann_file):
    """Tubes: x a right, y b wrong; x c wrong, y c right."""
    metric = metric_of(ann_file)
    metric.process(None, SAMPLES)
    assert metric.evaluate(len(SAMPLES)) == {'tube/acc_0_1': 0.5, 'tube/acc_2_3': 0.5}


def test_more_classes_in_a_group(ann_file):
    metric = metric_of(ann_file, [[0, 1, 2]])
    metric.process(None, SAMPLES)
    assert metric.evaluate(len(SAMPLES)) == {'tube/acc_0_1_2': 0.25}


def test_last_frames(ann_file):
    """Tube 0 of x ends in frame 2, where d is ignored and a beats b; of class 2 only
    frame 4 of x and frame 1 of y count."""
    metric = metric_of(ann_file, last_frames=1)
    late = [
        sample('x', [1], [0.2, 0.9, 0.1, 0.9]),
        sample('x', [2], [0.7, 0.5, 0.1, 0.9]),
        sample('x', [3], [0.0, 0.0, 0.0, 0.9]),
        sample('x', [4], [0.0, 0.0, 0.4, 0.3]),
        sample('y', [1, 2, 3], [0.9, 0.0, 0.4, 0.3]),
        sample('y', [4], [0.0, 0.1, 0.4, 0.3]),
    ]
    metric.process(None, late)
    assert metric.evaluate(len(late)) == {'tube/acc_0_1': 1.0, 'tube/acc_2_3': 1.0}
    every = metric_of(ann_file)
    every.process(None, late)
    assert every.evaluate(len(late)) == {'tube/acc_0_1': 0.0, 'tube/acc_2_3': 0.5}


def test_missing_frames(ann_file):
    metric = metric_of(ann_file)
    metric.process(None, SAMPLES[:1] + SAMPLES[2:])
    with pytest.raises(ValueError, match='frame 2 of video x was not predicted'):
        metric.evaluate(3)


def test_samples_without_classes(ann_file):
    with pytest.raises(ValueError, match='video x has no class_scores'):
        metric_of(ann_file).process(None, [dict(video_id='x')])


@pytest.mark.parametrize('groups', [[[0]], [[0, 1], [1, 2]], [[0, 4]], [[-1, 0]]])
def test_bad_groups(ann_file, groups):
    with pytest.raises(ValueError, match='lists of two or more different labels'):
        metric_of(ann_file, groups)


def test_other_bad_arguments(ann_file):
    with pytest.raises(TypeError, match='groups'):
        metric_of(ann_file, 3)
    with pytest.raises(ValueError, match='split=0'):
        metric_of(ann_file, split=0)
    with pytest.raises(FileNotFoundError):
        metric_of('missing.pkl')
