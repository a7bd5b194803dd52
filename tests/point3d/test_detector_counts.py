"""Parameters and multiply-accumulates of the paper's network.

Numbers that were counted on paper and on the public networks: 187 077 248
parameters and 55.957 G for Hourglass-104 with 128 channels, 892 212 and
3.651 G for the point head of 15 joints, 47 676 544 or 50 265 216 for the 3D
network, 1 322 517 for its classifier of 21 classes.
"""

import json
from pathlib import Path

import pytest
import torch
from mmengine.config import Config

from mmvkp.recognition.complexity import count_macs, count_parameters

from ..meta_networks import network

RECIPE = 'point3d_coco-pre-hg104_8xb2-16x1x1-20e_jhmdb-split1-rgb.py'
FRAMES, SIDE = 16, 256


def whole(**clip_backbone):
    """The paper's network; one point head, as in a test."""
    folder = Path(__file__).parents[2] / 'configs/detection/point3d'
    model = Config.fromfile(folder / RECIPE).model
    model.point_head.num_stacks = 1
    model.clip_backbone.update(clip_backbone)
    return network(json.dumps(model.to_dict()))


@pytest.mark.parametrize(
    'stem, total, parameters',
    [('pool', 236.97, 47676544), ('literal', 239.56, 50265216)],
)
def test_parameters(stem, total, parameters):
    built = whole(stem=stem)
    assert round(count_parameters(built) / 1e6, 2) == total
    counts = [
        count_parameters(part)
        for part in (
            built.backbone,
            built.point_head,
            built.clip_backbone,
            built.cls_head,
        )
    ]
    assert counts == [187077248, 892212, parameters, 1322517]
    assert sum(counts) == count_parameters(built)


def test_cost_of_a_new_frame():
    """71.6 G with the features of the other frames at hand, 0.074 of a clip;
    107.9 G and 0.108 with the literal stem."""
    built = whole(stem='pool')
    frame = torch.empty(1, 3, SIDE, SIDE, device='meta')
    extract = count_macs(built.backbone, frame)
    assert extract == 55956865024
    with torch.no_grad():
        feats = built.extract_frames(frame)
    assert feats[-1].shape == (1, 128, 64, 64)
    points = count_macs(built.point_head, feats)
    assert round(points / 1e9, 3) == 3.651
    clip = torch.empty(1, 128, FRAMES, 64, 64, device='meta')
    attention = count_macs(built.twa, clip)
    # G and M F: 2 T T D.
    assert attention == 2 * FRAMES**2 * 128 * 64 * 64
    for stem, new, ratio in (('pool', 71.6, 0.074), ('literal', 107.9, 0.108)):
        net = whole(stem=stem)
        rest = attention + count_macs(net.clip_backbone, clip)
        with torch.no_grad():
            rest += count_macs(net.cls_head, net.clip_backbone(clip))
        fresh = extract + points + rest
        assert round(fresh / 1e9, 1) == new
        total = FRAMES * (extract + points) + rest
        assert round(fresh / total, 3) == ratio
