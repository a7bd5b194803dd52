"""Bring the public MFNet weights to the names of mmvkp's `MFNet`.

Usage::

    python tools/model_converters/convert_mfnet.py \\
        MFNet3D_Kinetics-400_72.8.pth checkpoints/mfnet_k400.pth

IN is a checkpoint of https://github.com/cypw/PyTorch-MFNet, for video (3D) or
for images (2D, ImageNet). OUT fits a `Recognizer3D` of MFNet and `I3DHead`.
Weights for images lose their classifier and are inflated as the official
code does it: a kernel k becomes T copies of k / T along time, so that a video
of equal frames is seen as the image was, away from its first and last frame.
"""

import argparse
import os.path as osp
import sys
from typing import Dict, List, NamedTuple, Optional, Sequence, Tuple

import torch
from torch import Tensor

from ..recognition.checkpoints import (
    COUNTER,
    StateDict,
    pick,
    read_state_dict,
    refuse,
    save,
)
from .mfnet import MFNet

PAGE = 'https://github.com/cypw/PyTorch-MFNet'
# The official name of each convolution of a unit, and of its parts.
UNIT = {
    'mix_in': 'conv_i1',
    'mix_out': 'conv_i2',
    'conv1': 'conv_m1',
    'conv2': 'conv_m2',
    'shortcut': 'conv_w1',
}
PART = {'norm': 'bn', 'conv': 'conv'}
OUTER = {'stem.0': 'conv1.conv', 'stem.1': 'conv1.bn', 'tail.0': 'tail.bn'}
CLASSIFIER = ('classifier.weight', 'classifier.bias')
KINDS = ('auto', '2d', '3d')


class Converted(NamedTuple):
    """Weights by our names, and what became of the others."""

    state_dict: StateDict
    kind: str
    inflated: int
    counters_added: int
    dropped: List[str]


def parse_args(argv: Optional[Sequence[str]] = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description='Convert the public MFNet weights for mmvkp.'
    )
    parser.add_argument('source', metavar='IN', help='official checkpoint, .pth')
    parser.add_argument('out', metavar='OUT', help='file to write, .pth')
    parser.add_argument(
        '--kind',
        choices=KINDS,
        default='auto',
        help='weights for images (2d, inflated) or for video (3d); auto '
        'looks at the first kernel',
    )
    return parser.parse_args(argv)


def public_name(name: str) -> str:
    """Official name of an entry of `MFNet.state_dict`."""
    outer, _, entry = name.rpartition('.')
    if outer in OUTER:
        return f'{OUTER[outer]}.{entry}'
    _, stage, unit, conv, part = outer.split('.')
    return (
        f'conv{int(stage) + 2}.B{int(unit) + 1:02d}.{UNIT[conv]}.{PART[part]}.{entry}'
    )


def expected_shapes() -> Dict[str, Tuple[str, Tuple[int, ...]]]:
    """Our name and 3D shape of each official entry of the network, without the
    classifier."""
    with torch.device('meta'):
        entries = MFNet().state_dict()
    return {
        public_name(name): (f'backbone.{name}', tuple(value.shape))
        for name, value in entries.items()
    }


def inflate(weight: Tensor, length: int) -> Tensor:
    """Spread a 2D kernel evenly over time.

    Args:
        weight (Tensor): (C_out, C_in, H, W).
        length (int): T of the 3D kernel.

    Returns:
        Tensor: (C_out, C_in, T, H, W), each of the T slices ``weight / T``.

    Source: `init_3d_from_2d_dict` of https://github.com/cypw/PyTorch-MFNet
    (MIT), method 'inflation'.
    """
    return (weight / length).unsqueeze(2).repeat(1, 1, length, 1, 1)


def _find_kind(weights: StateDict) -> str:
    """2d or 3d, by the first kernel."""
    first = weights.get('conv1.conv.weight')
    if first is None or first.ndim not in (4, 5):
        raise ValueError(
            'This is no official MFNet checkpoint: it '
            + (
                'has no conv1.conv.weight'
                if first is None
                else f'has conv1.conv.weight of shape {tuple(first.shape)}, which '
                'is neither a 2D nor a 3D kernel'
            )
            + f'; it begins with '
            f'{list(weights)[:3]}. Give a checkpoint of '
            f'{PAGE}.'
        )
    return f'{first.ndim - 2}d'


