"""Names of the public 3D ResNeXt weights in mmvkp's `ResNeXt3d`."""

from typing import NamedTuple, Tuple

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
from .resnext3d import ResNeXt3d

PAGE = 'https://github.com/kenshohara/3D-ResNets-PyTorch'
USES = ('point3d', 'recognizer')
CLASSIFIER = 'fc'


class Layout(NamedTuple):
    """Sizes of a network, named as in `ResNeXt3d`, and its number of classes."""

    stage_blocks: Tuple[int, ...]
    base_channels: int
    cardinality: int
    classes: int


def find_layout(weights: StateDict) -> Layout:
    """Read the sizes of a network from its weights.

    Args:
        weights (dict[str, Tensor]): By official name, without `module.`.

    Raises:
        ValueError: If the network is not a 3D ResNeXt.
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
            'These weights are not from a 3D ResNeXt, which has stages layer1 to '
            'layer4 and a grouped 3D kernel layer1.0.conv2.weight. The file '
            f'begins with {list(weights)[:3]}. Give resnext-101-kinetics.pth or '
            f'another ResNeXt of {PAGE}.'
        )
    head = weights.get(f'{CLASSIFIER}.weight')
    classes = 0 if head is None or not head.ndim else head.shape[0]
    channels = grouped.shape[0]
    return Layout(blocks, channels, channels // grouped.shape[1], classes)


def expected_shapes(layout: Layout) -> Expected:
    """Our name, in a recognizer, and shape by official name."""
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
        weights (dict[str, Tensor]): By official name, without `module.`.
        use (str): 'point3d': stages only, as `clip_backbone.*`; 'recognizer':
            the whole network, as `backbone.*` and `cls_head.fc_cls.*`.

    Raises:
        ValueError: If the network is not a 3D ResNeXt, or an entry is missing,
            unknown or has another shape. The message lists all of them.
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
