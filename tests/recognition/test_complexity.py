"""Counters against counts by hand."""

import torch
from torch import nn

from mmvkp.recognition.complexity import count_macs, count_parameters


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
