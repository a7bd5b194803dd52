"""State of tracing and export, and the temporal shift in an export."""

import torch
from torch import Tensor, nn

from mmvkp.recognition.export_state import is_exporting
from mmvkp.recognition.temporal_shift import temporal_shift


class Shift(nn.Module):
    """Temporal shift of four frames that records the state."""

    def __init__(self) -> None:
        super().__init__()
        self.states: list = []

    def forward(self, x: Tensor) -> Tensor:
        self.states.append(is_exporting())
        return temporal_shift(x, 4)


def test_the_state_and_the_shift():
    x, other = torch.randn(4, 8, 2, 2), torch.randn(8, 8, 2, 2)
    module = Shift()
    expected = module(x)
    assert module.states == [False]
    traced = torch.jit.trace(module, x, check_trace=False)
    assert module.states == [False, True]
    program = torch.export.export(module, (x,)).module()
    assert torch.equal(traced(x), expected) and torch.equal(program(x), expected)
    assert torch.equal(traced(other), temporal_shift(other, 4))
    assert not is_exporting()


def test_a_traced_shift_can_be_saved(tmp_path):
    """A custom function of autograd cannot."""
    x, path = torch.randn(4, 8, 2, 2), str(tmp_path / 'shift.pt')
    torch.jit.trace(Shift(), x, check_trace=False).save(path)
    assert torch.equal(torch.jit.load(path)(x), temporal_shift(x, 4))


def test_fewer_channels_than_the_divisor_are_not_shifted():
    x = torch.randn(4, 6, 2, 2)
    assert torch.equal(torch.jit.trace(Shift(), x, check_trace=False)(x), x)
