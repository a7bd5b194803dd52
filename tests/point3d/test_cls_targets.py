"""Targets of the classifier by hand, and jittered boxes."""

import numpy as np
import torch

from mmvkp.point3d.cls_targets import collect_targets, jitter_boxes

from .point_scenes import actors, no_actors


def collect(truth, metas, per_actor=True):
    return collect_targets(truth, metas, 4, per_actor, False, torch.device('cpu'))


def test_targets_of_clips_ignore_frames_without_labels():
    truth = actors([1, 3], [[1, 0, 1], [0, 1, 0]])
    meta = dict(frame_labeled=np.array([False, True, False]))
    targets = collect([truth], [meta], per_actor=False)
    assert targets.places.tolist() == [0]
    assert targets.classes.tolist() == [[0, 0, 0, 1]]


def test_targets_of_actors_are_their_boxes_on_key_frames():
    boxes = torch.arange(2 * 3 * 4.0).view(2, 3, 4)
    truth = actors([1, 3], [[1, 1, 0], [0, 1, 1]], boxes)
    # By default the middle frame.
    targets = collect([no_actors(), truth], [{}, {}])
    assert targets.places.tolist() == [[1, 4, 5, 6, 7], [1, 16, 17, 18, 19]]
    assert targets.classes.tolist() == [[0, 1, 0, 0], [0, 0, 0, 1]]
    meta = dict(key_inds=np.array([0, 2]), frame_labeled=np.array([True, True, False]))
    targets = collect([truth, no_actors()], [meta, meta])
    assert targets.places.tolist() == [[0, 0, 1, 2, 3]]
    meta['frame_labeled'][2] = True
    targets = collect([truth], [meta])
    assert targets.places.tolist() == [[0, 0, 1, 2, 3], [0, 20, 21, 22, 23]]
    assert targets.classes.tolist() == [[0, 1, 0, 0], [0, 0, 0, 1]]


def test_frames_with_a_degenerate_box_give_no_targets():
    """Neither of that actor nor of the others in the frame."""
    boxes = torch.tensor([1.0, 2, 5, 6]).repeat(2, 3, 1)
    boxes[0, 1, 2] = torch.nan
    boxes[1, 2, 3] = 2
    truth = actors([1, 3], [[1, 1, 0], [0, 1, 1]], boxes)
    targets = collect([truth], [dict(key_inds=np.arange(3))])
    assert targets.places.tolist() == [[0, 1, 2, 5, 6]]
    assert targets.classes.tolist() == [[0, 1, 0, 0]]
    targets = collect([truth], [{}], per_actor=False)
    assert targets.classes.tolist() == [[0, 1, 0, 0]]


def test_jitter():
    size = (256, 256)
    rois = torch.tensor([[3.0, 100, 60, 140, 160]]).repeat(2000, 1)
    torch.manual_seed(0)
    out = jitter_boxes(rois, 0.2, size)
    torch.manual_seed(0)
    assert torch.equal(out, jitter_boxes(rois, 0.2, size))
    assert not torch.equal(out, jitter_boxes(rois, 0.2, size))
    assert (out[:, 0] == 3).all()
    sides = (out[:, 3:] - out[:, 1:3]) / torch.tensor([40.0, 100.0])
    move = (out[:, 3:] + out[:, 1:3]) / 2 - torch.tensor([120.0, 110.0])
    move = move / torch.tensor([40.0, 100.0])
    for found, middle in ((sides, 1), (move, 0)):
        assert (found.amin(0) - middle + 0.2).abs().max() < 2e-3
        assert (found.amax(0) - middle - 0.2).abs().max() < 2e-3
        assert (found.mean(0) - middle).abs().max() < 0.01
    # Boxes are clipped to the image.
    size = (384, 256)
    rois = torch.tensor([[0.0, -50, 200, 30, 300]]).repeat(50, 1)
    out = jitter_boxes(rois, 0.2, size)
    assert (out[:, 1] == 0).all() and (out[:, 4] == 256).all()
    assert (out[:, 2] > 150).all() and (out[:, 3] < 60).all()
    rois = torch.tensor([[0.0, 300, 100, 500, 150]]).repeat(50, 1)
    out = jitter_boxes(rois, 0.2, size)
    assert (out[:, 3] == 384).all() and (out[:, 4] < 200).all()
    rois = torch.tensor([[0.0, 3, 4, 50, 60]])
    assert torch.allclose(jitter_boxes(rois, 0.0, size), rois)


def test_label_of_the_middle_frame():
    """Position 1 of 3: one class, none, and unknown because it is not labeled."""
    truth = [
        actors([1, 3], [[1, 1, 0], [1, 0, 1]]),
        actors([1, 3], [[1, 0, 0], [0, 0, 1]]),
        no_actors(),
        actors([2], [[1, 0, 1]]),
    ]
    hidden = dict(frame_labeled=np.array([True, False, True]))
    metas = [{}, {}, {}, hidden]

    def labels(clip_label):
        found = collect_targets(
            truth, metas, 4, False, False, torch.device('cpu'), clip_label
        )
        return found.places.tolist(), found.classes.tolist()

    half = [0, 0.5, 0, 0.5]
    assert labels('any') == ([0, 1, 3], [half, half, [0, 0, 1, 0]])
    assert labels('middle') == ([0], [[0, 1, 0, 0]])
    nothing = [0, 0, 0, 0, 1]
    assert labels('background') == ([0, 1, 2], [[0, 1, 0, 0, 0], nothing, nothing])


def test_a_degenerate_box_in_the_middle_is_not_background():
    boxes = torch.tensor([1.0, 2, 5, 6]).repeat(1, 3, 1)
    boxes[0, 1, 2] = torch.nan
    targets = collect_targets(
        *([actors([1], [[1, 1, 1]], boxes)], [{}], 4, False, False),
        torch.device('cpu'),
        'background',
    )
    assert targets.places.shape == (0,) and targets.classes.shape == (0, 5)
