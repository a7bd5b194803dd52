"""Boxes of tracks in any order."""

import itertools

import numpy as np

from mmvkp.tubes.formats.collector import Collector
from mmvkp.tubes.formats.found import Found

RECORDS = [('v', 'a', 10, 2), ('v', 'a', 9, 1), ('v', 'a', 10, 1), ('u', 'b', 'x', 1)]


def _collect(records):
    collector = Collector(Found())
    for video, label, person, frame in records:
        collector.put(video, label, person, frame, np.full(4, frame), 'here')
    collector.finish(0)
    return collector.found


def test_tracks_do_not_depend_on_the_order():
    for records in itertools.permutations(RECORDS):
        tracks = _collect(records).tracks
        assert [(each.video, each.label) for each in tracks] == [
            ('u', 'b'),
            ('v', 'a'),
            ('v', 'a'),
        ]
        # Person 9 before person 10, by frames.
        assert [each.rows[:, 0].tolist() for each in tracks] == [[1], [1], [1, 2]]


def test_a_person_twice_in_a_frame():
    assert _collect([('v', 'a', 3, 1)] * 2).faults == [
        'here: 3 is in frame 1 of v twice.'
    ]
