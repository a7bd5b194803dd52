"""Residual blocks for all frames and for selected frames."""

from typing import Optional

import torch
from torch import Tensor, nn

from ..recognition.export_state import is_exporting
from ..recognition.temporal_shift import temporal_shift
from .frame_ops import select_rows, shift_selected, write_sums


class ResidualUnit(nn.Module):
    """Residual block with an optional temporal shift.

    Args:
        path (nn.Module): Convolutions.
        shortcut (nn.Module, optional): None for a block without shortcut.
        relu (bool): ReLU after the sum.
        shift_segments (int): Frames per view of the temporal shift before the path; 0
            for no shift.

    Shape:
        - x: (B, C, H, W).
        - returns: (B, C', H', W').
    """

    def __init__(
        self,
        path: nn.Module,
        shortcut: Optional[nn.Module],
        relu: bool = True,
        shift_segments: int = 0,
    ) -> None:
        super().__init__()
        self.path = path
        self.shortcut = shortcut
        self.relu = relu
        self.shift_segments = shift_segments

    def shift(self, x: Tensor) -> Tensor:
        """Input of the path, shifted in time if requested.

        Shape:
            - x: (B, C, H, W).
            - returns: (B, C, H, W).
        """
        return temporal_shift(x, self.shift_segments) if self.shift_segments else x

    def forward(self, x: Tensor) -> Tensor:
        """Compute the block; shapes as for the class."""
        out = self.path(self.shift(x))
        # Outputs of modules stay unchanged, because a hook may keep them.
        if self.shortcut is None:
            return out.relu() if self.relu else out
        out = out + self.shortcut(x)
        return out.relu_() if self.relu else out


class FocalUnit(ResidualUnit):
    """Residual block whose path is computed for selected frames.

    In training, and in eval with `sparse_eval=False`, the path is computed for all
    frames and multiplied by the mask, because the straight-through gradient needs the
    outputs of the skipped frames. Otherwise only selected frames are computed, with
    the same result, also in a program of `torch.export` and in an ONNX file made from
    it. `torch.jit.trace` records the computation of all frames, which is right for
    every selection. Neither the input nor outputs of inner modules are
    modified, and nothing is stored between two calls.

    Args:
        path (nn.Module): Convolutions without interaction between frames.
        shortcut (nn.Module): Computed for all frames.
        relu (bool): ReLU after the sum.
        shift_segments (int): As for `ResidualUnit`; the shift precedes the selection.
        skipped (str): `'identity'` or `'zeros'`, see `SelectionOptions`.
        sparse_eval (bool): Compute selected frames only in eval.

    Shape:
        - x: (B, C, H, W).
        - mask: (B), 0 or 1, or weights in [0, 1]; NaN makes the frame NaN.
        - regions: (B, 1, H', W') or None, factors of the output of the path.
        - returns: (B, C', H', W').
    """

    def __init__(
        self,
        path: nn.Module,
        shortcut: nn.Module,
        relu: bool = True,
        shift_segments: int = 0,
        skipped: str = 'identity',
        sparse_eval: bool = True,
    ) -> None:
        super().__init__(path, shortcut, relu, shift_segments)
        self.skipped = skipped
        self.sparse_eval = sparse_eval

    def forward(  # type: ignore[override]  # only AFStage calls it, with a mask
        self,
        x: Tensor,
        mask: Tensor,
        regions: Optional[Tensor] = None,
        soft: bool = False,
    ) -> Tensor:
        """Compute the block; shapes as for the class.

        Args:
            x (Tensor): Features of all frames.
            mask (Tensor): Selected frames, or weights of the frames.
            regions (Tensor, optional): Selected regions of each map.
            soft (bool): The mask contains weights, so no frame is skipped.
        """
        hard = not (self.training or soft)
        if hard and self.sparse_eval:
            if not is_exporting():
                return self._sparse(x, mask, regions)
            if not torch.jit.is_tracing():
                return self._sparse_graph(x, mask, regions)
        out = self._dense(x, mask, regions, hard) + self._shortcut(x)
        return out.relu_() if self.relu else out

    def _dense(
        self, x: Tensor, mask: Tensor, regions: Optional[Tensor], hard: bool
    ) -> Tensor:
        """Compute the path of all frames and multiply by the mask.

        With `hard`, values of skipped frames that are not finite do not count, as in
        `_sparse`.
        """
        x = self.shift(x)
        weight = mask.view(-1, 1, 1, 1).to(x.dtype)
        zeros = self.skipped == 'zeros'
        out = (x if zeros else self._path(x, regions)) * weight
        if hard:
            out = out.masked_fill(weight == 0, 0)
        return self._path(out, regions) if zeros else out

    def _sparse(self, x: Tensor, mask: Tensor, regions: Optional[Tensor]) -> Tensor:
        """Compute selected frames only."""
        base = self._shortcut(x)
        index = mask.nonzero().flatten()
        if len(index) == len(x):
            weight = mask.view(-1, 1, 1, 1).to(x.dtype)
            out = torch.addcmul(base, self._path(self.shift(x), regions), weight)
            return out.relu_() if self.relu else out
        if self.skipped == 'zeros':
            out = base + self.path(torch.zeros_like(x[:1]))
            out = out.relu_() if self.relu else out
        elif self.relu:
            out = base.relu()
        else:
            out = base.clone(memory_format=torch.preserve_format)
        if not len(index):
            return out
        part = regions if regions is None else regions[index]
        rows = self._path(self.selected(x, index), part)
        return write_sums(out, base, index, rows, mask[index], self.relu)

    def _sparse_graph(
        self, x: Tensor, mask: Tensor, regions: Optional[Tensor]
    ) -> Tensor:
        """Compute selected frames only, as operations of variable shape.

        Without any selected frame the first one is computed and not used, because
        convolutions of an empty batch are not exported.
        """
        base = other = self._shortcut(x)
        if self.skipped == 'zeros':
            other = base + self.path(torch.zeros_like(x[:1]))
        chosen = mask != 0
        first = torch.arange(x.shape[0], device=x.device) == 0
        index = (chosen | (first & ~chosen.any())).nonzero().flatten()
        torch._check(index.shape[0] >= 1)
        torch._check(index.shape[0] <= x.shape[0])
        part = regions if regions is None else regions[index]
        rows = self._path(self.shift(x).index_select(0, index), part)
        weight = mask.index_select(0, index).view(-1, 1, 1, 1).to(rows.dtype)
        kept, skipped = (each.index_select(0, index) for each in (base, other))
        rows = torch.where(weight == 0, skipped, kept + rows * weight)
        out = other.index_put((index,), rows)
        return out.relu() if self.relu else out

    def _shortcut(self, x: Tensor) -> Tensor:
        """Output of the shortcut, which every focal block has."""
        return x if self.shortcut is None else self.shortcut(x)

    def _path(self, x: Tensor, regions: Optional[Tensor]) -> Tensor:
        """Output of the path in the selected regions."""
        out = self.path(x)
        return out if regions is None else out * regions

    def selected(self, x: Tensor, index: Tensor) -> Tensor:
        """Input of the path for the selected frames.

        Args:
            x (Tensor): Features of all frames.
            index (Tensor): Selected frames.

        Shape:
            - x: (B, C, H, W).
            - index: (K), in [0, B).
            - returns: (K, C, H, W).
        """
        if not self.shift_segments:
            return select_rows(x, index)
        return shift_selected(x, index, self.shift_segments)
