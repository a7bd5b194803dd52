"""Selection of action keypoints from a map and their order."""

from functools import lru_cache
from typing import NamedTuple, Optional, Tuple

import numpy as np
import torch
from mmengine.model import BaseModule
from torch import Tensor, nn

from ..checks import check_choice, check_positive, check_ratio

RANKS = ('sum', 'none')
# A clip whose cells differ by less has no keypoints to speak of, and dividing
# by less than this could end in gradients that are not finite.
_FLAT = 1e-12


class ActionKeypoints(NamedTuple):
    """The selected points of a batch of clips.

    Letters: N clips, T frames, C channels, H W cells, L selected points.

    Shape:
        - features: (N, C, L), in the order of ``points``.
        - points: (N, L, 3) int64 (t, y, x), cells counted from 0.
        - scores: (N, L), values of the heatmap at the points.
        - heatmap: (N, T, H, W), Equation 6, without bounds.
    """

    features: Tensor
    points: Tensor
    scores: Tensor
    heatmap: Tensor


class ActionKeypointSelector(BaseModule):
    """Score the cells of a map and keep the best of each clip, in order.

    The heatmap is a sum over the channels, with weights from a
    squeeze-and-excitation of each frame (Eq. 4 to 6). The best N = int(ratio
    * T * H * W) cells over all frames of a clip are its action keypoints.
    Ranking (Eq. 7) sorts them by x + y + tau * t, descending.

    Equal scores are broken by the lower (t, y, x), equal ranks likewise, so
    the result does not depend on the device.

    Args:
        in_channels (int): Channels C of the map.
        num_segments (int): Frames T per clip.
        keypoint_ratio (float): Share of the cells that are kept, alpha, in
            (0, 1]. Paper: 0.3.
        rank (str): ``'sum'`` is the paper's order; ``'none'`` leaves the
            order of the scores, best first (Table IV).
        tau (float, optional): Weight of time in the order. The paper only
            says that it is above 1. None is 2 * W (of the longer side, if
            the map is no square): the points then go frame by frame, which
            "considers spatial continuity first", as for all tau above
            (W - 1) + (H - 1).
        reduction (int): Channels are reduced by it inside the excitation.

    Shape:
        - x: (N * T, C, H, W), clip-major.
        - returns: `ActionKeypoints` of N clips.

    Raises:
        TypeError: If a number is no integer.
        ValueError: If an argument is out of range; at run time if no cell
            would be kept or a score is not finite.

    Source: "Action Keypoint Network for Efficient Video Recognition", arXiv
    2201.06304, section III-A and III-B.
    """

    def __init__(
        self,
        in_channels: int,
        num_segments: int,
        keypoint_ratio: float = 0.3,
        rank: str = 'sum',
        tau: Optional[float] = None,
        reduction: int = 16,
    ) -> None:
        super().__init__()
        name = 'AKNet'
        check_positive(
            name,
            in_channels=in_channels,
            num_segments=num_segments,
            reduction=reduction,
        )
        check_ratio(
            name,
            'keypoint_ratio',
            keypoint_ratio,
            'it is the share of the T * H * W feature cells that are kept (paper: 0.3)',
        )
        check_choice(name, 'rank', rank, RANKS)
        if tau is not None and not tau > 1:
            raise ValueError(
                f'{name}: tau={tau} is outside (1, inf); it '
                'weighs time against space in the order of the '
                'points, None takes twice the longer side of the '
                'map.'
            )
        self.num_segments = num_segments
        self.keypoint_ratio = keypoint_ratio
        self.rank = rank
        self.tau = tau
        reduced = max(1, in_channels // reduction)
        self.excitation = nn.Sequential(
            nn.Linear(in_channels, reduced, bias=False),
            nn.ReLU(inplace=True),
            nn.Linear(reduced, in_channels, bias=False),
        )

    def score(self, x: Tensor) -> Tensor:
        """Heatmap of each clip (Eq. 4 to 6).

        Shape:
            - x: (N * T, C, H, W).
            - returns: (N, T, H, W), at least single precision: half has too
              few values to order the cells by.
        """
        dtype = torch.promote_types(x.dtype, torch.float32)
        weights = self.excitation(x.mean((2, 3))).to(dtype).softmax(1)
        with torch.autocast(x.device.type, enabled=False):
            heat = weights.unsqueeze(1) @ x.flatten(2).to(dtype)
        return heat.view(-1, self.num_segments, *x.shape[2:])

    def select(self, heatmap: Tensor) -> Tensor:
        """Choose the cells of each clip and order them.

        Shape:
            - heatmap: (N, T, H, W).
            - returns: (N, L) int64, cells counted from 0 in the order (t, y,
              x) of the map.
        """
        cells = heatmap[0].numel()
        # The products of some shares are a hair below an integer.
        number = int(self.keypoint_ratio * cells + 1e-6)
        if number < 1:
            raise ValueError(
                f'AKNet: keypoint_ratio={self.keypoint_ratio} keeps none of '
                f'the {cells} cells of the map {tuple(heatmap.shape[1:])}; '
                f'it must be at least {1 / cells:.4f}.'
            )
        best = best_first(heatmap.detach().flatten(1), number)
        if self.rank == 'none':
            return best
        # In an export to ONNX they are tensors.
        t, height, width = (int(size) for size in heatmap.shape[1:])
        tau = 2 * max(height, width) if self.tau is None else self.tau
        order, place = (
            torch.from_numpy(each).to(best.device)
            for each in _rank_tables(t, height, width, tau)
        )
        return order[place[best].sort(1).values]

    def forward(self, x: Tensor) -> ActionKeypoints:
        """Select the points of a map; see the class for the shapes."""
        heatmap = self.score(x)
        index = self.select(heatmap)
        _, t, height, width = heatmap.shape
        features = take_cells(x.unflatten(0, (-1, t)), index)
        rest = index % (height * width)
        points = torch.stack(
            (
                torch.div(index, height * width, rounding_mode='floor'),
                torch.div(rest, width, rounding_mode='floor'),
                rest % width,
            ),
            -1,
        )
        return ActionKeypoints(
            features, points, heatmap.flatten(1).gather(1, index), heatmap
        )


def take_cells(x: Tensor, index: Tensor) -> Tensor:
    """Features of some cells of each clip.

    Shape:
        - x: (N, T, C, H, W).
        - index: (N, L) int64, cells counted from 0 in the order (t, y, x).
        - returns: (N, C, L).
    """
    number, channels = len(x), x.shape[2]
    rows = x.permute(0, 1, 3, 4, 2)
    if rows.is_contiguous():
        # With the channels last a cell is one piece of memory.
        rows = rows.flatten(1, 3)
        first = torch.arange(number, device=x.device) * rows.shape[1]
        taken = rows.flatten(0, 1).index_select(0, (index + first[:, None]).flatten())
        return taken.view(number, -1, channels).transpose(1, 2).contiguous()
    flat = x.transpose(1, 2).flatten(2)
    return flat.gather(2, index.unsqueeze(1).expand(-1, channels, -1))


def best_first(scores: Tensor, number: int) -> Tensor:
    """Places of the highest scores, the lower place first among equals.

    Shape:
        - scores: (N, P), finite.
        - returns: (N, number) int64.

    Raises:
        ValueError: If a score is not finite: then there is no order.
    """
    if torch.onnx.is_in_onnx_export():
        # ONNX has no stable sort, but its TopK keeps the lower place.
        return scores.topk(number).indices
    if not torch.isfinite(scores).all():
        raise ValueError(
            'AKNet: the heatmap is not finite, so no points can '
            'be chosen; the training has diverged or the '
            'checkpoint is broken: lower the learning rate, or '
            'look for the first loss that is nan.'
        )
    return scores.sort(dim=1, descending=True, stable=True).indices[:, :number]


def rank_cells(t: int, height: int, width: int, tau: float) -> np.ndarray:
    """Cells of a map by x + y + tau * t, descending (Eq. 7).

    Args:
        t (int): Frames.
        height (int): Rows.
        width (int): Columns.
        tau (float): Weight of time.

    Returns:
        np.ndarray: (t * height * width,) int64, cells in the order (t, y, x)
        of the map, counted from 0; equal sums keep that order.
    """
    frame, row, column = np.indices((t, height, width))
    return np.argsort(-(column + row + tau * frame).ravel(), kind='stable')


@lru_cache(maxsize=8)
def _rank_tables(
    t: int, height: int, width: int, tau: float
) -> Tuple[np.ndarray, np.ndarray]:
    """Cells in order, and the place of each cell in that order."""
    order = rank_cells(t, height, width, tau)
    place = np.empty_like(order)
    place[order] = np.arange(len(order))
    return order, place


def min_max(heatmap: Tensor) -> Tensor:
    """Bring the heatmap of each clip to [0, 1], smallest to largest.

    The paper's Equations 14 and 15 take H as it is, which has no bounds: 4H
    (1 - H) then falls to minus infinity. This keeps the order of all cells.

    Shape:
        - heatmap: (N, T, H, W).
        - returns: the same; zeros, without a gradient, for a clip whose
          cells are all equal.
    """
    # Halves, because the difference of very large numbers has no bounds.
    flat = heatmap.flatten(1) / 2
    low = flat.min(1, keepdim=True).values
    size = flat.max(1, keepdim=True).values - low
    flat_clip = size <= _FLAT
    scaled = (flat - low) / torch.where(flat_clip, torch.ones_like(size), size)
    return torch.where(flat_clip, torch.zeros_like(scaled), scaled).view_as(heatmap)
