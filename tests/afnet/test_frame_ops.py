"""Operations on frames of a batch, compared with plain indexing."""

import pytest
import torch

from mmvkp.afnet.frame_ops import global_mean, select_rows, shift_selected, write_sums
from mmvkp.recognition.temporal_shift import temporal_shift


def test_global_mean_of_half_precision_does_not_overflow():
    x = torch.full((1, 1, 64, 64), 100.0, dtype=torch.float16)
    assert global_mean(x).item() == 100


@pytest.mark.parametrize('memory', [torch.contiguous_format, torch.channels_last])
def test_rows_keep_their_memory_format(memory):
    x = torch.randn(4, 3, 5, 6).contiguous(memory_format=memory)
    rows = select_rows(x, torch.tensor([0, 3]))
    assert torch.equal(rows, x[[0, 3]])
    assert rows.is_contiguous(memory_format=memory)


@pytest.mark.parametrize('grad', [False, True])
@pytest.mark.parametrize('index', [[0, 1, 2], [1, 3, 4], [5], [0, 2, 4, 5]])
def test_sums_are_written_to_selected_rows(index, grad):
    torch.manual_seed(0)
    base, other = torch.randn(2, 6, 2, 3, 3)
    rows, weight = torch.randn(len(index), 2, 3, 3), torch.rand(len(index))
    for relu in (False, True):
        expected = other.clone()
        for place, row, factor in zip(index, rows, weight):
            expected[place] = base[place] + row * factor
            if relu:
                expected[place] = expected[place].relu()
        given = [base, torch.tensor(index), rows, weight]
        copies = [each.clone() for each in given]
        with torch.set_grad_enabled(grad):
            out = write_sums(other.clone(), *given, relu)
        torch.testing.assert_close(out, expected)
        assert all(torch.equal(one, two) for one, two in zip(given, copies))


@pytest.mark.parametrize('memory', [torch.contiguous_format, torch.channels_last])
@pytest.mark.parametrize('index', [[0], [3, 4, 7], list(range(8))])
def test_shifted_frames_equal_those_of_the_whole_batch(memory, index):
    torch.manual_seed(0)
    x = torch.randn(8, 16, 3, 2).contiguous(memory_format=memory)
    index = torch.tensor(index)
    assert torch.equal(shift_selected(x, index, 4), temporal_shift(x, 4)[index])
