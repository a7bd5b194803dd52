"""Losses of the point head: by hand, by plain sums, and without ground truth."""

import math

import pytest
import torch
from mmengine.structures import InstanceData

from .point_scenes import make_gt, make_head, make_maps, random_scene, write_targets

pytest.importorskip(
    'mmdet.models', reason='the losses need MMDetection and the full mmcv'
)

NAMES = [
    'loss_center',
    'loss_wh',
    'loss_offset',
    'loss_knot_heatmap',
    'loss_knot_distance',
    'loss_knot_offset',
]


def test_equation_1_by_hand():
    """All probabilities 1/2; a box of 4 x 4 cells has a radius of 1.

    The actor's cell and the 16 outside give (1/2)^2 log 2 each, the four
    beside it that times (1 - exp(-2))^4, the four across (1 - exp(-4))^4.
    """
    head = make_head(num_knots=0)
    out = make_maps(head, (5, 5))
    weights = 17 + 4 * (1 - math.exp(-2)) ** 4 + 4 * (1 - math.exp(-4)) ** 4
    one = head.loss_by_feat([out], [make_gt([0, 0, 16, 16])], [{}])
    assert one['loss_center'].item() == pytest.approx(
        weights * 0.25 * math.log(2), rel=1e-5
    )
    # Beside a frame without actors, and with the same actor in it: N is the
    # number of actors in all frames.
    out = make_maps(head, (5, 5), 2)
    both = head.loss_by_feat([out], [make_gt([0, 0, 16, 16]), make_gt([])], [{}, {}])
    assert both['loss_center'].item() == pytest.approx(
        (weights + 25) * 0.25 * math.log(2), rel=1e-5
    )
    twice = head.loss_by_feat([out], [make_gt([0, 0, 16, 16])] * 2, [{}, {}])
    torch.testing.assert_close(twice['loss_center'], one['loss_center'])


def equation_1(logits, target, count):
    """Equation 1, cell by cell."""
    total = 0.0
    for x, goal in zip(logits.flatten().tolist(), target.flatten().tolist()):
        p = 1 / (1 + math.exp(-x))
        if goal == 1:
            total -= (1 - p) ** 2 * math.log(p)
        else:
            total -= (1 - goal) ** 4 * p**2 * math.log(1 - p)
    return total / count


@pytest.mark.parametrize('knot_norm, count', [('actor', 6), ('joint', 11)])
def test_losses_equal_plain_sums(knot_norm, count):
    head = make_head(knot_norm=knot_norm)
    gts = random_scene(1)
    gts[0].keypoints_visible[0, 1, 0] = False
    out = head([torch.rand(3, 4, 16, 16)])[0]
    out = {key: torch.randn_like(value) for key, value in out.items()}
    losses = head.loss_by_feat([out], gts, [{}])
    assert list(losses) == NAMES
    targets = head.get_targets(gts, torch.ones(1, 3).bool(), (16, 16))
    for name, heat, number in (
        ('loss_center', 'center_heatmap', 6),
        ('loss_knot_heatmap', 'knot_heatmap', count),
    ):
        assert losses[name].item() == pytest.approx(
            equation_1(out[heat], targets[heat], number), rel=1e-4
        )

    sums = {'wh': 0.0, 'offset': 0.0, 'knot_distance': 0.0, 'knot_offset': 0.0}
    for actor in range(2):
        for t in range(3):
            box = gts[0].bboxes[actor, t] / 4
            centre, wh = (box[:2] + box[2:]) / 2, box[2:] - box[:2]
            x, y = cell = [math.floor(value) for value in centre]
            cell = torch.tensor(cell)
            at = {key: value[t, :, y, x] for key, value in out.items()}
            sums['wh'] += (at['wh'] - wh).abs().sum()
            sums['offset'] += (at['offset'] - centre + cell).abs().sum()
            for k in range(2):
                if not gts[0].keypoints_visible[actor, t, k]:
                    continue
                joint = gts[0].keypoints[actor, t, k] / 4
                way = at['knot_distance'][2 * k : 2 * k + 2]
                sums['knot_distance'] += (way - joint + cell).abs().sum()
                column, row = map(math.floor, joint)
                rest = out['knot_offset'][t, :, row, column]
                rest = rest - joint + torch.tensor([column, row])
                sums['knot_offset'] += rest.abs().sum()
    for key, weight, number in (
        ('wh', 0.1, 12),
        ('offset', 1, 12),
        ('knot_distance', 1, 22),
        ('knot_offset', 1, 22),
    ):
        assert losses[f'loss_{key}'].item() == pytest.approx(
            weight * sums[key].item() / number, rel=1e-4
        )


