"""The last stages of a host as a 1D network of point sequences."""

from contextlib import contextmanager
from typing import Iterator, List, Sequence, Tuple

from torch import Tensor, nn

from .compact import SequenceShift, as_row, compact


class PointSequenceTail(nn.Sequential):
    """The last stages of a 2D network as a network of point sequences.

    Built from the host's own modules (Eq. 11): k x k kernels are summed over
    their columns to k; 1 x 1 kernels, norm layers, blocks and shortcuts stay. A
    stride s becomes s * s, the factor by which a map shrinks; only this gives the
    paper's GFLOPs. Temporal modules are removed: neighbors in the sequence may
    come from different frames, so the kernels already combine frames. The bias of
    a convolution before a norm layer moves into the mean of that layer.

    Args:
        stages (Sequence[nn.Module]): 2D stages, in order.
        names (Sequence[str]): Their names in the host.
        shift (bool): Keep the temporal shift of a TSM as a shift by one point.

    Shape:
        - seq: (N, C, L), in ranked order.
        - returns: (N, C', L'), L' = ceil(L / strides^2).

    Raises:
        ValueError: If a layer has no 1D counterpart, or `shift` is set for a host
            without temporal shift.

    Source: "Action Keypoint Network for Efficient Video Recognition", section
    III-B.
    """

    def __init__(
        self, stages: Sequence[nn.Module], names: Sequence[str], shift: bool = False
    ) -> None:
        super().__init__()
        for name, stage in zip(names, stages):
            self.add_module(name, compact(stage, name, shift))
        if shift and not _shifts(self):
            raise ValueError(
                'AKNet: tail_shift=True, but the host has no temporal shift in '
                f'{list(names)}; remove it or choose ResNetTSM as base.'
            )


def _shifts(tail: nn.Module) -> bool:
    """True if the tail shifts points."""
    return any(isinstance(each, SequenceShift) for each in tail.modules())


class _RowTail(nn.Module):
    """A tail that computes maps of one row."""

    def __init__(self, tail: PointSequenceTail) -> None:
        super().__init__()
        self.stages = nn.Sequential(*(as_row(stage) for stage in tail))

    def forward(self, seq: Tensor) -> Tensor:
        """Compute the same as the tail, with the same shapes."""
        return self.stages(seq.unsqueeze(2)).squeeze(2)


@contextmanager
def row_tails(model: nn.Module) -> Iterator[None]:
    """Let the tails of a model compute maps of one row, for an export to ONNX.

    ONNX Runtime has fast kernels for convolutions of maps only. Tails that shift points
    stay.

    Args:
        model (nn.Module): Any model in eval mode; restored at the end.
    """
    replaced: List[Tuple[nn.Module, str, nn.Module]] = []
    try:
        for parent in list(model.modules()):
            for name, child in list(parent.named_children()):
                if isinstance(child, PointSequenceTail) and not _shifts(child):
                    replaced.append((parent, name, child))
                    setattr(parent, name, _RowTail(child))
        yield
    finally:
        for parent, name, child in replaced:
            setattr(parent, name, child)


def load_compacted(tail: nn.Module, host: Sequence[Tuple[str, nn.Module]]) -> None:
    """Load the compacted weights of a host's stages into an existing tail.

    Args:
        tail (nn.Module): A `PointSequenceTail` of such a host.
        host (Sequence[tuple[str, nn.Module]]): 2D stages by name.
    """
    fresh = PointSequenceTail(
        [stage for _, stage in host], [name for name, _ in host], _shifts(tail)
    )
    tail.load_state_dict(fresh.state_dict())
