"""Converter of public AFNet weights for `AFResNet` and `AFMobileNetV3`."""

import re
from typing import NamedTuple, Optional

import torch

from ..recognition.checkpoints import COUNTER, Expected, Result, StateDict, pick, refuse
from .base import AFBackbone
from .mobilenet_v3 import AFMobileNetV3
from .official_names import mobilenet_name, plain_resnet_name, resnet_name
from .resnet import AFResNet

PAGE = 'https://github.com/BeSpontaneous/AFNet-pytorch'


class Kind(NamedTuple):
    """Network that a checkpoint belongs to.

    Args:
        network (str): `AF-ResNet-50`, `AF-ResNet-101`, `AF-MobileNetV3` or
            `ResNet-50`.
        frames (int): T of the navigation modules; 0 without them.
        prefix (str): Prefix of the names of the network.
        classifier (str, optional): Name of the classifier; None without one.
        classes (int): Classes of the classifier.
    """

    network: str
    frames: int
    prefix: str
    classifier: Optional[str]
    classes: int


def find_kind(weights: StateDict) -> Kind:
    """Recognize the network from the names of its weights.

    Args:
        weights (dict[str, Tensor]): By official name, without `module.`.

    Raises:
        ValueError: If the network is unknown.
    """
    prefix = (
        'base_model.' if any(name.startswith('base_model.') for name in weights) else ''
    )
    names = {name.removeprefix(prefix) for name in weights if name.startswith(prefix)}
    blocks = len(
        {
            name.split('.')[2]
            for name in names
            if name.startswith('layer3.refine_module.')
        }
    )
    network = {5: 'AF-ResNet-50', 17: 'AF-ResNet-101'}.get(blocks)
    classifiers = ['new_fc', f'{prefix}fc']
    if any(name.startswith('features_head.') for name in names):
        network, classifiers = 'AF-MobileNetV3', [f'{prefix}fc.3']
    elif not prefix and not blocks and 'layer3.5.conv3.weight' in names:
        network = 'ResNet-50'
    if network is None:
        raise ValueError(
            'these are not weights of AF-ResNet-50, AF-ResNet-101, '
            "AF-MobileNetV3 or torchvision's ResNet-50: they begin with "
            f'{list(weights)[:3]}. Give a checkpoint of {PAGE}.'
        )
    mixed = [
        value
        for name, value in weights.items()
        if re.search(r'list_gen\d?\.0\.conv_gs\.weight$', name)
    ]
    frames = mixed[0].shape[0] // 2 if mixed and mixed[0].ndim else 0
    classifier = next(
        (name for name in classifiers if f'{name}.weight' in weights), None
    )
    head = weights.get(f'{classifier}.weight')
    classes = 0 if head is None or not head.ndim else head.shape[0]
    return Kind(network, frames, prefix, classifier, classes)


def build_backbone(kind: Kind) -> AFBackbone:
    """Build our backbone on the meta device."""
    selection = dict(reading='released_code') if kind.frames else dict(policy='all')
    frames = kind.frames or 1
    with torch.device('meta'):
        if kind.network == 'AF-MobileNetV3':
            return AFMobileNetV3(frames, selection_cfg=selection)
        if kind.network == 'ResNet-50':
            arch = dict(two_branches=False)
            return AFResNet(50, frames, selection_cfg=selection, arch_cfg=arch)
        depth = int(kind.network.rsplit('-')[-1])
        return AFResNet(depth, frames, selection_cfg=selection)


def expected_shapes(kind: Kind) -> Expected:
    """Our name and shape of each official entry, including the classifier."""
    backbone = build_backbone(kind)
    modules = dict(backbone.named_modules())
    expected = {}
    for entry, value in backbone.state_dict().items():
        module, _, last = entry.rpartition('.')
        if kind.network == 'AF-MobileNetV3':
            path = module.partition('.path.')[0] + '.path'
            name = mobilenet_name(module, f'{path}.expand_conv' in modules)
        elif kind.network == 'ResNet-50':
            name = plain_resnet_name(module)
        else:
            shortcut = module.rpartition('.')[0]
            name = resnet_name(module, f'{shortcut}.pool' in modules)
        expected[f'{kind.prefix}{name}.{last}'] = (
            f'backbone.{entry}',
            tuple(value.shape),
        )
    if kind.classifier:
        width = 1280 if kind.network == 'AF-MobileNetV3' else 2048
        for last, shape in (
            ('weight', (kind.classes, width)),
            ('bias', (kind.classes,)),
        ):
            expected[f'{kind.classifier}.{last}'] = (f'cls_head.fc_cls.{last}', shape)
    return expected


def convert(weights: StateDict) -> Result:
    """Rename official AFNet weights.

    Missing batch counters of the norm layers are set to 0.

    Args:
        weights (dict[str, Tensor]): By official name, without `module.`.

    Returns:
        Result: Weights of a `Recognizer2D`, `backbone.*` and `cls_head.fc_cls.*`, and
        a report; tensors are shared with `weights`.

    Raises:
        ValueError: If the network is unknown, or if an entry is missing, unexpected
            or of another shape; all are listed.
    """
    kind = find_kind(weights)
    expected = expected_shapes(kind)
    picked = pick(weights, expected)
    refuse(
        kind.network,
        f'Give an unchanged checkpoint of {PAGE}.',
        picked.missing,
        [name for name in weights if name not in expected],
        picked.shapes,
    )
    classifier = navigation = 'none'
    if kind.classifier:
        classifier = f'{kind.classes} classes, as cls_head.fc_cls'
    if kind.frames:
        navigation = (
            f'{kind.frames} frames; test it with '
            "selection_cfg=dict(reading='released_code')"
        )
    report = [
        f'network: {kind.network}',
        f'classifier: {classifier}',
        f'navigation: {navigation}',
        f'{COUNTER} set to 0: {picked.counters_added}',
    ]
    return Result(picked.state_dict, dict(network=kind.network), report)
