"""Heads, actors and maps for the tests of the heads."""

import math

import torch
from mmengine.structures import InstanceData

from mmvkp.point3d.point_head import Point3DHead

# A logit whose probability is nearly 0.
LOW = -9.0


def heatmap(size, **peaks):
    """Logits (1, 1, h, w) with probabilities at cells given as `x_y`."""
    logits = torch.full((1, 1, *size), LOW)
    for place, score in peaks.items():
        x, y = map(int, place[1:].split('_'))
        logits[0, 0, y, x] = torch.tensor(score).logit()
    return logits


def make_head(**options):
    """A narrow head with a fixed seed."""
    torch.manual_seed(0)
    return Point3DHead(
        **{**dict(in_channels=4, mid_channels=4, num_knots=2), **options}
    )


def make_gt(boxes, labels=None, num_frames=1):
    """A clip whose actors do not move, without joints."""
    boxes = torch.tensor(boxes, dtype=torch.float32).reshape(-1, 1, 4)
    return InstanceData(
        bboxes=boxes.repeat(1, num_frames, 1),
        labels=torch.zeros(len(boxes)).long() if labels is None else labels,
        bbox_valid=torch.ones(len(boxes), num_frames, dtype=torch.bool),
    )


def make_maps(head, size, num_frames=1, fill=0.0):
    """Constant maps in the layout of the head, to be filled."""
    return {
        name: torch.full(
            (num_frames, branch[2].out_channels, *size), fill, requires_grad=True
        )
        for name, branch in head.stacks[-1].items()
    }


def random_scene(num_clips=2, num_frames=3, num_knots=2, seed=0):
    """Two actors per frame in the left and right half of 64 x 64 pixels."""
    generator = torch.Generator().manual_seed(seed)

    def rand(*shape):
        return torch.rand(*shape, generator=generator)

    gts = []
    for _ in range(num_clips):
        left = torch.tensor([0.0, 36])[:, None]
        x1, x2 = left + 8 * rand(2, num_frames), left + 14 + 14 * rand(2, num_frames)
        y1, y2 = 20 * rand(2, num_frames), 34 + 30 * rand(2, num_frames)
        boxes = torch.stack((x1, y1, x2, y2), -1)
        share = rand(2, num_frames, num_knots, 2)
        low, high = boxes[:, :, None, :2], boxes[:, :, None, 2:]
        gts.append(
            InstanceData(
                bboxes=boxes,
                labels=torch.zeros(2).long(),
                bbox_valid=torch.ones(2, num_frames, dtype=torch.bool),
                keypoints=low + share * (high - low),
                keypoints_visible=torch.ones(
                    2, num_frames, num_knots, dtype=torch.bool
                ),
            )
        )
    return gts


def write_targets(head, targets, num_frames, size):
    """Maps that encode the targets exactly."""
    maps = {k: v.detach() for k, v in make_maps(head, size, num_frames).items()}
    for name in ('center_heatmap', 'knot_heatmap'):
        if name in maps:
            maps[name] = targets[name].clamp(1e-4, 1 - 1e-4).logit()
    for number, (frame, (x, y)) in enumerate(
        zip(targets['box_frame'], targets['box_cell'])
    ):
        maps['wh'][frame, :, y, x] = targets['wh'][number]
        maps['offset'][frame, :, y, x] = targets['offset'][number]
    if not head.num_knots:
        return maps
    rows, knots = targets['knot_visible'].nonzero().unbind(1)
    for number, (row, k) in enumerate(zip(rows, knots)):
        frame, (x, y) = targets['center_frame'][row], targets['center_cell'][row]
        maps['knot_distance'][frame, 2 * k : 2 * k + 2, y, x] = targets[
            'knot_distance'
        ][number]
        x, y = targets['knot_cell'][number]
        maps['knot_offset'][frame, :, y, x] = targets['knot_offset'][number]
    return maps


def actors(labels, valid, boxes=None):
    """Ground truth of a clip: labels and, per actor and frame, validity."""
    valid = torch.tensor(valid, dtype=torch.bool).reshape(len(labels), -1)
    if boxes is None:
        boxes = torch.rand(*valid.shape, 4) + torch.tensor([0, 0, 1, 1])
    return InstanceData(labels=torch.as_tensor(labels), bbox_valid=valid, bboxes=boxes)


def no_actors(frames=3, classes=None):
    """Ground truth of a clip without actors."""
    shape = (0,) if classes is None else (0, classes)
    return InstanceData(
        labels=torch.zeros(
            shape, dtype=torch.long if classes is None else torch.float32
        ),
        bbox_valid=torch.zeros(0, frames, dtype=torch.bool),
        bboxes=torch.zeros(0, frames, 4),
    )


def draw_one_by_one(points, num_maps, size):
    """A plain loop over points and cells."""
    maps = [[[0.0] * size[1] for _ in range(size[0])] for _ in range(num_maps)]
    for number, x, y, radius in points:
        sigma = (2 * radius + 1) / 6
        for row in range(size[0]):
            for column in range(size[1]):
                if max(abs(row - y), abs(column - x)) <= radius:
                    squared = (row - y) ** 2 + (column - x) ** 2
                    value = math.exp(-squared / (2 * sigma**2))
                    old = maps[number][row][column]
                    maps[number][row][column] = max(old, value)
    return torch.tensor(maps)
