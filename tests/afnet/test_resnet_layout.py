"""Sizes of AFResNet: defaults by depth and structure, and bad sizes."""

import pytest

from mmvkp.afnet.resnet_layout import ResNetLayout


@pytest.mark.parametrize(
    'cfg, depth, blocks, strides, num_af',
    [
        (None, 50, (3, 4, 6, 3), (2, 2, 1, 2), 3),
        ({}, 101, (4, 8, 18, 3), (2, 2, 1, 2), 3),
        (dict(two_branches=False), 50, (3, 4, 6, 3), (1, 2, 2, 2), 3),
        (dict(stage_blocks=(2, 3)), 50, (2, 3), (2, 2), 2),
        (dict(stage_blocks=None, strides=(1, 1, 1, 1)), 50, (3, 4, 6, 3), (1,) * 4, 3),
    ],
)
def test_defaults(cfg, depth, blocks, strides, num_af):
    layout = ResNetLayout.from_cfg(cfg, depth)
    assert tuple(layout.stage_blocks) == blocks
    assert tuple(layout.strides) == strides and layout.num_af_stages == num_af


@pytest.mark.parametrize(
    'cfg, error, message',
    [
        (dict(width=3), TypeError, r"arch_cfg: unknown keys \['width'\]"),
        (dict(stage_blocks=(1, 3)), ValueError, 'needs at least two blocks'),
        (dict(strides=(3, 1, 1, 1)), ValueError, 'must be 1 or 2'),
        (dict(strides=(1, 1)), ValueError, 'each of the 4 stages'),
        (dict(num_af_stages=5), ValueError, r'outside \[1, 4\]'),
        (dict(base_channels=6), ValueError, 'multiple of 4'),
        (dict(stem_kernel=0), ValueError, 'stem_kernel=0'),
    ],
)
def test_bad_sizes(cfg, error, message):
    with pytest.raises(error, match=message):
        ResNetLayout.from_cfg(cfg, 50)