def _classifier_shapes(weights: StateDict) -> Dict[str, Tuple[str, Tuple]]:
    """Expected entries of the classifier of a 3D network, if it has one."""
    if not any(name in weights for name in CLASSIFIER):
        return {}
    found = next(weights[name] for name in CLASSIFIER if name in weights)
    classes = found.shape[0] if found.ndim else 0
    return {
        CLASSIFIER[0]: ('cls_head.fc_cls.weight', (classes, 768)),
        CLASSIFIER[1]: ('cls_head.fc_cls.bias', (classes,)),
    }


def convert(weights: StateDict, kind: str = 'auto') -> Converted:
    """Rename official MFNet weights and inflate those for images.

    Counters of batches, which weights of PyTorch before 0.4.1 lack, start at
    0; they play no part with a fixed momentum of the norm layers.

    Args:
        weights (dict[str, Tensor]): By official name, without ``module.``.
        kind (str): '2d', '3d', or 'auto': by the first kernel.

    Returns:
        Converted: Weights for a `Recognizer3D`: ``backbone.*`` and, of 3D
        weights with a classifier, ``cls_head.fc_cls.*``. Tensors are shared
        with ``weights`` where nothing changes.

    Raises:
        ValueError: If an entry is missing, left over or of another shape; all
            are named.
    """
    kind = _find_kind(weights) if kind == 'auto' else kind
    expected = expected_shapes()
    dropped = [name for name in CLASSIFIER if name in weights]
    if kind == '3d':
        dropped = []
        expected.update(_classifier_shapes(weights))
    needed = {
        name: (
            ours,
            shape[:2] + shape[3:] if kind == '2d' and len(shape) == 5 else shape,
        )
        for name, (ours, shape) in expected.items()
    }
    picked = pick(weights, needed)
    left = [name for name in weights if name not in expected]
    refuse(
        f'MFNet ({kind})',
        f'Give an unchanged checkpoint of {PAGE} (16 '
        'groups, widths 96 to 768), and --kind 2d for weights of images.',
        picked.missing,
        [name for name in left if name not in dropped],
        picked.shapes,
    )
    out, inflated = picked.state_dict, 0
    for name, (ours, shape) in expected.items():
        if shape != needed[name][1]:
            out[ours] = inflate(out[ours], shape[2])
            inflated += shape[2] > 1
    return Converted(out, kind, inflated, picked.counters_added, dropped)


def main(argv: Optional[Sequence[str]] = None) -> int:
    """Convert one file; returns the exit status."""
    args = parse_args(argv)
    try:
        if osp.realpath(args.source) == osp.realpath(args.out):
            raise ValueError(f'{args.out}: OUT is IN; give another name.')
        weights, beside = read_state_dict(args.source, PAGE)
        result = convert(weights, args.kind)
        save(
            args.out,
            result.state_dict,
            source=osp.basename(args.source),
            kind=result.kind,
            tool='convert_mfnet',
        )
    except (ValueError, OSError) as error:
        print(f'convert_mfnet.py: error: {error}', file=sys.stderr)
        return 2 if isinstance(error, ValueError) else 1
    head = result.state_dict.get('cls_head.fc_cls.weight')
    print(
        f'{args.out}: {len(result.state_dict)} tensors from {args.source} '
        f'({result.kind})'
    )
    print(
        '  classifier: '
        + ('none' if head is None else f'{len(head)} classes, as cls_head.fc_cls')
    )
    if result.kind == '2d':
        print(f'  kernels spread over time: {result.inflated}')
    print(f'  {COUNTER} set to 0: {result.counters_added}')
    print(f'  ignored: {", ".join(beside + result.dropped) or "nothing"}')
    return 0


if __name__ == '__main__':
    sys.exit(main())
