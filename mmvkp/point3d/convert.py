"""Public Hourglass-104 weights as the feature extractor of `Point3D`."""

from typing import Any, NamedTuple, Optional

import torch
from mmaction.registry import MODELS
from torch import nn

from ..recognition.checkpoints import (
    COUNTER,
    Expected,
    Result,
    StateDict,
    group,
    pick,
    refuse,
)

PAGE = (
    'https://github.com/open-mmlab/mmdetection (CornerNet) or '
    'https://github.com/xingyizhou/CenterNet'
)
# CenterNet's name of each part of MMDetection's network.
PARTS = {
    'stem.0': 'pre.0',
    'stem.1.0': 'pre.1',
    'hourglass_modules': 'kps',
    'inters': 'inters',
    'conv1x1s': 'inters_',
    'out_convs': 'cnvs',
    'remap_convs': 'cnvs_',
}
FIRST = 'backbone.stem.0.conv.weight'
# Mean and standard deviation of RGB images from 0 to 255. CenterNet's code has
# them as shares of 255 in BGR order (datasets/dataset/coco.py).
CORNERNET = ('[123.675, 116.28, 103.53]', '[58.395, 57.12, 57.375]')
CENTERNET = ('[119.917, 114.034, 104.014]', '[70.915, 69.891, 73.603]')


class Kind(NamedTuple):
    """Kind of a checkpoint.

    Args:
        centernet (bool): True for CenterNet's names, False for MMDetection's.
        num_stacks (int): Hourglasses.
        feat_channel (int): Channels of their outputs.
    """

    centernet: bool
    num_stacks: int
    feat_channel: int


def find_kind(weights: StateDict) -> Kind:
    """Recognise the network by the names of its weights.

    Args:
        weights (dict[str, Tensor]): By official name, without `module.`.

    Raises:
        ValueError: If the network is not a stacked hourglass.
    """
    for centernet, start, last in (
        (False, 'backbone.hourglass_modules.', 'backbone.out_convs.0.conv.weight'),
        (True, 'kps.', 'cnvs.0.conv.weight'),
    ):
        stacks = {
            name[len(start) :].split('.')[0]
            for name in weights
            if name.startswith(start)
        }
        if stacks and last in weights and weights[last].ndim:
            return Kind(centernet, len(stacks), weights[last].shape[0])
    raise ValueError(
        'These weights do not belong to a stacked hourglass: both kps and cnvs '
        '(CenterNet) and backbone.hourglass_modules and backbone.out_convs '
        '(CornerNet of MMDetection) are missing; the file starts with '
        f'{list(weights)[:3]}. Give a checkpoint of {PAGE}.'
    )


def build(num_stacks: int, feat_channel: int, **sizes: Any) -> nn.Module:
    """MMDetection's network, without weights.

    Raises:
        ValueError: If MMDetection is missing.
    """
    net = dict(
        type='mmdet.HourglassNet',
        num_stacks=num_stacks,
        feat_channel=feat_channel,
        **sizes,
    )
    try:
        with torch.device('meta'):
            return MODELS.build(net)
    except (ImportError, KeyError) as error:
        raise ValueError(
            'The names of the weights are compared to those of '
            'mmdet.HourglassNet, which cannot be built: '
            f'{str(error).partition(chr(10))[0]}. Install MMDetection and '
            'mmcv with its operators (instead of mmcv-lite).'
        ) from error


def public_name(name: str) -> str:
    """CenterNet's name of an entry of `mmdet.HourglassNet`."""
    part = next(part for part in PARTS if name.startswith(f'{part}.'))
    inside = name[len(part) :]
    if part in ('conv1x1s', 'remap_convs'):
        inside = inside.replace('.conv.', '.0.').replace('.bn.', '.1.')
    return PARTS[part] + inside.replace('.downsample.', '.skip.')


def expected_shapes(kind: Kind, **sizes: Any) -> Expected:
    """Our name (in a detector) and the shape of each official entry."""
    net = build(kind.num_stacks, kind.feat_channel, **sizes)
    expected = {}
    for name, value in net.state_dict().items():
        ours = f'backbone.{name}'
        if not kind.centernet:
            expected[ours] = (ours, tuple(value.shape))
        elif kind.num_stacks > 1 or not name.startswith('inters.'):
            expected[public_name(name)] = (ours, tuple(value.shape))
    return expected


def fitting(
    expected: Expected, kind: Kind, feat_channel: int, num_stacks: int
) -> Expected:
    """Entries that fit into a network of other sizes."""
    last = num_stacks - 1
    ends = dict(
        hourglass_modules=num_stacks,
        out_convs=num_stacks,
        inters=max(last, 1),  # a single stack has one as well, unused
        conv1x1s=last,
        remap_convs=last,
    )
    if feat_channel != kind.feat_channel:
        ends.update(out_convs=0, remap_convs=0)
    out = {}
    for name, (ours, shape) in expected.items():
        _, part, number = ours.split('.')[:3]
        if part not in ends or int(number) < ends[part]:
            out[name] = (ours, shape)
    return out


def convert(
    weights: StateDict,
    feat_channel: int = 128,
    num_stacks: Optional[int] = None,
    **sizes: Any,
) -> Result:
    """Rename public Hourglass weights.

    Args:
        weights (dict[str, Tensor]): By official name, without `module.`.
        feat_channel (int): `feat_channel` of the target network.
        num_stacks (int, optional): `num_stacks` of the target network. Default:
            all stacks of the file.
        **sizes (Any): Other arguments of `mmdet.HourglassNet`, if the network
            is not Hourglass-104.

    Returns:
        Result: Weights `backbone.*`. Tensors are shared with `weights`.

    Raises:
        ValueError: If the network is not a stacked hourglass, it has fewer
            stacks than required, or an entry is missing, unknown or has another
            shape. The message lists all of them.
    """
    kind = find_kind(weights)
    wanted = kind.num_stacks if num_stacks is None else num_stacks
    if feat_channel < 1 or not 1 <= wanted <= kind.num_stacks:
        raise ValueError(
            f'feat_channel={feat_channel} and num_stacks={wanted} must be '
            f'positive; the file has {kind.num_stacks} stacks.'
        )
    expected = expected_shapes(kind, **sizes)
    roots = {name.split('.')[0] for name in expected}
    inside = [name for name in weights if name.split('.')[0] in roots]
    picked = pick(weights, expected)
    refuse(
        'HourglassNet (104)',
        f'Give an unchanged checkpoint of {PAGE}.',
        picked.missing,
        [name for name in inside if name not in expected],
        picked.shapes,
    )
    expected = fitting(expected, kind, feat_channel, wanted)
    picked = pick(weights, expected)
    out = picked.state_dict
    if kind.centernet:
        out[FIRST] = out[FIRST].flip(1)
    mean, std = CENTERNET if kind.centernet else CORNERNET
    left = [name for name in weights if name not in expected]
    return Result(
        out,
        dict(layout='CenterNet' if kind.centernet else 'MMDetection'),
        [
            f'stacks: {wanted} of {kind.num_stacks}',
            f'taken: {group(list(out), 2)}',
            'left out of the hourglasses: '
            + group(
                [name for name in left if name in inside], 1 if kind.centernet else 2
            ),
            'left out, of another task: '
            + group([name for name in left if name not in inside]),
            f'{COUNTER} set to 0: {picked.counters_added}',
            f'images: RGB, mean={mean}, std={std}',
        ],
    )
