"""Hosts of MMAction2 with our methods: the rows of configs/recognition/hosts.md.

A failing test shows the row that the page should have.
"""

import mmvkp  # noqa: F401, isort: skip
import copy
import re
from pathlib import Path

import numpy as np
import pytest
import torch
from mmaction.registry import METRICS, MODELS
from mmengine.evaluator import Evaluator
from mmengine.hub import get_config

from mmvkp.checks import check_parts
from mmvkp.stick_action.generate import make_dataset
from mmvkp.stick_action.settings import make_settings

from .host_table import (
    HOSTS,
    attempt,
    batch,
    head_of,
    recognizer,
    with_aknet,
    with_kpsem,
    with_selection,
)

PAGE = Path(__file__).resolve().parents[2] / 'configs/recognition/hosts.md'
AVA = (
    'mmaction::detection/slowonly/'
    'slowonly_kinetics400-pretrained-r50_8xb16-4x16x1-20e_ava21-rgb.py'
)
# Messages of AK-Net -> the reason in the table.
REASONS = {
    r'^AKNet: .* is a Conv3d, which has no counterpart .*choose a host': 'convolutions '
    'of clips',
    r'^AKNet: base=\w+ cannot be split: it has no .*; choose .*AKViT': 'no list of '
    'stages',
    r'^AKNet: the input has shape .*Use Recognizer2D': 'takes clips',
}
# Others run in the second tier.
FIRST = ('TSM', 'SlowFast', 'X3D', 'Video Swin', 'VideoMAE')


def aknet_cell(name):
    """Works, or the reason of the refusal."""
    message = attempt(with_aknet, HOSTS[name])
    if message is None:
        return 'AKViT' if name == 'VideoMAE' else 'AKNet'
    reasons = [words for text, words in REASONS.items() if re.search(text, message)]
    assert len(reasons) == 1, message
    return f'no: {reasons[0]}'


def row(name):
    """Row of the page; the outcomes are those of real steps."""
    host = HOSTS[name]
    assert attempt(with_kpsem, host) is None
    kpsem = ', '.join(f'{key}={value}' for key, value in host.maps.items())
    kpsem = f'`{kpsem}`'
    if host.taps:
        kpsem = f'`TapBackbone`, taps `{host.taps[0]}`, `{host.taps[1]}`'
    selection = attempt(with_selection, host)
    assert re.search('^FrameSelectionNeck: .*Set one of them as backbone', selection)
    return (
        f'| {name} (`{host.backbone["type"]}`) | {kpsem} | {aknet_cell(name)} | no | '
        'no |'
    )


@pytest.mark.parametrize(
    'name',
    [
        each if each in FIRST else pytest.param(each, marks=pytest.mark.slow)
        for each in HOSTS
    ],
)
def test_row_of_the_page(name):
    """Training, test and multi-view test; TubeMetric: below."""
    assert row(name) in PAGE.read_text().splitlines()


def test_the_page_has_all_hosts():
    lines = [line for line in PAGE.read_text().splitlines() if line.startswith('| ')]
    names = {line[2:].split(' (')[0] for line in lines[2:]}
    assert names == {*HOSTS, 'AVA SlowOnly'} and len(names) >= 15


@pytest.fixture(scope='module')
def tubes(tmp_path_factory):
    """Annotations of action tubes."""
    folder = tmp_path_factory.mktemp('tubes')
    make_dataset(folder, make_settings('tiny', variant='untrimmed'), 1, False)
    return str(folder / 'StickAction-GT.pkl')


def test_tube_metric_refuses_recognizers(tubes):
    host = HOSTS['TSN']
    model = recognizer(host, host.backbone, cls_head=head_of(host, 512))
    model.eval()
    with torch.no_grad():
        samples = model.test_step(batch(host))
    evaluator = Evaluator(METRICS.build(dict(type='TubeMetric', ann_file=tubes)))
    with pytest.raises(ValueError, match='TubeMetric: .*no pred_instances.*AccMetric'):
        evaluator.process(samples)


def test_ava_slowonly_refuses_our_parts(tubes):
    """A detector of MMAction2 with its config, whose parts need their scope."""
    pytest.importorskip('mmdet.models')
    config = get_config(AVA)

    def detector(**parts):
        model = copy.deepcopy(config.model)
        model.backbone.update(pretrained=None, depth=18, base_channels=8)
        for name, part in parts.items():
            model[name] = part
        return MODELS.build(model)

    clip = torch.zeros(1, 3, 4, 32, 32)
    with pytest.raises(TypeError, match='FastRCNN: KPSEM is a neck of recognizers'):
        check_parts(detector(neck=dict(type='mmaction.KPSEM', in_channels=64)))
    base = dict(HOSTS['TSM'].backbone, type='mmaction.ResNetTSM')
    aknet = dict(type='mmaction.AKNet', base=base)
    with pytest.raises(ValueError, match='AKNet: the input has .* Use Recognizer2D'):
        detector(backbone=aknet).extract_feat(clip)
    neck = dict(type='mmaction.FrameSelectionNeck', num_segments=4)
    with pytest.raises(ValueError, match='FrameSelectionNeck: .*Set one of them'):
        detector(neck=neck).extract_feat(clip)
    metric = METRICS.build(dict(type='TubeMetric', ann_file=tubes))
    found = dict(bboxes=np.zeros((1, 4)), scores=np.zeros((1, 80)))
    with pytest.raises(ValueError, match='lacks frame_inds; .*use their AVAMetric'):
        metric.process({}, [dict(video_id=metric.videos[0], pred_instances=found)])
