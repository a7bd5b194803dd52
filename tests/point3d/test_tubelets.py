"""Tubelets linked by hand, and against a loop over the boxes."""

import numpy as np
import pytest
import torch
from mmengine.structures import InstanceData

from mmvkp.point3d.tubelets import (
    box_overlaps,
    link_frames,
    makes_tubelet,
    tubelets_of_clip,
)
from mmvkp.tubes.clips import answering_clips, clip_frames


def frame(*rows, labels=None):
    """Detections from rows `x1, y1, x2, y2, score`."""
    rows = torch.tensor(rows, dtype=torch.float32).reshape(-1, 5)
    labels = [0] * len(rows) if labels is None else labels
    return InstanceData(
        bboxes=rows[:, :4],
        scores=rows[:, 4],
        labels=torch.tensor(labels, dtype=torch.long),
    )


def test_overlaps_by_hand():
    """Shifted by a third: 2 of 4 columns; without any area: 0."""
    boxes = torch.tensor([[0.0, 0, 3, 3], [1, 0, 4, 3], [5, 5, 5, 5]])
    torch.testing.assert_close(
        box_overlaps(boxes, boxes),
        torch.tensor([[1.0, 0.5, 0], [0.5, 1, 0], [0, 0, 0]]),
    )


def test_two_tubelets_by_hand():
    """In frame 2 the first tubelet continues with the best overlapping box, not with
    the largest overlap. In frame 0 the overlap is 60 / 140, so it keeps its box.

    The other one is not found in frame 2.
    """
    frames = [
        frame((100, 0, 110, 10, 0.6), (4, 0, 14, 10, 0.3)),
        frame((0, 0, 10, 10, 0.9), (101, 0, 111, 10, 0.5)),
        frame((1, 0, 11, 10, 0.8), (0, 0, 10, 10, 0.7)),
    ]
    found = link_frames(frames)
    torch.testing.assert_close(found.scores, torch.tensor([1.7 / 3, 1.1 / 3]))
    assert found.bboxes.tolist() == [
        [[0, 0, 10, 10], [0, 0, 10, 10], [1, 0, 11, 10]],
        [[100, 0, 110, 10], [101, 0, 111, 10], [101, 0, 111, 10]],
    ]
    assert found.labels.tolist() == [0, 0]


def test_the_last_box_counts_and_half_is_enough():
    """Each step overlaps by a half; the first and the last do not."""
    frames = [frame((x, 0, x + 3, 3, 0.5)) for x in range(5)]
    found = link_frames(frames)
    assert found.bboxes[0, :, 0].tolist() == [0, 1, 2, 3, 4]
    assert found.scores.tolist() == [0.5]
    # After a miss the box waits where it was last seen.
    frames[3] = frame((50, 0, 53, 3, 0.9))
    found = link_frames(frames)
    assert found.bboxes[0, :, 0].tolist() == [0, 1, 2, 2, 2]
    torch.testing.assert_close(found.scores, torch.tensor([0.3]))


def test_only_boxes_of_the_same_class():
    frames = [
        frame((0, 0, 10, 10, 0.9), (0, 0, 10, 10, 0.4), labels=[1, 0]),
        frame((0, 0, 10, 10, 0.8), labels=[0]),
    ]
    found = link_frames(frames)
    torch.testing.assert_close(found.scores, torch.tensor([0.6]))
    assert found.labels.tolist() == [0]


def test_better_tubelets_come_first_with_their_joints():
    frames = [
        frame((50, 0, 60, 10, 0.9)),
        frame((0, 0, 10, 10, 0.5), (50, 0, 60, 10, 0.4), labels=[2, 0]),
    ]
    for each, start in zip(frames, (0.0, 10.0)):
        count = len(each)
        each.knots = start + torch.arange(count * 4.0).view(count, 2, 2)
        each.knot_scores = torch.full((count, 2), 0.5)
    found = link_frames(frames)
    torch.testing.assert_close(found.scores, torch.tensor([0.65, 0.25]))
    assert found.labels.tolist() == [0, 2]
    assert found.knots.tolist() == [
        [[[0, 1], [2, 3]], [[14, 15], [16, 17]]],
        [[[10, 11], [12, 13]], [[10, 11], [12, 13]]],
    ]
    # Where a tubelet was not found its joints have no score either.
    assert found.knot_scores.tolist() == [
        [[0.5, 0.5], [0.5, 0.5]],
        [[0, 0], [0.5, 0.5]],
    ]


