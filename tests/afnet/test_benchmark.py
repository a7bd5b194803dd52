"""Masks of a forced share, and the table of a tiny network."""

from pathlib import Path

import pytest

from mmvkp.afnet.benchmark import benchmark_selection, forced_masks

MODELS = Path(__file__).resolve().parents[2] / 'configs/_base_/models'


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
    masks = forced_masks(share, 2, 12, 5)
    assert masks.shape == (24, 5)
    assert masks[:12].sum(0).tolist() == numbers
    assert masks.mean().item() == pytest.approx(share)


def test_the_table():
    text = benchmark_selection(
        str(MODELS / 'af_r10.py'), [0.5], size=32, repeats=1, channels_last=True
    )
    rows = [line.split('|')[1].strip() for line in text.splitlines() if line[0] == '|']
    assert rows == ['r', '---', '1', '0.5', 'dense']


def test_other_backbones_are_refused():
    with pytest.raises(ValueError, match='ResNet3d, which does not select frames'):
        benchmark_selection(str(MODELS / 'r3d10.py'))


def test_a_ratio_outside_its_range():
    with pytest.raises(ValueError, match='ratio=0 is outside'):
        benchmark_selection(ratios=[0])
