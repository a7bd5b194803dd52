"""TDN: counts, the host inside it, weights to start from, and errors."""

import mmvkp  # noqa: F401, isort: skip
import pytest
import torch
from mmaction.registry import MODELS
from torch import nn

from mmvkp.hosts.resnet_tdn import ResNetTDN
from mmvkp.hosts.short_term_difference import ShortTermTDM
from mmvkp.hosts.slim_resnet import SlimResNet
from mmvkp.hosts.temporal_difference import TemporalConv, TemporalDifferenceBlock
from mmvkp.recognition.complexity import count_macs, count_parameters

from ..recognizer_steps import check_steps, recognizer
from ..torchvision_names import equal_entries, save_as_torchvision

# Exact integers at depth 50, 8 segments of 224 x 224 and 174 classes, counted
# layer by layer apart from this code; the AK-Net paper says 36 G. The maps are
# those of conv2_x, conv3_x and conv4_x.
PARAMETERS, MACS = 24410574, 35638744064
MACS_OF_MAPS = (8567652352, 17006603264, 28988857856)


class Until(nn.Module):
    """The part of the network that makes one map."""

    def __init__(self, model, last):
        super().__init__()
        self.model = model
        self.last = last

    def forward(self, x):
        return self.model.forward_stages(x, self.last)


def small(depth=10, num_segments=4, **kwargs):
    model = ResNetTDN(depth, num_segments, base_channels=8, **kwargs)
    model.eval()
    return model


def test_published_counts():
    with torch.device('meta'):
        model = ResNetTDN(50)
        head = nn.Linear(2048, 174)
        x = torch.empty(8, 15, 224, 224)
        feature = model(x)
        assert feature.shape == (8, 2048, 7, 7)
        macs = count_macs(model, x) + count_macs(head, torch.empty(8, 2048))
        assert macs == MACS
        assert count_parameters(model) + count_parameters(head) == PARAMETERS
        maps = [count_macs(Until(model, last), x) for last in range(3)]
    assert tuple(maps) == MACS_OF_MAPS


def test_each_stage_has_its_modules():
    model = small(50)
    for stage, blocks in enumerate((3, 4, 6, 3)):
        found = [
            isinstance(block, TemporalDifferenceBlock)
            for block in getattr(model, f'layer{stage + 1}')
        ]
        assert found == [stage > 0] * blocks
    assert sum(isinstance(m, ShortTermTDM) for m in model.modules()) == 1
    assert model.feat_dim == 256
    # Apart from the stem for differences and inside the long-term modules.
    biases = {
        name.rpartition('.')[0]
        for name, module in model.named_modules()
        if isinstance(module, nn.Conv2d) and module.bias is None
    }
    assert biases == {'short_term.conv1'} | {
        name for name, module in model.named_modules() if name.endswith('long_term')
    }