def test_weights_and_stacks():
    """Losses of two stacks are averaged, weights multiply."""
    head = make_head(num_stacks=2)
    outs = head([torch.rand(3, 4, 16, 16), torch.rand(3, 4, 16, 16)])
    gts = random_scene(1)
    both = head.loss_by_feat(outs, gts, [{}])
    parts = [head.loss_by_feat([out], gts, [{}]) for out in outs]
    heavy = make_head(
        loss_cfg=dict(
            loss_wh=dict(loss_weight=0.3),
            loss_offset=dict(type='mmdet.L1Loss', loss_weight=2.0),
        )
    )
    weighed = heavy.loss_by_feat(outs, gts, [{}])
    for name in NAMES:
        assert parts[0][name] != parts[1][name]
        torch.testing.assert_close(both[name], (parts[0][name] + parts[1][name]) / 2)
        factor = dict(loss_wh=3.0, loss_offset=2.0).get(name, 1.0)
        torch.testing.assert_close(weighed[name], factor * both[name])


def test_frames_without_annotations_give_no_loss():
    """Their maps have no gradient; the loss equals that of the other frames."""
    head = make_head()
    gts, meta = random_scene(1), dict(frame_labeled=[False, True, False])
    maps = {
        key: torch.randn_like(value).requires_grad_()
        for key, value in make_maps(head, (16, 16), 3).items()
    }
    losses = head.loss_by_feat([maps], gts, [meta])
    sum(losses.values()).backward()
    for value in maps.values():
        assert value.grad[[0, 2]].abs().max() == 0
        assert value.grad[1].abs().max() > 0
    key = InstanceData(
        **{
            name: value if name == 'labels' else value[:, 1:2]
            for name, value in gts[0].items()
        }
    )
    only = {name: value[1:2] for name, value in maps.items()}
    alone = head.loss_by_feat([only], [key], [{}])
    for name in NAMES:
        torch.testing.assert_close(losses[name], alone[name])
    nothing = head.loss_by_feat([maps], gts, [dict(frame_labeled=[False] * 3)])
    assert [nothing[name].item() for name in NAMES] == [0] * 6
    # Still the loss of all maps: distributed training needs that.
    for value in maps.values():
        value.grad = None
    sum(nothing.values()).backward()
    for value in maps.values():
        assert value.grad.abs().max() == 0


def test_actors_with_unknown_joints():
    """No loss of joints in that frame; the other frame counts alone."""
    head = make_head()
    gts = random_scene(1, num_frames=2)
    gts[0].keypoints_visible[:, 0] = False
    maps = make_maps(head, (16, 16), 2)
    losses = head.loss_by_feat([maps], gts, [{}])
    sum(losses.values()).backward()
    assert maps['knot_heatmap'].grad[0].abs().max() == 0
    assert maps['knot_heatmap'].grad[1].abs().max() > 0
    assert maps['center_heatmap'].grad[0].abs().max() > 0
    gts[0].keypoints_visible[:] = False
    losses = head.loss_by_feat([maps], gts, [{}])
    assert [losses[name].item() for name in NAMES[3:]] == [0] * 3


