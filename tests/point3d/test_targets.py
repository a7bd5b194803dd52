"""Targets of the point head against values by hand."""

import torch

from mmvkp.point3d.targets import ActorTruth, can_be_centre, cells_of, point_targets

from .point_scenes import draw_one_by_one


def test_cells_and_centres_at_the_border():
    points = torch.tensor([[0.0, 0], [3.99, 2.5], [4, 3], [-0.5, 9]])
    assert cells_of(points, (3, 4)).tolist() == [[0, 0], [3, 2], [3, 2], [0, 2]]
    boxes = torch.tensor(
        [
            [12.0, 4, 20, 8],  # centre on the right border of 4 cells of 4 pixels
            [13, 4, 20, 8],  # centre half a pixel after it
            [-3, 2, 3, 4],  # centre on the left border
            [-5, 2, 3, 4],  # centre outside
            [4, 4, 4, 8],  # no width
        ]
    )
    assert can_be_centre(boxes, (3, 4), 4).tolist() == [True, False, True, False, False]


def test_targets_by_hand():
    """Two actors and two joints on a map of 4 x 6 cells of 4 pixels."""
    truth = ActorTruth(
        frames=torch.tensor([0, 2]),
        boxes=torch.tensor([[2.0, 3, 12, 11], [20, 10, 28, 14]]),
        classes=torch.tensor([[True, False], [True, True]]),
        joints=torch.tensor([[[5.0, 6], [11, 9]], [[23, 14], [24, 14]]]),
        visible=torch.tensor([[True, False], [True, True]]),
    )
    targets = point_targets(truth, 3, (4, 6), 4)
    # Centres 7, 7 and 24, 12 pixels: the second lies on the right border.
    assert targets['center_cell'].tolist() == [[1, 1], [5, 3]]
    assert targets['offset'].tolist() == [[0.75, 0.75], [1, 0]]
    assert targets['wh'].tolist() == [[2.5, 2], [2, 1]]
    heat = targets['center_heatmap']
    assert heat.shape == (3, 2, 4, 6)
    # Small boxes have radius 0.
    assert heat.nonzero().tolist() == [[0, 0, 1, 1], [2, 0, 3, 5], [2, 1, 3, 5]]
    # The joint at x = 24 is outside of 6 cells, one is not visible.
    assert targets['knot_visible'].tolist() == [[True, False], [True, False]]
    assert targets['knot_frame'].tolist() == [0, 2]
    assert targets['knot_cell'].tolist() == [[1, 1], [5, 3]]
    assert targets['knot_distance'].tolist() == [[0.25, 0.5], [0.75, 0.5]]
    assert targets['knot_offset'].tolist() == [[0.25, 0.5], [0.75, 0.5]]
    assert targets['knot_heatmap'].nonzero().tolist() == [[0, 0, 1, 1], [2, 0, 3, 5]]


def test_joints_have_the_radius_of_their_box():
    """A box of 8 x 8 cells has radius 2 (0.2733 * 8 = 2.19)."""
    truth = ActorTruth(
        frames=torch.tensor([0]),
        boxes=torch.tensor([[16.0, 16, 48, 48]]),
        classes=torch.ones(1, 1, dtype=torch.bool),
        joints=torch.tensor([[[20.0, 40]]]),
        visible=torch.ones(1, 1, dtype=torch.bool),
    )
    targets = point_targets(truth, 1, (16, 16), 4)
    expected = draw_one_by_one([(0, 8, 8, 2)], 1, (16, 16))
    torch.testing.assert_close(targets['center_heatmap'][0], expected)
    expected = draw_one_by_one([(0, 5, 10, 2)], 1, (16, 16))
    torch.testing.assert_close(targets['knot_heatmap'][0], expected)
    assert targets['knot_distance'].tolist() == [[-3, 2]]


def test_boxes_are_also_learned_beside_the_centre():
    """Only inside the map and the box; the nearest centre takes a shared cell."""
    truth = ActorTruth(
        frames=torch.tensor([0, 0, 1]),
        # In cells: centres 2.5, 1.5 and 4.75, 1.5, both 4 wide and 1 high; centre
        # 0.5, 0.5 in the corner of the map, 4 wide and high.
        boxes=torch.tensor([[2.0, 4, 18, 8], [11, 4, 27, 8], [-6, -6, 10, 10]]),
        classes=torch.ones(3, 1, dtype=torch.bool),
    )
    targets = point_targets(truth, 2, (4, 8), 4, box_reach=1)
    assert targets['center_cell'].tolist() == [[2, 1], [4, 1], [0, 0]]
    # Column 3 is 1 away from the first centre and 1.25 from the second one.
    frames, cells = targets['box_frame'].tolist(), targets['box_cell'].tolist()
    assert list(zip(frames, map(tuple, cells))) == [
        *[(0, (1, 1)), (0, (2, 1)), (0, (3, 1)), (0, (4, 1)), (0, (5, 1))],
        *[(1, (0, 0)), (1, (1, 0)), (1, (0, 1)), (1, (1, 1))],
    ]
    assert targets['wh'].tolist() == [[4, 1]] * 5 + [[4, 4]] * 4
    assert targets['offset'].tolist() == [
        *[[1.5, 0.5], [0.5, 0.5], [-0.5, 0.5], [0.75, 0.5], [-0.25, 0.5]],
        *[[0.5, 0.5], [-0.5, 0.5], [0.5, -0.5], [-0.5, -0.5]],
    ]
    alone = point_targets(truth, 2, (4, 8), 4)
    assert torch.equal(alone['box_cell'], alone['center_cell'])
    assert torch.equal(alone['box_frame'], truth.frames)


def test_a_centre_cell_belongs_to_its_own_box():
    """Also if another centre is nearer to the middle of the cell."""
    truth = ActorTruth(
        frames=torch.tensor([0, 0]),
        # Centres 2.0, 2.5 and 1.99, 2.5 in cells.
        boxes=torch.tensor([[0.0, 2, 16, 18], [-0.04, 0, 15.96, 20]]),
        classes=torch.ones(2, 1, dtype=torch.bool),
    )
    targets = point_targets(truth, 1, (6, 8), 4, box_reach=1)
    found = dict(zip(map(tuple, targets['box_cell'].tolist()), targets['wh'][:, 1]))
    assert found[2, 2] == 4 and found[1, 2] == 5
