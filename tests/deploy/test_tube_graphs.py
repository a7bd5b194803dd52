"""Outputs of both graphs of a detector whose parts are simple functions."""

import torch
from torch import Tensor

from mmvkp.deploy.tube_graphs import ClipGraph, FrameGraph


class Head:
    """Point head of two stacks, which must get one map for each."""

    num_stacks = 2

    def forward_last(self, feats):
        assert len(feats) == 2 and feats[0] is feats[1]
        return dict(center_heatmap=feats[-1] + 1, wh=2 * feats[-1])


class Classifier:
    """3D head; the probabilities are twice the feature."""

    def predict(self, feature):
        return 2 * feature


class Detector:
    """The map of a frame has the mean of 2 x 2 pixels of the first channel."""

    point_head = Head()

    def __init__(self, point_input='frame', cls_head=True, bank=None):
        self.point_input, self.bank = point_input, bank
        self.cls_head = Classifier() if cls_head else None

    def extract_frames(self, frames: Tensor):
        x = frames[:, :1].unflatten(2, (-1, 2)).unflatten(4, (-1, 2)).mean((3, 5))
        return [torch.full_like(x, -1), x]

    def mix_frames(self, feats, num_frames):
        """Attention: a frame gets ten times its own value."""
        (x,) = feats
        clips = 10 * x.unflatten(0, (-1, num_frames)).transpose(1, 2)
        return [10 * x], clips

    def extract_clips(self, clips):
        return clips.mean((2, 3, 4))


def bank(mixed, rows, present):
    """Adds the number of present frames, and the sum of the rows of each sample."""
    extra = present.sum(1) + rows.sum((1, 2, 3))
    return mixed + extra[:, None, None, None, None]


FRAMES = torch.arange(8.0).view(1, 1, 2, 4).repeat(2, 3, 1, 1)
FRAMES[1] += 100
# Means of (0, 1, 4, 5) and (2, 3, 6, 7).
MAP = torch.tensor([[[[2.5, 4.5]]], [[[102.5, 104.5]]]])
# Two clips of three frames with one cell.
CLIPS = torch.tensor([[1.0, 2.0, 6.0], [10.0, 20.0, 30.0]]).view(2, 3, 1, 1, 1)


def test_a_frame():
    found = FrameGraph(Detector()).named_outputs(FRAMES)
    assert list(found) == ['features', 'center_heatmap', 'wh']
    assert torch.equal(found['features'], MAP)
    assert torch.equal(found['center_heatmap'], MAP + 1)
    assert torch.equal(found['wh'], 2 * MAP)


def test_a_frame_whose_boxes_come_from_the_clip():
    """With a bank the heatmap of the frame alone decides which rows are stored."""
    found = FrameGraph(Detector('twa')).named_outputs(FRAMES)
    assert list(found) == ['features']
    found = FrameGraph(Detector('twa', bank=bank)).named_outputs(FRAMES)
    assert list(found) == ['features', 'center_heatmap']
    assert torch.equal(found['center_heatmap'], 10 * MAP + 1)


def test_classes_of_a_clip():
    found = ClipGraph(Detector()).named_outputs(CLIPS)
    assert list(found) == ['probabilities']
    # Twice ten times the means 3 and 20.
    assert found['probabilities'].flatten().tolist() == [60, 400]


def test_boxes_of_a_clip_come_from_one_of_its_frames():
    """Another one in each sample."""
    place = torch.tensor([2, 0])
    found = ClipGraph(Detector('twa')).named_outputs(CLIPS, place)
    assert list(found) == ['center_heatmap', 'wh', 'probabilities']
    assert found['center_heatmap'].shape == (2, 1, 1, 1)
    assert found['center_heatmap'].flatten().tolist() == [61, 101]
    assert found['wh'].flatten().tolist() == [120, 200]
    found = ClipGraph(Detector('twa', cls_head=False)).named_outputs(CLIPS, place)
    assert list(found) == ['center_heatmap', 'wh']


def test_rows_of_a_bank():
    """The second sample has one frame in the bank, whose rows have the sum 3."""
    rows = torch.zeros(2, 4, 2, 1)
    present = torch.zeros(2, 4, dtype=torch.bool)
    rows[1, 3, :, 0], present[1, 3] = torch.tensor([1.0, 2.0]), True
    found = ClipGraph(Detector(bank=bank)).named_outputs(CLIPS, rows, present)
    assert found['probabilities'].flatten().tolist() == [60, 2 * (200 + 4)]
    given = (CLIPS, torch.tensor([2, 0]), rows, present)
    found = ClipGraph(Detector('twa', bank=bank)).named_outputs(*given)
    assert found['probabilities'].flatten().tolist() == [60, 2 * (200 + 4)]
    # The boxes do not depend on the bank.
    assert found['wh'].flatten().tolist() == [120, 200]


def test_outputs_are_single_precision():
    """Inputs get the type of the weights, and the outputs are converted back."""
    seen = []

    class Half(Detector):
        def extract_frames(self, frames):
            seen.append(frames.dtype)
            return super().extract_frames(frames)

    outputs = FrameGraph(Half(), torch.float64)(FRAMES)
    assert seen == [torch.float64]
    assert [each.dtype for each in outputs] == [torch.float32] * 3
    assert torch.equal(outputs[0], MAP)
    probabilities = ClipGraph(Detector('twa'), torch.float64)(
        CLIPS, torch.tensor([2, 0])
    )[-1]
    assert probabilities.dtype == torch.float32
    assert probabilities.flatten().tolist() == [60, 400]
