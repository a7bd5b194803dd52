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
BANK = 'point3d-bank_jhmdb-pre-hg104_8xb2-32x1x1-20e_jhmdb-split1-rgb.py'
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


def test_cost_of_a_new_frame_with_a_bank():
    """Clips of 32 frames, three seconds before the clip's end, 5 rows of each frame."""
    folder = Path(__file__).parents[2] / 'configs/detection/point3d'
    model = Config.fromfile(folder / BANK).model
    model.point_head.num_stacks = 1
    model.bank.causal = True
    built = network(json.dumps(model.to_dict()))
    frames, rows, width = 32, 91 * 5, 128
    clip = torch.empty(1, 128, frames, 64, 64, device='meta')
    keys = torch.empty(1, 91, 5, 128, device='meta')
    present = torch.empty(1, 91, device='meta', dtype=torch.bool)
    # Layers to the width and back, two blocks of four layers and two products.
    attention = (2 * frames + rows) * width**2
    attention += 2 * (2 * frames + 2 * rows) * width**2 + 4 * frames * rows * width
    assert count_macs(built.bank, clip, keys, present) == attention
    # The heatmap of the centres once more, for the rows of the frame.
    heatmap = (9 * 128 * 128 + 128) * 64 * 64
    feature = torch.empty(1, 128, 64, 64, device='meta')
    branch = built.point_head.stacks[-1]['center_heatmap']
    assert count_macs(branch, feature) == heatmap
    with torch.no_grad():
        rest = count_macs(built.twa, clip) + count_macs(built.clip_backbone, clip)
        rest += count_macs(built.cls_head, built.clip_backbone(clip))
    one = 55956865024 + count_macs(built.point_head, [feature])
    fresh, whole_clip = (
        one + heatmap + attention + rest,
        frames * one + attention + rest,
    )
    assert (round(fresh / 1e9, 1), round(whole_clip / 1e9, 1)) == (84.8, 1932.1)
    assert fresh / whole_clip < 1 / 12
