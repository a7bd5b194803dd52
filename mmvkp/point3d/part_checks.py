"""Checks of the parts and options of Point3D against each other."""

from typing import Any, Dict, Optional, Sequence

from mmaction.utils import OptConfigType
from torch import Tensor, nn

from ..checks import check_flag, check_inert, check_number, shorten
from .bank.attention import BankAttention
from .cls_head import Point3DClsHead
from .point_head import Point3DHead

# Networks that halve the frames and double them again round their size up to
# a multiple of this, at most.
_LARGEST_STRIDE = 64


def merge_loss_weights(given: OptConfigType) -> Dict[str, float]:
    """Complete and check `loss_weights`.

    Args:
        given (dict, optional): `loc`, `cls` or both.

    Returns:
        dict[str, float]: Both.

    Raises:
        TypeError: If a weight is not a number.
        ValueError: If a key is unknown or a weight is negative.
    """
    if given is not None and not isinstance(given, dict):
        raise TypeError(
            f'Point3D: loss_weights={shorten(given)} must be a dict of loc and cls.'
        )
    weights = {'loc': 1.0, 'cls': 1.0, **(given or {})}
    if set(weights) != {'loc', 'cls'}:
        raise ValueError(
            f'Point3D: loss_weights={dict(given or {})} has '
            "other keys than 'loc' and 'cls'."
        )
    for name, value in weights.items():
        check_number('Point3D', 0, **{f'loss_weights.{name}': value})
    return weights


def check_unused(
    cls_head: OptConfigType,
    twa: OptConfigType,
    point_input: str,
    detach_cls: bool,
    loss_weights: Dict[str, float],
) -> None:
    """Refuse options without effect; arguments as in `Point3D`.

    Raises:
        TypeError: If `detach_cls` is not a bool.
        ValueError: If an option has no effect without the 3D head.
    """
    check_flag('Point3D', detach_cls=detach_cls)
    if cls_head is not None:
        return
    check_inert(
        'Point3D',
        'cls_head=None',
        detach_cls=(detach_cls, False),
        **{'loss_weights.cls': (loss_weights['cls'], 1.0)},
    )
    if point_input == 'frame':
        check_inert('Point3D', "cls_head=None, point_input='frame'", twa=(twa, None))


def check_heads(point_head: Any, cls_head: Any, point_input: str) -> None:
    """Refuse heads that do not fit the other parts.

    Args:
        point_head (nn.Module): Built head.
        cls_head (nn.Module, optional): Likewise.
        point_input (str): As in `Point3D`.

    Raises:
        TypeError: If a head has another type.
        ValueError: If options of the heads contradict each other.
    """
    for name, head, kind in (
        ('point_head', point_head, Point3DHead),
        ('cls_head', cls_head, Point3DClsHead),
    ):
        if head is not None and not isinstance(head, kind):
            raise TypeError(
                f'Point3D: {name} is a {type(head).__name__}; it must be a '
                f'{kind.__name__}.'
            )
    classes, stacks = point_head.num_classes, point_head.num_stacks
    if cls_head is not None and classes > 1:
        raise ValueError(
            f'Point3D: the point_head has num_classes={classes}, '
            'but the cls_head predicts the classes; set num_classes=1, or '
            'remove clip_backbone and cls_head.'
        )
    if point_input == 'twa' and stacks > 1:
        raise ValueError(
            f'Point3D: the point_head has num_stacks={stacks}, '
            "but point_input='twa' gives it a single feature, the output of "
            'the attention; set num_stacks=1.'
        )


def check_networks(backbone: nn.Module, clip_backbone: Optional[nn.Module]) -> None:
    """Refuse a 3D network for frames and a 2D network for clips.

    Args:
        backbone (nn.Module): Network of frames.
        clip_backbone (nn.Module, optional): Network of clips.

    Raises:
        TypeError: If all convolutions of a network have the other dimension.
    """
    kinds = [(nn.Conv2d, nn.Conv3d), (nn.Conv3d, nn.Conv2d)]
    names = ('backbone', 'clip_backbone')
    inputs = ('single frames: choose a 2D', 'clips: choose a 3D')
    for i, network in enumerate((backbone, clip_backbone)):
        layers = [] if network is None else list(network.modules())
        right, wrong = kinds[i]
        if any(isinstance(each, wrong) for each in layers) and not any(
            isinstance(each, right) for each in layers
        ):
            raise TypeError(
                f'Point3D: {names[i]} is a {type(network).__name__}; it gets '
                f'{inputs[i]} network.'
            )


def check_channels(name: str, module: nn.Module, x: Tensor, source: str) -> None:
    """Compare `in_channels` of a part with its input.

    Args:
        name (str): Argument of `Point3D`.
        module (nn.Module): The part; one without `in_channels` is not checked.
        x (Tensor): Its input.
        source (str): Origin of the input, for the message.

    Shape:
        - x: (N, C, ...).

    Raises:
        ValueError: If they differ.
    """
    expected = getattr(module, 'in_channels', None)
    if isinstance(expected, int) and expected != x.shape[1]:
        raise ValueError(
            f'Point3D: {name} has in_channels={expected}, but {source} has '
            f'{x.shape[1]} channels; set in_channels={x.shape[1]} of the {name}.'
        )


def check_bank(
    bank: Any, cls_head: Any, detach_cls: bool, loss_weights: Dict[str, float]
) -> None:
    """Refuse a bank without 3D head, and options without effect beside a bank.

    Args:
        bank (nn.Module, optional): Built part.
        cls_head (nn.Module, optional): Likewise.
        detach_cls (bool): As in `Point3D`.
        loss_weights (dict): Result of `merge_loss_weights`.

    Raises:
        TypeError: If the bank has another type.
        ValueError: If it has no effect, or an option has none.
    """
    if bank is None:
        return
    if not isinstance(bank, BankAttention):
        raise TypeError(
            f'Point3D: bank is a {type(bank).__name__}; it must be a BankAttention.'
        )
    if cls_head is None:
        raise ValueError(
            'Point3D: bank has no effect without 3D head; give clip_backbone and '
            'cls_head, or remove bank.'
        )
    check_inert(
        'Point3D',
        'bank (the network of the frames is not trained)',
        detach_cls=(detach_cls, False),
        **{'loss_weights.loc': (loss_weights['loc'], 1.0)},
    )


def check_stride(feature: Tensor, size: Sequence[int], stride: int) -> None:
    """Check the stride of maps against the point head.

    Args:
        feature (Tensor): Features of frames.
        size (Sequence[int]): H and W of the frames in pixels.
        stride (int): Pixels per cell of the point head.

    Shape:
        - feature: (F, C, h, w).

    Raises:
        ValueError: If the strides differ.
    """
    for side, cells in zip(size, feature.shape[2:]):
        if not side <= cells * stride < side + _LARGEST_STRIDE:
            raise ValueError(
                f'Point3D: frames of {size[1]} x {size[0]} pixels give '
                f'maps of {feature.shape[3]} x {feature.shape[2]} cells, '
                f'but the stride of the point_head is {stride}. Choose a '
                'backbone and a neck with that stride, and frames whose '
                'sides it divides.'
            )
