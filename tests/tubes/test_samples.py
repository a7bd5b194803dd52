"""Detections of data samples; errors are tested with the metric."""

import numpy as np
import pytest
import torch

from mmvkp.tubes.samples import read_sample


def sample(scores, boxes=((1, 2, 3, 4), (5, 6, 7, 8)), **others):
    found = dict(
        bboxes=torch.tensor(boxes, dtype=torch.bfloat16),
        frame_inds=[3] * len(boxes),
        scores=torch.tensor(scores),
    )
    return dict(pred_instances=found, **others)


def test_scores_of_all_classes():
    found = read_sample(sample([[0.5, 0.25], [0.1, 0.2]]), 9, 2)
    assert found.boxes.dtype == np.float32 and found.boxes.shape == (2, 1, 4)
    frames, boxes, labels, scores = found.tubelets()
    assert labels.tolist() == [0, 0, 1, 1] and set(frames.tolist()) == {3}
    np.testing.assert_allclose(scores, [0.5, 0.1, 0.25, 0.2])
    assert len(read_sample(sample([[0.5, 0.25], [0.1, 0.2]]), 9, 2, limit=1).score) == 2


def test_scores_of_boxes_and_classes():
    found = read_sample(sample([0.5, 0.1], class_scores=[0.5, 1.0]), 9, 2)
    np.testing.assert_allclose(found.tubelets().scores, [0.25, 0.05, 0.5, 0.1])


def test_no_boxes():
    empty = sample(np.zeros((0, 2)).tolist(), np.zeros((0, 3, 4)).tolist())
    empty['pred_instances']['bboxes'] = torch.zeros(0, 3, 4)
    assert read_sample(empty, 9, 2).boxes.shape == (0, 3, 4)


def test_tubelets_where_single_boxes_are_needed():
    with pytest.raises(ValueError, match='tubelets of 2; set linker='):
        read_sample(sample([[0.5]], [[[1, 2, 3, 4]] * 2]), 9, 1, single=True)


def test_values_that_are_not_numbers():
    wrong = sample([[0.5]], [[1, 2, 3, 4]])
    wrong['pred_instances']['frame_inds'] = 'x'
    with pytest.raises(ValueError, match="frame_inds is 'x'; a tensor or list of"):
        read_sample(wrong, 9, 1)
