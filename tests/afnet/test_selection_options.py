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


@pytest.mark.parametrize(
    'cfg, name',
    [
        (dict(policy='uniform', ratio=0.5, keep_bias=3.0), 'keep_bias'),
        (dict(policy='random', ratio=0.5, time_mixing='grouped'), 'time_mixing'),
        (dict(policy='normal', ratio=0.5, noise=True), 'noise'),
        (dict(policy='uniform', ratio=0.5, mask_source='input'), 'mask_source'),
        (dict(policy='uniform', ratio=0.5, placement='first'), 'placement'),
        (dict(policy='all', skipped='zeros'), 'skipped'),
        (dict(policy='all', reading='released_code'), 'reading'),
        (dict(policy='soft', noise=True), 'noise'),
        (dict(policy='soft', sparse_eval=False), 'sparse_eval'),
    ],
)
def test_options_without_effect(cfg, name):
    options = SelectionOptions.from_cfg(cfg)
    with pytest.raises(
        ValueError, match=f'selection_cfg: {name}=.* no effect with policy'
    ):
        options.check_inert(False)


@pytest.mark.parametrize(
    'cfg, regions',
    [
        (dict(policy='random', ratio=0.5, reading='released_code'), False),
        (dict(policy='random', ratio=0.5, placement='first'), False),
        (dict(policy='soft', reading='released_code', keep_bias=3.0), False),
        (dict(policy='all', noise=True, keep_bias=3.0, mask_source='input'), True),
        (dict(noise=True, placement='first', sparse_eval=False), False),
    ],
)
def test_options_with_effect(cfg, regions):
    SelectionOptions.from_cfg(cfg).check_inert(regions)


@pytest.mark.parametrize(
    'cfg', [dict(noise='no'), dict(sparse_eval='False'), dict(keep_bias='3')]
)
def test_wrong_types(cfg):
    with pytest.raises(TypeError, match=f'selection_cfg: {list(cfg)[0]}='):
        SelectionOptions.from_cfg(cfg)
