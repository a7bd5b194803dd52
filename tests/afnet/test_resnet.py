"""AFResNet: published counts, skipping, and its place in a TSN config."""

import itertools
import os.path as osp

import pytest
import torch
from mmaction.models.backbones import ResNet, ResNetTSM
from mmaction.registry import MODELS
from mmaction.structures import ActionDataSample
from mmengine.config import Config
from mmengine.optim import OptimWrapper

from mmvkp.afnet.resnet import AFResNet
from mmvkp.afnet.selection import NavigationModule
from mmvkp.recognition.complexity import count_macs, count_parameters

from .af_networks import SMALL, dense, random_masks, small_resnet, with_statistics

RELEASED = dict(reading='released_code', noise=False)


def on_meta(depth, num_segments, **selection):
    """A network without numbers, and the frames of one video."""
    with torch.device('meta'):
        model = AFResNet(depth, num_segments, selection_cfg=selection).eval()
        return dense(model, True), torch.empty(num_segments, 3, 224, 224)


@pytest.mark.parametrize(
    'depth, num_segments, parameters',
    [(50, 8, 23204726), (50, 12, 23204966), (101, 8, 34200682), (101, 12, 34201330)],
)
def test_published_sizes(depth, num_segments, parameters):
    """With 174 classes; test_selection_cost.py has the MACs."""
    model, _ = on_meta(depth, num_segments, **RELEASED)
    assert count_parameters(model) + 2048 * 174 + 174 == parameters
    assert model.num_masks == {50: 10, 101: 27}[depth]


@pytest.mark.parametrize(
    'depth, parameters, macs', [(50, 24889640, 2880322472), (101, 35870120, 4968461548)]
)
def test_imagenet_counts(depth, parameters, macs):
    """One image; the published MACs include navigation, the size not."""
    model, _ = on_meta(depth, 1, policy='all')
    assert count_parameters(model) + 2048 * 1000 + 1000 == parameters
    model, x = on_meta(depth, 1, **RELEASED)
    assert count_macs(model, x) + 2048 * 1000 == macs


def test_the_texts_navigation_is_larger():
    """Dense W2 at T = 12: 24 * 24 - 2 * 24 = 528 more per mask; the first
    mask of stage 1 sees 128 channels instead of 64, for two numbers."""
    released, _ = on_meta(50, 12, **RELEASED)
    for change, more in (
        (dict(time_mixing='dense'), 528 * 10),
        (dict(mask_source='output'), 128),
    ):
        text, _ = on_meta(50, 12, **dict(RELEASED, **change))
        assert count_parameters(text) - count_parameters(released) == more
    x = torch.zeros(12, 64, 1, 1)
    dense_w2, grouped = (
        count_macs(NavigationModule(64, 12, mixing), x)
        for mixing in ('dense', 'grouped')
    )
    assert dense_w2 - grouped == 528 and grouped == 12 * 128 + 48


def test_skipped_frames_are_not_computed():
    """Counts of the convolutions that run, at a small size."""
    torch.manual_seed(0)
    model = small_resnet(num_segments=8, selection_cfg=dict(skipped='identity')).eval()
    x = torch.randn(8, 3, 32, 32)
    all_on, none = torch.ones(8, 3), torch.zeros(8, 3)
    fixed = count_macs(model, x, none)
    # By hand, cells x (1x1 + 3x3 + 1x1) in two groups. Stage 1: 8 x 8 cells,
    # 8 -> 8 -> 32 and 32 -> 8 -> 32; stage 2: 4 x 4 cells, 32 -> 16 -> 64.
    focal = [
        64 * (64 + 576 + 256) // 2,
        64 * (256 + 576 + 256) // 2,
        16 * (512 + 2304 + 1024) // 2,
    ]
    assert count_macs(model, x, all_on) - fixed == 8 * sum(focal)
    masks = random_masks(model, 8, seed=2)
    kept = masks.sum(0).tolist()
    assert count_macs(model, x, masks) - fixed == sum(
        a * b for a, b in zip(kept, focal)
    )


COMBINATIONS = list(
    itertools.product(('identity', 'zeros'), (False, True), (1, 2, 3, 4), (True, False))
)


@pytest.mark.parametrize('skipped, shift, batch, two', COMBINATIONS)
def test_skipping_equals_multiplying(skipped, shift, batch, two):
    model = with_statistics(
        small_resnet(
            with_shift=shift,
            selection_cfg=dict(skipped=skipped),
            arch=dict(two_branches=two),
        )
    ).eval()
    torch.manual_seed(1)
    for memory in (torch.contiguous_format, torch.channels_last):
        x = torch.randn(4 * batch, 3, 32, 32).contiguous(memory_format=memory)
        model = model.to(memory_format=memory)
        masks = random_masks(model, 4 * batch, batch)
        for half in (False, True):
            with (
                torch.no_grad(),
                torch.autocast('cpu', dtype=torch.bfloat16, enabled=half),
            ):
                sparse = dense(model, False)(x, masks)[0]
                full = dense(model, True)(x, masks)[0]
            error = (sparse - full).abs().max() / full.abs().max()
            assert error < (1e-2 if half else 1e-5)


