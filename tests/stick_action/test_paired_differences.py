"""Statistics against values known by hand or from tables."""

import pytest

from mmvkp.stick_action.paired_differences import paired_difference, summarise


def test_three_values_by_hand():
    found = summarise([0.1, 0.2, 0.3])
    # Deviations -0.1, 0, 0.1: variance 0.02 / 2; t(0.975, 2) = 4.30265 (tables).
    assert found.seeds == 3
    assert found.mean == pytest.approx(0.2)
    assert found.deviation == pytest.approx(0.1)
    assert found.half_width == pytest.approx(4.30265 * 0.1 / 3**0.5, rel=1e-5)
    assert not found.decided  # 0.2 < 0.248


def test_quantiles_of_tables():
    # Standard deviation 1 and n values: half width = t / sqrt(n).
    for values, quantile in (
        ([0.0, 2**0.5], 12.7062),
        ([-1.0, 0.0, 1.0], 4.30265),
        ([-1.0, -1.0, 0.0, 1.0, 1.0], 2.77645),
    ):
        found = summarise(values)
        assert found.deviation == pytest.approx(1)
        expected = quantile / len(values) ** 0.5
        assert found.half_width == pytest.approx(expected, rel=1e-5)


def test_one_value_has_no_interval():
    found = summarise([0.7])
    assert (found.mean, found.deviation, found.half_width) == (0.7, None, None)
    assert not found.decided
    with pytest.raises(ValueError, match='values is empty'):
        summarise([])


def test_differences_of_common_seeds():
    ours, host = {0: 0.9, 1: 0.5, 4: 0.8}, {4: 0.7, 0: 0.8, 2: 0.1}
    found = paired_difference(ours, host)
    assert found.seeds == 2 and found.mean == pytest.approx(0.1)
    assert found.half_width == pytest.approx(0, abs=1e-9) and found.decided
    assert paired_difference(ours, {7: 0.5}) is None


def test_pairs_remove_what_seeds_share():
    """Seeds differ by 20 points, the row by 1 +- 0.1: decided in pairs only."""
    host = {0: 0.5, 1: 0.7, 2: 0.9}
    ours = {0: 0.51, 1: 0.711, 2: 0.909}
    found = paired_difference(ours, host)
    assert found.mean == pytest.approx(0.01)
    assert found.half_width == pytest.approx(4.30265 * 0.001 / 3**0.5, rel=1e-4)
    assert (
        found.decided
        and not summarise(
            [ours[0] - host[2], ours[1] - host[0], ours[2] - host[1]]
        ).decided
    )
