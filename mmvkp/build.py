"""Building of the parts of a component from their configs."""

from typing import Any, Dict

from mmaction.registry import MODELS

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
        TypeError: If `cfg` is not a dict with a type, or the type cannot be built.
        KeyError: If MMDetection is missing, or the type is unknown.
        ImportError: If MMDetection cannot be imported, for example without the
            compiled operators of mmcv.
    """
    check_config(owner, **{name: cfg})
    try:
        return MODELS.build(cfg)
    except (TypeError, RuntimeError) as error:
        # The registry finds packages and other objects of Python, too.
        if 'object is not callable' in str(error) or 'Failed to get' in str(error):
            raise TypeError(
                f'{owner}: {name}={shorten(cfg)} is not the config of a module; '
                f'type={cfg["type"]!r} cannot be built.'
            ) from error
        raise
    except ImportError as error:
        raise ImportError(
            f'{owner}: {cfg["type"]} could not be imported ({error}). '
            'MMDetection needs the full mmcv with compiled operators, not '
            'mmcv-lite: run bash tools/setup_env.sh --full in a checkout of '
            'mmvkp, or mim install mmcv mmdet.'
        ) from error
