"""Decoding of boxes and joints against values by hand."""

import pytest
import torch

from mmvkp.point3d.decoding import (
    decode_boxes,
    decode_joints,
    decode_points,
    refine_by_hull,
)

from .point_scenes import LOW, heatmap


def test_boxes_by_hand():
    out = dict(
        center_heatmap=heatmap((4, 5), p3_1=0.9, p0_3=0.6),
        wh=torch.zeros(1, 2, 4, 5),
        offset=torch.zeros(1, 2, 4, 5),
    )
    out['wh'][0, :, 1, 3] = torch.tensor([2.0, 1.0])
    out['wh'][0, :, 3, 0] = torch.tensor([-2.0, 1.0])
    out['offset'][0, :, 1, 3] = torch.tensor([0.5, 0.25])
    _, boxes = decode_boxes(out, 2, 3)
    assert boxes[0].tolist() == [[2.5, 0.75, 4.5, 1.75], [0, 2.5, 0, 3.5]]
    found = decode_points(out, 4, topk=2)
    assert found['bboxes'][0].tolist() == [[10, 3, 18, 7], [0, 10, 0, 14]]
    assert set(found) == {'bboxes', 'scores', 'labels'}


@pytest.mark.parametrize(
    'peaks, joint, score',
    [
        # The nearer of two peaks.
        (dict(p4_3=0.5, p2_3=0.9), (4.5, 3.25), 0.5),
        # A nearer one that is too weak does not count.
        (dict(p4_3=0.05, p2_3=0.9), (2.5, 3.25), 0.9),
        # The only peak is 3.54 away, more than 0.3 * 8 = 2.4.
        (dict(p7_3=0.9), (4.0, 3.0), None),
        # (4.5, 0.25) is outside of the box, which begins at y = 1.
        (dict(p4_0=0.9), (4.0, 3.0), None),
    ],
)
def test_joint_moves_to_a_peak(peaks, joint, score):
    """A centre in cell (3, 3) predicts its joint at (4, 3)."""
    size = (8, 12)
    out = dict(
        knot_heatmap=heatmap(size, **peaks),
        knot_distance=torch.zeros(1, 2, *size),
        knot_offset=torch.zeros(1, 2, *size),
    )
    out['knot_distance'][0, 0] = 1
    out['knot_offset'][0] += torch.tensor([0.5, 0.25])[:, None, None]
    joints, scores = decode_joints(
        out, torch.tensor([[[3, 3]]]), torch.tensor([[[0.0, 1, 8, 6]]]), 10, 3, 0.1
    )
    assert joints[0, 0, 0].tolist() == list(joint)
    expected = torch.tensor(LOW).sigmoid().item() if score is None else score
    assert scores.item() == pytest.approx(expected)


def test_a_peak_outside_the_box_is_ignored():
    """The nearest peak, 2 away, is outside; the next, 2.24, is taken."""
    size = (8, 12)
    out = dict(
        knot_heatmap=heatmap(size, p4_1=0.9, p6_4=0.6),
        knot_distance=torch.zeros(1, 2, *size),
        knot_offset=torch.zeros(1, 2, *size),
    )
    joints, _ = decode_joints(
        out, torch.tensor([[[4, 3]]]), torch.tensor([[[0.0, 2, 8, 6]]]), 10, 3, 0.1
    )
    assert joints[0, 0, 0].tolist() == [6, 4]


def test_a_joint_off_the_map_has_score_0():
    size = (4, 4)
    out = dict(
        knot_heatmap=torch.zeros(1, 1, *size),
        knot_distance=torch.full((1, 2, *size), -9.0),
        knot_offset=torch.zeros(1, 2, *size),
    )
    joints, scores = decode_joints(
        out, torch.tensor([[[1, 1]]]), torch.tensor([[[0.0, 0, 2, 2]]]), 4, 3, 0.1
    )
    assert joints[0, 0, 0].tolist() == [-8, -8]
    assert scores.item() == 0


def test_hull_by_hand():
    """Hull (2, 1, 6, 5), a quarter more on each side: (1, 0, 7, 6).

    The mean score of the three joints is 0.5, so v = 0.8 * 0.5 = 0.4; the
    joint at (50, 50) is too weak.
    """
    boxes = torch.tensor([[0.0, 0, 10, 10]] * 2)
    joints = torch.tensor([[2.0, 1], [6, 3], [4, 5], [50, 50]]).repeat(2, 1, 1)
    scores = torch.tensor([[0.3, 0.5, 0.7, 0.1], [0.3, 0.5, 0.1, 0.1]])
    refined = refine_by_hull(boxes, joints, scores, 0.1, 0.8, 0.25)
    torch.testing.assert_close(
        refined, torch.tensor([[0.4, 0, 8.8, 8.4], [0, 0, 10, 10]])
    )


def random_maps(num_knots=3, frames=2, size=(8, 10), seed=0):
    """Maps of a head with random weights."""
    generator = torch.Generator().manual_seed(seed)
    widths = dict(
        center_heatmap=2,
        wh=2,
        offset=2,
        knot_heatmap=num_knots,
        knot_distance=2 * num_knots,
        knot_offset=2,
    )
    return {
        name: torch.randn(frames, width, *size, generator=generator) + 1
        for name, width in widths.items()
    }


def test_shapes_and_the_plain_decoding():
    found = decode_points(random_maps(), 4, topk=5)
    assert {key: tuple(value.shape) for key, value in found.items()} == dict(
        bboxes=(2, 5, 4),
        scores=(2, 5),
        labels=(2, 5),
        knots=(2, 5, 3, 2),
        knot_scores=(2, 5, 3),
    )
    hull = decode_points(random_maps(), 4, topk=5, kp_refine='hull')
    assert not torch.equal(hull['bboxes'], found['bboxes'])
    same = decode_points(random_maps(), 4, topk=5, kp_refine='hull', hull_weight=0.0)
    torch.testing.assert_close(same['bboxes'], found['bboxes'])


def test_rescored_boxes_are_in_order():
    plain = decode_points(random_maps(), 4, topk=6)
    found = decode_points(random_maps(), 4, topk=6, kp_rescore=0.5)
    expected = plain['scores'] * plain['knot_scores'].mean(-1).sqrt()
    for frame in range(2):
        order = sorted(range(6), key=lambda i: -expected[frame, i].item())
        for key in ('bboxes', 'knots', 'labels', 'knot_scores'):
            assert torch.equal(found[key][frame], plain[key][frame][order])
        torch.testing.assert_close(found['scores'][frame], expected[frame][order])
    assert expected.argsort(descending=True).tolist() != [[*range(6)]] * 2


@pytest.mark.parametrize('rescore', [0.0, 0.5])
def test_limit_gives_the_first_boxes_of_all(rescore):
    options = dict(topk=6, kp_refine='hull', kp_rescore=rescore)
    every = decode_points(random_maps(), 4, **options)
    found = decode_points(random_maps(), 4, limit=2, **options)
    assert found.keys() == every.keys()
    for key, value in found.items():
        assert torch.equal(value, every[key][:, :2])


@pytest.mark.parametrize('dtype', [torch.float16, torch.bfloat16])
def test_half_precision_gives_finite_float32(dtype):
    maps = {key: value.to(dtype) for key, value in random_maps().items()}
    found = decode_points(maps, 4, kp_refine='hull', kp_rescore=1.0)
    for key in ('bboxes', 'scores', 'knots', 'knot_scores'):
        assert found[key].dtype == torch.float32
        assert found[key].isfinite().all()
