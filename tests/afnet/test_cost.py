"""The law of the released network, from the public counts."""

import pytest
import torch
from mmaction.registry import MODELS

from mmvkp.afnet.cost import SelectionLaw, measure_law, weightless_copy
from mmvkp.recognition.complexity import count_macs

from .tiny_af import FRAMES, af_config


def recognizer(backbone, channels, num_segments):
    """A recognizer of 174 classes."""
    return MODELS.build(
        dict(
            type='Recognizer2D',
            backbone=dict(
                num_segments=num_segments,
                selection_cfg=dict(reading='released_code'),
                **backbone,
            ),
            neck=dict(type='FrameSelectionNeck', num_segments=num_segments),
            cls_head=dict(type='TSNHead', in_channels=channels, num_classes=174),
        )
    )


@pytest.mark.parametrize(
    'backbone, channels, num_segments, fixed, focal',
    [
        (dict(type='AFResNet'), 2048, 8, 14654070080, 8374976512),
        (dict(type='AFResNet'), 2048, 12, 21981105120, 12562464768),
        (dict(type='AFResNet', depth=101), 2048, 8, 16510297952, 23223861248),
        (dict(type='AFResNet', depth=101), 2048, 12, 24765446928, 34835791872),
        (dict(type='AFMobileNetV3'), 1280, 8, 1387998624, 154305024),
        (dict(type='AFMobileNetV3'), 1280, 12, 2081997936, 231457536),
    ],
)
def test_public_counts(backbone, channels, num_segments, fixed, focal):
    """Those count a classification of each frame; here it is one a video."""
    with torch.device('meta'):
        model = weightless_copy(recognizer(backbone, channels, num_segments))
    law = measure_law(model, (num_segments, 3, 224, 224))
    assert law.per_frame_head == (num_segments - 1) * channels * 174
    assert law.fixed + law.per_frame_head == fixed
    assert sum(law.focal) == focal
    assert law.at(0.5) == law.fixed + focal / 2


def test_by_hand():
    law = SelectionLaw(10, (4, 8), 0)
    assert law.macs([0.5, 0.25]) == 14 and law.at(1) == 22


def test_views_add_up():
    with torch.device('meta'):
        model = recognizer(dict(type='AFMobileNetV3'), 1280, 2)
    model = weightless_copy(model)
    one, three = (measure_law(model, (n, 3, 64, 64)) for n in (2, 6))
    assert three.fixed == 3 * one.fixed
    assert three.focal == tuple(3 * each for each in one.focal)


def test_another_neck_inside():
    """KPSEM adds its own MACs and nothing else, as counted on a CPU."""
    config = af_config()
    plain = MODELS.build(config.model)
    config.model.backbone.out_indices = (0, 1)
    config.model.neck.neck = dict(
        type='KPSEM', in_channels=32, num_sets=2, num_segments=FRAMES
    )
    config.model.cls_head.in_channels = 64 + 8 * (FRAMES - 1)
    model = MODELS.build(config.model)
    seen = []
    neck = model.neck.neck
    neck.register_forward_hook(lambda _, given, out: seen.append(given[0]))
    x = torch.rand(1, FRAMES, 3, 64, 64)
    laws = [measure_law(weightless_copy(each), x.shape[1:]) for each in (plain, model)]
    with torch.no_grad():
        model.eval()(x, stage='head')
    classifiers = [each.cls_head.fc_cls.weight.numel() for each in (plain, model)]
    assert laws[1].focal == laws[0].focal
    assert laws[1].fixed - laws[0].fixed == (
        count_macs(neck, seen[0]) + classifiers[1] - classifiers[0]
    )


def test_the_model_is_left_alone():
    model = recognizer(dict(type='AFMobileNetV3'), 1280, 2).train()
    clone = weightless_copy(model)
    assert clone.backbone.stem.conv.weight.is_meta
    assert clone.backbone.stem.norm.running_mean.is_meta
    assert not model.backbone.stem.conv.weight.is_meta and model.training
    assert isinstance(clone.backbone.stem.conv.weight, torch.nn.Parameter)


def test_other_backbones_are_refused():
    model = MODELS.build(
        dict(
            type='Recognizer2D',
            backbone=dict(type='ResNet', depth=18),
            cls_head=dict(type='TSNHead', in_channels=512, num_classes=3),
        )
    )
    with pytest.raises(ValueError, match='is a ResNet, which does not select'):
        measure_law(weightless_copy(model), (2, 3, 64, 64))
