"""Forward pass, frozen stages and checks that both backbones share."""

import pytest
import torch
from mmaction.registry import MODELS
from mmengine.model import MMDistributedDataParallel
from torch import nn

from mmvkp.afnet.base import unwrap
from mmvkp.afnet.resnet import AFResNet
from mmvkp.afnet.selection import NavigationModule
from mmvkp.afnet.spatial_selection import SpatialNavigationModule

from .af_networks import dense, small_mobilenet, small_resnet, with_statistics
from .af_runs import MODEL


def mixing(model, seed=0):
    """Navigation that depends on the input."""
    torch.manual_seed(seed)
    with_statistics(model, seed)
    for module in model.modules():
        if isinstance(module, (NavigationModule, SpatialNavigationModule)):
            nn.init.constant_(module.norm.weight, 100.0)
            nn.init.normal_(module.mix.weight)
            nn.init.normal_(module.mix.bias)
    return model


def of_all_kinds():
    """Both networks and readings, with and without the shift."""
    released = dict(reading='released_code', noise=False)
    yield mixing(small_resnet()).eval()
    yield mixing(small_resnet(with_shift=True, selection_cfg=released)).eval()
    yield mixing(small_resnet(arch=dict(two_branches=False), with_shift=True)).eval()
    yield mixing(small_mobilenet(selection_cfg=released)).eval()
    yield mixing(small_resnet(spatial_cfg=dict(grid=2))).eval()


@pytest.mark.parametrize('number', range(5))
@pytest.mark.parametrize('mode', [False, True])
def test_values_that_are_not_finite_stay_in_their_video(number, mode):
    """No error; in eval the other video has the same output as alone."""
    model = list(of_all_kinds())[number].train(mode)
    x = torch.randn(8, 3, 32, 32)
    x[1, 0, 3, 3] = float('nan')
    with torch.no_grad():
        feature, *_, masks = model(x)
        assert not feature[1].isfinite().all() and masks[1].isnan().all()
        if not mode:
            alone = model(x[4:])
            torch.testing.assert_close(feature[4:], alone[0])
            torch.testing.assert_close(masks[4:], alone[-1])


def test_broken_logits_propagate():
    model = small_resnet().eval()
    with torch.no_grad():
        model.layer1.navigation[1].mix.bias[0] = float('nan')
        feature, masks = model(torch.randn(4, 3, 32, 32))
    assert masks[0, 1].isnan() and masks[1:, 1].isfinite().all()
    assert feature[0].isnan().all()


def inputs(number, seed):
    """Frames of a number of videos, with different brightness."""
    generator = torch.Generator().manual_seed(seed)
    light = 3 * torch.randn(4 * number, 3, 1, 1, generator=generator)
    return light + torch.randn(4 * number, 3, 32, 32, generator=generator)


