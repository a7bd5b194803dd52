"""Names of the public MFNet weights in mmvkp's `MFNet`, and their inflation."""

from typing import Tuple

import torch
from torch import Tensor

from ..recognition.checkpoints import COUNTER, Expected, Result, StateDict, pick, refuse
from .mfnet import MFNet

PAGE = 'https://github.com/cypw/PyTorch-MFNet'
# Our name -> official name.
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


def public_name(name: str) -> str:
    """Official name of an entry of `MFNet.state_dict`."""
    outer, _, entry = name.rpartition('.')
    if outer in OUTER:
        return f'{OUTER[outer]}.{entry}'
    _, stage, unit, conv, part = outer.split('.')
    return (
        f'conv{int(stage) + 2}.B{int(unit) + 1:02d}.{UNIT[conv]}.{PART[part]}.{entry}'
    )


def expected_shapes() -> Expected:
    """Our name and 3D shape by official name, without the classifier."""
    with torch.device('meta'):
        entries = MFNet().state_dict()
    return {
        public_name(name): (f'backbone.{name}', tuple(value.shape))
        for name, value in entries.items()
    }


def inflate(weight: Tensor, length: int) -> Tensor:
    """Inflate a 2D kernel: each of the T slices is `weight / T`.

    Away from its ends, a video of equal frames then gives the features of the
    frame.

    Args:
        weight (Tensor): 2D kernel.
        length (int): T of the 3D kernel.

    Shape:
        - weight: (C_out, C_in, H, W).
        - returns: (C_out, C_in, T, H, W).

    Source: `init_3d_from_2d_dict` of https://github.com/cypw/PyTorch-MFNet
    (MIT), method 'inflation'.
    """
    return (weight / length).unsqueeze(2).repeat(1, 1, length, 1, 1)


def _find_kind(weights: StateDict) -> str:
    """Read '2d' or '3d' from the first kernel."""
    first = weights.get('conv1.conv.weight')
    if first is None or first.ndim not in (4, 5):
        problem = (
            'conv1.conv.weight is missing'
            if first is None
            else f'conv1.conv.weight has shape {tuple(first.shape)}, which is '
            'neither a 2D nor a 3D kernel'
        )
        raise ValueError(
            f'This file is not an official MFNet checkpoint: {problem}. It begins '
            f'with {list(weights)[:3]}. Give a checkpoint of {PAGE}.'
        )
    return f'{first.ndim - 2}d'


def _classifier_shapes(weights: StateDict) -> Expected:
    """Our name and shape of the classifier's entries; empty without one."""
    found = next((weights[name] for name in CLASSIFIER if name in weights), None)
    if found is None:
        return {}
    classes = found.shape[0] if found.ndim else 0
    return {
        CLASSIFIER[0]: ('cls_head.fc_cls.weight', (classes, 768)),
        CLASSIFIER[1]: ('cls_head.fc_cls.bias', (classes,)),
    }


def convert(weights: StateDict, kind: str = 'auto') -> Result:
    """Rename official MFNet weights; image weights are inflated.

    Args:
        weights (dict[str, Tensor]): By official name, without `module.`.
        kind (str): '2d' for images, '3d' for video, 'auto' to read it from the
            first kernel.

    Returns:
        Result: Weights for a `Recognizer3D`: `backbone.*` and, of 3D weights with
        a classifier, `cls_head.fc_cls.*`. Unchanged tensors are shared with
        `weights`.

    Raises:
        ValueError: If an entry is missing, unknown or has another shape. The
            message lists all of them.
    """
    kind = _find_kind(weights) if kind == 'auto' else kind
    expected = expected_shapes()
    if kind == '3d':
        expected.update(_classifier_shapes(weights))
    needed = {
        name: (ours, _shape_of_kind(shape, kind))
        for name, (ours, shape) in expected.items()
    }
    picked = pick(weights, needed)
    left = [name for name in weights if name not in expected]
    dropped = [name for name in left if kind == '2d' and name in CLASSIFIER]
    refuse(
        f'MFNet ({kind})',
        f'Give an unchanged checkpoint of {PAGE} (16 groups, widths 96 to 768), '
        'and --kind 2d for image weights.',
        picked.missing,
        [name for name in left if name not in dropped],
        picked.shapes,
    )
    out, inflated = picked.state_dict, 0
    for name, (ours, shape) in expected.items():
        if shape != needed[name][1]:
            out[ours] = inflate(out[ours], shape[2])
            inflated += shape[2] > 1
    head = out.get('cls_head.fc_cls.weight')
    classes = 'none' if head is None else f'{len(head)} classes, as cls_head.fc_cls'
    return Result(
        out,
        dict(kind=kind),
        [
            f'kind: {kind}, {inflated} kernels inflated',
            f'classifier: {classes}',
            f'left out: {", ".join(dropped) or "nothing"}',
            f'{COUNTER} set to 0: {picked.counters_added}',
        ],
    )


def _shape_of_kind(shape: Tuple[int, ...], kind: str) -> Tuple[int, ...]:
    """Shape of a 3D network's entry in a 2D or 3D network."""
    return shape[:2] + shape[3:] if kind == '2d' and len(shape) == 5 else shape
