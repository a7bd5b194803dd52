"""Residual blocks for all frames and for selected frames."""

from typing import Any, Dict, Optional, Tuple

import torch
from torch import Tensor, nn

from ..recognition.temporal_shift import temporal_shift
from .frame_ops import add_rows, select_rows, shift_selected


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
        if self.shortcut is not None:
            out += self.shortcut(x)
        return out.relu_() if self.relu else out


class FocalUnit(ResidualUnit):
    """Residual block whose path is computed for selected frames.

    In training, and in eval with `sparse_eval=False`, the path is computed for all
    frames and multiplied by the mask, because the straight-through gradient needs the
    outputs of the skipped frames. Otherwise only selected frames are computed, with
    the same result.

    Args:
        path (nn.Module): Convolutions without interaction between frames.
        shortcut (nn.Module): Computed for all frames.
        relu (bool): ReLU after the sum.
        shift_segments (int): As for `ResidualUnit`; the shift precedes the selection.
        skipped (str): `'identity'` or `'zeros'`, see `SelectionOptions`.
        sparse_eval (bool): Compute selected frames only in eval.
        owns_input (bool): True if the input may be modified in-place and, in a block
            with a ReLU, is not negative: all focal blocks except the first. Skipped
            frames are then not copied.

    Shape:
        - x: (B, C, H, W).
        - mask: (B), 0 or 1, or weights in [0, 1].
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
        owns_input: bool = False,
    ) -> None:
        super().__init__(path, shortcut, relu, shift_segments)
        self.owns_input = owns_input
        self.skipped = skipped
        self.sparse_eval = sparse_eval
        # By resolution and type: versions of the weights, and the output.
        self._zero_outputs: Dict[Any, Tuple[Any, Tensor]] = {}

    def train(self, mode: bool = True) -> 'FocalUnit':
        """Set the mode and clear the cached outputs."""
        self.clear_cache()
        super().train(mode)
        return self

    def clear_cache(self) -> None:
        """Drop the cached outputs; `accelerate` calls it, too."""
        self._zero_outputs.clear()

    def zero_output(self, x: Tensor) -> Tensor:
        """Output of the path for a frame of zeros, of the size of x.

        Without gradients it is cached per resolution until the weights change or the
        mode is set.

        Shape:
            - x: (B, C, H, W).
            - returns: (1, C', H', W').
        """
        if torch.is_grad_enabled():
            return self.path(torch.zeros_like(x[:1]))
        weights = tuple(
            (each.data_ptr(), 0 if each.is_inference() else each._version)
            for each in self.path.state_dict(keep_vars=True).values()
        )
        device = x.device.type
        key = (
            x.shape[1:],
            x.dtype,
            x.device,
            x.is_contiguous(),
            torch.is_autocast_enabled(device) and torch.get_autocast_dtype(device),
        )
        cached = self._zero_outputs.get(key)
        if cached is None or cached[0] != weights:
            cached = (weights, self.path(torch.zeros_like(x[:1])))
            self._zero_outputs[key] = cached
        return cached[1]

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
        if not (self.training or soft) and self.sparse_eval:
            return self._sparse(x, mask, regions)
        out = self._dense(x, mask, regions)
        out = out + self._shortcut(x)
        return out.relu_() if self.relu else out

    def _dense(self, x: Tensor, mask: Tensor, regions: Optional[Tensor]) -> Tensor:
        """Compute the path of all frames and multiply by the mask."""
        x = self.shift(x)
        weight = mask.view(-1, 1, 1, 1).to(x.dtype)
        if self.skipped == 'zeros':
            out = self.path(x * weight)
        else:
            out = self.path(x) * weight
        return out if regions is None else out * regions

    def _sparse(self, x: Tensor, mask: Tensor, regions: Optional[Tensor]) -> Tensor:
        """Compute selected frames only."""
        index = mask.nonzero().flatten()
        if len(index) == len(x):
            out = self._path(self.shift(x), regions)
            out += self._shortcut(x)
            return out.relu_() if self.relu else out
        base = self._shortcut(x)
        own = base is x
        if regions is not None:
            regions = regions[index]
        if (
            own
            and self.owns_input
            and self.skipped == 'identity'
            and not torch.is_grad_enabled()
        ):
            return self._replace(x, index, regions)
        part: Optional[Tensor] = None
        if len(index):
            part = self._path(self._selected(x, index), regions)
            if self.skipped == 'zeros':
                # Before `zero_output` is added to `base`: subtracting it again would
                # lose digits in half precision.
                part = part + select_rows(base, index)
        if own:
            base = x.clone(memory_format=torch.preserve_format)
        if self.skipped == 'zeros':
            base += self.zero_output(x)
            if part is not None:
                base.index_copy_(0, index, part.to(base.dtype))
        elif part is not None:
            add_rows(base, index, part, False)
        return base.relu_() if self.relu else base

    def _replace(self, x: Tensor, index: Tensor, regions: Optional[Tensor]) -> Tensor:
        """Update the selected frames in-place; skipped frames cost nothing.

        Skipped frames need no ReLU because the input is not negative.
        """
        if len(index):
            out = self._path(self._selected(x, index), regions)
            add_rows(x, index, out, self.relu)
        return x

    def _shortcut(self, x: Tensor) -> Tensor:
        """Output of the shortcut, which every focal block has."""
        return x if self.shortcut is None else self.shortcut(x)

    def _path(self, x: Tensor, regions: Optional[Tensor]) -> Tensor:
        """Output of the path in the selected regions."""
        out = self.path(x)
        return out if regions is None else out * regions

    def _selected(self, x: Tensor, index: Tensor) -> Tensor:
        """Input of the path for the selected frames."""
        if not self.shift_segments:
            return select_rows(x, index)
        return shift_selected(x, index, self.shift_segments)
