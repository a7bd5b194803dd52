"""Traced and exported necks are right for other inputs."""

import mmvkp  # noqa: F401, isort: skip
import pytest
import torch
from torch import nn

from mmvkp.kpsem import KPSEM


class Neck(nn.Module):
    """Maps in; feature and key points out."""

    def __init__(self, **options):
        super().__init__()
        torch.manual_seed(0)
        self.neck = KPSEM(8, num_sets=2, **options).eval()
        # Lines that depend on the frame.
        for each in self.neck.sets:
            for layer in (each.mlp or [])[::2]:
                nn.init.normal_(layer.weight, std=0.5)

    def forward(self, temporal, spatial):
        feature, _ = self.neck((temporal, spatial))
        return feature, self.neck.extract(temporal).points


def maps(clips, seed, frames=4, size=(7, 6)):
    """Coarse values, so that many cells are equal, and their pooled map."""
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(clips, 8, frames, *size, generator=generator)
    return x.mul(2).round() / 2, torch.randn(clips, 5, 2, 3, 3, generator=generator)


def check(model, other, clips, seed):
    given = maps(clips, seed)
    feature, points = other(*given)
    expected = model(*given)
    assert torch.equal(points, expected[1])
    torch.testing.assert_close(feature, expected[0])


@pytest.mark.parametrize('regions', [1, 4, 9])
@torch.no_grad()
def test_trace(regions):
    model = Neck(num_regions=regions)
    traced = torch.jit.trace(model, maps(2, 0), check_trace=False)
    for clips, seed in ((2, 1), (1, 2), (3, 3)):
        check(model, traced, clips, seed)
    # Another number of frames gives another number of channels: refused by the head.
    assert traced(*maps(2, 4, 6))[0].shape[1] == 5 + 2 * 5
    # The second size has the same number of cells.
    for size in ((9, 8), (6, 7)):
        with pytest.raises(Exception, match='KPSEM: this trace accepts one size'):
            traced(*maps(2, 5, size=size))


@pytest.mark.slow
@pytest.mark.parametrize('regions', [4, 9])
@torch.no_grad()
def test_export_with_any_number_of_clips(regions):
    model = Neck(num_regions=regions)
    clips = torch.export.Dim('clips', min=1)
    program = torch.export.export(
        model, maps(2, 0), dynamic_shapes=({0: clips}, {0: clips})
    ).module()
    for number, seed in ((2, 1), (1, 2), (3, 3)):
        check(model, program, number, seed)
    with pytest.raises(Exception, match='[Gg]uard|expected'):
        program(*maps(2, 4, 6))
