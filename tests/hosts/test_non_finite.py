"""Values that are not finite pass through all networks of the package."""

import pytest
import torch
from mmaction.registry import MODELS

MFNET = dict(
    type='MFNet', stem_channels=4, base_channels=16, num_fibers=4, stage_blocks=(1, 1)
)
RESNEXT = dict(
    type='ResNeXt3d',
    in_channels=3,
    base_channels=8,
    cardinality=4,
    stage_blocks=(1, 1),
    stage_strides=(1, 2),
)
TSM = dict(type='SlimResNetTSM', depth=10, base_channels=8, num_segments=4)
TDN = dict(type='ResNetTDN', depth=10, base_channels=8, num_segments=4)
NETWORKS = dict(
    mfnet=(dict(MFNET, out_indices=(1,)), (2, 3, 4, 32, 32)),
    resnext3d=(RESNEXT, (2, 3, 4, 32, 32)),
    slim=(dict(type='SlimResNet', depth=10, base_channels=8), (2, 3, 32, 32)),
    tsm=(TSM, (8, 3, 32, 32)),
    tdn=(TDN, (8, 15, 32, 32)),
)


@pytest.mark.parametrize('training', [False, True])
@pytest.mark.parametrize('value', [float('nan'), float('inf'), -float('inf')])
@pytest.mark.parametrize('name', NETWORKS)
def test_one_bad_pixel_reaches_the_output(name, value, training):
    cfg, shape = NETWORKS[name]
    torch.manual_seed(0)
    model = MODELS.build(cfg)
    model.train(training)
    x = torch.randn(shape)
    x[0, :, ..., 16, 16] = value
    out = model(x)
    assert not out.isfinite().all()
    out.sum().backward()
