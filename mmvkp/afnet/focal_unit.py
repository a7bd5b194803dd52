"""Residual blocks: of all frames, and of selected frames only."""

from typing import Any, Dict, Optional

import torch
from torch import Tensor, nn

from ..recognition.temporal_shift import temporal_shift
from .selection import add_rows, select_rows
from .shift_selected import shift_selected


class ResidualUnit(nn.Module):
    """A path beside a shortcut, with a temporal shift on request.

    Args:
        path (nn.Module): The convolutions.
        shortcut (nn.Module, optional): None if there is no shortcut.
        relu (bool): Whether a ReLU ends the unit.
        shift_segments (int): Frames per view of the temporal shift in front
            of the path; 0 shifts nothing.

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
        """Input of the path."""
        return temporal_shift(x, self.shift_segments) if self.shift_segments else x

    def forward(self, x: Tensor) -> Tensor:
        """Run the unit; see the class for the shapes."""
        out = self.path(self.shift(x))
        if self.shortcut is not None:
            out += self.shortcut(x)
        return out.relu_() if self.relu else out


class FocalUnit(ResidualUnit):
    """A residual unit whose path runs on selected frames.

    In training, and in eval with ``sparse_eval=False``, the path runs on all
    frames and is multiplied by the mask: the straight-through gradient needs
    the answers of the skipped frames. Otherwise only selected frames are
    computed, with the same result.

    Args:
        path (nn.Module): The convolutions, which treat frames one by one.
        shortcut (nn.Module): Computed for all frames.
        relu (bool): Whether a ReLU ends the unit.
        shift_segments (int): As in `ResidualUnit`; the shift comes before
            the selection.
        skipped (str): ``'identity'`` or ``'zeros'``, see `SelectionOptions`.
        sparse_eval (bool): Whether eval computes selected frames only.
        owns_input (bool): Whether nobody else reads the input, and, if the
            unit ends with a ReLU, the input comes from one, too: true of all
            focal blocks but the first. Skipped frames then stay where they
            are.

    Shape:
        - x: (B, C, H, W).
        - mask: (B), 0 or 1, or weights in [0, 1].
        - regions: (B, 1, H', W') or None, factors of the path's answer.
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
        self._zero_answers: Dict[Any, Tensor] = {}

    def train(self, mode: bool = True) -> 'FocalUnit':
        """Change the mode and forget answers that may no longer hold."""
        self._zero_answers.clear()
        return super().train(mode)

    def answer_to_zeros(self, x: Tensor) -> Tensor:
        """The path's answer to a frame of zeros, as large as those of x.

        It is a constant as long as the weights are: without gradients it is
        kept per resolution until they change or the mode is set again.

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
        kept = self._zero_answers.get(key)
        if kept is None or kept[0] != weights:
            kept = (weights, self.path(torch.zeros_like(x[:1])))
            self._zero_answers[key] = kept
        return kept[1]

    def forward(
        self,
        x: Tensor,
        mask: Tensor,
        regions: Optional[Tensor] = None,
        soft: bool = False,
    ) -> Tensor:
        """Run the unit; see the class for the shapes.

        Args:
            x (Tensor): Features of all frames.
            mask (Tensor): What is selected, or the weights of the frames.
            regions (Tensor, optional): What is selected of each map.
            soft (bool): Whether the mask holds weights; nothing is skipped
                then.
        """
        if not (self.training or soft) and self.sparse_eval:
            return self._sparse(x, mask, regions)
        out = self._dense(x, mask, regions)
        out = out + self.shortcut(x)
        return out.relu_() if self.relu else out

    def _dense(self, x: Tensor, mask: Tensor, regions: Optional[Tensor]) -> Tensor:
        """Compute all frames and multiply by the mask."""
        x = self.shift(x)
        weight = mask.view(-1, 1, 1, 1).to(x.dtype)
        if self.skipped == 'zeros':
            answer = self.path(x * weight)
        else:
            answer = self.path(x) * weight
        return answer if regions is None else answer * regions

    def _sparse(self, x: Tensor, mask: Tensor, regions: Optional[Tensor]) -> Tensor:
        """Compute the selected frames only."""
        index = mask.nonzero().flatten()
        if len(index) == len(x):
            out = self._path(self.shift(x), regions)
            out += self.shortcut(x)
            return out.relu_() if self.relu else out
        base = self.shortcut(x)
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
        answer = None
        if len(index):
            answer = self._path(self._chosen(x, index), regions)
            if self.skipped == 'zeros':
                # Taken now: what is added to the skipped frames below must
                # not be added here and taken off again, in half precision.
                answer = answer + select_rows(base, index)
        if own:
            base = x.clone(memory_format=torch.preserve_format)
        if self.skipped == 'zeros':
            base += self.answer_to_zeros(x)
            if answer is not None:
                base.index_copy_(0, index, answer.to(base.dtype))
        elif answer is not None:
            add_rows(base, index, answer, False)
        return base.relu_() if self.relu else base

    def _replace(self, x: Tensor, index: Tensor, regions: Optional[Tensor]) -> Tensor:
        """Replace the selected frames of a map that nobody else reads.

        The others stay as they are, since the ReLU that made them has left
        nothing for another one to do; so a skipped frame costs nothing.
        """
        if len(index):
            answer = self._path(self._chosen(x, index), regions)
            add_rows(x, index, answer, self.relu)
        return x

    def _path(self, x: Tensor, regions: Optional[Tensor]) -> Tensor:
        """Answer of the path within the regions."""
        answer = self.path(x)
        return answer if regions is None else answer * regions

    def _chosen(self, x: Tensor, index: Tensor) -> Tensor:
        """Input of the path for the selected frames."""
        if not self.shift_segments:
            return select_rows(x, index)
        return shift_selected(x, index, self.shift_segments)
