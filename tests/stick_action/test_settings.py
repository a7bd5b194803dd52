"""Presets, ranges and the clips of a data set."""

import pytest

from mmvkp.stick_action.settings import SIZES, all_clips, make_settings


def test_sizes():
    counts = {size: make_settings(size)['train'] for size in SIZES['classification']}
    assert counts == dict(tiny=48, demo=2400, bench=7200)


def test_clips_alternate_over_the_classes():
    settings = make_settings('tiny', 'untrimmed', test=24)
    clips = all_clips(settings)
    assert len(clips) == 12 + 24 and 'val' not in settings
    assert clips[0] == (0, 0, 0, 'arms-raise/train_00000')
    assert clips[12 + 13] == (2, 13, 1, 'arms-lower/test_00013')


def test_the_ceiling_with_a_speed_pair():
    settings = make_settings('tiny', speed_pair=True)
    assert settings['order_blind_ceiling'] == (12 * 0.5 + 2) / 14
    assert settings['classes'][12:] == ['wave-slow', 'wave-fast']
    # Clips with several labels have no such ceiling.
    assert 'order_blind_ceiling' not in make_settings('tiny', 'multi-label')


@pytest.mark.parametrize(
    'options, message',
    [
        (dict(train=30), 'train=30 must .* the nearest are 24 and 36'),
        (dict(val=0), 'val=0 must be a positive multiple of the 12 classes'),
        (
            dict(frame_size=33),
            'frame_size=33 must be a number from 32 to 512 in steps of 2',
        ),
        (dict(num_frames=4), 'num_frames=4 must be a number from 8'),
        (dict(seed=-1), 'seed=-1 must be a number from 0'),
        (dict(size='huge'), "size='huge' is unknown; use one of .'tiny', 'demo'"),
        (dict(variant='cut'), "variant='cut' is unknown"),
        (
            dict(variant='trimmed', val=12),
            'val=12: the variant trimmed has the splits train and test',
        ),
        (
            dict(variant='untrimmed', raw_frames=True),
            'raw_frames is for the classification variant; the variant untrimmed',
        ),
        (
            dict(variant='multi-label', num_frames=20),
            'num_frames=20 must be a multiple of 8 and at least 16',
        ),
    ],
)
def test_bad_settings(options, message):
    with pytest.raises(ValueError, match=message):
        make_settings(**options)
