"""Appearance of boxes with values known by construction."""

import numpy as np
import pytest
import torch

from mmvkp.tubes.streaming.appearance import colours_at, features_at


@pytest.mark.parametrize('kind', [torch.Tensor, np.asarray])
def test_the_feature_of_a_cell(kind):
    """Maps of x and y: at stride 4 the centre of cell i is at pixel 4 i + 2 of the
    input, of the video at half of it."""
    y, x = torch.meshgrid(torch.arange(6.0), torch.arange(8.0), indexing='ij')
    boxes = np.float32([[3, 1, 7, 5], [5, 3, 7, 7], [-9, -9, -5, -5]])
    maps = kind(torch.stack((x, y)))
    found = features_at(maps, boxes, np.float32([2.0, 2.0]), 4)
    # Centres (5, 3), (6, 5) are (10, 6), (12, 10) in the input.
    assert found == pytest.approx(np.array([[2, 1], [2.5, 2], [0, 0]]))
    assert features_at(maps, boxes[:0], 2.0, 4).shape == (0, 2)


def test_the_histogram_of_a_box():
    """The middle half is red with a blue quarter."""
    image = np.full((20, 20, 3), 128, np.uint8)
    image[5:15, 5:15] = (255, 0, 0)
    image[5:10, 5:10] = (0, 0, 255)
    found = colours_at(image, np.float32([[0.5, 0.5, 18.5, 18.5], [0, 0, 3, 3]]))
    red, blue, grey = 5 * 36, 5, 3 * 36 + 3 * 6 + 3
    assert found[0, red] ** 2 == pytest.approx(0.75)
    assert found[0, blue] ** 2 == pytest.approx(0.25)
    assert found[1, grey] == 1
    assert (found**2).sum(1) == pytest.approx(np.ones(2))
    # A box beyond the edge has the colour of the edge.
    outside = colours_at(image, np.float32([[30, 30, 40, 40], [0, 0, 0, 0]]))
    assert outside[:, grey].tolist() == [1, 1]
