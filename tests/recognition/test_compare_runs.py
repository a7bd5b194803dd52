"""Reading of tests and the arithmetic of the table."""

import pytest

from mmvkp.recognition import compare_runs


def test_mean_and_deviation_by_hand():
    assert compare_runs.percent([0.5]) == '50.0'
    # Deviations of 10 on both sides: sqrt(200 / 1).
    assert compare_runs.percent([0.4, 0.6]) == '50.0 +- 14.1'


def test_cost_of_networks_that_select_frames_by_hand():
    assert compare_runs.spent_in_tests([{}], 7e6) == ('', 7e6)
    metrics = [
        {'cost/kept': kept, 'cost/GMACs': spent}
        for kept, spent in ((0.4, 0.002), (0.6, 0.004))
    ]
    kept, spent = compare_runs.spent_in_tests(metrics, 7e6)
    assert kept == '50.0 +- 14.1' and spent == pytest.approx(3e6)


def test_empty_columns_are_left_out():
    assert compare_runs.as_markdown(
        ['model', 'kept', 'MACs'], [['a', '', '1'], ['b', '', '']]
    ) == ['| model | MACs |', '| --- | ---: |', '| a | 1 |', '| b |  |']


def test_metrics_that_a_test_does_not_have():
    assert compare_runs.percent_of([{'a': 0.5}, {}], 'a') == ''