def test_text_and_released_code_differ_for_skipped_frames():
    """One skipped frame through one block, by hand: x and relu(x + g0)."""
    for skipped in ('identity', 'zeros'):
        model = with_statistics(
            small_resnet(selection_cfg=dict(skipped=skipped))
        ).eval()
        block = model.layer1.focal[0]
        x = torch.rand(4, 8, 6, 6)
        with torch.no_grad():
            out = block(x, torch.zeros(4))
            expected = block.shortcut(x)
            if skipped == 'zeros':
                expected = expected + block.path(torch.zeros(1, 8, 6, 6))
        torch.testing.assert_close(out, expected.relu())


@pytest.mark.parametrize(
    'selection', [dict(), dict(reading='released_code'), dict(policy='soft')]
)
@pytest.mark.parametrize('shift', [False, True])
def test_gradients_reach_every_parameter(selection, shift):
    torch.manual_seed(0)
    model = small_resnet(selection_cfg=selection, with_shift=shift).train()
    for stage in model.stages()[:2]:
        for module in stage.navigation:
            torch.nn.init.normal_(module.mix.bias)
    feature, masks = model(torch.randn(32, 3, 32, 32))
    (feature.square().mean() + masks.mean()).backward()
    for name, each in model.named_parameters():
        assert each.grad is not None and each.grad.isfinite().all(), name
        assert each.grad.any(), name


def test_masks_are_hard_and_keep_all_at_the_start():
    torch.manual_seed(0)
    model = small_resnet()
    model.init_weights()
    for mode in (True, False):
        feature, masks = model.train(mode)(torch.randn(8, 3, 32, 32))
        assert feature.shape == (8, 128, 2, 2) and masks.shape == (8, 3)
        assert masks.eq(1).float().mean() > 0.9
        assert set(masks.flatten().tolist()) <= {0.0, 1.0}


def test_initialisation():
    """Zero for the last norm of ample, fusion and plain blocks alone."""
    model = small_resnet()
    model.init_weights()
    stage = model.layer1
    plain = model.layer3[1]
    for unit in (*stage.ample, stage.fusion, plain):
        assert unit.path.norm3.weight.eq(0).all()
    for unit in stage.focal:
        assert unit.path.norm3.weight.eq(1).all()
    bias = stage.navigation[0].mix.bias
    assert bias.tolist() == [1.0, 10.0] * 4
    assert stage.merge.expand.weight.std() < 0.02


def test_everything_selected_equals_a_network_without_masks():
    masked = with_statistics(small_resnet()).eval()
    plain = small_resnet(selection_cfg=dict(policy='all')).eval()
    state = masked.state_dict()
    plain.load_state_dict({n: state[n] for n in state if 'navigation' not in n})
    x = torch.randn(8, 3, 32, 32)
    torch.testing.assert_close(masked(x, torch.ones(8, 3))[0], plain(x)[0])


@pytest.mark.parametrize('shift', [False, True])
def test_a_single_branch_that_keeps_all_is_the_hosts_resnet(shift):
    host = with_statistics(
        ResNetTSM(50, num_segments=4, pretrained2d=False) if shift else ResNet(50)
    )
    host.eval()
    ours = AFResNet(
        50,
        num_segments=4,
        with_shift=shift,
        selection_cfg=dict(policy='all'),
        arch_cfg=dict(two_branches=False, num_af_stages=4),
    ).eval()
    weights = list(host.state_dict().values())
    names = list(ours.state_dict())
    # The order of both is that of the computation, the shortcut last.
    assert [each.shape for each in ours.state_dict().values()] == [
        each.shape for each in weights
    ]
    ours.load_state_dict(dict(zip(names, weights)))
    x = torch.randn(4, 3, 64, 64)
    with torch.no_grad():
        torch.testing.assert_close(ours(x)[0], host(x), rtol=1e-4, atol=1e-4)


def test_a_single_branch_skips_in_three_stages():
    model = AFResNet(50, arch_cfg=dict(two_branches=False))
    assert model.num_masks == 3 + 4 + 6
    assert model.mask_names[3] == 'layer2.navigation.0'


def test_one_decision_for_the_network():
    torch.manual_seed(0)
    model = small_resnet(selection_cfg=dict(placement='first')).eval()
    with torch.no_grad():
        model.layer1.navigation[0].mix.bias.normal_()
    _, masks = model(torch.randn(8, 3, 32, 32))
    assert len(model.layer2.navigation) == 0
    assert (masks == masks[:, :1]).all() and 0 < masks.mean() < 1


@pytest.mark.parametrize('policy', ['random', 'uniform', 'normal'])
def test_fixed_policies(policy):
    model = small_resnet(selection_cfg=dict(policy=policy, ratio=0.5))
    assert not any('navigation' in name for name, _ in model.named_parameters())
    _, masks = model(torch.randn(8, 3, 32, 32))
    assert masks.view(2, 4, 3).sum(1).eq(2).all()


