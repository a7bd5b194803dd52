"""The shift extractor: regions, gradients, units and refused arguments."""

import pytest
import torch

from mmvkp.kpsem.shift_extractor import AdaptiveRegionalShiftExtractor, separation_lines

from .naive_regions import maps


@pytest.mark.parametrize('num_regions', [1, 4, 9, 16])
@pytest.mark.parametrize('size', [(6, 8), (14, 14)])
def test_extractor_shapes(num_regions, size):
    extractor = AdaptiveRegionalShiftExtractor(5, num_regions)
    out = extractor(torch.rand(2, 5, 4, *size))
    assert out.shape == (2, 5, 3, num_regions, 2)


@pytest.mark.parametrize('num_regions', [4, 9])
def test_every_parameter_gets_a_gradient(num_regions):
    extractor = AdaptiveRegionalShiftExtractor(6, num_regions)
    x = maps('random', (2, 6, 3, 8, 8))
    extractor(x).square().sum().backward()
    for name, param in extractor.named_parameters():
        assert param.grad.isfinite().all(), name
        assert param.grad.abs().sum() > 0, name


def test_lines_keep_one_cell_per_region_whatever_the_mlp_says():
    extractor = AdaptiveRegionalShiftExtractor(3, num_regions=16)
    for scale in (0.0, 10.0, 1e4, -1e4):
        torch.nn.init.normal_(extractor.mlp[2].weight, std=abs(scale))
        torch.nn.init.constant_(extractor.mlp[2].bias, scale)
        lines = separation_lines([extractor], torch.randn(2, 5, 3), (6, 9))[:, :, 0]
        for axis, size in ((0, 6), (1, 9)):
            edges = torch.cat(
                (torch.zeros(2, 5, 1), lines[:, :, axis], torch.full((2, 5, 1), size)),
                -1,
            )
            assert (edges.diff(dim=-1) >= 1 - 1e-4).all()


def test_sets_start_apart_and_the_same_each_time():
    offsets = torch.stack(
        [
            AdaptiveRegionalShiftExtractor(3, set_index=i).line_offsets.flatten()
            for i in range(8)
        ]
    )
    assert offsets.abs().max() <= 0.25
    assert torch.cdist(offsets, offsets)[~torch.eye(8, dtype=bool)].min() > 0.02
    torch.manual_seed(99)
    again = AdaptiveRegionalShiftExtractor(3, set_index=5).line_offsets
    assert torch.equal(again.flatten(), offsets[5])


def test_fixed_regions_have_no_parameters_and_stay():
    extractor = AdaptiveRegionalShiftExtractor(3, adaptive=False)
    assert not list(extractor.parameters())
    pooled = torch.randn(2, 4, 3)
    lines = separation_lines([extractor], pooled, (8, 6))
    expected = (0.5 + extractor.line_offsets.flatten()) * torch.tensor([8.0, 6.0])
    torch.testing.assert_close(lines.flatten(2), expected.expand(2, 4, 2))


def test_normalize_divides_by_the_size_of_the_map():
    torch.manual_seed(0)
    raw = AdaptiveRegionalShiftExtractor(3)
    torch.manual_seed(0)
    normalized = AdaptiveRegionalShiftExtractor(3, normalize=True)
    x = maps('random', (1, 3, 3, 6, 8))
    torch.testing.assert_close(raw(x) / torch.tensor([8.0, 6.0]), normalized(x))


def test_a_still_clip_has_no_weighted_motion_for_one_region():
    frame = maps('random', (1, 3, 1, 6, 6))
    extractor = AdaptiveRegionalShiftExtractor(3, num_regions=1)
    assert extractor(frame.expand(-1, -1, 4, -1, -1)).abs().max() == 0


@pytest.mark.parametrize(
    'kwargs, error, message',
    [
        (dict(num_regions=5), ValueError, 'num_regions=5 is not a square number'),
        (dict(num_regions=0), ValueError, r'num_regions=0 is outside \[1, inf\)'),
        (dict(num_regions=4.0), TypeError, 'num_regions=4.0 is a float'),
        (dict(hidden_channels=0), ValueError, 'hidden_channels=0'),
    ],
)
def test_bad_arguments(kwargs, error, message):
    with pytest.raises(error, match=message):
        AdaptiveRegionalShiftExtractor(3, **kwargs)


def test_bad_maps():
    extractor = AdaptiveRegionalShiftExtractor(3, num_regions=9)
    with pytest.raises(ValueError, match='T=1 frame; a shift needs two'):
        extractor(torch.rand(1, 3, 1, 8, 8))
    with pytest.raises(ValueError, match='the map has 2 x 8 cells'):
        extractor(torch.rand(1, 3, 2, 2, 8))
