"""Feature maps from outputs of modules: every layout, grids and what does not fit."""

import pytest
import torch
from torch import nn

from mmvkp.hosts.token_maps import LAYOUTS, find_layout, to_map, token_grid, unwrap

N, C, T, H, W = 2, 3, 4, 5, 6
MAP = torch.arange(N * C * T * H * W).view(N, C, T, H, W)
FRAMES = MAP.transpose(1, 2).flatten(0, 1)
TOKENS = MAP.flatten(2).transpose(1, 2)
OUTPUTS = dict(
    NCTHW=MAP,
    NTHWC=MAP.permute(0, 2, 3, 4, 1),
    NCHW=FRAMES,
    NHWC=FRAMES.permute(0, 2, 3, 1),
    NLC=TOKENS,
    LNC=TOKENS.transpose(0, 1),
    NPTC=MAP.permute(0, 3, 4, 2, 1).reshape(N, H * W * T, C),
)


def test_every_layout_is_tested():
    assert set(OUTPUTS) == set(LAYOUTS)


@pytest.mark.parametrize('layout', LAYOUTS)
def test_maps_of_a_layout(layout):
    found = to_map(OUTPUTS[layout], layout, N, (T, H, W), (0,))
    assert torch.equal(found, MAP)


@pytest.mark.parametrize('layout', ['NLC', 'NPTC'])
def test_class_tokens_are_removed(layout):
    tokens = torch.cat([torch.full((N, 1, C), -1), OUTPUTS[layout]], 1)
    assert torch.equal(to_map(tokens, layout, N, (T, H, W), (0, 1)), MAP)
    assert to_map(tokens, layout, N, (T, H, W), (0, 2)) is None


def test_tokens_of_frames():
    """Frames are items of the batch; each has its own class token."""
    tokens = FRAMES.flatten(2).transpose(1, 2)
    tokens = torch.cat([torch.full((N * T, 1, C), -1), tokens], 1)
    assert torch.equal(to_map(tokens, 'NLC', N, (T, H, W), (1,)), MAP)


@pytest.mark.parametrize(
    'output, layout, grid',
    [
        (MAP, 'NCHW', (T, H, W)),
        (FRAMES[1:], 'NCHW', None),
        (TOKENS, 'NLC', None),
        (TOKENS, 'NLC', (T, H, W + 1)),
        (FRAMES.flatten(2).transpose(1, 2), 'NLC', (T, H + 1, W)),
    ],
)
def test_outputs_that_do_not_fit(output, layout, grid):
    assert to_map(output, layout, N, grid, (0,)) is None


def test_unwrap():
    assert unwrap(MAP)[0] is MAP
    assert unwrap([MAP])[0] is MAP and unwrap((MAP, None))[0] is MAP
    output, grid = unwrap((TOKENS, [4, 5, 6]))
    assert output is TOKENS and grid == (4, 5, 6)
    pair = (MAP, MAP)
    assert unwrap(pair) == (pair, None)


@pytest.mark.parametrize(
    'conv',
    [
        nn.Conv3d(3, 4, (2, 5, 4), (2, 3, 4), (0, 2, 1)),
        nn.Conv3d(3, 4, 3, 2, 1, dilation=2),
        nn.Conv2d(3, 4, 7, 4, 3),
    ],
)
def test_grid_of_the_first_convolution(conv):
    x = torch.zeros(1, 3, 8, 33, 29)
    if isinstance(conv, nn.Conv2d):
        expected = (8, *conv(x[:, :, 0]).shape[2:])
    else:
        expected = tuple(conv(x).shape[2:])
    base = nn.Sequential(nn.Identity(), conv, nn.Conv3d(4, 4, 2, 2))
    assert token_grid(base, x, None) == expected
    assert token_grid(base, x, (2, 16, 16)) == (4, 2, 1)


def test_no_grid():
    x = torch.zeros(1, 3, 8, 33, 29)
    assert token_grid(nn.Linear(3, 4), x, None) is None
    assert token_grid(nn.Conv2d(3, 4, 3, padding='same'), x, None) is None


class TimeSformer(nn.Module):
    """Only the name and the attribute count."""

    def __init__(self, attention_type):
        super().__init__()
        self.attention_type = attention_type


class UniFormerV2(nn.Module):
    """Only the name counts."""


class SwinTransformer3D(nn.Module):
    """Only the name counts."""


@pytest.mark.parametrize(
    'base, module, shape, expected',
    [
        (nn.Module(), nn.Identity(), (1, 2, 3, 4, 5), 'NCTHW'),
        (nn.Module(), nn.LayerNorm(5), (1, 2, 3, 4, 5), 'NTHWC'),
        (SwinTransformer3D(), nn.Identity(), (1, 2, 3, 4, 5), 'NTHWC'),
        (SwinTransformer3D(), nn.Conv3d(1, 1, 1), (1, 2, 3, 4, 5), 'NCTHW'),
        (nn.Module(), nn.Identity(), (1, 2, 3, 4), 'NCHW'),
        (nn.Module(), nn.LayerNorm(4), (1, 2, 3, 4), 'NHWC'),
        (nn.Module(), nn.Identity(), (1, 2, 3), 'NLC'),
        (UniFormerV2(), nn.Identity(), (1, 2, 3), 'LNC'),
        (TimeSformer('divided_space_time'), nn.Identity(), (1, 2, 3), 'NPTC'),
        (TimeSformer('space_only'), nn.Identity(), (1, 2, 3), 'NLC'),
    ],
)
def test_layouts_of_hosts(base, module, shape, expected):
    assert find_layout(base, module, torch.zeros(shape)) == expected
