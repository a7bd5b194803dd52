"""Counts of the paper, shapes, freezing and errors of MFNet."""

import pytest
import torch
from mmaction.registry import MODELS

from mmvkp.hosts.mfnet import MFNet
from mmvkp.recognition.complexity import count_macs, count_parameters

# Exact integers; MACs of one clip of 16 x 224 x 224. 8.0 M and 11.1 G are the
# numbers of MFNet's paper at 400 classes, 8.11 M is KPSEM's at 51.
PUBLISHED = {
    ('mfnet', 400): (7996368, 11045449728),
    ('mfnet', 200): (7842568, 11045296128),
    ('mfnet', 174): (7822574, 11045276160),
    ('mfnet', 101): (7766437, 11045220096),
    ('mfnet', 51): (7727987, 11045181696),
    ('kpsem', 400): (8617696, 11071342080),
    ('kpsem', 200): (8329496, 11071054080),
    ('kpsem', 174): (8292030, 11071016640),
    ('kpsem', 101): (8186837, 11070911520),
    ('kpsem', 51): (8114787, 11070839520),
}


def recognizer(method, num_classes):
    """MFNet or MF-KPSEM with the stock head."""
    kpsem = method == 'kpsem'
    return MODELS.build(
        dict(
            type='Recognizer3D',
            backbone=dict(type='MFNet', out_indices=(2, 3) if kpsem else (3,)),
            neck=dict(type='KPSEM', in_channels=384) if kpsem else None,
            cls_head=dict(
                type='I3DHead',
                in_channels=768 + 672 if kpsem else 768,
                num_classes=num_classes,
                dropout_ratio=0.0,
            ),
        )
    )


@pytest.mark.parametrize('method, num_classes', PUBLISHED)
def test_published_counts(method, num_classes):
    model = recognizer(method, num_classes).eval()
    macs = count_macs(model, torch.rand(1, 1, 3, 16, 224, 224), stage='head')
    assert (count_parameters(model), macs) == PUBLISHED[method, num_classes]


def test_operations_with_norm_layers():
    """The paper's 11.21 G is not a count of MACs; nearest is 11.20 G.

    That is MACs and two operations for each element that a norm layer sees,
    counted by hand: each unit has norms before the two multiplexers, the two
    convolutions and, in first units, the shortcut.
    """
    model = recognizer('kpsem', 51).eval()
    seen = []
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm3d):
            module.register_forward_hook(
                lambda module, args, out: seen.append(out.numel())
            )
    macs = count_macs(model, torch.rand(1, 1, 3, 16, 224, 224), stage='head')
    by_hand = 16 * 16 * 112**2 + 768 * 8 * 7**2
    incoming, cells = 16, 16 * 56**2
    for units, channels, side in ((3, 96, 56), (4, 192, 28), (6, 384, 14), (3, 768, 7)):
        mixed = channels // 4
        by_hand += (3 * incoming + mixed) * cells
        incoming, cells = channels, 8 * side**2
        by_hand += channels * cells
        by_hand += (units - 1) * (3 * channels + mixed) * cells
    assert sum(seen) == by_hand
    assert round((macs + 2 * by_hand) / 1e9, 2) == 11.20


def test_stages_at_the_size_of_the_paper():
    model = MFNet(out_indices=(0, 1, 2, 3)).eval()
    with torch.no_grad():
        shapes = [tuple(x.shape[1:]) for x in model(torch.rand(1, 3, 16, 224, 224))]
    assert shapes == [
        (96, 8, 56, 56),
        (192, 8, 28, 28),
        (384, 8, 14, 14),
        (768, 8, 7, 7),
    ]


def small(**kwargs):
    """A network of the same structure that a test can afford."""
    return MFNet(
        stem_channels=4,
        base_channels=8,
        stage_blocks=(1, 2, 1, 1),
        num_fibers=2,
        **kwargs,
    )


def test_one_index_gives_a_bare_tensor_of_another_size():
    out = small()(torch.rand(2, 3, 8, 64, 96))
    assert out.shape == (2, 64, 4, 2, 3)
    assert out.min() == 0  # after the last ReLU


def test_unused_stages_are_not_built():
    assert len(small(out_indices=(0, 1)).stages) == 2
    assert small(out_indices=(0, 1)).tail is None


