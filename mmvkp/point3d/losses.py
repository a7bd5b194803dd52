"""Losses of one stack of the point head."""

from typing import Any, Dict

import torch
from mmengine.dist import all_reduce, get_world_size
from mmengine.model import BaseModule
from torch import Tensor, nn

from ..build import build_module

Maps = Dict[str, Tensor]

# Cells. The overlap of boxes without an area has no gradient.
_SMALLEST_SIDE = 0.1


class Point3DLosses(BaseModule):
    """Weighted losses of the maps of one stack (Eq. 1 to 5 of Point3D).

    Args:
        losses (dict): Configs by the names that `Point3DHead` logs.
        num_knots (int): K; 0 removes the losses of the joints.
        knot_norm (str): 'actor' or 'joint'; see `Point3DHead`.
    """

    def __init__(
        self, losses: Dict[str, Dict[str, Any]], num_knots: int, knot_norm: str
    ) -> None:
        super().__init__()
        self.num_knots, self.knot_norm = num_knots, knot_norm
        self.parts = nn.ModuleDict(
            {
                name: build_module('Point3DHead', name, cfg)
                for name, cfg in losses.items()
                if (num_knots or 'knot' not in name)
                and (name != 'loss_box' or cfg.get('loss_weight', 1))
            }
        )

    def forward(self, out: Maps, targets: Maps) -> Maps:
        """Compare the maps with the targets; call it without autocast.

        Args:
            out (dict[str, Tensor]): Maps (F, D, h, w) of `Point3DHead`.
            targets (dict[str, Tensor]): Result of `Point3DHead.get_targets`.

        Returns:
            dict[str, Tensor]: Scalars, float32.
        """
        actors = len(targets['center_frame'])
        frame, cell = targets['center_frame'], targets['center_cell']
        box_frame, box_cell = targets['box_frame'], targets['box_cell']
        wh = read_cells(out['wh'], box_frame, box_cell)
        offset = read_cells(out['offset'], box_frame, box_cell)
        losses = dict(
            loss_center=self.focal(
                'loss_center',
                out['center_heatmap'],
                targets['center_heatmap'],
                targets['frame_labeled'],
                actors,
            ),
            loss_wh=self.distance('loss_wh', wh, targets['wh']),
            loss_offset=self.distance('loss_offset', offset, targets['offset']),
        )
        if 'loss_box' in self.parts:
            losses['loss_box'] = self.overlap(
                'loss_box',
                make_boxes(wh.clamp(min=_SMALLEST_SIDE), offset),
                make_boxes(targets['wh'], targets['offset']),
            )
        if not self.num_knots:
            return losses
        joints = len(targets['knot_frame'])
        ways = read_cells(out['knot_distance'], frame, cell)
        ways = ways.view(-1, self.num_knots, 2)[targets['knot_visible']]
        rest = read_cells(
            out['knot_offset'], targets['knot_frame'], targets['knot_cell']
        )
        losses.update(
            loss_knot_heatmap=self.focal(
                'loss_knot_heatmap',
                out['knot_heatmap'],
                targets['knot_heatmap'],
                targets['knot_labeled'],
                actors if self.knot_norm == 'actor' else joints,
            ),
            loss_knot_distance=self.distance(
                'loss_knot_distance', ways, targets['knot_distance']
            ),
            loss_knot_offset=self.distance(
                'loss_knot_offset', rest, targets['knot_offset']
            ),
        )
        return losses

    def focal(
        self, name: str, logits: Tensor, target: Tensor, labeled: Tensor, count: int
    ) -> Tensor:
        """Equation 1, summed over annotated frames and divided by N.

        CenterNet clamps the probabilities. In float32 this only removes the
        gradient of the worst errors, so it is not done here.

        Args:
            name (str): Name of the loss.
            logits (Tensor): (F, D, h, w), any floating type.
            target (Tensor): (F, D, h, w) in [0, 1].
            labeled (Tensor): (F,) bool, annotated frames.
            count (int): N.

        Returns:
            Tensor: Scalar, float32.
        """
        factor = mean_count(count, logits)
        if not labeled.all():
            logits, target = logits[labeled], target[labeled]
        if not logits.numel():
            return logits.float().sum()
        return self.parts[name](logits.float().sigmoid(), target, avg_factor=factor)

    def distance(self, name: str, values: Tensor, target: Tensor) -> Tensor:
        """Mean over points and coordinates.

        Args:
            name (str): Name of the loss.
            values (Tensor): (P, 2) float32.
            target (Tensor): (P, 2) float32.

        Returns:
            Tensor: Scalar; if P is 0 it is 0 and still depends on the map.
        """
        factor = mean_count(values.numel(), values)
        if not values.numel():
            return values.sum()
        return self.parts[name](values, target, avg_factor=factor)

    def overlap(self, name: str, boxes: Tensor, target: Tensor) -> Tensor:
        """Mean over boxes of a loss of their overlap.

        Args:
            name (str): Name of the loss.
            boxes (Tensor): (P, 4) float32 `x1, y1, x2, y2`.
            target (Tensor): (P, 4) float32.

        Returns:
            Tensor: Scalar; if P is 0 it is 0 and still depends on the maps.
        """
        factor = mean_count(len(boxes), boxes)
        if not len(boxes):
            return boxes.sum()
        return self.parts[name](boxes, target, avg_factor=factor)


def make_boxes(wh: Tensor, centre: Tensor) -> Tensor:
    """Boxes around centres.

    Shape:
        - wh, centre: (P, 2) `x, y`, in any unit.
        - returns: (P, 4) `x1, y1, x2, y2` in the same unit.
    """
    return torch.cat((centre - wh / 2, centre + wh / 2), 1)


def mean_count(count: int, like: Tensor) -> float:
    """Mean of a number over all processes, with a sum of at least 1.

    With it, N processes have the gradient of one process with all their clips.
    Every process must call it equally often.

    Args:
        count (int): Number of points in this process.
        like (Tensor): Tensor of any shape on the device of the process.

    Returns:
        float: `count` itself in a single process.
    """
    processes = get_world_size()
    if processes == 1:
        return max(1, count)
    mean = torch.tensor(float(count), device=like.device)
    all_reduce(mean, 'mean')
    return max(1 / processes, mean.item())


def read_cells(x: Tensor, frames: Tensor, cells: Tensor) -> Tensor:
    """Values of maps at cells of frames.

    Args:
        x (Tensor): (F, D, h, w).
        frames (Tensor): (P,) int64.
        cells (Tensor): (P, 2) int64 `x, y`, inside the map.

    Returns:
        Tensor: (P, D) float32.
    """
    return x[frames, :, cells[:, 1], cells[:, 0]].float()
