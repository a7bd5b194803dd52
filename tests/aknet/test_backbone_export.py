"""An AK-Net traced or exported is right for other clips, or refuses them."""

import mmvkp  # noqa: F401, isort: skip

import pytest
import torch
from torch import nn

from .tiny_aknet import aknet_recognizer, with_statistics

TDN = dict(type='ResNetTDN', depth=18, num_segments=4)
# Options of AKNet, channels of the map and after the tail, frames per segment.
NETWORKS = dict(
    light=(dict(), 32, 64, 1),
    embedding=(
        dict(rank='none', transform='embedding', tail_shift=True, select_stage=1),
        16,
        64,
        1,
    ),
    tdn=(dict(base=TDN, transform='none'), 256, 512, 5),
)


class Exported(nn.Module):
    """Frames in; logits, points and their scores out."""

    def __init__(self, model):
        super().__init__()
        self.backbone, self.head = model.backbone, model.cls_head

    def forward(self, x):
        feats = self.backbone(x)
        return self.head(feats), feats.points, feats.scores


def network(name):
    """The network in eval mode and its number of input channels."""
    options, *channels, frames = NETWORKS[name]
    torch.manual_seed(0)
    model = aknet_recognizer(options, *channels, frames=frames, init_std=1.0)
    return Exported(with_statistics(model)).eval(), 3 * frames


def check(model, other, x):
    logits, points, scores = other(x)
    expected = model(x)
    assert expected[0].std() > 0.1
    assert torch.equal(points, expected[1])
    torch.testing.assert_close(scores, expected[2])
    torch.testing.assert_close(logits, expected[0])


_SLOW = pytest.mark.slow
NAMES = ['light', 'embedding', pytest.param('tdn', marks=_SLOW)]


@pytest.mark.parametrize('layout', [torch.contiguous_format, torch.channels_last])
@pytest.mark.parametrize('name', NAMES)
@torch.no_grad()
def test_trace(name, layout):
    model, channels = network(name)
    for clips in (1, 2):
        x = torch.rand(4 * clips, channels, 64, 64).contiguous(memory_format=layout)
        traced = torch.jit.trace(model, x, check_trace=False)
        for other in (1, 3):
            x = torch.rand(4 * other, channels, 64, 64)
            check(model, traced, x)
            check(model, traced, x.contiguous(memory_format=torch.channels_last))
        # The second size has the same number of cells.
        for size in ((96, 96), (128, 32)):
            with pytest.raises(Exception, match='accepts one size of frames only'):
                traced(torch.rand(8, channels, *size))


@pytest.mark.parametrize('name', NAMES[:2])
@torch.no_grad()
def test_export_with_any_number_of_clips(name):
    model, channels = network(name)
    exported = torch.export.export(
        model,
        (torch.rand(12, channels, 64, 64),),
        dynamic_shapes=({0: torch.export.Dim.AUTO},),
    ).module()
    for clips in (2, 3, 5):
        check(model, exported, torch.rand(4 * clips, channels, 64, 64))
    for shape in ((10, channels, 64, 64), (8, channels, 96, 96)):
        with pytest.raises(Exception, match='[Gg]uard|expected|divisible'):
            exported(torch.rand(shape))
