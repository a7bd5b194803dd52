"""Counters against counts by hand."""

import torch
from mmengine.config import Config
from torch import nn

from mmvkp.recognition.clip_cost import weightless
from mmvkp.recognition.complexity import (
    count_macs,
    count_parameters,
    count_test_parameters,
)
from mmvkp.recognition.recipes import find_config


def test_by_hand():
    model = nn.Sequential(
        nn.Conv2d(2, 6, 3, padding=1, groups=2, bias=True),
        nn.BatchNorm2d(6),
        nn.ReLU(),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(6, 5),
    )
    # Convolution 6 * 1 * 9 + 6, norm 12, linear 30 + 5.
    assert count_parameters(model) == 60 + 12 + 35
    # Convolution: 9 MACs for each of 6 x 4 x 4 outputs; linear 30.
    assert count_macs(model, torch.rand(1, 2, 4, 4)) == 9 * 96 + 30
    assert count_macs(model, torch.rand(3, 2, 4, 4)) == 3 * (9 * 96 + 30)


def test_what_is_skipped_does_not_count():

    class Skips(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(4, 4)

        def forward(self, x, skip=False):
            return x if skip else self.fc(x)

    assert count_macs(Skips(), torch.rand(1, 4)) == 16
    assert count_macs(Skips(), torch.rand(1, 4), skip=True) == 0


def test_auxiliary_heads_are_not_test_parameters():
    model = nn.Module()
    model.backbone = nn.Linear(4, 3)
    model.cls_head = nn.Module()
    model.cls_head.fc = nn.Linear(3, 2)
    assert count_test_parameters(model) == 15 + 8
    model.cls_head.aux_head = nn.Linear(3, 7)
    assert count_parameters(model) == 15 + 8 + 28
    assert count_test_parameters(model) == 15 + 8
    # All but the last stack of a point head.
    model.point_head = nn.Module()
    model.point_head.stacks = nn.ModuleList([nn.Linear(2, 5), nn.Linear(2, 1)])
    assert count_test_parameters(model) == 15 + 8 + 3


def test_ak_net_of_the_readme():
    """305 381 of the README; the whole model has 328 721."""
    config = Config.fromfile(
        find_config('aknet-tsm_slim-r10_1xb16-u8-6e_stick-action-rgb')
    )
    model = weightless(config.model)
    assert count_parameters(model) == 328721
    assert count_test_parameters(model) == 305381
