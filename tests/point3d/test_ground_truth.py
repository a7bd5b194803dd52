"""Annotated actors in one list, and annotations that do not fit."""

import numpy as np
import pytest
import torch
from mmengine.structures import InstanceData

from mmvkp.point3d.ground_truth import (
    collect_labeled,
    collect_truth,
    exclude_degenerate,
    name_clips,
)

NAMES = name_clips([dict(video_id='v0'), {}])


def clip(count=2, **fields):
    """Actors on 16 x 16 pixels in three frames, with two joints."""
    boxes = torch.arange(count * 3.0).view(count, 3, 1).expand(-1, -1, 4)
    fields = {
        **dict(
            bboxes=boxes + torch.tensor([0.0, 0, 4, 6]),
            labels=torch.arange(count),
            bbox_valid=torch.ones(count, 3, dtype=torch.bool),
            keypoints=boxes[..., None, :2].repeat(1, 1, 2, 1),
            keypoints_visible=torch.ones(count, 3, 2, dtype=torch.bool),
        ),
        **fields,
    }
    return InstanceData(**{k: v for k, v in fields.items() if v is not None})


def collect(gts, labeled=None, num_classes=3, num_knots=2):
    """`collect_truth` on maps of 4 x 4 cells of 4 pixels."""
    if labeled is None:
        labeled = torch.ones(len(gts), 3, dtype=torch.bool)
    return collect_truth(gts, NAMES, labeled, num_classes, num_knots, (4, 4), 4)


def test_names_of_clips():
    assert NAMES == [
        "clip 0 of the batch (video 'v0')",
        "clip 1 of the batch (video 'without name')",
    ]


def test_actors_in_one_list():
    """Box t of actor n begins at 3 n + t and is 4 x 6 pixels."""
    valid = torch.tensor([[True, True, False], [False, True, True]])
    labeled = torch.tensor([[True, True, True], [True, False, True]])
    truth = collect([clip(), clip(bbox_valid=valid)], labeled)
    assert truth.frames.tolist() == [0, 1, 2, 0, 1, 2, 3, 5]
    starts = [0, 1, 2, 3, 4, 5, 0, 5]
    assert truth.boxes.tolist() == [[x, x, x + 4, x + 6] for x in starts]
    labels = [0, 0, 0, 1, 1, 1, 0, 1]
    assert truth.classes.long().argmax(1).tolist() == labels
    assert truth.classes.sum(1).tolist() == [1] * 8
    assert truth.joints.tolist() == [[[x, x]] * 2 for x in starts]
    assert truth.visible.shape == (8, 2)


def test_ignored_annotations():
    """Labels with one class, joints without a detector of joints."""
    gt = clip(labels=torch.tensor([7, -1]), keypoints=None)
    truth = collect([gt], num_classes=1, num_knots=0)
    assert truth.classes.tolist() == [[True]] * 6
    assert truth.joints is None and truth.visible is None


def test_no_actors_need_no_joints():
    truth = collect([clip(0, keypoints=None, keypoints_visible=None)])
    assert truth.boxes.shape == (0, 4) and truth.joints.shape == (0, 2, 2)
    assert truth.visible.dtype == torch.bool


def test_labeled_frames():
    labeled = collect_labeled(
        [{}, dict(frame_labeled=np.array([True, False]))], 2, torch.device('cpu')
    )
    assert labeled.tolist() == [[True, True], [True, False]]
    with pytest.raises(ValueError, match=r'frame_labeled .*\(2,\).* 4 frames'):
        collect_labeled([dict(frame_labeled=[True] * 2)], 4, 'cpu')


@pytest.mark.parametrize(
    'change, message',
    [
        (
            dict(keypoints=None),
            r"\(video 'v0'\) has no keypoints, but num_knots=2;"
            r' set num_knots=0',
        ),
        (
            dict(keypoints=torch.rand(2, 3, 15, 2)),
            r"\(video 'v0'\).* 15 joints; num_knots=2\. Set num_knots",
        ),
        (
            dict(keypoints_visible=torch.ones(2, 3, 1)),
            r"\(video 'v0'\).*keypoints_visible \(2, 3, 1\)",
        ),
        (dict(bboxes=torch.rand(2, 4)), r'bboxes of clip 0 .*\(2, 4\)'),
        (dict(bbox_valid=None), r'clip 0 .*has no bbox_valid; put PackTubeInputs'),
        (dict(labels=torch.tensor([0, 3])), r"\(video 'v0'\) reach from 0 to 3"),
        (dict(labels=torch.ones(2, 4)), 'have 4 columns, num_classes=3'),
    ],
)
def test_annotations_that_do_not_fit(change, message):
    with pytest.raises(ValueError, match=message):
        collect([clip(**change), clip()])


@pytest.mark.parametrize('wrong', [[9, 9, 9, 12], [9, 9, 5, 12], [0, 0, torch.nan, 4]])
def test_frames_with_a_degenerate_box_have_no_loss(wrong):
    """The actor is there, so the frame is not background."""
    broken, valid = clip(), torch.ones(2, 3, dtype=torch.bool)
    broken.bboxes[1, 1] = torch.tensor(wrong)
    valid[0, 2] = False
    broken.bbox_valid = valid
    hidden = clip()
    hidden.bboxes[0, 0] = torch.tensor(wrong)
    hidden.bbox_valid = torch.tensor([[False, True, True]] * 2)
    labeled = torch.ones(2, 3, dtype=torch.bool)
    kept = exclude_degenerate([broken, hidden], NAMES, labeled)
    assert kept.tolist() == [[True, False, True], [True, True, True]]
    assert labeled.all()
    truth = collect([broken, hidden], kept)
    assert 1 not in truth.frames and truth.boxes.isfinite().all()
