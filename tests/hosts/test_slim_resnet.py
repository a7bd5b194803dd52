"""The slim ResNets are the host's at its width and depths."""

import mmvkp  # noqa: F401, isort: skip
import pytest
import torch
from mmaction.models.backbones import ResNet, ResNetTSM
from mmaction.registry import MODELS

from mmvkp.hosts.slim_resnet import SlimResNet, SlimResNetTSM
from mmvkp.recognition.complexity import count_parameters

from ..recognizer_steps import check_steps, recognizer
from ..torchvision_names import equal_entries, save_as_torchvision, torchvision_name

# By hand: per stage the two 3 x 3 convolutions and the 1 x 1 shortcut of the
# only block (none in the first stage), two numbers per channel and norm layer.
R10_STEM = 3 * 16 * 49 + 2 * 16
R10_STAGES = (
    2 * 16 * 16 * 9 + 4 * 16,
    (16 + 32) * 32 * 9 + 16 * 32 + 6 * 32,
    (32 + 64) * 64 * 9 + 32 * 64 + 6 * 64,
    (64 + 128) * 128 * 9 + 64 * 128 + 6 * 128,
)


@pytest.mark.parametrize('depth', [18, 50])
@pytest.mark.parametrize(
    'host, slim', [(ResNet, SlimResNet), (ResNetTSM, SlimResNetTSM)]
)
def test_is_the_host_at_its_width(host, slim, depth):
    torch.manual_seed(0)
    ours, theirs = slim(depth), host(depth)
    assert list(ours.state_dict()) == list(theirs.state_dict())
    ours.load_state_dict(theirs.state_dict())
    x = torch.rand(8, 3, 32, 32)
    for mode in (True, False):
        ours.train(mode), theirs.train(mode)
        assert torch.equal(ours(x), theirs(x))
    assert ours.feat_dim == theirs.feat_dim


def test_parameters_of_depth_10():
    model = MODELS.build(dict(type='SlimResNet', depth=10, base_channels=16))
    assert count_parameters(model) == R10_STEM + sum(R10_STAGES)
    assert model.feat_dim == 128
    cut = SlimResNet(
        10,
        base_channels=16,
        num_stages=2,
        strides=(1, 2),
        dilations=(1, 1),
        out_indices=(1,),
    )
    assert count_parameters(cut) == R10_STEM + sum(R10_STAGES[:2])
    assert cut.feat_dim == 32