def assert_same(given, expected):
    """Outputs of an exported and of the original network, and selections."""
    for one, other in zip(given, expected):
        torch.testing.assert_close(torch.as_tensor(one), other, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize('number', range(5))
def test_a_traced_network_is_right_for_other_inputs(number):
    model = list(of_all_kinds())[number]
    with torch.no_grad():
        traced = torch.jit.trace(model, inputs(2, 0), check_trace=False)
        selections = set()
        for videos, seed in ((1, 1), (2, 2), (2, 3), (3, 4)):
            expected = model(inputs(videos, seed))
            assert_same(traced(inputs(videos, seed)), expected)
            selections.add(tuple(expected[-1].flatten().tolist()))
    # Biases decide in the untrained MobileNet.
    assert number == 3 or len(selections) == 4


@pytest.mark.parametrize(
    'number', [0, 1, 2, pytest.param(3, marks=pytest.mark.slow), 4]
)
def test_an_exported_network_is_right_for_other_inputs(number):
    model = list(of_all_kinds())[number]
    program = torch.export.export(model, (inputs(2, 0),))
    with torch.no_grad():
        for seed in (1, 2):
            assert_same(program.module()(inputs(2, seed)), model(inputs(2, seed)))


@pytest.mark.parametrize('number', range(4))
def test_an_onnx_file_is_right_for_other_inputs(number, tmp_path):
    onnxruntime = pytest.importorskip('onnxruntime')
    pytest.importorskip('onnx')
    model, path = list(of_all_kinds())[number], str(tmp_path / 'af.onnx')
    torch.onnx.export(
        model,
        (inputs(2, 0),),
        path,
        input_names=['x'],
        dynamic_axes=dict(x={0: 'frames'}),
        dynamo=False,
    )
    session = onnxruntime.InferenceSession(path)
    with torch.no_grad():
        for videos, seed in ((2, 1), (1, 2), (3, 3)):
            x = inputs(videos, seed)
            assert_same(session.run(None, dict(x=x.numpy())), model(x))


def test_onnx_refuses_regions(tmp_path):
    """torch cannot export the pooling to the grid of a map of variable size."""
    pytest.importorskip('onnx')
    model = list(of_all_kinds())[4]
    with pytest.raises(torch.onnx.errors.SymbolicValueError, match='adaptive_avg'):
        torch.onnx.export(model, (inputs(1, 0),), str(tmp_path / 'x'), dynamo=False)


def test_masks_are_refused_in_a_trace():
    model = small_resnet().eval()
    with pytest.raises(ValueError, match='masks cannot be given while the model'):
        torch.jit.trace(model, (torch.randn(4, 3, 32, 32), torch.ones(4, 3)))


@pytest.mark.parametrize('sparse', [False, True])
@pytest.mark.parametrize('mode', [False, True])
def test_given_masks_are_decisions(sparse, mode):
    model = dense(small_resnet(), not sparse).train(mode)
    x, masks = torch.randn(4, 3, 32, 32), torch.ones(4, 3)
    for value in (0.5, -1.0, 2.0, float('nan')):
        masks[1, 2] = value
        with pytest.raises(ValueError, match='given masks contain'):
            model(x, masks)
    for kind in (torch.bool, torch.int64, torch.float64):
        feature, used = model(x, torch.ones(4, 3, dtype=kind))
        assert used.is_floating_point() and feature.isfinite().all()


def test_given_weights_of_soft_selection():
    model = small_resnet(selection_cfg=dict(policy='soft')).eval()
    x = torch.randn(4, 3, 32, 32)
    assert model(x, torch.full((4, 3), 0.5))[1].eq(0.5).all()
    with pytest.raises(ValueError, match=r'contain 1.5; .*values in \[0, 1\]'):
        model(x, torch.full((4, 3), 1.5))


@pytest.mark.parametrize('number', range(5))
@pytest.mark.parametrize('mode', [False, True])
def test_outputs_kept_by_hooks_do_not_change(number, mode):
    model, kept = list(of_all_kinds())[number].train(mode), []
    for name, module in model.named_modules():
        module.register_forward_hook(
            lambda _, args, out, name=name: (
                kept.append((name, out, out.clone()))
                if isinstance(out, torch.Tensor)
                else None
            )
        )
    with torch.set_grad_enabled(mode):
        model(inputs(2, 0))
    changed = [name for name, out, copy in kept if not torch.equal(out, copy)]
    assert kept and not changed


def test_frozen_stages_and_norms():
    model = small_resnet(frozen_stages=1, norm_eval=True).train()
    assert not model.stem.conv.weight.requires_grad
    assert not model.layer1.fusion.path.conv1.weight.requires_grad
    assert model.layer2.fusion.path.conv1.weight.requires_grad
    assert not model.layer1.training and model.layer2.focal[0].training
    assert not model.layer2.focal[0].path.norm1.training


def test_several_maps():
    maps = small_resnet(out_indices=(0, 1, 2))(torch.randn(4, 3, 32, 32))
    assert [tuple(each.shape[1:]) for each in maps] == [
        (32, 4, 4),
        (64, 4, 4),
        (128, 2, 2),
        (3,),
    ]


def test_bad_inputs():
    model = small_resnet()
    with pytest.raises(ValueError, match='6 frames cannot be split into'):
        model(torch.randn(6, 3, 32, 32))
    with pytest.raises(ValueError, match='AFResNet: the input has 4 channels, in_ch'):
        model(torch.randn(4, 4, 32, 32))
    with pytest.raises(ValueError, match=r'the input has shape \(1, 4, 3'):
        model(torch.randn(1, 4, 3, 32, 32))
    with pytest.raises(ValueError, match=r'give \(4, 3\)'):
        model(torch.randn(4, 3, 32, 32), torch.ones(4, 2))


@pytest.mark.parametrize(
    'kwargs, error, message',
    [
        (dict(num_segments=0), ValueError, r'num_segments=0'),
        (dict(num_segments='8'), TypeError, r"num_segments='8'"),
        (dict(selection_cfg=dict(ratio=2)), ValueError, r'ratio=2'),
        (dict(out_indices=(4,)), ValueError, r'stages in \[0, 3\]'),
        (dict(out_indices=()), ValueError, r'out_indices=\(\)'),
        (dict(out_indices=('3',)), TypeError, r"out_indices\[0\]='3'"),
        (dict(frozen_stages='1'), TypeError, r"frozen_stages='1'"),
        (dict(with_shift='no'), TypeError, r"with_shift='no'"),
        (dict(norm_eval='no'), TypeError, r"norm_eval='no'"),
        (
            dict(selection_cfg=dict(policy='all', noise=True)),
            ValueError,
            r"noise=True has no effect with policy='all'",
        ),
        (
            dict(
                arch_cfg=dict(two_branches=False),
                selection_cfg=dict(mask_source='input'),
            ),
            ValueError,
            r'no effect with two_branches=False',
        ),
        (
            dict(depth=101, arch_cfg=dict(stage_blocks=(2, 2))),
            ValueError,
            r'depth=101 has no effect',
        ),
        (
            dict(arch_cfg=dict(two_branches='no')),
            TypeError,
            r"arch_cfg: two_branches='no'",
        ),
        (dict(norm_cfg=1), TypeError, 'AFResNet: norm_cfg=1 is not a config'),
        (dict(out_indices=3), TypeError, 'AFResNet: out_indices=3 is a int'),
        (dict(selection_cfg=16), TypeError, 'selection_cfg=16 is a int'),
        (dict(arch_cfg=3), TypeError, 'arch_cfg=3 is a int'),
        (dict(frozen_stages=6), ValueError, r'outside \[-1, 4\]'),
        (
            dict(spatial_cfg=dict(), selection_cfg=dict(skipped='zeros')),
            ValueError,
            r"skipped='zeros'",
        ),
    ],
)
def test_bad_arguments(kwargs, error, message):
    with pytest.raises(error, match=message):
        AFResNet(**kwargs)


def test_the_model_inside_a_wrapper():
    model = nn.Linear(1, 1)
    assert unwrap(model) is model
    # Without the constructor, which needs a process group.
    wrapper = MMDistributedDataParallel.__new__(MMDistributedDataParallel)
    nn.Module.__init__(wrapper)
    wrapper.module = model
    assert unwrap(wrapper) is model


@pytest.mark.parametrize(
    'changes, message',
    [
        (dict(neck=None), 'the model has no neck, so the masks'),
        (dict(neck=dict(type='KPSEM', in_channels=32)), 'has the neck KPSEM'),
        (
            dict(neck=dict(type='FrameSelectionNeck', num_segments=4)),
            'num_segments=2, but FrameSelectionNeck has 4',
        ),
        (
            dict(
                backbone=dict(
                    MODEL['backbone'], selection_cfg=dict(policy='random', ratio=0.5)
                )
            ),
            "ratio_loss has no effect with policy='random'",
        ),
    ],
)
def test_models_that_do_not_fit(changes, message):
    cfg = {name: each for name, each in {**MODEL, **changes}.items() if each}
    with pytest.raises(ValueError, match=message):
        MODELS.build(cfg)


def test_a_model_that_fits():
    model = MODELS.build(MODEL)
    model.backbone.check_model(model)
    model.neck.check_model(model)
