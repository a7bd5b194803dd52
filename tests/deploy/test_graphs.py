"""Graphs of small recognizers against their parts, one after the other."""

import mmvkp  # noqa: F401, isort: skip
import pytest
import torch
from mmaction.registry import MODELS

from mmvkp.deploy.graphs import RecognizerGraph, recorded

from ..afnet.test_base import mixing
from ..aknet.test_vit import BASE
from ..aknet.tiny_aknet import with_statistics
from .small_models import SEGMENTS, SIDE, small_config


def small_model(name):
    """A recognizer in eval mode whose selections depend on the input."""
    torch.manual_seed(0)
    model = MODELS.build(small_config(name).model)
    model.init_weights()
    return (mixing(model) if name == 'afnet' else with_statistics(model)).eval()


def graph_of(model, frames=SEGMENTS, layout='NTCHW', **options):
    return RecognizerGraph(model, dict(frames=frames, layout=layout), **options)


def views():
    generator = torch.Generator().manual_seed(1)
    return torch.randn(2, SEGMENTS, 3, SIDE, SIDE, generator=generator)


def hooks_of(model):
    """Number of hooks, and attributes that hide a method."""
    return [
        (len(module._forward_hooks), {'extract', 'select'} & vars(module).keys())
        for module in model.modules()
    ]


@torch.no_grad()
def test_logits_of_a_plain_recognizer():
    model, x = small_model('tsm'), views()
    found = graph_of(model).named_outputs(x)
    assert list(found) == ['logits']
    expected = model.cls_head(model.backbone(x.flatten(0, 1)), SEGMENTS)
    torch.testing.assert_close(found['logits'], expected)
    assert found['logits'].std() > 1e-3


@torch.no_grad()
def test_points_of_aknet():
    """Cells (t, y, x) of a view, and their scores."""
    model, x = small_model('aknet'), views()
    found = graph_of(model).named_outputs(x)
    assert list(found) == ['logits', 'points', 'heatmap']
    feats = model.backbone(x.flatten(0, 1))
    torch.testing.assert_close(found['logits'], model.cls_head(feats))
    assert torch.equal(found['points'], feats.points)
    torch.testing.assert_close(found['heatmap'], feats.heatmap)
    # The selected cells are those with the highest scores.
    points, heatmap = found['points'], found['heatmap']
    assert heatmap.shape[:2] == (2, SEGMENTS) and points.shape[2] == 3
    for view in range(2):
        t, y, w = points[view].T
        chosen = heatmap[view, t, y, w]
        best = heatmap[view].flatten().topk(len(points[view])).values
        torch.testing.assert_close(chosen.sort().values, best.sort().values)


@torch.no_grad()
def test_points_of_akvit_and_given_ones():
    torch.manual_seed(0)
    head = dict(type='AKHead', in_channels=32, map_channels=32, num_classes=3)
    backbone = dict(type='AKViT', base=BASE, select_block=1)
    model = MODELS.build(dict(type='Recognizer3D', backbone=backbone, cls_head=head))
    model.eval()
    before, x = hooks_of(model), torch.rand(2, 3, 4, 32, 32)
    graph = graph_of(model, 4, 'NCTHW')
    found = graph.named_outputs(x)
    assert torch.equal(found['points'], model.backbone(x).points)
    # The last cells of the grid, (t, y, x), instead of the best ones.
    number = found['points'].shape[1]
    cells = torch.cartesian_prod(torch.arange(2), torch.arange(4), torch.arange(4))
    given = cells[-number:].expand(2, -1, -1)
    other = graph.named_outputs(x, dict(points=given))
    assert torch.equal(other['points'], given)
    assert torch.equal(other['heatmap'], found['heatmap'])
    assert hooks_of(model) == before


@torch.no_grad()
def test_masks_of_afnet():
    """One row for each frame of a view, 0 or 1 for each focal block."""
    model, x = small_model('afnet'), views()
    found = graph_of(model).named_outputs(x)
    assert list(found) == ['logits', 'masks']
    masks = model.backbone(x.flatten(0, 1))[-1]
    assert found['masks'].shape == (2, SEGMENTS, masks.shape[-1])
    assert torch.equal(found['masks'].flatten(0, 1), masks)
    assert set(found['masks'].unique().tolist()) == {0, 1}
    alone = graph_of(model).named_outputs(x[1:])
    assert torch.equal(alone['masks'][0], found['masks'][1])


@torch.no_grad()
def test_key_points_of_kpsem():
    """Places (x, y) in the map that the neck got, which is not an output."""
    model = small_model('kpsem')
    x = torch.randn(2, 3, 8, SIDE, SIDE, generator=torch.Generator().manual_seed(1))
    graph = graph_of(model, 8, 'NCTHW')
    found = graph.named_outputs(x)
    assert list(found) == ['logits', 'key_points', '_map']
    points = found['key_points']
    assert points.dtype == torch.int32 and points.shape[::5] == (2, 2)
    width, height = found['_map'].shape[:2:-1]
    assert ((points >= 0) & (points < torch.tensor([width, height]))).all()
    expected = model.neck.extract(found['_map'])
    assert torch.equal(points, expected.points.int())
    outputs = graph(x)
    assert len(outputs) == 2
    torch.testing.assert_close(outputs[0], found['logits'])
    assert torch.equal(outputs[1], points)


@torch.no_grad()
@pytest.mark.parametrize('name', ['aknet', 'afnet', 'kpsem'])
def test_a_model_is_left_as_it_was(name):
    """Also after an error."""
    model = small_model(name)
    before = hooks_of(model)
    with recorded(model, SEGMENTS):
        assert hooks_of(model) != before
    assert hooks_of(model) == before
    with pytest.raises(RuntimeError, match='failed'):
        with recorded(model, SEGMENTS):
            raise RuntimeError('failed')
    assert hooks_of(model) == before


@torch.no_grad()
def test_outputs_are_single_precision():
    """Weights of another type; integers stay."""
    model, x = small_model('aknet'), views()
    expected = graph_of(model).named_outputs(x)
    found = graph_of(model.double(), dtype=torch.float64)(x)
    assert [each.dtype for each in found] == [torch.float32, torch.int64, torch.float32]
    torch.testing.assert_close(found[0], expected['logits'], rtol=1e-4, atol=1e-4)
