"""The law of a config, printed; numbers from the public counts."""

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
from mmvkp.afnet import cost_report as get_selection_cost

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
def run(tmp_path, monkeypatch, capsys):
    """Calls the tool on a config and returns what it prints."""

    def call(config, *options):
        path = tmp_path / 'config.py'
        path.write_text(config)
        monkeypatch.setattr(sys, 'argv', ['get_selection_cost.py', str(path), *options])
        get_selection_cost.main()
        return capsys.readouterr().out

    return call


def test_the_law(run):
    """2,081,997,936 fixed with 12 classifications, of which 11 are saved."""
    head = 1280 * 174
    fixed, focal = 2081997936 - 11 * head, 231457536
    text = run(CONFIG, '--ratio', '0.5')
    assert f'MACs = {fixed:,} + {focal:,} * r' in text
    assert f'{11 * head:,} more' in text
    assert '4,507,169 parameters' in text
    assert f'| 0.5 | {fixed + focal // 2:,} |' in text
    assert text.count('| layer2.focal.') == 2
    assert text.count('| layer3.focal.') == 3


def test_the_small_network_of_the_package(monkeypatch, capsys):
    path = str(ROOT / 'configs/_base_/models/af_r10.py')
    monkeypatch.setattr(sys, 'argv', ['x', path, '--size', '64'])
    get_selection_cost.main()
    text = capsys.readouterr().out
    assert 'one video of 8 frames, 64 x 64 pixels' in text
    assert text.count('.focal.') == 4


@pytest.mark.parametrize(
    'config, options, message',
    [
        (CONFIG, ['--ratio', '1.5'], r'error: .*--ratio=1.5 is outside'),
        (CONFIG.replace('AFMobileNetV3', 'AFNet'), [], 'error: .*AFNet'),
        (CONFIG.replace('model = ', 'net = '), [], "error: .*no attribute 'model'"),
    ],
)
def test_mistakes_are_one_line(run, config, options, message):
    with pytest.raises(SystemExit, match=message):
        run(config, *options)


def test_a_missing_config(monkeypatch):
    monkeypatch.setattr(sys, 'argv', ['x', 'nowhere.py'])
    with pytest.raises(SystemExit, match='error: .*nowhere.py'):
        get_selection_cost.main()
