"""Times of functions that are measured in turns."""

import time

from mmvkp.recognition import side_by_side


def test_functions_take_turns():
    calls = []
    seconds = side_by_side.time_side_by_side(
        dict(a=lambda: calls.append('a'), b=lambda: calls.append('b')), repeats=3
    )
    assert calls == ['a', 'a', 'b', 'b'] * 3  # the first call is not timed
    assert len(seconds['a']) == len(seconds['b']) == 3
    assert side_by_side.ratio(dict(a=[2.0, 9.0, 3.0], b=[1.0, 1.0, 1.0]), 'a', 'b') == 3


def test_the_clock_is_read_around_each_function():
    now = [0.0]

    def work():
        now[0] += 2

    def clock():
        now[0] += 0.5
        return now[0]

    seconds = side_by_side.time_side_by_side(dict(a=work), 2, clock)
    assert seconds == dict(a=[2.5, 2.5])


def test_clocks():
    assert side_by_side.clock_of(1) is time.process_time
    assert (
        side_by_side.clock_of(2)
        is side_by_side.clock_of(1, 'cuda')
        is time.perf_counter
    )