@pytest.mark.parametrize('height, width', [(64, 64), (96, 32)])
@pytest.mark.parametrize('depth, expansion', [(10, 1), (18, 1), (50, 4)])
def test_shapes_of_all_stages(depth, expansion, height, width):
    model = small(depth, 2, out_indices=(0, 1, 2, 3))
    maps = model(torch.rand(4, 15, height, width))
    assert [tuple(x.shape) for x in maps] == [
        (4, 8 * 2**i * expansion, height // stride, width // stride)
        for i, stride in enumerate((4, 8, 16, 32))
    ]


def test_maps_can_be_had_one_after_the_other():
    torch.manual_seed(0)
    model = small(out_indices=(0, 2))
    x = torch.rand(4, 15, 64, 64)
    maps = [model.forward_stages(x, last) for last in range(4)]
    assert torch.equal(maps[0], model(x)[0])
    assert torch.equal(maps[2], model(x)[1])
    assert torch.equal(maps[3], model.layer4(model.layer3(maps[1])))
    # Stages after the requested map may be missing.
    del model.layer4, model.layer3
    model.res_layers = model.res_layers[:2]
    assert torch.equal(maps[1], model.forward_stages(x, 1))


@pytest.mark.parametrize(
    'num_segments, weights', [(8, (0.5, 0.5)), (4, (0.75, 0.25)), (16, (0.75, 0.25))]
)
def test_shares_of_frame_and_differences(num_segments, weights):
    torch.manual_seed(0)
    model = small(num_segments=num_segments)
    x = torch.rand(num_segments, 15, 32, 32)
    stem, d1 = model.forward_stem(x)
    d0, _ = model.short_term(x)
    frame = model.maxpool(model.conv1(x[:, 6:9]))
    # The differences are pooled once more than the frame.
    up = [each.repeat_interleave(2, 2).repeat_interleave(2, 3) for each in (d0, d1)]
    torch.testing.assert_close(stem, weights[0] * frame + weights[1] * up[0])
    torch.testing.assert_close(
        model.forward_stages(x, 0), weights[0] * model.layer1(stem) + weights[1] * up[1]
    )


@pytest.mark.parametrize('depth', [10, 50])
def test_without_differences_it_is_the_host(depth):
    torch.manual_seed(0)
    host, model = SlimResNet(depth, base_channels=8), small(depth)
    host.eval()
    missing, extra = model.load_state_dict(host.state_dict(), strict=False)
    assert not extra and 'short_term.conv1.conv.weight' in missing
    model.fusion_weights = (1, 0)
    for module in model.modules():
        if isinstance(module, TemporalDifferenceBlock):
            nn.init.zeros_(module.long_term.expand_norm.weight)
        elif isinstance(module, TemporalConv):
            nn.init.zeros_(module.weight)
            module.weight.data[:, 0, 1] = 1
    x = torch.rand(4, 15, 64, 64)
    torch.testing.assert_close(model(x), host(x[:, 6:9]))


def test_views_do_not_see_each_other_but_segments_do():
    torch.manual_seed(0)
    model = small()
    model.init_weights()
    x = torch.rand(8, 15, 64, 64)
    changed = x.clone()
    changed[5] = torch.rand(15, 64, 64)
    same = (model(x) - model(changed)).abs().amax((1, 2, 3)) < 1e-6
    assert same[:4].all() and not same[4:7].any()


def test_gradients_reach_everything():
    torch.manual_seed(0)
    model = small()
    model.init_weights()
    model.train()
    model(torch.rand(8, 15, 128, 128)).square().sum().backward()
    for name, param in model.named_parameters():
        assert param.grad is not None and param.grad.isfinite().all(), name
        # A bias before a norm that uses the batch has no effect.
        assert param.grad.any() or name.endswith('conv.bias'), name


def test_start_without_weights():
    torch.manual_seed(0)
    model = small(50)
    for param in model.parameters():
        nn.init.constant_(param, 7)
    for module in model.modules():
        if isinstance(module, TemporalConv):
            module.reset_parameters()
    model.init_weights()
    for name, module in model.named_modules():
        if isinstance(module, nn.Conv2d):
            fan_out = module.weight[0, 0].numel() * module.out_channels
            std = (2 / (fan_out / module.groups)) ** 0.5
            if module.weight.numel() > 2000:
                assert module.weight.std().item() == pytest.approx(std, rel=0.1), name
            assert module.bias is None or not module.bias.any(), name
        elif isinstance(module, nn.BatchNorm2d):
            assert module.weight.eq(1).all()
    first = model.layer2[0].temporal_conv.weight[:, 0]  # of 16 channels
    assert first[:2].eq(torch.tensor([0, 0, 1])).all()
    assert first[2:4].eq(torch.tensor([1, 0, 0])).all()
    assert first[4:].eq(torch.tensor([0, 1, 0])).all()


def test_start_from_weights_of_torchvision_format(tmp_path):
    torch.manual_seed(0)
    source = SlimResNet(10, base_channels=8)
    for module in source.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.running_mean.normal_()
            nn.init.normal_(module.weight)
    path = str(tmp_path / 'r10.pth')
    save_as_torchvision(source, path)
    model = small(pretrained=path)
    nn.init.constant_(model.layer2[0].long_term.full_conv.weight, 7)
    nn.init.constant_(model.layer1[0].conv1.conv.bias, 7)
    model.init_weights()
    weights = source.state_dict()
    equal_entries(model, weights)
    branch = {
        f'short_term.{name}': value
        for name, value in weights.items()
        if name.startswith(('conv1.bn', 'layer1'))
    }
    assert len(branch) > 10
    equal_entries(model, branch)
    stem = weights['conv1.conv.weight']
    mean = (stem[:, 0] + stem[:, 1] + stem[:, 2]) / 3
    torch.testing.assert_close(
        model.short_term.conv1.conv.weight, torch.stack([mean] * 12, 1)
    )
    assert not model.layer1[0].conv1.conv.bias.any()
    # Layers missing in the file start as without it.
    full = model.layer2[0].long_term.full_conv.weight
    assert 0 < full.std() and full.abs().max() < 7


def test_biases_of_a_file_are_taken(tmp_path):
    """As in the weights that the authors start from."""
    source = SlimResNet(10, base_channels=8)
    path = str(tmp_path / 'r10.pth')
    save_as_torchvision(source, path)
    weights = torch.load(path, weights_only=True)
    weights['layer3.0.conv2.bias'] = torch.full((32,), 0.5)
    weights['layer1.0.conv1.bias'] = torch.full((8,), 0.25)
    torch.save(weights, path)
    model = small(pretrained=path)
    model.init_weights()
    assert model.layer3[0].conv2.conv.bias.eq(0.5).all()
    assert model.short_term.layer1[0].conv1.conv.bias.eq(0.25).all()


def test_start_from_own_checkpoint(tmp_path):
    torch.manual_seed(0)
    source = small()
    path = str(tmp_path / 'tdn.pth')
    torch.save(source.state_dict(), path)
    model = small(pretrained=path, torchvision_pretrain=False)
    model.init_weights()
    equal_entries(model, source.state_dict())


@pytest.mark.parametrize(
    'frozen_stages, frozen',
    [
        (-1, set()),
        (0, {'conv1', 'short_term.conv1'}),
        (1, {'conv1', 'short_term.conv1', 'layer1', 'short_term.layer1'}),
        (2, {'conv1', 'short_term.conv1', 'layer1', 'short_term.layer1', 'layer2'}),
    ],
)
def test_frozen_stages(frozen_stages, frozen):
    model = small(frozen_stages=frozen_stages)
    model.train()
    for name, param in model.named_parameters():
        part = '.'.join(name.split('.')[: 1 + name.startswith('short_term')])
        assert param.requires_grad is (part not in frozen), name
    for part in ('conv1', 'short_term.layer1', 'layer2'):
        norms = [
            m
            for m in model.get_submodule(part).modules()
            if isinstance(m, nn.BatchNorm2d)
        ]
        assert [m.training for m in norms] == [part not in frozen] * len(norms)


def test_norms_in_training():
    for kwargs, training in (
        (dict(), 'all'),
        (dict(norm_eval=True), 'none'),
        (dict(partial_bn=True), 'first'),
    ):
        model = small(**kwargs)
        model.train()
        norms = {
            name: module.training
            for name, module in model.named_modules()
            if isinstance(module, nn.BatchNorm2d)
        }
        assert norms == {
            name: training == 'all' or (training == 'first' and name == 'conv1.bn')
            for name in norms
        }


def test_a_training_and_a_test_step():
    torch.manual_seed(0)
    backbone = dict(type='ResNetTDN', depth=10, base_channels=8, num_segments=4)
    check_steps(recognizer(backbone, 64, frames=5), channels=15)


@pytest.mark.parametrize(
    'kwargs, error, message',
    [
        (dict(depth=20), ValueError, r'ResNetTDN: depth=20 is not known; choose'),
        (dict(num_segments=0), ValueError, r'num_segments=0 is outside \[1, inf'),
        (dict(num_segments='8'), TypeError, r"num_segments='8' is a str"),
        (dict(frames_per_segment=4), ValueError, 'it must be 3, 5, 7, ...'),
        (dict(frames_per_segment=1), ValueError, 'frames_per_segment=1 has no mi'),
    ],
)
def test_bad_arguments(kwargs, error, message):
    with pytest.raises(error, match=message):
        MODELS.build({'type': 'ResNetTDN', 'depth': 10, **kwargs})


@pytest.mark.parametrize(
    'shape, message',
    [
        (
            (4, 3, 32, 32),
            r'shape \(4, 3, 32, 32\); segments \(N \* num_segments, '
            r'15, H, W\) of 5 frames with 3 .* Use SampleSegmentFrames\(clip_len=5\)'
            r' and StackSegmentFrames, before FormatShape\(input_format',
        ),
        ((4, 15, 1, 32, 32), 'StackSegmentFrames, before FormatShape'),
        (
            (6, 15, 32, 32),
            '6 segments cannot be split into views of '
            'num_segments=4; set it to num_clips of SampleSegmentFrames',
        ),
    ],
)
def test_bad_input(shape, message):
    with pytest.raises(ValueError, match=message):
        small()(torch.rand(shape))
