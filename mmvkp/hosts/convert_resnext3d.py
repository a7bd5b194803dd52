"""Bring the public Kinetics weights of 3D ResNeXt to mmvkp's `ResNeXt3d`.

Usage::

    python tools/model_converters/convert_resnext3d.py \\
        resnext-101-kinetics.pth checkpoints/resnext101_k400.pth
    python tools/model_converters/convert_resnext3d.py --use recognizer \\
        resnext-101-kinetics.pth checkpoints/resnext101_k400_rgb.pth

IN is a checkpoint of https://github.com/kenshohara/3D-ResNets-PyTorch with the
shortcuts of type B, which its ResNeXt-101 has. For a `Point3D`, OUT has the
four stages as ``clip_backbone.*``: its 3D Head sees features, not frames, so
the first convolution with its norm and the classifier are left out. Load it
with ``init_cfg=[dict(type='Kaiming', layer='Conv3d'), dict(type='Pretrained',
checkpoint=OUT, prefix='clip_backbone.')]`` in ``clip_backbone``. For a
`Recognizer3D` of ``ResNeXt3d(in_channels=3, stem='literal')`` and `I3DHead`
OUT has all of the network.
"""

import argparse
import sys
from typing import NamedTuple, Optional, Sequence, Tuple

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
from .resnext3d import ResNeXt3d

PAGE = 'https://github.com/kenshohara/3D-ResNets-PyTorch'
USES = ('point3d', 'recognizer')
CLASSIFIER = 'fc'


class Layout(NamedTuple):
    """Sizes of a network, as `ResNeXt3d` takes them, and its classes."""

    stage_blocks: Tuple[int, ...]
    base_channels: int
    cardinality: int
    classes: int


def parse_args(argv: Optional[Sequence[str]] = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description='Convert the public 3D ResNeXt weights for mmvkp.'
    )
    parser.add_argument('source', metavar='IN', help='official checkpoint, .pth')
    parser.add_argument('out', metavar='OUT', help='file to write, .pth')
    parser.add_argument(
        '--use',
        choices=USES,
        default='point3d',
        help='what the weights are for: the 3D Head of Point3D, or a '
        'recognizer of RGB clips',
    )
    return parser.parse_args(argv)


def find_layout(weights: StateDict) -> Layout:
    """Read the sizes of a network from its weights.

    Args:
        weights (dict[str, Tensor]): By official name, without ``module.``.

    Raises:
        ValueError: If they are of no 3D ResNeXt.
    """
    blocks = tuple(
        len(
            {
                name.split('.')[1]
                for name in weights
                if name.startswith(f'layer{stage}.')
            }
        )
        for stage in range(1, 5)
    )
    grouped = weights.get('layer1.0.conv2.weight')
    if (
        not all(blocks)
        or grouped is None
        or grouped.ndim != 5
        or not grouped.shape[1]
        or grouped.shape[0] == grouped.shape[1]
    ):
        raise ValueError(
            'These are no weights of a 3D ResNeXt: four stages layer1 to '
            'layer4 with a grouped 3D kernel layer1.0.conv2.weight are '
            f'needed; the file begins with {list(weights)[:3]}. Give '
            f'resnext-101-kinetics.pth or another ResNeXt of {PAGE}.'
        )
    head = weights.get(f'{CLASSIFIER}.weight')
    classes = 0 if head is None or not head.ndim else head.shape[0]
    channels = grouped.shape[0]
    return Layout(blocks, channels, channels // grouped.shape[1], classes)


def expected_shapes(layout: Layout) -> Expected:
    """Our name, in a recognizer, and the shape of each official entry."""
    with torch.device('meta'):
        backbone = ResNeXt3d(
            in_channels=3,
            stem='literal',
            stage_blocks=layout.stage_blocks,
            base_channels=layout.base_channels,
            cardinality=layout.cardinality,
        )
    expected = {
        name: (f'backbone.{name}', tuple(value.shape))
        for name, value in backbone.state_dict().items()
    }
    if layout.classes:
        width = (layout.classes, backbone.out_channels)
        expected[f'{CLASSIFIER}.weight'] = ('cls_head.fc_cls.weight', width)
        expected[f'{CLASSIFIER}.bias'] = ('cls_head.fc_cls.bias', width[:1])
    return expected


def convert(weights: StateDict, use: str = 'point3d') -> Result:
    """Rename official ResNeXt weights.

    Args:
        weights (dict[str, Tensor]): By official name, without ``module.``.
        use (str): ``'point3d'``: stages only, as ``clip_backbone.*``.
            ``'recognizer'``: all, as ``backbone.*`` and
            ``cls_head.fc_cls.*``.

    Raises:
        ValueError: If they are of no 3D ResNeXt, or if an entry is missing,
            left over or of another shape; all are named.
    """
    layout = find_layout(weights)
    expected = expected_shapes(layout)
    picked = pick(weights, expected)
    refuse(
        'ResNeXt (3D)',
        f'Give an unchanged checkpoint of {PAGE} with the shortcuts of type B.',
        picked.missing,
        [name for name in weights if name not in expected],
        picked.shapes,
    )
    if use == 'point3d':
        expected = {
            name: (f'clip_{ours}', shape)
            for name, (ours, shape) in expected.items()
            if name.startswith('layer')
        }
        picked = pick(weights, expected)
    out = picked.state_dict
    left = [name for name in weights if name not in expected]
    sizes = (
        f'stage_blocks={layout.stage_blocks}, base_channels='
        f'{layout.base_channels}, cardinality={layout.cardinality}'
    )
    return Result(
        out,
        dict(network=f'ResNeXt3d({sizes})', use=use),
        [
            f'network: {sizes}',
            f'taken: {group(list(out), 2)}',
            f'left out: {group(left)}',
            f'{COUNTER} set to 0: {picked.counters_added}',
        ],
    )


def main(argv: Optional[Sequence[str]] = None) -> int:
    """Convert one file; returns the exit status."""
    args = parse_args(argv)
    return run(
        'convert_resnext3d',
        PAGE,
        args.source,
        args.out,
        lambda weights: convert(weights, args.use),
    )


if __name__ == '__main__':
    sys.exit(main())
