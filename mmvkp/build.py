"""Building of the parts of a component from their configs."""

from typing import Any, Dict

from mmaction.registry import MODELS
from torch import nn

from .checks import check_config, shorten


def build_module(owner: str, name: str, cfg: Dict[str, Any]) -> Any:
    """Build a part of a component; it may belong to MMDetection.

    Args:
        owner (str): Class that needs the module, as in the config.
        name (str): Its argument.
        cfg (dict): Config of the part; `type` starts with `mmdet.` for a module of
            MMDetection.

    Returns:
        nn.Module: The module.

    Raises:
        TypeError: If `cfg` is not a dict with a type, or an argument has another type.
        ValueError: If the part refuses an argument.
        KeyError: If MMDetection is missing, or the type is unknown.
        ImportError: If MMDetection cannot be imported, for example without the
            compiled operators of mmcv.
    """
    check_config(owner, **{name: cfg})
    try:
        built = MODELS.build(cfg)
    except (TypeError, ValueError, AssertionError, RuntimeError) as error:
        if _raised_here(error):
            raise
        raise (TypeError if isinstance(error, TypeError) else ValueError)(
            f'{owner}: {name}={shorten(cfg)} cannot be built ({error}).'
        ) from error
    except ImportError as error:
        raise ImportError(
            f'{owner}: {cfg["type"]} could not be imported ({error}). '
            'MMDetection needs the full mmcv with compiled operators, not '
            'mmcv-lite: run bash tools/setup_env.sh --full in a checkout of '
            'mmvkp, or mim install mmcv mmdet.'
        ) from error
    if not isinstance(built, nn.Module):
        raise TypeError(
            f'{owner}: {name}={shorten(cfg)} is a {type(built).__name__}, not a module.'
        )
    return built


def _raised_here(error: BaseException) -> bool:
    """True if this package raised the error; it names its component."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    name = '' if trace is None else trace.tb_frame.f_globals.get('__name__', '')
    return name.split('.')[0] == __name__.split('.')[0]