def naive(frames):
    """A loop over tubelets; boxes and scores."""
    middle, tubelets = len(frames) // 2, []
    for seed in range(len(frames[middle])):
        boxes = {middle: frames[middle].bboxes[seed]}
        scores = [float(frames[middle].scores[seed])]
        for way in (range(middle + 1, len(frames)), range(middle - 1, -1, -1)):
            last = boxes[middle]
            for t in way:
                for box, score in zip(frames[t].bboxes, frames[t].scores):
                    wide, high = (
                        float(min(box[i + 2], last[i + 2]) - max(box[i], last[i]))
                        for i in (0, 1)
                    )
                    shared = max(wide, 0) * max(high, 0)
                    areas = sum(
                        float((b[2] - b[0]) * (b[3] - b[1])) for b in (box, last)
                    )
                    if shared >= 0.5 * (areas - shared):
                        last = box
                        scores.append(float(score))
                        break
                boxes[t] = last
        tubelets.append(
            (
                sum(scores) / len(frames),
                torch.stack([boxes[t] for t in range(len(frames))]),
            )
        )
    return sorted(tubelets, key=lambda each: -each[0])


@pytest.mark.parametrize('num_frames', [1, 2, 5])
def test_equals_a_loop_over_the_boxes(num_frames):
    generator = torch.Generator().manual_seed(num_frames)
    frames = []
    for count in (9, 0, 12, 7, 10)[:num_frames]:
        start = 12 * torch.rand(count, 2, generator=generator)
        size = 8 + 6 * torch.rand(count, 2, generator=generator)
        scores = torch.rand(count, 1, generator=generator)
        rows = torch.cat((start, start + size, scores.sort(0, True)[0]), 1)
        frames.append(frame(*rows.tolist()))
    found, expected = link_frames(frames), naive(frames)
    assert len(found) == len(expected) == len(frames[num_frames // 2])
    for score, boxes, (naive_score, naive_boxes) in zip(
        found.scores, found.bboxes, expected
    ):
        assert float(score) == pytest.approx(naive_score, abs=1e-6)
        assert torch.equal(boxes, naive_boxes)


def test_nothing_found():
    found = tubelets_of_clip([frame()] * 3, [4, 5, 6])
    assert found.bboxes.shape == (0, 3, 4) and found.scores.shape == (0,)
    assert found.frame_inds.shape == (0,)


@pytest.mark.parametrize(
    'frames, expected',
    [
        ([5, 6, 7, 8], True),
        ([3], True),
        ([1, 2, 3, 3], True),
        ([1, 1, 1, 1], True),
        ([1, 1, 2, 3], False),
        ([7, 8, 9, 9], False),
        ([2, 2, 2, 2], False),
    ],
)
def test_which_clips_make_tubelets(frames, expected):
    assert makes_tubelet(np.array(frames)) is expected
    found = tubelets_of_clip([frame((0, 0, 9, 9, 0.5))] * len(frames), frames)
    assert found.frame_inds.tolist() == [frames[0]] * expected
    assert found.bboxes.shape == (int(expected), len(frames), 4)


@pytest.mark.parametrize('nframes', range(1, 10))
def test_sliding_clips_start_a_tubelet_at_each_frame_once(nframes):
    """Up to the last frame with three frames after it; a shorter video has one
    tubelet."""
    starts = []
    for start, _, _ in answering_clips(nframes, 4, 1, 'sliding'):
        frames = clip_frames(start, 4, 1, nframes)
        starts += [int(frames[0])] * makes_tubelet(frames)
    assert starts == list(range(1, max(2, nframes - 2)))


def test_frames_that_were_left_out():
    with pytest.raises(ValueError, match=r'these are \[1, 3, 5\]; set frame_'):
        makes_tubelet([1, 3, 5])
