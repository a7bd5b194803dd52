"""Bring the public TDN weights to the names of mmvkp's `ResNetTDN`.

Usage::

    python tools/model_converters/convert_tdn.py \\
        best.pth.tar checkpoints/tdn_r50_sthv1.pth

IN is a checkpoint of https://github.com/MCG-NJU/TDN with ResNet-50 or
ResNet-101; the depth and the number of classes are read from it. OUT fits a
`Recognizer2D` of ``ResNetTDN(depth=...)`` and `TSNHead` or `TSMHead`. The
number of segments is not in the weights: the config must have that of the
training, since it also decides on the shares of frame and differences. The
authors' networks see RGB of mean (0.485, 0.456, 0.406) * 255 and std (0.229,
0.224, 0.225) * 255.
"""

import argparse
import re
import sys
from typing import NamedTuple, Optional, Sequence

import torch

from ..recognition.checkpoints import (
    COUNTER,
    Expected,
    Result,
    StateDict,
    group,
    pick,
    refuse,
    run,
)
from .resnet_tdn import ResNetTDN

PAGE = 'https://github.com/MCG-NJU/TDN'
DEPTHS = {6: 50, 23: 101}  # by the blocks of the third stage
BACKBONE = 'base_model.'
# Stems that the authors build their 12-channel stem from, and do not use.
UNUSED = tuple(
    f'{BACKBONE}{stem}.{entry}'
    for stem in ('conv1_temp', 'conv1_temp1')
    for entry in ('weight', 'bias')
)
# Parts of our names, and the official ones, in the order of replacement.
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
    """What a checkpoint is of.

    Args:
        depth (int): 50 or 101.
        classifier (str, optional): Name of the classifier, if it has one.
        classes (int): Its classes.
    """

    depth: int
    classifier: Optional[str]
    classes: int


def parse_args(argv: Optional[Sequence[str]] = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description='Convert the public TDN weights for mmvkp.'
    )
    parser.add_argument('source', metavar='IN', help='official checkpoint, .pth.tar')
    parser.add_argument('out', metavar='OUT', help='file to write, .pth')
    return parser.parse_args(argv)


def find_kind(weights: StateDict) -> Kind:
    """Tell what weights are of, by their names.

    Args:
        weights (dict[str, Tensor]): By official name, without ``module.``.

    Raises:
        ValueError: If they are of no TDN with ResNet-50 or -101.
    """
    start = f'{BACKBONE}layer3_bak.'
    blocks = len(
        {name[len(start) :].split('.')[0] for name in weights if name.startswith(start)}
    )
    if blocks not in DEPTHS:
        raise ValueError(
            'These are no weights of TDN with ResNet-50 or ResNet-101, which '
            f'have 6 or 23 blocks {start}*: they have {blocks}, and begin '
            f'with {list(weights)[:3]}. Give a checkpoint of {PAGE}.'
        )
    # Without dropout the authors keep the classifier in the network.
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
    """Our name and shape of each official entry, the classifier included."""
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
        weights (dict[str, Tensor]): By official name, without ``module.``.

    Returns:
        Result: Weights for a `Recognizer2D`, ``backbone.*`` and
        ``cls_head.fc_cls.*``; tensors are shared with ``weights``.

    Raises:
        ValueError: If they are of no TDN, or if an entry is missing, left
            over or of another shape; all are named.
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
            f'network: ResNetTDN(depth={kind.depth}); set num_segments to '
            'that of the training',
            f'classifier: {head}',
            f'left out: {group(left, 2)}',
            f'{COUNTER} set to 0: {picked.counters_added}',
        ],
    )


def main(argv: Optional[Sequence[str]] = None) -> int:
    """Convert one file; returns the exit status."""
    args = parse_args(argv)
    return run('convert_tdn', PAGE, args.source, args.out, convert)


if __name__ == '__main__':
    sys.exit(main())