@pytest.mark.parametrize('with_actors', [True, False])
def test_gradients_reach_every_weight(with_actors):
    """Also without actors: distributed training fails without a gradient."""
    head = make_head(num_stacks=2)
    feats = [torch.rand(6, 4, 16, 16) for _ in range(2)]
    gts = (
        random_scene()
        if with_actors
        else [make_gt([], num_frames=3), random_scene(1)[0][torch.zeros(2).bool()]]
    )
    losses = head.loss_by_feat(head(feats), gts, [{}, {}])
    sum(losses.values()).backward()
    for name, weight in head.named_parameters():
        assert weight.grad is not None, name
        assert weight.grad.isfinite().all()
        moved = weight.grad.abs().max() > 0
        assert moved == (with_actors or 'heatmap' in name), name
    if not with_actors:
        assert losses['loss_center'] > 0
        for name in ('wh', 'offset', 'knot_distance', 'knot_offset'):
            assert losses[f'loss_{name}'] == 0


@pytest.mark.parametrize('dtype', [torch.float16, torch.bfloat16])
def test_half_precision_is_finite(dtype):
    """Confident errors everywhere: a probability of 1 in half precision."""
    head = make_head()
    gts = random_scene(1)
    for fill in (60.0, -60.0):
        maps = {
            key: value.detach().to(dtype).requires_grad_()
            for key, value in make_maps(head, (16, 16), 3, fill).items()
        }
        losses = head.loss_by_feat([maps], gts, [{}])
        for loss in losses.values():
            assert loss.dtype == torch.float32 and loss.isfinite()
        sum(losses.values()).backward()
        for value in maps.values():
            assert value.grad.isfinite().all()


def test_autocast_does_not_reach_the_losses():
    head, seen = make_head(), []
    head.losses.parts['loss_wh'].register_forward_hook(
        lambda *_: seen.append(torch.is_autocast_enabled('cpu'))
    )
    feats, gts = [torch.rand(3, 4, 16, 16)], random_scene(1)
    with torch.autocast('cpu', dtype=torch.bfloat16):
        outs = head(feats)
        assert outs[0]['wh'].dtype == torch.bfloat16
        inside = head.loss_by_feat(outs, gts, [{}])
    outside = head.loss_by_feat(outs, gts, [{}])
    for name in NAMES:
        assert torch.equal(inside[name], outside[name])
    assert seen == [False, False]


def test_overlap_of_boxes_by_hand():
    """A predicted box of 3 x 3 cells inside of one with 4 x 4: GIoU = IoU = 9 / 16."""
    losses = dict(loss_box=dict(loss_weight=2.0))
    head = make_head(num_knots=0, loss_cfg=losses)
    out = make_maps(head, (5, 5))
    with torch.no_grad():
        out['wh'].fill_(3.0)
        out['offset'][:] = 0.5
    # Boxes of 16 pixels with their centre at 2.25 cells, a quarter after the cell.
    gt = make_gt([1, 1, 17, 17])
    found = head.loss_by_feat([out], [gt], [{}])
    assert found['loss_box'].item() == pytest.approx(2 * (1 - 9 / 16), rel=1e-5)
    # No area: a gradient that enlarges the box.
    out = make_maps(head, (5, 5), fill=-1.0)
    head.loss_by_feat([out], [gt], [{}])['loss_wh'].backward()
    assert (out['wh'].grad <= 0).all() and (out['wh'].grad < 0).any()
    # No actors: zero, and zero gradients of the branches.
    out = make_maps(head, (5, 5))
    loss = head.loss_by_feat([out], [make_gt([])], [{}])['loss_box']
    loss.backward()
    assert loss.item() == 0 and (out['wh'].grad == 0).all()
    assert 'loss_box' not in make_head(num_knots=0).losses.parts


def test_boxes_beside_the_centre_decode_to_the_truth():
    """The loss of exact maps is 0, and each of their cells gives the box."""
    head = make_head(
        target_cfg=dict(box_reach=1), loss_cfg=dict(loss_box=dict(loss_weight=1.0))
    )
    gts = random_scene(1)
    targets = head.get_targets(gts, torch.ones(1, 3).bool(), (16, 16))
    assert len(targets['box_cell']) > 3 * len(targets['center_cell'])
    maps = write_targets(head, targets, 3, (16, 16))
    losses = head.loss_by_feat([maps], gts, [{}])
    for name in ('loss_wh', 'loss_offset', 'loss_box'):
        assert abs(losses[name].item()) < 1e-5
