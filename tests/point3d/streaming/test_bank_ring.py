"""Rows of the last frames of a stream."""

import pytest
import torch

from mmvkp.point3d.bank.attention import BankAttention
from mmvkp.point3d.streaming.bank_ring import BankRing


def ring_of(window=3):
    return BankRing(BankAttention(2, 4, num_centers=1, window=window, causal=True))


def row(number):
    return torch.full((2, 2), float(number)).half()


@pytest.mark.parametrize(
    'numbers, expected',
    [
        ([1], [0, 0, 0, 1]),
        ([1, 2, 3], [0, 1, 2, 3]),
        ([1, 2, 3, 4, 5, 6], [3, 4, 5, 6]),
        ([1, 2, 5], [2, 0, 0, 5]),
        ([1, 2, 9], [0, 0, 0, 9]),
    ],
)
def test_window(numbers, expected):
    """Dropped frames are not present."""
    ring = ring_of()
    for number in numbers:
        ring.push(number, row(number))
    found = ring.window()
    assert found.rows[:, 1, 0].tolist() == expected
    assert found.present.tolist() == [each > 0 for each in expected]
    assert len(ring.held) <= 5


def test_window_of_an_earlier_clip():
    """A dropped frame: the clip that ends with frame 5 is known at frame 7."""
    ring = ring_of()
    for number in (1, 2, 3, 4, 7):
        ring.push(number, row(number))
    assert ring.window(5).rows[:, 0, 0].tolist() == [2, 3, 4, 0]
    assert ring.window(99).rows[:, 0, 0].tolist() == [4, 0, 0, 7]


def test_reset_and_order():
    ring = ring_of()
    with pytest.raises(ValueError, match='no frame is stored'):
        ring.window()
    ring.push(3, row(3))
    with pytest.raises(ValueError, match='frame 3 comes after frame 3'):
        ring.push(3, row(3))
    ring.reset()
    ring.push(1, row(1))
    assert ring.window().present.sum() == 1


def test_a_bank_that_is_not_causal():
    with pytest.raises(ValueError, match='causal=False.*Train the detector'):
        BankRing(BankAttention(2, 4))
