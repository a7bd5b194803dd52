"""Bring the public AFNet weights to the names of mmvkp's `AFResNet` and
`AFMobileNetV3`.

Usage::

    python tools/model_converters/convert_afnet.py AF-ResNet50.pth.tar \\
        checkpoints/af_r50_in1k.pth

IN is a checkpoint of https://github.com/BeSpontaneous/AFNet-pytorch, of
ImageNet or of a video data set: which, the depth, the number of frames and of
classes are read from it. OUT fits a `Recognizer2D` with `FrameSelectionNeck`
and `TSNHead`. Weights of video belong to the reading of the paper that the
authors' code has: test them with ``selection_cfg=dict(
reading='released_code')``. Those of ImageNet have no navigation modules and
fit every reading.

Torchvision's ResNet-50 is read as well, as the network of a single branch
(``arch_cfg=dict(two_branches=False)``).
"""

import argparse
import os.path as osp
import re
import sys
from typing import Dict, NamedTuple, Optional, Sequence, Tuple

import torch
from torch import nn

from ..recognition.checkpoints import (
    COUNTER,
    StateDict,
    pick,
    read_state_dict,
    refuse,
    save,
)
from .mobilenet_v3 import AFMobileNetV3
from .resnet import AFResNet

PAGE = 'https://github.com/BeSpontaneous/AFNet-pytorch'
# Our names and the official ones.
BRANCH = {'ample': 'base', 'focal': 'refine'}
NAVIGATION = {'conv': 'conv_pool', 'norm': 'bn', 'mix': 'conv_gs'}
MERGE = {'squeeze': 'fc.0', 'expand': 'fc.2'}
CONV_NORM = {'conv': '0', 'norm': '1'}
MOBILE_PATH = {
    'expand': '1',
    'depthwise': '2',
    'project': '3',
    'squeeze.squeeze': 'se.fc.0',
    'squeeze.expand': 'se.fc.2',
}


class Kind(NamedTuple):
    """What a checkpoint is of.

    Args:
        network (str): ``'AF-ResNet-50'``, ``'AF-ResNet-101'``,
            ``'AF-MobileNetV3'`` or ``'ResNet-50'``.
        frames (int): T of its navigation modules; 0 if it has none.
        prefix (str): In front of the names of the network.
        classifier (str, optional): Name of the classifier, if it has one.
        classes (int): Its classes.
    """

    network: str
    frames: int
    prefix: str
    classifier: Optional[str]
    classes: int


class Converted(NamedTuple):
    """Weights by our names, and what was found and added."""

    state_dict: StateDict
    kind: Kind
    counters_added: int


def parse_args(argv: Optional[Sequence[str]] = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description='Convert the public AFNet weights for mmvkp.'
    )
    parser.add_argument('source', metavar='IN', help='official checkpoint, .pth.tar')
    parser.add_argument('out', metavar='OUT', help='file to write, .pth')
    return parser.parse_args(argv)


def find_kind(weights: StateDict) -> Kind:
    """Tell what weights are of, by their names.

    Args:
        weights (dict[str, Tensor]): By official name, without ``module.``.

    Raises:
        ValueError: If they are of none of the known networks.
    """
    prefix = (
        'base_model.' if any(name.startswith('base_model.') for name in weights) else ''
    )
    names = {name[len(prefix):] for name in weights
             if name.startswith(prefix)}  # yapf: disable
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
            'These are no weights of AF-ResNet-50, AF-ResNet-101, '
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


def build_backbone(kind: Kind) -> nn.Module:
    """Our network of a kind, without weights."""
    selection = dict(reading='released_code') if kind.frames else dict(policy='all')
    options = dict(num_segments=kind.frames or 1, selection_cfg=selection)
    with torch.device('meta'):
        if kind.network == 'AF-MobileNetV3':
            return AFMobileNetV3(**options)
        if kind.network == 'ResNet-50':
            return AFResNet(arch_cfg=dict(two_branches=False), **options)
        return AFResNet(depth=int(kind.network.rsplit('-')[-1]), **options)


def _resnet_name(module: str, pooled: bool) -> str:
    """Official name of a module of `AFResNet`.

    Args:
        module (str): Our name.
        pooled (bool): Whether the block's shortcut begins with a pooling,
            which has a number in the official names.
    """
    if module.startswith('stem.'):
        return {'stem.conv': 'conv1', 'stem.norm': 'bn1'}[module]
    stage, part, *rest = module.split('.')
    if part == 'navigation':
        return f'{stage}.list_gen.{rest[0]}.{NAVIGATION[rest[1]]}'
    if part == 'ample_out':
        return f'{stage}.base_transform.{CONV_NORM[rest[0]]}'
    if part == 'merge':
        return f'{stage}.att_gen.{MERGE[rest[0]]}'
    if part in BRANCH:
        block = f'{stage}.{BRANCH[part]}_module.{rest.pop(0)}'
    else:  # the block behind the branches, or one of a plain stage
        block = f'{stage}.fusion.0' if part == 'fusion' else f'{stage}.{part}'
    kind, layer = rest
    if kind == 'shortcut':
        number = int(CONV_NORM[layer]) + pooled
        return f'{block}.downsample.{number}'
    return f'{block}.{layer.replace("norm", "bn")}'


