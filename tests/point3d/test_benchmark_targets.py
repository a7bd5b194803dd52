"""The table of a tiny clip; how long anything takes is not tested."""

import re
import sys
from pathlib import Path

import pytest
import torch

ROOT = Path(__file__).resolve().parents[2]
from mmvkp.point3d import benchmark_targets as benchmark_point_targets


def test_actors_are_in_the_image():
    truth = benchmark_point_targets.make_actors(4, 3, 5, 64)
    boxes = truth.bboxes
    assert boxes.shape == (3, 4, 4)
    assert boxes.min() >= 0 and boxes.max() <= 64
    assert ((boxes[..., 3] - boxes[..., 1]) >= 16).all()
    low, high = boxes[:, :, None, :2], boxes[:, :, None, 2:]
    inside = (truth.keypoints >= low - 1e-4) & (truth.keypoints <= high + 1e-4)
    assert truth.keypoints.shape == (3, 4, 5, 2)
    assert inside.all() and torch.unique(truth.keypoints).numel() > 100


@pytest.mark.parametrize('joints', ['3', '0'])
def test_the_output(joints, monkeypatch, capsys):
    pytest.importorskip('mmdet.models')
    monkeypatch.setattr(
        sys,
        'argv',
        [
            'x',
            '--frames',
            '2',
            '--actors',
            '1',
            '--joints',
            joints,
            '--size',
            '32',
            '--repeats',
            '1',
            '--device',
            'cpu',
        ],
    )
    benchmark_point_targets.main()
    text = capsys.readouterr().out
    assert re.search(r'targets: [\d.]+ ms\nstep: [\d.]+ ms\nshare: [\d.]+ %', text)


def test_mistakes_are_one_line(monkeypatch, capsys):
    monkeypatch.setattr(sys, 'argv', ['x', '--size', '100'])
    with pytest.raises(SystemExit):
        benchmark_point_targets.main()
    assert 'error: --size 100 is not a multiple' in capsys.readouterr().err
