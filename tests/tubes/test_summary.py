"""Averages over videos and classes, and their table."""

import numpy as np
import pytest

from mmvkp.tubes.evaluation import evaluate_video
from mmvkp.tubes.options import make_options
from mmvkp.tubes.summary import Summary, summarise

from .tube_cases import boxes_of, still_tube


def test_no_videos():
    with pytest.raises(ValueError, match='videos to evaluate is empty'):
        summarise([], make_options())


def test_classes_of_several_videos():
    """Class 0 is found in one of two videos, class 1 is missed, 2 is empty."""
    options = make_options(video_iou_thrs=[0.5])
    tube = still_tube(1, 20)
    results = [
        evaluate_video(boxes_of((tube, 0, 0.5)), {0: [tube]}, 20, 3, options),
        evaluate_video(boxes_of(), {0: [tube], 1: [tube]}, 20, 3, options),
    ]
    summary = summarise(results, options)
    assert summarise(results[::-1], options).means == summary.means
    assert list(summary.means) == ['frame_mAP@0.5', 'video_mAP@0.5']
    for name, values in summary.per_class.items():
        assert values[:2] == [50, 0] and np.isnan(values[2])
        assert summary.means[name] == 25


def test_table():
    summary = Summary({'frame_mAP@0.5': 50.0}, {'frame_mAP@0.5': [50.0, float('nan')]})
    assert summary.table(['run', 'sit down']).splitlines() == [
        'class     frame_mAP@0.5',
        'run               50.00',
        'sit down              -',
        'mean              50.00',
    ]
