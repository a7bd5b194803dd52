"""One optimiser per part of a model, built from a config."""

import copy
import logging
from typing import Any, Dict, List, Optional, Sequence, cast

from mmaction.registry import OPTIM_WRAPPER_CONSTRUCTORS
from mmengine.logging import print_log
from mmengine.model import is_model_wrapper
from mmengine.optim import DefaultOptimWrapperConstructor, OptimWrapper
from torch import nn

from ..checks import check_config, shorten
from .optim_wrapper import SHARED_OPTIONS, JointOptimWrapperDict

_PART_KEYS = ('modules', 'optimizer', 'paramwise_cfg', 'clip_grad')
_SHARED_KEYS = ('type', *SHARED_OPTIONS['AmpOptimWrapper'])
_OWNER = 'PartOptimWrapperConstructor'


@OPTIM_WRAPPER_CONSTRUCTORS.register_module()
class PartOptimWrapperConstructor:
    """Build an optimiser for each part of a model; all step together.

    .. code-block:: python

        optim_wrapper = dict(
            constructor='PartOptimWrapperConstructor',
            points=dict(
                modules=['backbone', 'neck', 'point_head'],
                optimizer=dict(type='Adam', lr=5e-4)),
            cls=dict(
                modules=['twa', 'clip_backbone', 'cls_head'],
                optimizer=dict(type='SGD', lr=1e-3, momentum=0.9),
                clip_grad=dict(max_norm=40)))

    Every trainable parameter must be in exactly one part; a frozen one may be
    in none. Modules that are None or without parameters may be listed; a part
    with such modules only is skipped with a warning. The names of the parts are
    free. `param_scheduler` is valid for all parts, or is a dict by part.

    Shared options are keys beside the parts: `type` ('OptimWrapper' or
    'AmpOptimWrapper', which `--amp` sets), `accumulative_counts`, `dtype`,
    `loss_scale`.

    Args:
        optim_wrapper_cfg (dict): Parts and shared options. A part has
            `modules`, attributes of the model (modules or `nn.Parameter`),
            `optimizer` and, as with one optimiser, `clip_grad` and
            `paramwise_cfg`, whose keys match full names such as
            'backbone.conv1'.
        paramwise_cfg (dict, optional): Refused; MMEngine passes it.

    Raises:
        TypeError: If a part or its `modules` has another type; when
            called, if an attribute is neither module nor parameter.
        ValueError: If a key is unknown or missing; when called, if a
            parameter is in no part or in two.
        KeyError: When called, if the model has no such attribute.
    """

    def __init__(
        self, optim_wrapper_cfg: Dict[str, Any], paramwise_cfg: Optional[dict] = None
    ) -> None:
        if paramwise_cfg is not None:
            optim_wrapper_cfg = dict(optim_wrapper_cfg, paramwise_cfg=paramwise_cfg)
        self.shared: Dict[str, Any] = {}
        self.parts: Dict[str, Dict[str, Any]] = {}
        for name, value in optim_wrapper_cfg.items():
            if name in _PART_KEYS:
                raise ValueError(
                    f'{_OWNER}: optim_wrapper.{name} must be inside each '
                    'part, not beside the parts. If it comes from a base '
                    'config, put _delete_=True into optim_wrapper.'
                )
            if name in _SHARED_KEYS:
                self.shared[name] = value
            else:
                _check_part(name, value)
                self.parts[name] = dict(value)
        if not self.parts:
            raise ValueError(
                f'{_OWNER}: optim_wrapper has no part; give one '
                'or more, such as points=dict(modules=[...], '
                'optimizer=dict(...)).'
            )

    def __call__(self, model: nn.Module) -> JointOptimWrapperDict:
        """Build the optimisers.

        Args:
            model (nn.Module): The model, wrapped or not.

        Returns:
            JointOptimWrapperDict: Members by the names of the parts.
        """
        if is_model_wrapper(model):
            model = cast(nn.Module, model.module)
        views = {
            name: _view(model, name, cfg['modules']) for name, cfg in self.parts.items()
        }
        _check_coverage(model, views)
        members = {}
        for name, view in views.items():
            if any(True for _ in view.parameters()):
                members[name] = _build_part(name, view, self.parts[name])
            else:
                _warn(
                    f'part {name!r} is skipped: none of '
                    f'{list(self.parts[name]["modules"])} has parameters.'
                )
        if not members:
            raise ValueError(
                f'{_OWNER}: no module of the parts '
                f'{list(views)} has parameters; there is '
                'nothing to train.'
            )
        return JointOptimWrapperDict(members, copy.deepcopy(self.shared))


