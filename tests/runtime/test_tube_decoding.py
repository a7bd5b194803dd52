"""Decoding in NumPy: values by hand, and equality with the decoding in torch."""

import mmvkp  # noqa: F401, isort: skip
import numpy as np
import pytest
import torch

from mmvkp.point3d.decoding import decode_points as decode_in_torch
from mmvkp.point3d.options import TEST_CFG
from mmvkp.runtime.tube_decoding import decode_points, find_peaks


def test_peaks_by_hand():
    """A plateau of two cells, a lower peak, and their neighbours."""
    logits = np.full((1, 3, 5), -4, np.float32)
    logits[0, 0, 0] = 1
    logits[0, 2, 3:] = 2
    found = find_peaks(logits, 3)
    assert found.cells.tolist() == [[3, 2], [4, 2], [0, 0]]
    assert found.scores == pytest.approx(1 / (1 + np.exp([-2, -2, -1])), rel=1e-6)
    assert len(find_peaks(logits, 99).scores) == 15
    logits[0, 1, 1] = np.nan
    assert np.isnan(find_peaks(logits, 2).scores).all()


def maps_of(seed, joints=3, height=12, width=15):
    generator = torch.Generator().manual_seed(seed)

    def values(count, scale):
        shape = (1, count, height, width)
        return scale * torch.randn(shape, generator=generator)

    return dict(
        center_heatmap=values(2, 2),
        wh=values(2, 2) + 4,
        offset=values(2, 0.5),
        knot_heatmap=values(joints, 2),
        knot_distance=values(2 * joints, 3),
        knot_offset=values(2, 0.5),
    )


@pytest.mark.parametrize(
    'changes',
    [
        dict(topk=20),
        dict(topk=500),
        dict(topk=7, kernel=5, knot_thr=0.5),
        dict(topk=30, kp_refine='hull', hull_weight=0.8, kp_rescore=0.5),
    ],
)
@pytest.mark.parametrize('limit', [None, 4])
def test_equals_torch(changes, limit):
    options = {**TEST_CFG, **changes}
    for seed in range(3):
        maps = maps_of(seed)
        expected = decode_in_torch(maps, 4, limit=limit, **options)
        found = decode_points(
            {name: each[0].numpy() for name, each in maps.items()}, 4, options, limit
        )
        assert set(found) == set(expected)
        for name, each in expected.items():
            np.testing.assert_allclose(found[name], each[0], atol=1e-4)
