"""Half precision is disabled, and meta tensors, which count MACs, work."""

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from mmvkp.aknet.selector import ActionKeypointSelector
from mmvkp.kpsem import KPSEM
from mmvkp.point3d.attention import TimeWiseAttention
from mmvkp.recognition.full_precision import full_precision


def test_autocast_is_disabled():
    x = torch.rand(2, 2)
    with torch.autocast('cpu', dtype=torch.bfloat16):
        assert (x @ x).dtype == torch.bfloat16
        with full_precision(x):
            assert (x @ x).dtype == torch.float32


@pytest.mark.parametrize(
    'make, shapes',
    [
        (lambda: KPSEM(8, num_sets=2), ((2, 8, 4, 6, 6), (2, 16, 4, 3, 3))),
        (lambda: ActionKeypointSelector(8, 4), ((8, 8, 6, 6),)),
        (lambda: TimeWiseAttention(), ((2, 8, 4, 6, 6),)),
    ],
)
@torch.no_grad()
def test_macs_on_meta_tensors(make, shapes):
    """As many as on a CPU."""
    found = []
    for device in ('cpu', 'meta'):
        module = make().eval().to(device)
        maps = [torch.rand(shape, device=device) for shape in shapes]
        with FlopCounterMode(display=False) as counter:
            module(maps if len(maps) > 1 else maps[0])
        found.append(counter.get_total_flops())
    assert found[0] == found[1] > 0
