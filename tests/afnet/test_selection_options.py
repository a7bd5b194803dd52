"""Keys and values of a selection, and what a reading sets."""

import pytest

from mmvkp.afnet.selection_options import SelectionOptions, SpatialOptions


def test_the_text_is_the_default():
    options = SelectionOptions.from_cfg(None)
    assert (
        options.policy,
        options.mask_source,
        options.time_mixing,
        options.skipped,
        options.noise,
    ) == ('navigation', 'output', 'dense', 'identity', False)


def test_the_released_code_differs_in_four_places():
    options = SelectionOptions.from_cfg(dict(reading='released_code'))
    assert (
        options.mask_source,
        options.time_mixing,
        options.skipped,
        options.noise,
    ) == ('input', 'grouped', 'zeros', True)


def test_each_place_can_be_set_alone():
    options = SelectionOptions.from_cfg(
        dict(reading='released_code', noise=False, skipped='identity')
    )
    assert (options.mask_source, options.skipped, options.noise) == (
        'input',
        'identity',
        False,
    )


@pytest.mark.parametrize(
    'cfg, error, message',
    [
        (dict(policy='best'), ValueError, r"policy='best' is not known"),
        (dict(reading='code'), ValueError, r"reading='code' is not known"),
        (dict(mask_source='stem'), ValueError, r"mask_source='stem'"),
        (dict(time_mixing='none'), ValueError, r"time_mixing='none'"),
        (dict(skipped='zero'), ValueError, r"skipped='zero'"),
        (dict(placement='last'), ValueError, r"placement='last'"),
        (dict(target_ratio=0.5), TypeError, r"unknown keys \['target_ratio'\]"),
        (dict(policy='random', ratio=1.5), ValueError, r'ratio=1.5 is outside'),
        (dict(policy='uniform'), TypeError, r'ratio=None must be a number'),
        (dict(ratio=0.5), ValueError, r"no effect with policy='navigation'"),
    ],
)
def test_bad_selection(cfg, error, message):
    with pytest.raises(error, match=message):
        SelectionOptions.from_cfg(cfg)


@pytest.mark.parametrize(
    'cfg, error, message',
    [
        (dict(policy='left'), ValueError, r"policy='left' is not known"),
        (dict(policy='center'), TypeError, r'ratio=None must be a number'),
        (dict(ratio=0.5), ValueError, r'ratio=0.5 has no effect'),
        (dict(grid=0), ValueError, r'grid=0 is outside'),
        (dict(cells=3), TypeError, r"unknown keys \['cells'\]"),
    ],
)
def test_bad_regions(cfg, error, message):
    with pytest.raises(error, match=message):
        SpatialOptions.from_cfg(cfg)
