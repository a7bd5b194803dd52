"""Parameters and MACs of AK-Net, counted by hand beforehand, to the last one.

8 frames of 224 x 224, 174 classes, alpha 0.3. Not counted: the auxiliary
head, which does not run at test. MACs of norm layers, activations and sums do
not count, nor does the choice of the points.
"""

import mmvkp  # noqa: F401, isort: skip
import pytest
import torch
from mmaction.registry import MODELS
from torch import nn

from mmvkp.recognition.complexity import count_macs, count_parameters

# Stage that is cut behind: side of its map, channels, points that are kept.
MAPS = {2: (14, 1024, 470), 1: (28, 512, 1881), 0: (56, 256, 7526)}
# MACs of all after the host's first stages: tail, excitation, heatmap and
# classifier; then the light and PointNet's transform.
BEHIND = {
    2: (1390936064 + 1048576 + 1605632 + 534528, 562759062, 862734854),
    1: (3798728704 + 262144 + 3211264 + 445440, 642192753, 891394529),
    0: (5525536768 + 65536 + 6422528 + 400896, 938958246, 1695531542),
}
# MACs of the first stages, then parameters with each of the transforms.
ROWS = {
    ('ResNetTSM', 2): (26223181824, 37511287, 291386871),
    ('ResNetTSM', 1): (14508490752, 21510263, 85904887),
    ('ResNetTSM', 0): (6287654912, 17663095, 34503159),
    ('ResNetTDN', 2): (28988857856, 37883319, 291758903),
    ('ResNetTDN', 1): (17006603264, 21786135, 86180759),
    ('ResNetTDN', 0): (8567652352, 17919543, 34759607),
}
TRANSFORMS = ('light', 'pointnet')


def build(host, stage, transform):
    """Backbone and head."""
    backbone = MODELS.build(
        dict(
            type='AKNet',
            base=dict(type=host, depth=50),
            select_stage=stage,
            transform=transform,
        )
    )
    head = MODELS.build(
        dict(
            type='AKHead',
            num_classes=174,
            in_channels=2048,
            map_channels=MAPS[stage][1],
        )
    )
    return backbone.eval(), head.eval()


@pytest.mark.parametrize('transform', TRANSFORMS)
@pytest.mark.parametrize('host, stage', ROWS)
def test_counts(host, stage, transform):
    """Part by part, without weights: only the selector gets numbers."""
    kind = TRANSFORMS.index(transform)
    side, channels, number = MAPS[stage]
    with torch.device('meta'):
        backbone, head = build(host, stage, transform)
        feature = torch.zeros(8, channels, side, side)
        seq = torch.zeros(1, channels, number)
        points = torch.zeros(1, number, 3, dtype=torch.int64)
        bottom = count_macs(
            backbone.base, torch.zeros(8, 15 if host == 'ResNetTDN' else 3, 224, 224)
        )
        turned = count_macs(backbone.transform, seq, points)
        behind = count_macs(backbone.tail, seq)
        behind += count_macs(head.fc_cls, torch.zeros(1, 2048 + channels))
    assert backbone.base.out_indices == (stage,) and not hasattr(
        backbone.base, 'layer4'
    )
    with torch.no_grad():
        assert backbone.tail(seq).shape == (1, 2048, 118)
        assert backbone.transform(seq, points).shape == seq.shape
    selector = backbone.selector.to_empty(device='cpu')
    for parameter in selector.parameters():
        nn.init.zeros_(parameter)
    feature = torch.rand(1, 1, side, side).expand(8, channels, side, side)
    behind += count_macs(selector, feature.contiguous())
    assert bottom == ROWS[host, stage][0]
    assert turned == BEHIND[stage][1 + kind]
    assert behind == BEHIND[stage][0]
    parameters = count_parameters(backbone) + count_parameters(head.fc_cls)
    assert parameters == ROWS[host, stage][1 + kind]


@torch.no_grad()
def test_all_in_one():
    """One network as it is run: nothing is done twice or left out."""
    backbone, head = build('ResNetTSM', 0, 'light')
    model = nn.Sequential(backbone, head)
    expected = ROWS['ResNetTSM', 0][0] + sum(BEHIND[0][:2])
    assert expected == 12759038886
    assert count_macs(model, torch.rand(8, 3, 224, 224)) == expected
