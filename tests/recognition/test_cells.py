"""Places of cells in frames, and back."""

import numpy as np

from mmvkp.recognition.cells import (
    box_on_canvas,
    cells_to_frame,
    darken_outside,
    frame_to_cells,
)


def test_cells_to_frame_by_hand():
    # A map of 4 x 2 cells over x 10 to 50 and y 20 to 40: 10 pixels a cell.
    spots = cells_to_frame(np.array([[0, 0], [3, 1]]), (4, 2), (10, 20, 50, 40))
    assert spots.tolist() == [[15, 25], [45, 35]]


def test_frame_to_cells_by_hand():
    # Pixel 10 has its centre at 10.5, 0.05 of a cell from the map's edge.
    x, y = frame_to_cells((60, 50), (4, 2), (10, 20, 50, 40))
    assert len(x) == 60 and len(y) == 50
    assert np.allclose(x[[9, 10, 49, 50]], [-0.05, 0.05, 3.95, 4.05])
    assert np.allclose(y[[20, 39]], [0.05, 1.95])


def test_each_is_the_way_back_of_the_other():
    box, map_size = (3.5, 7.25, 44.5, 30.25), (5, 3)
    x, y = frame_to_cells((60, 50), map_size, box)
    places = cells_to_frame(np.stack((x[20:30], y[20:30]), -1) - 0.5, map_size, box)
    assert np.allclose(places, (np.arange(20, 30) + 0.5)[:, None])


def test_a_box_in_another_size():
    box = box_on_canvas((10, 20, 30, 40), np.zeros((40, 60, 3)), np.zeros((80, 90, 3)))
    assert box.tolist() == [15, 40, 45, 80]


def test_outside_is_darkened():
    canvas = np.full((10, 20, 3), 100, np.uint8)
    inside = darken_outside(canvas, (4.6, -2, 15, 6.4), 0.25)
    assert inside.shape == (6, 10, 3) and np.shares_memory(inside, canvas)
    assert (canvas[:6, 5:15] == 100).all()
    canvas[:6, 5:15] = 25
    assert (canvas == 25).all()