@pytest.mark.parametrize('height, width', [(64, 64), (96, 32)])
@pytest.mark.parametrize('depth, expansion', [(10, 1), (34, 1), (50, 4)])
def test_shapes_of_all_stages(depth, expansion, height, width):
    model = SlimResNet(
        depth,
        base_channels=8,
        out_indices=(0, 1, 2, 3),
        strides=(1, 2, 2, 1),
        dilations=(1, 1, 1, 2),
    )
    maps = model(torch.rand(1, 3, height, width))
    assert [tuple(x.shape[1:]) for x in maps] == [
        (8 * 2**i * expansion, height // stride, width // stride)
        for i, stride in enumerate((4, 8, 16, 16))
    ]


def test_settings_of_the_host_reach_other_widths():
    model = SlimResNetTSM(
        10,
        base_channels=8,
        num_segments=4,
        in_channels=5,
        style='caffe',
        norm_cfg=dict(type='BN2d', requires_grad=True, eps=0.1),
        frozen_stages=1,
        norm_eval=True,
    )
    assert model.conv1.conv.weight.shape == (8, 5, 7, 7)
    norms = [m for m in model.modules() if hasattr(m, 'running_mean')]
    assert len(norms) == 1 + 2 + 3 * 3 and all(m.eps == 0.1 for m in norms)
    shifts = [m.num_segments for m in model.modules() if hasattr(m, 'net')]
    assert shifts == [4] * 4
    model.train()
    assert not any(m.training for m in norms)
    frozen = {
        name.split('.')[0]
        for name, p in model.named_parameters()
        if not p.requires_grad
    }
    assert frozen == {'conv1', 'layer1'}


@pytest.mark.parametrize('slim', [SlimResNet, SlimResNetTSM])
def test_gradients_reach_everything(slim):
    torch.manual_seed(0)
    model = slim(10, base_channels=8)
    model.init_weights()
    model(torch.rand(8, 3, 64, 64)).square().sum().backward()
    for name, param in model.named_parameters():
        assert param.grad.isfinite().all() and param.grad.any(), name


@pytest.mark.parametrize('slim', [SlimResNet, SlimResNetTSM])
def test_weights_of_torchvision_format(slim, tmp_path):
    torch.manual_seed(0)
    source = SlimResNet(10)
    path = str(tmp_path / 'r10.pth')
    save_as_torchvision(source, path)
    model = slim(10, pretrained=path)
    model.init_weights()
    equal_entries(model, source.state_dict())


def test_names_are_those_of_torchvision():
    """Names of ResNet-18 and -50, from torchvision's documentation."""
    names = {torchvision_name(name) for name in SlimResNet(18).state_dict()}
    assert names >= {
        'conv1.weight',
        'bn1.running_mean',
        'layer2.0.downsample.0.weight',
        'layer2.0.downsample.1.bias',
        'layer4.1.bn2.weight',
    }
    names = {torchvision_name(name) for name in SlimResNet(50).state_dict()}
    assert {'layer3.5.conv3.weight', 'layer3.5.bn3.weight'} <= names
    assert not [name for name in names if '.conv.' in name or '.bn.' in name]


def test_a_training_and_a_test_step():
    torch.manual_seed(0)
    backbone = dict(type='SlimResNetTSM', depth=10, base_channels=8, num_segments=4)
    check_steps(recognizer(backbone, 64), channels=3)


@pytest.mark.parametrize(
    'kwargs, error, message',
    [
        (dict(depth=20), ValueError, r'depth=20 is not known; choose one of \[10'),
        (dict(depth=10, base_channels=0), ValueError, 'base_channels=0 is outsi'),
        (dict(depth=10, base_channels=8.0), TypeError, 'must be an integer'),
        (dict(depth=10, with_cp='no'), TypeError, "with_cp='no' is a str"),
        (dict(depth=10, norm_eval=0), TypeError, 'norm_eval=0 is a int'),
        (dict(depth=10, partial_bn='no'), TypeError, "partial_bn='no' is a str"),
        (dict(depth=10, frozen_stages='1'), TypeError, "frozen_stages='1' is a str"),
        (dict(depth=10, frozen_stages=5), ValueError, r'5 is outside \[-1, 4\]'),
        (dict(depth=10, in_channels=0), ValueError, 'in_channels=0 is outside'),
        (
            dict(depth=10, torchvision_pretrain=False),
            ValueError,
            'torchvision_pretrain=False has no effect with pretrained=None',
        ),
        (
            dict(depth=18, base_channels=32, pretrained='torchvision://resnet18'),
            ValueError,
            'has base_channels=64, not 32; set pretrained=None',
        ),
        (
            dict(depth=10, pretrained='torchvision://resnet18', num_stages=5),
            AssertionError,
            '',
        ),
    ],
)
@pytest.mark.parametrize('slim', [SlimResNet, SlimResNetTSM])
def test_bad_arguments(slim, kwargs, error, message):
    with pytest.raises(error, match=message):
        slim(**kwargs)


@pytest.mark.parametrize(
    'kwargs, error, message',
    [
        (dict(is_shift='no'), TypeError, "is_shift='no' is a str"),
        (dict(temporal_pool=1), TypeError, 'temporal_pool=1 is a int'),
        (dict(num_segments=0), ValueError, 'num_segments=0 is outside'),
        (dict(pretrained2d='no'), TypeError, "pretrained2d='no' is a str"),
        (dict(pretrained2d=True), ValueError, 'pretrained2d=True needs the weights'),
        (
            dict(is_shift=False, shift_div=4),
            ValueError,
            'shift_div=4 has no effect with is_shift=False',
        ),
    ],
)
def test_bad_arguments_of_tsm(kwargs, error, message):
    with pytest.raises(error, match=f'SlimResNetTSM: {message}'):
        SlimResNetTSM(depth=10, **kwargs)


def test_frames_that_do_not_fit():
    with pytest.raises(ValueError, match='SlimResNet: the input has 4 channels'):
        SlimResNet(10, 8)(torch.rand(2, 4, 32, 32))
    model = SlimResNetTSM(10, 8, num_segments=4)
    with pytest.raises(ValueError, match='SlimResNetTSM: 6 frames cannot be split'):
        model(torch.rand(6, 3, 32, 32))
