"""Point head: sizes, targets and decoded targets."""

import pytest
import torch
from mmaction.registry import MODELS

from mmvkp.recognition.complexity import count_macs, count_parameters

from .point_scenes import make_gt, make_head, make_maps, random_scene, write_targets

pytest.importorskip(
    'mmdet.models', reason='the losses need MMDetection and the full mmcv'
)


def test_size_and_cost():
    """892 212 parameters and 3.651 G MACs.

    Six branches of 128 * 128 * 9 + 128, and 128 * 52 + 52 for their 1 + 2 +
    2 + 15 + 30 + 2 outputs; without biases times 64 * 64 cells.
    """
    head = MODELS.build(dict(type='Point3DHead', in_channels=128)).eval()
    assert count_parameters(head) == 892212
    macs = count_macs(head, [torch.zeros(1, 128, 64, 64)])
    assert macs == 64 * 64 * (6 * 128 * 128 * 9 + 128 * 52)
    assert macs / 1e9 == pytest.approx(3.651, abs=5e-4)


@pytest.mark.parametrize('size', [(8, 8), (5, 12)])
def test_shapes(size):
    head = make_head(num_classes=3, num_knots=5, num_stacks=2)
    feats = [torch.rand(6, 4, *size) for _ in range(3)]
    expected = dict(
        center_heatmap=3,
        wh=2,
        offset=2,
        knot_heatmap=5,
        knot_distance=10,
        knot_offset=2,
    )
    outs = head(feats)
    assert len(outs) == 2
    for out in outs:
        assert {k: tuple(v.shape) for k, v in out.items()} == {
            k: (6, v, *size) for k, v in expected.items()
        }
    last = head.forward_last(feats)
    (only,) = head.eval()(feats)
    for name in expected:
        assert torch.equal(last[name], outs[1][name])
        assert torch.equal(last[name], only[name])
    assert list(make_head(num_knots=0)(feats)[0]) == ['center_heatmap', 'wh', 'offset']


def test_the_last_features_are_used():
    head = make_head()
    first, last = torch.rand(2, 1, 4, 6, 6)
    with_both, alone = head([first, last])[0], head([last])[0]
    assert torch.equal(with_both['wh'], alone['wh'])


def test_start_of_training():
    """Probabilities of 0.1, sizes and offsets near 0."""
    out = make_head().forward_last([torch.zeros(1, 4, 6, 6)])
    for name in ('center_heatmap', 'knot_heatmap'):
        torch.testing.assert_close(
            out[name].sigmoid().mean(), torch.tensor(0.1), atol=0.02, rtol=0
        )
    for name in ('wh', 'offset', 'knot_distance', 'knot_offset'):
        assert out[name].abs().max() < 1e-2


@pytest.mark.parametrize('seed, blur', [(0, 0.0), (1, 0.0), (2, 0.3)])
def test_boxes_and_joints_come_back(seed, blur):
    """Also if the centre predicts its joints with an error of a third of a cell."""
    head = make_head()
    gts = random_scene(seed=seed)
    targets = head.get_targets(gts, torch.ones(2, 3).bool(), (16, 16))
    maps = write_targets(head, targets, 6, (16, 16))
    maps['knot_distance'] += blur
    found = head.predict_by_feat(maps)
    assert len(found) == 6
    for number, frame in enumerate(found):
        assert frame.scores[:2].min() > 0.99 and frame.scores[2] < 0.9
        assert frame.labels.tolist() == [0] * len(frame)
        gt, t = gts[number // 3], number % 3
        # Left actor first.
        order = frame.bboxes[:2, 0].argsort()
        torch.testing.assert_close(frame.bboxes[order], gt.bboxes[:, t])
        torch.testing.assert_close(frame.knots[order], gt.keypoints[:, t])
        assert frame.knot_scores[:2].min() > 0.99


def test_centre_on_the_border_comes_back():
    """A centre at pixel 64 of 64 is in the last cell with an offset of 1."""
    head = make_head(num_knots=0)
    gt = make_gt([[56, 20, 72, 44], [10, -12, 30, 12]])
    targets = head.get_targets([gt], torch.ones(1, 1).bool(), (16, 16))
    assert targets['center_cell'].tolist() == [[15, 8], [5, 0]]
    found = head.predict_by_feat(write_targets(head, targets, 1, (16, 16)))[0]
    assert found.bboxes[:2].tolist() == [[10, -12, 30, 12], [56, 20, 72, 44]]


def test_skipped_actors():
    """Centres outside, invalid boxes and frames without annotations."""
    head = make_head(num_knots=0)
    gt = make_gt([[0, 0, 20, 20], [60, 0, 80, 20], [0, 30, 20, 50]], num_frames=3)
    gt.bbox_valid[2, 0] = False
    labeled = torch.tensor([[True, False, True]])
    targets = head.get_targets([gt], labeled, (16, 16))
    assert targets['center_frame'].tolist() == [0, 2, 2]
    assert targets['center_cell'].tolist() == [[2, 2], [2, 2], [2, 10]]
    peaks = (targets['center_heatmap'] == 1).sum((1, 2, 3))
    assert peaks.tolist() == [1, 0, 2]
    assert targets['frame_labeled'].tolist() == [True, False, True]


@pytest.mark.parametrize(
    'labels, channels',
    [
        (torch.tensor([2, 0]), [[2], [0]]),
        (torch.tensor([[0.0, 1, 1], [1, 0, 0]]), [[1, 2], [0]]),
    ],
)
def test_several_classes(labels, channels):
    head = make_head(num_classes=3, num_knots=0)
    boxes = [[0, 0, 20, 20], [30, 30, 60, 60]]
    gt = make_gt(boxes, labels=labels)
    targets = head.get_targets([gt], torch.ones(1, 1).bool(), (16, 16))
    heat = targets['center_heatmap'][0]
    assert heat[:, 2, 2].nonzero().flatten().tolist() == channels[0]
    assert heat[:, 11, 11].nonzero().flatten().tolist() == channels[1]
    assert len(targets['wh']) == 2
    count = sum(map(len, channels))
    found = head.predict_by_feat(write_targets(head, targets, 1, (16, 16)))[0]
    rows = {
        (label, *box)
        for label, box in zip(
            found.labels[:count].tolist(), found.bboxes[:count].tolist()
        )
    }
    assert rows == {
        (label, *map(float, box))
        for box, classes in zip(boxes, channels)
        for label in classes
    }


def test_wrong_features():
    head = make_head(num_stacks=2)
    with pytest.raises(TypeError, match='one tensor of shape'):
        head(torch.rand(2, 4, 8, 8))
    with pytest.raises(ValueError, match=r'num_stacks=2, but .*only 1'):
        head([torch.rand(2, 4, 8, 8)])


def test_frames_that_do_not_fit():
    head = make_head()
    maps = make_maps(head, (16, 16), 5)
    with pytest.raises(ValueError, match='5 frames do not divide into 2'):
        head.loss_by_feat([maps], random_scene(), [{}, {}])


def test_annotations_that_do_not_fit():
    """The message has the name of the video."""
    head = make_head(num_knots=3)
    with pytest.raises(ValueError, match="'v1'.* 2 joints; num_knots=3"):
        head.loss_by_feat(
            [make_maps(head, (16, 16), 3)], random_scene(1), [dict(video_id='v1')]
        )
