"""Places of the rows of a window."""

import pytest

from mmvkp.tubes.streaming.row_ring import RowRing


def test_by_hand():
    """Windows of three frames; frame 3 was dropped."""
    ring = RowRing(3)
    with pytest.raises(ValueError, match='no frame is stored'):
        ring.present()
    for number, rows in ((1, 'a'), (2, 'b'), (4, 'd')):
        ring.push(number, rows)
    assert ring.present() == ([0, 2], ['b', 'd'])
    assert ring.present(9) == ([0, 2], ['b', 'd'])
    assert ring.present(2) == ([1, 2], ['a', 'b'])
    with pytest.raises(ValueError, match='frame 4 comes after frame 4'):
        ring.push(4, 'e')
    ring.reset()
    ring.push(1, 'a')
    assert ring.present() == ([2], ['a'])