def test_unit_is_the_sum_written_out():
    """One unit against its formula, with plain functions of torch."""
    from torch.nn.functional import conv3d, relu

    torch.manual_seed(0)
    for first in (True, False):
        model = small(out_indices=(1,)).eval()
        unit = model.stages[1][0 if first else 1]
        for norm in unit.modules():
            if isinstance(norm, torch.nn.BatchNorm3d):
                norm.running_mean.uniform_(-1, 1)
                norm.running_var.uniform_(1, 2)
        x = torch.randn(2, 8 if first else 16, 4, 8, 8)

        def pre(layer, x, **kwargs):
            """Norm (in its textbook form), ReLU, convolution."""
            mean, var = layer.norm.running_mean, layer.norm.running_var
            flat = (x.movedim(1, -1) - mean) / (var + layer.norm.eps).sqrt()
            flat = flat * layer.norm.weight + layer.norm.bias
            return conv3d(relu(flat.movedim(-1, 1)), layer.conv.weight, **kwargs)

        stride = (1, 2, 2) if first else (1, 1, 1)
        mixed = x + pre(unit.mix_out, pre(unit.mix_in, x))
        y = pre(unit.conv1, mixed, stride=stride, padding=1, groups=2)
        y = (
            pre(unit.conv2, y)
            if first
            else pre(unit.conv2, y, padding=(0, 1, 1), groups=2)
        )
        y = y + (pre(unit.shortcut, x, stride=stride) if first else x)
        torch.testing.assert_close(unit(x), y)


def test_gradients_and_checkpointing_agree():
    torch.manual_seed(0)
    plain, saving = small(), small(with_cp=True)
    saving.load_state_dict(plain.state_dict())
    x = torch.rand(2, 3, 4, 32, 32)
    for model in (plain, saving):
        model(x).square().sum().backward()
    for (name, a), b in zip(plain.named_parameters(), saving.parameters()):
        assert a.grad.isfinite().all() and a.grad.abs().sum() > 0, name
        torch.testing.assert_close(a.grad, b.grad, msg=name)


def test_frozen_stages_and_norm_eval():
    model = small(frozen_stages=1, norm_eval=True).train()
    frozen = [*model.stem.parameters(), *model.stages[0].parameters()]
    assert not any(p.requires_grad for p in frozen)
    assert all(p.requires_grad for p in model.stages[1].parameters())
    assert not model.stages[3][0].conv1.norm.training
    assert small().train().stages[3][0].conv1.norm.training


@pytest.mark.parametrize(
    'kwargs, error, message',
    [
        (
            dict(num_fibers=5),
            ValueError,
            'base_channels=96 must be multiples of num_fibers=5',
        ),
        (dict(stem_channels=24), ValueError, 'stem_channels=24 and base_channels=96'),
        (dict(norm_cfg=dict(type='BN3d', requires_grad=1)), TypeError, 'requires_grad'),
        (dict(out_indices=(4,)), ValueError, r'numbers of stages in \[0, 3\]'),
        (dict(out_indices=(3, 2)), ValueError, 'must be ascending'),
        (dict(out_indices=()), ValueError, 'out_indices=()'),
        (dict(frozen_stages=5), ValueError, r'frozen_stages=5 is outside'),
        (dict(stage_blocks=(3, 4, 0, 3)), ValueError, r'stage_blocks\[2\]=0'),
        (dict(base_channels=9.5), TypeError, 'base_channels=9.5 is a float'),
        (dict(norm_eval='False'), TypeError, "MFNet: norm_eval='False' is a str"),
        (dict(norm_cfg=3), TypeError, 'MFNet: norm_cfg=3 is not a config'),
        (dict(norm_cfg=dict(type=1.5)), TypeError, 'MFNet: norm_cfg=.* not a config'),
        (dict(out_indices=3), TypeError, 'MFNet: out_indices=3 is a int'),
        (dict(stage_blocks=1.0), TypeError, r'MFNet: stage_blocks=1\.0 is a float'),
        (dict(with_cp=None), TypeError, 'MFNet: with_cp=None is a NoneType'),
        (dict(frozen_stages=1.0), TypeError, r'MFNet: frozen_stages=1\.0 is a float'),
        (dict(out_indices=(True,)), TypeError, r'MFNet: out_indices\[0\]=True is a'),
        (
            dict(out_indices=(1,), frozen_stages=3),
            ValueError,
            r'frozen_stages=3 is outside \[-1, 2\] of out_indices=\(1,\)',
        ),
    ],
)
def test_bad_arguments(kwargs, error, message):
    with pytest.raises(error, match=message):
        MFNet(**kwargs)


@pytest.mark.parametrize(
    'shape, message',
    [
        ((1, 4, 4, 32, 32), 'MFNet: the input has 4 channels, in_channels says 3'),
        ((3, 4, 32, 32), r'MFNet: the input has shape \(3, 4, 32, 32\)'),
    ],
)
def test_bad_input(shape, message):
    with pytest.raises(ValueError, match=message):
        small()(torch.rand(shape))
