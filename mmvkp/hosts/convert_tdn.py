"""Names of the public TDN weights in mmvkp's `ResNetTDN`."""

import re
from typing import NamedTuple, Optional

import torch

from ..recognition.checkpoints import (
    COUNTER,
    Expected,
    Result,
    StateDict,
    group,
    pick,
    refuse,
)
from .resnet_tdn import ResNetTDN

PAGE = 'https://github.com/MCG-NJU/TDN'
# Depth by number of blocks in the third stage.
DEPTHS = {6: 50, 23: 101}
BACKBONE = 'base_model.'
# Leftovers of the authors' 12-channel stem, not used by their network.
UNUSED = tuple(
    f'{BACKBONE}{stem}.{entry}'
    for stem in ('conv1_temp', 'conv1_temp1')
    for entry in ('weight', 'bias')
)
# Our name (regular expression) -> official name, in the order of replacement.
PARTS = (
    (r'^short_term\.conv1\.conv', 'conv1_5.0'),
    (r'^short_term\.conv1\.bn', 'conv1_5.1'),
    (r'^short_term\.layer1', 'resnext_layer1'),
    (r'^layer(\d)', r'layer\1_bak'),
    (r'conv(\d)\.conv', r'conv\1'),
    (r'conv(\d)\.bn', r'bn\1'),
    (r'downsample\.conv', 'downsample.0'),
    (r'downsample\.bn', 'downsample.1'),
    (r'temporal_conv', 'shift.conv'),
    (r'long_term\.squeeze_conv', 'mse.conv1'),
    (r'long_term\.squeeze_norm', 'mse.bn1'),
    (r'long_term\.align_conv', 'mse.conv2'),
    (r'long_term\.half_conv', 'mse.conv3_smallscale2'),
    (r'long_term\.half_norm', 'mse.bn3_smallscale2'),
    (r'long_term\.full_conv', 'mse.conv3_smallscale4'),
    (r'long_term\.full_norm', 'mse.bn3_smallscale4'),
    (r'long_term\.expand_conv', 'mse.conv3'),
    (r'long_term\.expand_norm', 'mse.bn3'),
)


class Kind(NamedTuple):
    """Network of a checkpoint.

    Args:
        depth (int): 50 or 101.
        classifier (str, optional): Name of the classifier; None without one.
        classes (int): Number of classes; 0 without a classifier.
    """

    depth: int
    classifier: Optional[str]
    classes: int


def find_kind(weights: StateDict) -> Kind:
    """Recognize the network by the names of its weights.

    Args:
        weights (dict[str, Tensor]): By official name, without `module.`.

    Raises:
        ValueError: If the network is not TDN with ResNet-50 or ResNet-101.
    """
    start = f'{BACKBONE}layer3_bak.'
    blocks = len(
        {name[len(start) :].split('.')[0] for name in weights if name.startswith(start)}
    )
    if blocks not in DEPTHS:
        raise ValueError(
            'These weights are not from TDN with ResNet-50 or ResNet-101. They '
            f'have {blocks} blocks {start}* instead of 6 or 23 and begin with '
            f'{list(weights)[:3]}. Give a checkpoint of {PAGE}.'
        )
    # The authors' network without dropout has the classifier as base_model.fc.
    classifier = next(
        (name for name in ('new_fc', f'{BACKBONE}fc') if f'{name}.weight' in weights),
        None,
    )
    head = weights.get(f'{classifier}.weight')
    classes = 0 if head is None or not head.ndim else head.shape[0]
    return Kind(DEPTHS[blocks], classifier, classes)


def public_name(name: str) -> str:
    """Official name of an entry of `ResNetTDN.state_dict`."""
    for ours, theirs in PARTS:
        name = re.sub(ours, theirs, name)
    return f'{BACKBONE}{name}'


def expected_shapes(kind: Kind) -> Expected:
    """Our name and shape by official name, including the classifier."""
    with torch.device('meta'):
        backbone = ResNetTDN(kind.depth)
    expected = {
        public_name(name): (f'backbone.{name}', tuple(value.shape))
        for name, value in backbone.state_dict().items()
    }
    if kind.classifier:
        shape = (kind.classes, backbone.feat_dim)
        for entry, size in (('weight', shape), ('bias', shape[:1])):
            expected[f'{kind.classifier}.{entry}'] = (f'cls_head.fc_cls.{entry}', size)
    return expected


def convert(weights: StateDict) -> Result:
    """Rename official TDN weights.

    Args:
        weights (dict[str, Tensor]): By official name, without `module.`.

    Returns:
        Result: Weights for a `Recognizer2D`, `backbone.*` and
        `cls_head.fc_cls.*`. Tensors are shared with `weights`.

    Raises:
        ValueError: If the network is not TDN, or an entry is missing, unknown or
            has another shape. The message lists all of them.
    """
    kind = find_kind(weights)
    expected = expected_shapes(kind)
    picked = pick(weights, expected)
    left = [name for name in weights if name not in expected]
    refuse(
        f'TDN-ResNet-{kind.depth}',
        f'Give an unchanged checkpoint of {PAGE}.',
        picked.missing,
        [name for name in left if name not in UNUSED],
        picked.shapes,
    )
    head = f'{kind.classes} classes, as cls_head.fc_cls' if kind.classifier else 'none'
    return Result(
        picked.state_dict,
        dict(network=f'ResNetTDN(depth={kind.depth})'),
        [
            f'network: ResNetTDN(depth={kind.depth}); set '
            'num_segments as in the training',
            f'classifier: {head}',
            f'left out: {group(left, 2)}',
            f'{COUNTER} set to 0: {picked.counters_added}',
        ],
    )
