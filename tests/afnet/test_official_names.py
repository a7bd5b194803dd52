"""Names of the released checkpoints, read from their page."""

import pytest

from mmvkp.afnet.official_names import mobilenet_name, plain_resnet_name, resnet_name


@pytest.mark.parametrize(
    'ours, pooled, official',
    [
        ('stem.conv', False, 'conv1'),
        ('layer1.navigation.0.mix', False, 'layer1.list_gen.0.conv_gs'),
        ('layer1.ample_out.norm', False, 'layer1.base_transform.1'),
        ('layer2.merge.expand', False, 'layer2.att_gen.fc.2'),
        ('layer3.focal.4.path.conv2', False, 'layer3.refine_module.4.conv2'),
        ('layer1.ample.0.shortcut.conv', True, 'layer1.base_module.0.downsample.1'),
        ('layer1.fusion.path.norm3', False, 'layer1.fusion.0.bn3'),
        ('layer4.0.path.conv1', False, 'layer4.0.conv1'),
    ],
)
def test_resnet(ours, pooled, official):
    assert resnet_name(ours, pooled) == official


def test_plain_resnet():
    assert plain_resnet_name('layer1.focal.2.path.conv1') == 'layer1.2.conv1'


@pytest.mark.parametrize(
    'ours, expands, official',
    [
        ('stem.norm', False, 'bn'),
        ('layer5.4.linear', False, 'fc.0'),
        ('layer1.0.path.depthwise_conv', False, 'features_head.0.conv1'),
        ('layer1.1.path.expand_conv', True, 'features_stage1.0.conv1'),
        ('layer2.ample.1.path.project_norm', True, 'features_stage2_base.1.bn3'),
        ('layer3.navigation.2.norm', True, 'list_gen3.2.bn'),
        (
            'layer2.focal.0.path.squeeze.expand',
            True,
            'features_stage2_refine.0.se.fc.2',
        ),
        ('layer2.fusion.path.depthwise_conv', True, 'features_stage2_fuse.0.conv2'),
    ],
)
def test_mobilenet(ours, expands, official):
    assert mobilenet_name(ours, expands) == official