def _check_part(name: str, cfg: Any) -> None:
    """Refuse values that are not a part."""
    if not isinstance(cfg, dict):
        raise TypeError(
            f'{_OWNER}: optim_wrapper.{name}={cfg!r} is neither a part, '
            'dict(modules=[...], optimizer=dict(...)), nor one of the shared '
            f'options {list(_SHARED_KEYS)}.'
        )
    unknown = [key for key in cfg if key not in _PART_KEYS]
    if unknown:
        raise ValueError(
            f'{_OWNER}: part {name!r} has unknown keys {unknown}; a part '
            f'takes {list(_PART_KEYS)}; {list(_SHARED_KEYS)} are shared and '
            'belong beside the parts.'
        )
    missing = []
    for key in ('modules', 'optimizer'):
        value = cfg.get(key)
        if value is None or (isinstance(value, (list, tuple, dict)) and not value):
            missing.append(key)
    if missing:
        raise ValueError(f'{_OWNER}: part {name!r} needs {missing}.')
    check_config(f'{_OWNER}: part {name!r}', optimizer=cfg['optimizer'])
    for key in ('paramwise_cfg', 'clip_grad'):
        value = cfg.get(key)
        if value is not None and not (
            isinstance(value, dict)
            and (value or key == 'paramwise_cfg')
            and all(isinstance(each, str) for each in value)
        ):
            raise TypeError(
                f'{_OWNER}: part {name!r} has {key}={shorten(value)}; a dict with '
                'options is required.'
            )
    modules = cfg['modules']
    if not isinstance(modules, (list, tuple)) or any(
        not isinstance(each, str) for each in modules
    ):
        raise TypeError(
            f'{_OWNER}: part {name!r} has modules={modules!r}; a '
            'list of attributes of the model is needed, e.g. '
            "['backbone', 'neck']."
        )


def _view(model: nn.Module, part: str, names: Sequence[str]) -> nn.Module:
    """Module with some children of a model under their full names."""
    view = nn.Module()
    for name in names:
        if not hasattr(model, name):
            raise KeyError(
                f'{_OWNER}: part {part!r} lists the module {name!r}, which '
                f'{type(model).__name__} does not have; its modules are '
                f'{_attributes(model)}.'
            )
        value = getattr(model, name)
        if isinstance(value, nn.Module):
            view.add_module(name, value)
        elif isinstance(value, nn.Parameter):
            view.register_parameter(name, value)
        elif value is not None:
            raise TypeError(
                f'{_OWNER}: part {part!r} lists {name!r}, which is a '
                f'{type(value).__name__} of {type(model).__name__}, not a '
                f'module; its modules are {_attributes(model)}.'
            )
    return view


def _attributes(model: nn.Module) -> List[str]:
    """Names of the children and bare parameters of a model."""
    return [name for name, _ in model.named_children()] + [
        name for name, _ in model.named_parameters(recurse=False)
    ]


def _check_coverage(model: nn.Module, views: Dict[str, nn.Module]) -> None:
    """Refuse parameters in two parts, and trainable ones in none."""
    owners: Dict[int, List[str]] = {}
    for part, view in views.items():
        for param in view.parameters():
            owners.setdefault(id(param), []).append(part)
    missing, shared = [], []
    for name, param in model.named_parameters():
        parts = owners.get(id(param), [])
        if len(parts) > 1:
            shared.append(f'{name} ({", ".join(parts)})')
        elif not parts and param.requires_grad:
            missing.append(name)
    if missing:
        raise ValueError(
            f'{_OWNER}: {len(missing)} parameter(s) are in no part and would '
            f'not be trained: {_first(missing)}. List their modules in one '
            f'of the parts {list(views)}, or freeze them.'
        )
    if shared:
        raise ValueError(
            f'{_OWNER}: {len(shared)} parameter(s) are in two parts and '
            f'would be updated twice: {_first(shared)}. Keep them in one part '
            'only.'
        )


def _first(names: List[str], number: int = 10) -> str:
    """First names of a list, and the number of the others."""
    more = len(names) - number
    return ', '.join(names[:number]) + (f' and {more} more' if more > 0 else '')


def _build_part(name: str, view: nn.Module, cfg: Dict[str, Any]) -> OptimWrapper:
    """Build the optimiser of a part with MMEngine's constructor."""
    cfg = copy.deepcopy(cfg)
    paramwise_cfg = cfg.get('paramwise_cfg')
    if not any(param.requires_grad for param in view.parameters()):
        # With parameter-wise options MMEngine skips frozen parameters, and an
        # optimiser without parameters is an error.
        paramwise_cfg = None
        _warn(f'all parameters of part {name!r} are frozen.')
    options = dict(type='OptimWrapper', optimizer=cfg['optimizer'])
    if cfg.get('clip_grad') is not None:
        options['clip_grad'] = cfg['clip_grad']
    try:
        return DefaultOptimWrapperConstructor(options, paramwise_cfg)(view)
    except (TypeError, KeyError) as error:
        raise TypeError(
            f'{_OWNER}: the optimizer {shorten(cfg["optimizer"])} of part {name!r} '
            f'cannot be built ({error}).'
        ) from error


def _warn(message: str) -> None:
    """Log a warning."""
    print_log(f'{_OWNER}: {message}', logger='current', level=logging.WARNING)
