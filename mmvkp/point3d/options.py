"""Options of the point head, their defaults and checks."""

from typing import Any, Dict

import torch
from mmaction.utils import OptConfigType

from ..checks import (
    check_choice,
    check_inert,
    check_integer,
    check_number,
    check_positive,
)
from .gaussians import RADIUS_KINDS, gaussian_radius

_FOCAL = dict(type='mmdet.GaussianFocalLoss', alpha=2.0, gamma=4.0)
# Weights: Point3D, section 3.3, below Eq. 4 and 5.
LOSSES = dict(
    loss_center=dict(_FOCAL, loss_weight=1.0),
    loss_wh=dict(type='mmdet.L1Loss', loss_weight=0.1),
    loss_offset=dict(type='mmdet.L1Loss', loss_weight=1.0),
    # Overlap of the decoded boxes; not in the paper, so a weight of 0 removes it.
    loss_box=dict(type='mmdet.GIoULoss', loss_weight=0.0),
    loss_knot_heatmap=dict(_FOCAL, loss_weight=1.0),
    loss_knot_distance=dict(type='mmdet.L1Loss', loss_weight=1.0),
    loss_knot_offset=dict(type='mmdet.L1Loss', loss_weight=1.0),
)
# Cells; more are outside of any small box and cost memory.
MAX_REACH = 16
TARGET_CFG = dict(radius='cornernet', min_overlap=None, box_reach=0)
TEST_CFG = dict(
    topk=100,
    kernel=3,
    knot_thr=0.1,
    kp_refine=None,
    hull_weight=0.5,
    hull_margin=0.1,
    kp_rescore=0.0,
)


def merge_options(
    name: str, given: OptConfigType, defaults: Dict[str, Any]
) -> Dict[str, Any]:
    """Merge given options into the defaults.

    Args:
        name (str): Argument of `Point3DHead`.
        given (dict, optional): Some of the options.
        defaults (dict): All options.

    Returns:
        dict[str, Any]: All options. A nested dict changes only its own keys,
        unless it has a `type`: then it replaces the default.

    Raises:
        TypeError: If the options, or those of a nested dict, are not a dict.
        ValueError: If an option is unknown.
    """
    merged = dict(defaults)
    _check_dict(name, {} if given is None else given)
    for key, value in (given or {}).items():
        check_choice('Point3DHead', f'key of {name}', key, list(defaults))
        if isinstance(defaults[key], dict):
            _check_dict(f'{key} of {name}', value)
            if 'type' not in value:
                value = dict(defaults[key], **value)
        merged[key] = value
    return merged


def _check_dict(name: str, value: Any) -> None:
    """Refuse values that are not a dict."""
    if not isinstance(value, dict):
        raise TypeError(
            f'Point3DHead: {name}={value!r} is a {type(value).__name__}; it must be a '
            'dict of options.'
        )


def check_options(target: Dict[str, Any], test: Dict[str, Any], num_knots: int) -> None:
    """Refuse options that would fail at run time or have no effect.

    Args:
        target (dict): Options of the targets, all of them.
        test (dict): Options of the decoding, all of them.
        num_knots (int): K of the head.

    Raises:
        TypeError: If a number is not a number or not an integer.
        ValueError: If a value is unknown, out of range or has no effect.
    """
    check_choice('Point3DHead', 'radius', target['radius'], RADIUS_KINDS)
    if target['min_overlap'] is not None:
        check_number('Point3DHead', min_overlap=target['min_overlap'])
    check_integer('Point3DHead', box_reach=target['box_reach'])
    check_number('Point3DHead', 0, MAX_REACH, box_reach=target['box_reach'])
    gaussian_radius(torch.ones(2), target['radius'], target['min_overlap'])
    check_positive('Point3DHead', topk=test['topk'], kernel=test['kernel'])
    if test['kernel'] % 2 == 0:
        raise ValueError(
            f'Point3DHead: kernel={test["kernel"]} is even; the window '
            'around a cell must have an odd side.'
        )
    check_choice('Point3DHead', 'kp_refine', test['kp_refine'], (None, 'hull'))
    for name in ('knot_thr', 'hull_weight'):
        check_number('Point3DHead', 0, 1, **{name: test[name]})
    for name in ('hull_margin', 'kp_rescore'):
        check_number('Point3DHead', 0, **{name: test[name]})
    if not num_knots and (test['kp_refine'] or test['kp_rescore']):
        raise ValueError(
            'Point3DHead: kp_refine and kp_rescore of test_cfg '
            'need joints; set num_knots, or remove them.'
        )
    pairs = {name: (test[name], TEST_CFG[name]) for name in test}
    if not num_knots:
        check_inert('Point3DHead', 'num_knots=0', knot_thr=pairs['knot_thr'])
    if test['kp_refine'] is None:
        hull = {name: pairs[name] for name in ('hull_weight', 'hull_margin')}
        check_inert('Point3DHead', 'kp_refine=None', **hull)


def check_joint_losses(given: OptConfigType, knot_norm: str) -> None:
    """Refuse options of the joints' losses for a head without joints.

    Args:
        given (dict, optional): `loss_cfg` of the head.
        knot_norm (str): Likewise.

    Raises:
        ValueError: If an option has no effect.
    """
    check_inert('Point3DHead', 'num_knots=0', knot_norm=(knot_norm, 'actor'))
    names = [name for name in given or {} if 'knot' in name]
    if names:
        raise ValueError(
            f'Point3DHead: {names} of loss_cfg have no effect with num_knots=0; '
            'remove them or set num_knots.'
        )


def check_loss_weights(losses: Dict[str, Dict[str, Any]]) -> None:
    """Refuse weights of losses that are not numbers from 0.

    Args:
        losses (dict): Configs by their names in the log.

    Raises:
        TypeError: If a weight is not a number.
        ValueError: If a weight is negative or not finite.
    """
    for name, cfg in losses.items():
        if 'loss_weight' in cfg:
            label = f'{name}.loss_weight'
            check_number('Point3DHead', 0, **{label: cfg['loss_weight']})
