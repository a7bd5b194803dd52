"""Counts of a conversion."""

from mmvkp.tubes.formats.tally import Tally


def test_table_and_reasons():
    tally = Tally()
    tally.read.update(videos=2, tracks=3, shapes=40)
    tally.leave_out('shapes', 'too small', 'line 3', 2)
    tally.leave_out('shapes', 'too small', 'line 9', 3)
    tally.leave_out('tracks', 'empty', 'line 1')
    tally.leave_out('shapes', 'outside', 'line 5', 0)
    assert [line.split() for line in tally.table().splitlines()] == [
        ['read', 'converted', 'left', 'out'],
        ['videos', '2', '2', '0'],
        ['tracks', '3', '2', '1'],
        ['shapes', '40', '35', '5'],
    ]
    assert tally.reasons() == [
        'left out: 5 shapes: too small (first: line 3)',
        'left out: 1 tracks: empty (first: line 1)',
    ]