def _plain_resnet_name(module: str) -> str:
    """Torchvision's name of a module of `AFResNet` with a single branch."""
    return _resnet_name(module.replace('.focal.', '.'), pooled=False)


def _mobilenet_name(module: str, expands: bool) -> str:
    """Official name of a module of `AFMobileNetV3`.

    Args:
        module (str): Our name.
        expands (bool): Whether the block's path begins with an expansion.
    """
    fixed = {
        'stem.conv': 'conv',
        'stem.norm': 'bn',
        'layer5.3.conv': 'conv_last',
        'layer5.3.norm': 'bn_last',
        'layer5.4.linear': 'fc.0',
    }
    if module in fixed:
        return fixed[module]
    layer, part, *rest = module.split('.')
    stage = int(layer[len('layer') :])
    if part == 'navigation':
        return f'list_gen{stage}.{rest[0]}.{NAVIGATION[rest[1]]}'
    if part == 'merge':
        return f'att_gen{stage}.{MERGE[rest[0]]}'
    if part in BRANCH:
        block = f'features_stage{stage}_{BRANCH[part]}.{rest.pop(0)}'
    elif part == 'fusion':
        block = f'features_stage{stage}_fuse.0'
    elif stage == 1:  # its first block is a stage of its own there
        number = int(part)
        block = f'features_stage1.{number - 1}' if number else 'features_head.0'
    else:
        block = f'features_stage{stage}.{part}'
    kind, layer = rest[0], '.'.join(rest[1:])
    if kind == 'shortcut':
        return f'{block}.res_connect.{CONV_NORM[layer]}'
    if layer in MOBILE_PATH:
        return f'{block}.{MOBILE_PATH[layer]}'
    name, what = layer.split('_')
    number = int(MOBILE_PATH[name]) - (not expands)
    return f'{block}.{what.replace("norm", "bn")}{number}'


def expected_shapes(kind: Kind) -> Dict[str, Tuple[str, Tuple[int, ...]]]:
    """Our name and shape of each official entry, the classifier included."""
    backbone = build_backbone(kind)
    modules = dict(backbone.named_modules())
    expected = {}
    for entry, value in backbone.state_dict().items():
        module, _, last = entry.rpartition('.')
        if kind.network == 'AF-MobileNetV3':
            path = module.partition('.path.')[0] + '.path'
            name = _mobilenet_name(module, f'{path}.expand_conv' in modules)
        elif kind.network == 'ResNet-50':
            name = _plain_resnet_name(module)
        else:
            shortcut = module.rpartition('.')[0]
            name = _resnet_name(module, f'{shortcut}.pool' in modules)
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


def convert(weights: StateDict) -> Converted:
    """Rename official AFNet weights.

    Counters of batches that are missing start at 0.

    Args:
        weights (dict[str, Tensor]): By official name, without ``module.``.

    Returns:
        Converted: Weights for a `Recognizer2D`, ``backbone.*`` and
        ``cls_head.fc_cls.*``; tensors are shared with ``weights``.

    Raises:
        ValueError: If they are of no known network, or if an entry is
            missing, left over or of another shape; all are named.
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
    return Converted(picked.state_dict, kind, picked.counters_added)


def main(argv: Optional[Sequence[str]] = None) -> int:
    """Convert one file; returns the exit status."""
    args = parse_args(argv)
    try:
        if osp.realpath(args.source) == osp.realpath(args.out):
            raise ValueError(f'{args.out}: OUT is IN; give another name.')
        weights, beside = read_state_dict(args.source, PAGE)
        result = convert(weights)
        save(
            args.out,
            result.state_dict,
            source=osp.basename(args.source),
            network=result.kind.network,
            tool='convert_afnet',
        )
    except (ValueError, OSError) as error:
        print(f'convert_afnet.py: error: {error}', file=sys.stderr)
        return 2 if isinstance(error, ValueError) else 1
    kind = result.kind
    print(
        f'{args.out}: {len(result.state_dict)} tensors from {args.source} '
        f'({kind.network})'
    )
    print(
        '  classifier: '
        + (f'{kind.classes} classes, as cls_head.fc_cls' if kind.classifier else 'none')
    )
    print(
        '  navigation: '
        + (
            f'{kind.frames} frames; test it with selection_cfg=dict('
            "reading='released_code')"
            if kind.frames
            else 'none'
        )
    )
    print(f'  {COUNTER} set to 0: {result.counters_added}')
    print(f'  ignored: {", ".join(beside) or "nothing"}')
    return 0


if __name__ == '__main__':
    sys.exit(main())
