"""Parts of the answers of recognizers, without networks."""

from types import SimpleNamespace

import numpy as np
import torch

from mmvkp.demo.class_answer import attention_of, in_lines
from mmvkp.recognition.inspection import Row


def test_one_row_becomes_lines_of_four_frames():
    frames, legend = np.arange(10).reshape(10, 1, 1, 1), np.zeros((1, 1, 3))
    lines = in_lines([Row('a', frames, legend)])
    assert [each.frames.ravel().tolist() for each in lines] == [
        [0, 1, 2, 3],
        [4, 5, 6, 7],
        [8, 9],
    ]
    assert [each.text for each in lines] == [
        'a',
        'frames 4 to 7 of the clip',
        'frames 8 to 9 of the clip',
    ]
    assert [each.legend is legend for each in lines] == [False, False, True]
    rows = [Row('a', frames), Row('b', frames)]
    assert in_lines(rows) == rows


def test_attention_as_plain_values():
    numbers = np.array([1, 3])
    kept = SimpleNamespace(
        numbers=numbers, blocks=['x', 'y'], masks=np.array([[1.0, 0.0], [0.5, 1.0]])
    )
    assert attention_of(kept) == dict(
        frames=[1, 3], kept=dict(x=[True, True], y=[False, True])
    )
    cells = SimpleNamespace(numbers=numbers, points=np.array([[0, 1, 2]]))
    assert attention_of(cells) == dict(frames=[1, 3], points=[[0, 1, 2]])
    # (N, C, T, G, K, 2): one channel, two frames, two sets, one region.
    points = torch.arange(8.0).view(1, 1, 2, 2, 1, 2)
    moved = SimpleNamespace(points=points, shifts=points[:, :, :1] + 0.12345)
    found = attention_of(SimpleNamespace(numbers=numbers, shifts=moved))
    assert found['points'] == [[[[0.0, 1.0]], [[4.0, 5.0]]]]
    assert found['shifts'] == [[[[0.123, 1.123]]]]
    assert attention_of(SimpleNamespace(numbers=numbers)) == dict(frames=[1, 3])
