"""Frozen stages, fixed norms and recomputed units of a backbone of two stages."""

import pytest
import torch
from torch import nn

from mmvkp.hosts.staged_backbone import StagedBackbone


class Tiny(StagedBackbone):
    """A stem and two stages of one unit."""

    in_channels = 2

    def __init__(self, frozen_stages=-1, norm_eval=False, with_cp=False, init_cfg=None):
        super().__init__(frozen_stages, norm_eval, with_cp, init_cfg)
        self.stem = nn.Conv3d(2, 2, 1)
        self.stages = nn.ModuleList(
            nn.Sequential(nn.Sequential(nn.Conv3d(2, 2, 1), nn.BatchNorm3d(2)))
            for _ in range(2)
        )
        self.freeze_stages()

    def parts(self):
        return [[self.stem], *([each] for each in self.stages)]

    def compute(self, x):
        x = self.stem(x)
        for stage in self.stages:
            x = self.run_units(stage, x)
        return x


@pytest.mark.parametrize('frozen_stages', [-1, 0, 1, 2])
def test_frozen_stages(frozen_stages):
    model = Tiny(frozen_stages).train()
    for i, (part,) in enumerate(model.parts()):
        frozen = i <= frozen_stages
        assert part.training is not frozen
        assert all(each.requires_grad is not frozen for each in part.parameters())


@pytest.mark.parametrize('norm_eval', [False, True])
def test_fixed_statistics(norm_eval):
    model = Tiny(norm_eval=norm_eval).train()
    assert model.stages[0][0][1].training is not norm_eval
    assert model.stages[0][0][0].training
    assert not model.eval().stages[0].training


def test_recomputed_units_have_the_same_gradient():
    torch.manual_seed(0)
    plain, saving = Tiny(), Tiny(with_cp=True)
    saving.load_state_dict(plain.state_dict())
    x = torch.randn(2, 2, 3, 4, 4)
    for model in (plain, saving):
        (model(x) ** 2).sum().backward()
    for one, other in zip(plain.parameters(), saving.parameters()):
        torch.testing.assert_close(one.grad, other.grad)


def test_initialisation():
    model = Tiny()
    nn.init.zeros_(model.stages[0][0][1].weight)
    model.init_weights()
    assert (model.stages[0][0][1].weight == 1).all()
    assert Tiny(init_cfg=dict(type='Constant', layer='Conv3d', val=2)).init_cfg == dict(
        type='Constant', layer='Conv3d', val=2
    )


def test_inputs_that_do_not_fit():
    for shape in ((2, 4, 5, 5), (1, 3, 4, 5, 5), (1, 2, 4, 5, 0)):
        with pytest.raises(ValueError, match='Tiny: the input has'):
            Tiny()(torch.randn(shape))
    x = torch.randn(1, 2, 1, 1, 1)
    with pytest.raises(ValueError, match=r'Tiny: .* \(1, 2, 1, 1, 1\) .* norm_eval'):
        Tiny().train()(x)
    assert Tiny(norm_eval=True).train()(x).shape == x.shape
