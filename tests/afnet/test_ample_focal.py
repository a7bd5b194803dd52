"""The AF module: which feature a mask is made of, how branches merge."""

import pytest
import torch
from torch import nn

from mmvkp.afnet.ample_focal import AdaptiveMerge, AFStage
from mmvkp.afnet.focal_unit import FocalUnit


class Plus(nn.Module):
    """Adds a number."""

    def __init__(self, number):
        super().__init__()
        self.number = number

    def forward(self, x):
        return x + self.number


class Recorder(nn.Module):
    """Keeps all frames and notes what it was asked about."""

    def __init__(self):
        super().__init__()
        self.seen = []

    def forward(self, x):
        self.seen.append(x.flatten()[0].item())
        return x.new_ones(len(x))


def stage(from_output=True, ample=(10.0, 100.0), selectors=2, **kwargs):
    """Ample blocks that add 10 and 100, focal ones that add 1."""
    focal = [FocalUnit(Plus(1.0), nn.Identity(), False) for _ in range(2)]
    return AFStage(
        [Plus(each) for each in ample],
        focal,
        [Recorder() for _ in range(selectors)],
        from_output,
        **kwargs,
    )


@pytest.mark.parametrize(
    'from_output, ample, seen',
    [
        (True, (10.0, 100.0), [10.0, 110.0]),
        (False, (10.0, 100.0), [0.0, 10.0]),
        (True, (), [0.0, 1.0]),
    ],
)
def test_source_of_the_masks(from_output, ample, seen):
    """A block that answers x + 1 beside x gives 2 x + 1."""
    module = stage(from_output, ample)
    out, masks, regions = module(torch.zeros(2, 1, 2, 2))
    assert [each.seen for each in module.navigation] == [[each] for each in seen]
    assert out.eq(3).all() and masks.shape == (2, 2) and regions is None


def test_one_decision_may_hold_for_all():
    module = stage(selectors=1)
    _, masks, _ = module(torch.zeros(2, 1, 2, 2))
    assert masks.shape == (2, 2) and len(module.navigation[0].seen) == 1


def test_forced_masks_ask_nobody():
    module = stage().eval()
    forced = torch.tensor([[1.0, 0.0], [0.0, 0.0]])
    out, masks, _ = module(torch.zeros(2, 1, 1, 1), forced)
    assert not module.navigation[0].seen and torch.equal(masks, forced)
    assert out.flatten().tolist() == [1.0, 0.0]


def test_merge_starts_at_equal_weights():
    """Sigmoid of 0.01^2-sized numbers: the mean of both."""
    torch.manual_seed(0)
    ample, focal = torch.randn(2, 3, 32, 4, 4)
    out = AdaptiveMerge(32)(ample, focal)
    torch.testing.assert_close(out, (ample + focal) / 2, rtol=0, atol=1e-3)


def test_merge_by_hand():
    """Means 1 and 2 give 3, squeezed 6, expanded (6, -6) to sigmoids."""
    merge = AdaptiveMerge(2, reduction=2)
    with torch.no_grad():
        merge.squeeze.weight.fill_(1.0)
        merge.expand.weight.copy_(torch.tensor([[1.0], [-1.0]]))
    out = merge(torch.full((1, 2, 1, 1), 1.0), torch.full((1, 2, 1, 1), 2.0))
    theta = torch.tensor(6.0).sigmoid()
    torch.testing.assert_close(out.flatten(), torch.stack((2 - theta, 1 + theta)))


def test_the_ample_branch_is_upsampled_to_the_focal_one():
    module = stage(ample=(0.0, 0.0), merge=AdaptiveMerge(1), ample_out=nn.MaxPool2d(2))
    out, _, _ = module(torch.rand(2, 1, 4, 4))
    assert out.shape == (2, 1, 4, 4)


def test_a_hook_on_the_merge_keeps_its_output():
    module = stage(merge=AdaptiveMerge(1)).eval()
    x = torch.full((2, 1, 2, 2), -1000.0)
    held = []
    hook = module.merge.register_forward_hook(lambda merge, args, out: held.append(out))
    with torch.no_grad():
        with hook:
            out, _, _ = module(x)
        assert out.eq(0).all() and held[0].lt(0).all()
        assert module(x)[0].eq(0).all()
    assert x.eq(-1000).all()
