"""AFMobileNetV3: published counts and skipping."""

import pytest
import torch

from mmvkp.afnet.mobilenet_v3 import AFMobileNetV3
from mmvkp.recognition.complexity import count_macs, count_parameters

from .af_networks import dense, random_masks, small_mobilenet, with_statistics

RELEASED = dict(reading='released_code', noise=False)


def on_meta(num_segments, selection):
    """A network without numbers, and frames for it."""
    with torch.device('meta'):
        model = AFMobileNetV3(num_segments, selection_cfg=selection).eval()
        return dense(model, True), torch.empty(num_segments, 3, 224, 224)


@pytest.mark.parametrize('num_segments, parameters', [(8, 4507049), (12, 4507169)])
def test_published_sizes(num_segments, parameters):
    """With 174 classes; test_selection_cost.py has the MACs."""
    model, _ = on_meta(num_segments, RELEASED)
    assert count_parameters(model) + 1280 * 174 + 174 == parameters


def test_imagenet_counts():
    model, _ = on_meta(1, dict(policy='all'))
    assert count_parameters(model) + 1280 * 1000 + 1000 == 5564367
    model, x = on_meta(1, RELEASED)
    assert count_macs(model, x) + 1280 * 1000 == 193845236


@pytest.mark.parametrize('skipped', ['identity', 'zeros'])
def test_skipping_equals_multiplying(skipped):
    model = with_statistics(
        small_mobilenet(2, selection_cfg=dict(skipped=skipped))
    ).eval()
    torch.manual_seed(1)
    for memory in (torch.contiguous_format, torch.channels_last):
        x = torch.randn(4, 3, 32, 32).contiguous(memory_format=memory)
        masks = random_masks(model, 4)
        for half in (False, True):
            with (
                torch.no_grad(),
                torch.autocast('cpu', dtype=torch.bfloat16, enabled=half),
            ):
                sparse = dense(model, False)(x, masks)[0]
                full = dense(model, True)(x, masks)[0]
            error = (sparse - full).abs().max() / full.abs().max()
            assert error < (1e-2 if half else 1e-5)


def test_shapes_and_start():
    model = small_mobilenet(out_indices=(0, 1, 2, 3, 4))
    model.init_weights()
    for size, cells in ((64, (8, 4, 4, 4, 1)), (96, (12, 6, 6, 6, 1))):
        *maps, masks = model.eval()(torch.randn(4, 3, size, size))
        assert [each.shape[1] for each in maps] == [24, 40, 80, 112, 1280]
        assert [each.shape[2] for each in maps] == list(cells)
        assert masks.shape == (4, 5) and masks.eq(1).all()


@pytest.mark.parametrize('reading', ['text', 'released_code'])
def test_gradients_reach_every_parameter(reading):
    torch.manual_seed(0)
    model = small_mobilenet(selection_cfg=dict(reading=reading)).train()
    for stage in (model.layer2, model.layer3):
        for module in stage.navigation:
            torch.nn.init.normal_(module.mix.bias)
    feature, masks = model(torch.randn(16, 3, 64, 64))
    (feature.square().mean() + masks.mean()).backward()
    for name, each in model.named_parameters():
        assert each.grad is not None and each.grad.isfinite().all(), name
        assert each.grad.any(), name


def test_one_decision_for_the_network():
    model = small_mobilenet(selection_cfg=dict(placement='first'))
    assert len(model.layer2.navigation) == 1
    assert len(model.layer3.navigation) == 0


def test_bad_arguments():
    with pytest.raises(TypeError, match=r'in_channels=3.0'):
        AFMobileNetV3(in_channels=3.0)
    with pytest.raises(ValueError, match=r'stages in \[0, 4\]'):
        AFMobileNetV3(out_indices=(5,))
    with pytest.raises(ValueError, match='5 frames cannot be split'):
        small_mobilenet()(torch.randn(5, 3, 64, 64))
