"""Masks of a forced share, and the table of a tiny network."""

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
from mmvkp.afnet import benchmark as benchmark_selection


@pytest.mark.parametrize(
    'share, numbers',
    [
        (1.0, [12] * 5),
        (0.5, [6] * 5),
        (0.25, [3] * 5),
        # 9.6 frames per block are 48 in five blocks.
        (0.8, [9, 10, 9, 10, 10]),
    ],
)
def test_masks_keep_the_share(share, numbers):
    masks = benchmark_selection.forced_masks(share, 2, 12, 5)
    assert masks.shape == (24, 5)
    assert masks[:12].sum(0).tolist() == numbers
    assert masks.mean().item() == pytest.approx(share)


def test_the_table(monkeypatch, capsys):
    monkeypatch.setattr(
        sys,
        'argv',
        [
            'x',
            str(ROOT / 'configs/_base_/models/af_r10.py'),
            '--size',
            '32',
            '--repeats',
            '1',
            '--ratio',
            '0.5',
            '--channels-last',
            '--device',
            'cpu',
        ],
    )
    benchmark_selection.main()
    rows = [
        line.split('|')[1].strip()
        for line in capsys.readouterr().out.splitlines()
        if line.startswith('|')
    ]
    assert rows == ['r', '---', '1', '0.5', 'dense']


@pytest.mark.parametrize(
    'options, message',
    [
        (['--ratio', '0'], r'error: .*--ratio=0.0 is outside'),
        (
            [str(ROOT / 'configs/_base_/models/r3d10.py')],
            'error: .*ResNet3d, which selects no frames',
        ),
    ],
)
def test_mistakes_are_one_line(monkeypatch, options, message):
    monkeypatch.setattr(sys, 'argv', ['x', *options, '--device', 'cpu'])
    with pytest.raises(SystemExit, match=message):
        benchmark_selection.main()
