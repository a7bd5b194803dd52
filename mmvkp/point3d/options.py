"""Options of the point head, their defaults and checks."""

from typing import Any, Dict

import torch
from mmaction.utils import OptConfigType

from ..checks import check_choice, check_positive
from .gaussians import RADIUS_KINDS, gaussian_radius

_FOCAL = dict(type='mmdet.GaussianFocalLoss', alpha=2.0, gamma=4.0)
# Weights: Point3D, section 3.3, below Eq. 4 and 5.
LOSSES = dict(
    loss_center=dict(_FOCAL, loss_weight=1.0),
    loss_wh=dict(type='mmdet.L1Loss', loss_weight=0.1),
    loss_offset=dict(type='mmdet.L1Loss', loss_weight=1.0),
    loss_knot_heatmap=dict(_FOCAL, loss_weight=1.0),
    loss_knot_distance=dict(type='mmdet.L1Loss', loss_weight=1.0),
    loss_knot_offset=dict(type='mmdet.L1Loss', loss_weight=1.0),
)
TARGET_CFG = dict(radius='cornernet', min_overlap=None)
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
        ValueError: If an option is unknown.
    """
    merged = dict(defaults)
    for key, value in (given or {}).items():
        check_choice('Point3DHead', f'key of {name}', key, list(defaults))
        if isinstance(defaults[key], dict) and 'type' not in value:
            value = dict(defaults[key], **value)
        merged[key] = value
    return merged


def check_options(target: Dict[str, Any], test: Dict[str, Any], num_knots: int) -> None:
    """Refuse options that would fail at run time.

    Args:
        target (dict): Options of the targets, all of them.
        test (dict): Options of the decoding, all of them.
        num_knots (int): K of the head.

    Raises:
        TypeError: If a number is not an integer.
        ValueError: If a value is unknown or out of range.
    """
    check_choice('Point3DHead', 'radius', target['radius'], RADIUS_KINDS)
    gaussian_radius(torch.ones(2), target['radius'], target['min_overlap'])
    check_positive('Point3DHead', topk=test['topk'], kernel=test['kernel'])
    if test['kernel'] % 2 == 0:
        raise ValueError(
            f'Point3DHead: kernel={test["kernel"]} is even; the window '
            'around a cell must have an odd side.'
        )
    check_choice('Point3DHead', 'kp_refine', test['kp_refine'], (None, 'hull'))
    for name in ('knot_thr', 'hull_weight'):
        if not 0 <= test[name] <= 1:
            raise ValueError(f'Point3DHead: {name}={test[name]} is outside [0, 1].')
    for name in ('hull_margin', 'kp_rescore'):
        if test[name] < 0:
            raise ValueError(f'Point3DHead: {name}={test[name]} is negative.')
    if not num_knots and (test['kp_refine'] or test['kp_rescore']):
        raise ValueError(
            'Point3DHead: kp_refine and kp_rescore of test_cfg '
            'need joints; set num_knots, or remove them.'
        )
