"""Cost of a config; numbers from the public counts."""

from pathlib import Path

import pytest

from mmvkp.afnet.cost_report import cost_report

ROOT = Path(__file__).resolve().parents[2]

CONFIG = """
model = dict(
    type='Recognizer2D',
    backbone=dict(
        type='AFMobileNetV3',
        num_segments=12,
        selection_cfg=dict(reading='released_code')),
    neck=dict(type='FrameSelectionNeck', num_segments=12),
    cls_head=dict(type='TSNHead', in_channels=1280, num_classes=174))
"""


@pytest.fixture()
def report(tmp_path):
    """Writes a config and returns its report."""

    def call(config, **options):
        path = tmp_path / 'config.py'
        path.write_text(config)
        return cost_report(str(path), **options)

    return call


def test_fixed_and_focal_part(report):
    """2,081,997,936 fixed with 12 classifications, of which 11 are saved."""
    head = 1280 * 174
    fixed, focal = 2081997936 - 11 * head, 231457536
    text = report(CONFIG, ratios=[0.5])
    assert f'MACs = {fixed:,} + {focal:,} * r' in text
    assert f'{11 * head:,} more' in text
    assert '4,507,169 parameters' in text
    assert f'| 0.5 | {fixed + focal // 2:,} |' in text
    assert text.count('| layer2.focal.') == 2
    assert text.count('| layer3.focal.') == 3


def test_the_small_network_of_the_package():
    text = cost_report(str(ROOT / 'configs/_base_/models/af_r10.py'), (64, 48))
    assert 'one video of 8 frames, 64 x 48 pixels' in text
    assert text.count('.focal.') == 4


@pytest.mark.parametrize(
    'config, options, error, message',
    [
        (CONFIG, dict(ratios=[1.5]), ValueError, r'ratio=1.5 is outside'),
        (CONFIG.replace('AFMobileNetV3', 'AFNet'), {}, KeyError, 'AFNet'),
        (CONFIG.replace('model = ', 'net = '), {}, ValueError, 'has no model'),
    ],
)
def test_user_mistakes(report, config, options, error, message):
    with pytest.raises(error, match=message):
        report(config, **options)


def test_a_missing_config():
    with pytest.raises(FileNotFoundError, match='nowhere.py'):
        cost_report('nowhere.py')