class TestRegions:
    """The spatial extension."""

    def test_maps_masks_of_regions_masks(self):
        model = small_resnet(
            spatial_cfg=dict(grid=4), selection_cfg=dict(placement='first')
        )
        feature, regions, masks = model(torch.randn(8, 3, 32, 32))
        assert regions.shape == (8, 3, 4, 4) and masks.shape == (8, 3)
        assert feature.shape == (8, 128, 2, 2)

    def test_outside_the_regions_nothing_is_added(self):
        """The upper half of an 8 x 8 map with a grid of 2."""
        model = with_statistics(small_resnet()).eval()
        block = model.layer1.focal[0]
        x, keep = torch.rand(4, 8, 8, 8), torch.tensor([1.0, 0.0, 1.0, 1.0])
        area = torch.zeros(4, 1, 8, 8)
        area[:, :, :4] = 1
        with torch.no_grad():
            base, full = block(x, torch.zeros(4)), block(x, torch.ones(4))
            out = block(x, keep, area)
        assert torch.equal(out[:, :, 4:], base[:, :, 4:])
        torch.testing.assert_close(out[0, :, :4], full[0, :, :4])
        torch.testing.assert_close(out[1], base[1])

    @pytest.mark.parametrize('policy', ['random', 'center'])
    def test_fixed_cells(self, policy):
        model = small_resnet(spatial_cfg=dict(grid=3, policy=policy, ratio=0.4))
        _, regions, _ = model(torch.randn(4, 3, 32, 32))
        assert regions.sum((2, 3)).eq(round(0.4 * 9)).all()

    def test_skipping_equals_multiplying(self):
        model = with_statistics(
            small_resnet(spatial_cfg=dict(grid=3, policy='center', ratio=0.4))
        ).eval()
        x = torch.randn(8, 3, 32, 32)
        masks = random_masks(model, 8)
        with torch.no_grad():
            torch.testing.assert_close(
                dense(model, False)(x, masks)[0], dense(model, True)(x, masks)[0]
            )

    def test_broken_logits_propagate(self):
        model = small_resnet(spatial_cfg=dict()).eval()
        with torch.no_grad():
            model.layer2.regions[0].mix.bias.fill_(float('nan'))
            feature, regions, _ = model(torch.randn(4, 3, 32, 32))
        assert feature.isnan().all() and regions[:, 2].isnan().all()
        assert regions[:, :2].isfinite().all()


def drop_in(shift):
    """MMAction2's own TSN with another backbone and a neck."""
    import mmaction

    path = osp.join(
        osp.dirname(mmaction.__file__),
        '.mim/configs/recognition/tsn',
        'tsn_imagenet-pretrained-r50_8xb32-1x1x3-100e_kinetics400-rgb.py',
    )
    model = Config.fromfile(path).model
    model.backbone = dict(
        type='AFResNet',
        num_segments=3,
        with_shift=shift,
        arch_cfg=SMALL,
        out_indices=(2,),
    )
    model.neck = dict(
        type='FrameSelectionNeck',
        num_segments=3,
        ratio_loss=dict(type='SelectionRatioLoss', target_ratio=0.5),
    )
    model.cls_head.in_channels = 128
    model.cls_head.average_clips = 'prob'
    return MODELS.build(model)


def batch(frames, num=2):
    """Output of a data loader."""
    generator = torch.Generator().manual_seed(0)
    shape = (frames, 3, 32, 32)
    return dict(
        inputs=[
            torch.randint(0, 256, shape, generator=generator, dtype=torch.uint8)
            for _ in range(num)
        ],
        data_samples=[ActionDataSample().set_gt_label(i) for i in range(num)],
    )


@pytest.mark.parametrize('shift', [False, True])
def test_drop_in_for_a_tsn_config(shift):
    torch.manual_seed(0)
    model = drop_in(shift).train()
    weight = model.backbone.layer1.focal[0].path.conv1.weight
    before = weight.detach().clone()
    losses = model.train_step(
        batch(3), OptimWrapper(torch.optim.SGD(model.parameters(), lr=0.1))
    )
    assert losses['loss'].isfinite() and not torch.equal(before, weight)
    torch.testing.assert_close(
        losses['loss'], losses['loss_cls'] + losses['loss_ratio']
    )
    model.eval()
    together = model.test_step(batch(9, 1))[0].pred_score
    torch.testing.assert_close(together.sum(), torch.tensor(1.0))
    views = batch(9, 1)['inputs'][0].split(3)
    alone = [
        model.test_step(
            dict(inputs=[view], data_samples=[ActionDataSample().set_gt_label(0)])
        )[0].pred_score
        for view in views
    ]
    torch.testing.assert_close(together, torch.stack(alone).mean(0))


def test_masks_can_be_read_from_outside():
    model = drop_in(False).eval()
    feature, masks = model(torch.randn(2, 6, 3, 32, 32), stage='backbone')
    assert feature.shape[0] == 12 and masks.shape == (12, 3)


@pytest.mark.parametrize(
    'kwargs, error, message',
    [
        (dict(depth=18), ValueError, r'depth=18 is not one of \[50, 101\]'),
        (dict(in_channels=0), ValueError, r'in_channels=0'),
    ],
)
def test_bad_arguments(kwargs, error, message):
    with pytest.raises(error, match=message):
        AFResNet(**kwargs)
