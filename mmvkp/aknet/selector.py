"""Selection and order of action keypoints."""

from typing import NamedTuple, Optional

import torch
from mmengine.model import BaseModule
from torch import Tensor, nn

from ..checks import (
    check_choice,
    check_inert,
    check_number,
    check_positive,
    check_ratio,
)
from ..recognition.full_precision import full_precision
from .cells import best_first, best_in_order, keep_map_size, rank_tables, take_cells

RANKS = ('sum', 'grid', 'none')


class ActionKeypoints(NamedTuple):
    """The selected points of a batch of clips.

    Letters: N clips, T frames, C channels, H W cells, L selected points.

    Shape:
        - features: (N, C, L), in the order of ``points``.
        - points: (N, L, 3) int64 (t, y, x), cells counted from 0.
        - scores: (N, L), values of the heatmap at the points.
        - heatmap: (N, T, H, W), Eq. 6, unbounded.
        - pooled: (N, C), mean of all cells of the map.
    """

    features: Tensor
    points: Tensor
    scores: Tensor
    heatmap: Tensor
    pooled: Tensor


class ActionKeypointSelector(BaseModule):
    """Select the best cells of each clip and rank them.

    The heatmap is the sum of the channels, weighted by a squeeze-and-excitation of
    each frame (Eq. 4 to 6). The best N = int(ratio * T * H * W) cells of all frames
    of a clip are its action keypoints. Ranking (Eq. 7) sorts them by descending
    x + y + tau * t.

    Of equal scores or ranks the lower (t, y, x) comes first, so the result does not
    depend on the device.

    Args:
        in_channels (int): Channels C of the map.
        num_segments (int): Frames T per clip.
        keypoint_ratio (float): Share of the cells that are kept, alpha, in
            (0, 1]. Paper: 0.3.
        rank (str): `'sum'`: the order of the paper; `'grid'`: by (t, y, x), for
            networks that ignore the order; `'none'`: by score, best first (Table IV).
        tau (float, optional): Weight of time in the order. The paper requires only
            tau > 1. None: 2 * max(H, W). As for all tau > (W - 1) + (H - 1), the
            points are then ordered frame by frame, which "considers spatial
            continuity first".
        reduction (int): Reduction of the channels in the excitation.
        owner (str): Class that has the arguments, for the messages.

    Shape:
        - x: (N * T, C, H, W), clip-major.
        - returns: `ActionKeypoints` of N clips.

    Raises:
        TypeError: If an argument has another type.
        ValueError: If an argument is out of range; at run time if no cell is
            selected.

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
        owner: str = 'AKNet',
    ) -> None:
        super().__init__()
        self.owner = name = owner
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
        if rank != 'sum':
            check_inert(name, f'rank={rank!r}', tau=(tau, None))
        if tau is not None:
            check_number(name, tau=tau)
            if not tau > 1:
                raise ValueError(
                    f'{name}: tau={tau} is outside (1, inf); it is the weight of time '
                    'in the order of the points, None is twice the longer side of '
                    'the map.'
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

    def score(self, x: Tensor, pooled: Tensor) -> Tensor:
        """Heatmap of each clip (Eq. 4 to 6).

        Args:
            x (Tensor): Map.
            pooled (Tensor): Its mean in each frame.

        Shape:
            - x: (N * T, C, H, W).
            - pooled: (N * T, C).
            - returns: (N, T, H, W), at least single precision: half precision
              is too coarse to order the cells. All cells of a frame are nan if one
              cell of its map is not finite.
        """
        dtype = torch.promote_types(x.dtype, torch.float32)
        weights = self.excitation(pooled).to(dtype).softmax(1)
        # ReLU removes -inf and a zero weight nothing: 0 * inf is nan.
        weights = weights + 0 * pooled.detach().to(dtype).sum(1, keepdim=True)
        with full_precision(x):
            heat = weights.unsqueeze(1) @ x.flatten(2).to(dtype)
        return heat.view(-1, self.num_segments, *x.shape[2:])

    def select(self, heatmap: Tensor) -> Tensor:
        """Select and rank the cells of each clip.

        Args:
            heatmap (Tensor): Scores of the cells.

        Shape:
            - heatmap: (N, T, H, W).
            - returns: (N, L) int64, cells counted from 0 in the order (t, y,
              x) of the map.
        """
        cells = heatmap[0].numel()
        # Rounding makes some products slightly smaller than an integer.
        number = int(self.keypoint_ratio * cells + 1e-6)
        if number < 1:
            raise ValueError(
                f'{self.owner}: keypoint_ratio={self.keypoint_ratio} selects none of '
                f'the {cells} cells of the map {tuple(heatmap.shape[1:])}; '
                f'it must be at least {1 / cells:.4f}.'
            )
        scores = heatmap.detach().flatten(1)
        if self.rank == 'none':
            return best_first(scores, number)
        if self.rank == 'grid':
            order = torch.arange(cells, device=scores.device)
            return best_in_order(scores, number, order, order)
        # In an export to ONNX the sizes are tensors.
        t, height, width = (int(size) for size in heatmap.shape[1:])
        tau = 2 * max(height, width) if self.tau is None else self.tau
        order, rank = (
            torch.from_numpy(each).to(scores.device)
            for each in rank_tables(t, height, width, tau)
        )
        return best_in_order(scores, number, order, rank)

    def forward(self, x: Tensor) -> ActionKeypoints:
        """Select the points of a map; see the class for the shapes."""
        pooled = x.mean((2, 3))
        heatmap = keep_map_size(self.score(x, pooled))
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
            features,
            points,
            heatmap.flatten(1).gather(1, index),
            heatmap,
            pooled.unflatten(0, (-1, t)).mean(1),
        )
