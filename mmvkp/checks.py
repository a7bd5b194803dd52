"""Argument checks shared by all packages."""

import inspect
import math
import reprlib
from typing import TYPE_CHECKING, Any, Optional, Sequence, Tuple

import numpy as np

from .host_stack import MISSING

if TYPE_CHECKING or not MISSING:
    from torch import Tensor, nn
else:
    Tensor = np.ndarray


class _ShortRepr(reprlib.Repr):
    """`repr` with a bounded depth, number of items and number of digits."""

    def __init__(self, limit: int) -> None:
        super().__init__()
        self.maxlevel = 3
        self.maxdict = self.maxlist = self.maxtuple = 4
        self.maxset = self.maxfrozenset = self.maxarray = self.maxdeque = 4
        self.maxstring = self.maxother = self.maxlong = limit

    def repr1(self, x: Any, level: int) -> str:
        """Text of one value; subclasses of containers are bounded, too."""
        for kind in (dict, list, tuple, set, frozenset):
            if isinstance(x, kind):
                return getattr(self, f'repr_{kind.__name__}')(x, level)
        if isinstance(x, int) and abs(x).bit_length() > 200:
            return f'<integer of {abs(x).bit_length()} bits>'
        if isinstance(x, (Tensor, np.ndarray)) and x.ndim:
            return f'<{type(x).__name__} {x.dtype} of shape {tuple(x.shape)}>'
        if isinstance(x, (bytes, bytearray)):
            x = bytes(x[: self.maxother])
        return super().repr1(x, level)


def shorten(value: Any, limit: int = 80) -> str:
    """Text of a value for an error message.

    `repr` takes exponential time for nested lists that share their items, and fails
    for integers of more than 4,300 digits. Values of a file are shown by this
    function, so that a small file cannot block its own error message.

    Args:
        value (Any): Any value.
        limit (int): Largest length of the text.

    Returns:
        str: The `repr` on one line if it is short, otherwise its start and end.
    """
    text = ' '.join(_ShortRepr(limit).repr(value).split())
    if len(text) <= limit:
        return text
    start = max(0, limit - 3) // 2
    end = max(0, limit - 3) - start
    return f'{text[:start]}...{text[len(text) - end :]}'


def check_choice(owner: str, name: str, value: Any, allowed: Sequence[Any]) -> None:
    """Refuse a value outside a closed set.

    Args:
        owner (str): Class that has the argument, as in the config.
        name (str): Name of the argument.
        value (Any): Given value.
        allowed (Sequence[Any]): Allowed values.

    Raises:
        ValueError: If `value` is not one of `allowed`.
    """
    # True == 1: a flag is not one of the allowed numbers, nor the reverse.
    # An array has no single truth value; it is not one of the allowed values.
    if isinstance(value, (np.ndarray, Tensor)) or not any(
        value == each and isinstance(value, bool) == isinstance(each, bool)
        for each in allowed
    ):
        raise ValueError(
            f'{owner}: {name}={value!r} is not known; choose one of {list(allowed)}.'
        )


def check_flag(owner: str, **flags: Any) -> None:
    """Refuse values that are not True or False.

    Args:
        owner (str): Class that has the arguments, as in the config.
        **flags (Any): The arguments by name.

    Raises:
        TypeError: If a value is not a bool; the text 'False' would count as True.
    """
    for name, value in flags.items():
        if not isinstance(value, bool):
            raise TypeError(
                f'{owner}: {name}={value!r} is a {type(value).__name__}; it must be '
                'True or False, without quotes.'
            )


def check_text(owner: str, **values: Any) -> None:
    """Refuse values that are neither None nor text.

    Args:
        owner (str): Class that has the arguments, as in the config.
        **values (Any): The arguments by name.

    Raises:
        TypeError: If a value is neither.
    """
    for name, value in values.items():
        if value is not None and not isinstance(value, str):
            raise TypeError(
                f'{owner}: {name}={shorten(value)} is a {type(value).__name__}; it '
                'must be a text or None.'
            )


def check_integer(owner: str, **values: Any) -> None:
    """Refuse values that are not integers.

    Args:
        owner (str): Class that has the arguments, as in the config.
        **values (Any): The arguments by name.

    Raises:
        TypeError: If a value is not an integer.
    """
    for name, value in values.items():
        if isinstance(value, bool) or not isinstance(value, int):
            raise TypeError(
                f'{owner}: {name}={value!r} is a '
                f'{type(value).__name__}; it must be an integer.'
            )


def check_number(
    owner: str, low: float = -math.inf, high: float = math.inf, **values: Any
) -> None:
    """Refuse values that are not finite numbers of a closed range.

    Args:
        owner (str): Class that has the arguments, as in the config.
        low (float): Smallest allowed value.
        high (float): Largest allowed value.
        **values (Any): The arguments by name.

    Raises:
        TypeError: If a value is not a number.
        ValueError: If a value is not finite or outside [`low`, `high`].
    """
    for name, value in values.items():
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise TypeError(
                f'{owner}: {name}={value!r} is a {type(value).__name__}; it must be a '
                'number.'
            )
        if not (math.isfinite(value) and low <= value <= high):
            raise ValueError(
                f'{owner}: {name}={value} is not a finite number in [{low}, {high}].'
            )


def check_sequence(
    owner: str, name: str, value: Any, length: Optional[int] = None
) -> None:
    """Refuse a value that is not a list or tuple.

    Args:
        owner (str): Class that has the argument, as in the config.
        name (str): Name of the argument.
        value (Any): Given value.
        length (int, optional): Required number of items.

    Raises:
        TypeError: If it is neither a list nor a tuple.
        ValueError: If it has another number of items.
    """
    if not isinstance(value, (list, tuple)):
        raise TypeError(
            f'{owner}: {name}={shorten(value)} is a {type(value).__name__}; it must '
            'be a list or tuple.'
        )
    if length is not None and len(value) != length:
        raise ValueError(
            f'{owner}: {name}={shorten(value)} has {len(value)} items; it must have '
            f'{length}.'
        )


def check_config(owner: str, **configs: Any) -> None:
    """Refuse values that are neither None nor the config of a component.

    Args:
        owner (str): Class that has the arguments, as in the config.
        **configs (Any): The arguments by name.

    Raises:
        TypeError: If a value is not a dict with a type.
    """
    for name, value in configs.items():
        if value is not None and not _is_config(value):
            raise TypeError(
                f'{owner}: {name}={shorten(value)} is not a config; give '
                'dict(type=..., ...).'
            )


def check_norm(owner: str, norm_cfg: Any) -> None:
    """Refuse a `norm_cfg` that is neither None nor the config of a norm layer.

    Args:
        owner (str): Class that has the argument, as in the config.
        norm_cfg (Any): Given value.

    Raises:
        TypeError: If it is not a dict with the type of a norm layer, or its flag is
            not a bool.
    """
    from mmcv.cnn import build_norm_layer

    check_config(owner, norm_cfg=norm_cfg)
    if norm_cfg is None:
        return
    check_flag(owner, **{'norm_cfg.requires_grad': norm_cfg.get('requires_grad', True)})
    try:
        build_norm_layer(norm_cfg, 64)
    except ValueError:
        return  # groups that do not fit 64 channels may fit those of the component
    except (TypeError, KeyError, AssertionError) as error:
        raise TypeError(
            f'{owner}: norm_cfg={shorten(norm_cfg)} is not a norm layer ({error}); use '
            "'BN', 'SyncBN', 'GN' or another one of mmcv."
        ) from error


def _is_config(value: Any) -> bool:
    """True for a dict with the name of a type, or the type itself."""
    kind = value.get('type') if isinstance(value, dict) else None
    return isinstance(kind, (str, type)) and kind != '' or inspect.isfunction(kind)


def check_inert(owner: str, when: str, **options: Tuple[Any, Any]) -> None:
    """Refuse options that have no effect beside another option.

    Args:
        owner (str): Class that has the arguments, as in the config.
        when (str): The option that makes them inert, as `name=value`.
        **options (tuple): Given and default value by name.

    Raises:
        ValueError: If a given value differs from its default.

    Example:
        >>> check_inert('KPSEM', 'num_regions=1', hidden_channels=(24, 24))
    """
    for name, (value, default) in options.items():
        if value is not default and value != default:
            raise ValueError(
                f'{owner}: {name}={value!r} has no effect with {when}; remove {name} '
                f'or change {when.partition("=")[0]}.'
            )


def check_positive(owner: str, **values: Any) -> None:
    """Refuse values that are not integers of at least one.

    Args:
        owner (str): Class that has the arguments, as in the config.
        **values (Any): The arguments by name.

    Raises:
        TypeError: If a value is not an integer.
        ValueError: If a value is smaller than one.
    """
    check_integer(owner, **values)
    for name, value in values.items():
        if value < 1:
            raise ValueError(
                f'{owner}: {name}={value} is outside [1, inf); it must be a '
                'positive integer.'
            )


def check_ratio(
    owner: str, name: str, value: Any, meaning: str = 'it is the share that is kept'
) -> None:
    """Refuse a share outside (0, 1].

    Args:
        owner (str): Class that has the argument, as in the config.
        name (str): Name of the argument.
        value (Any): Given value.
        meaning (str): Meaning of the share, for the message.

    Raises:
        TypeError: If it is not a number.
        ValueError: If it is outside (0, 1].
    """
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TypeError(f'{owner}: {name}={value!r} must be a number in (0, 1].')
    if not 0 < value <= 1:
        raise ValueError(f'{owner}: {name}={value} is outside (0, 1]; {meaning}.')


def check_feature_map(
    owner: str, name: str, x: Any, num_channels: int, remedy: str
) -> None:
    """Refuse an input that is not a 5D map with the configured channels.

    Args:
        owner (str): Class that gets the map, as in the config.
        name (str): Name of the map in this class.
        x (Any): The input.
        num_channels (int): Configured channels; 0 accepts any number.
        remedy (str): Advice for an input that is not a 5D map.

    Shape:
        - x: (N, C, T, H, W).

    Raises:
        TypeError: If `x` is not a tensor.
        ValueError: If it is not 5D, has no cells or another number of channels.
    """
    if not isinstance(x, Tensor):
        raise TypeError(
            f'{owner}: {name} is a {type(x).__name__}, not a tensor. {remedy}'
        )
    if x.dim() != 5 or 0 in x.shape[1:]:
        raise ValueError(
            f'{owner}: {name} has shape {tuple(x.shape)}; a map '
            f'(N, C, T, H, W) is needed. {remedy}'
        )
    if num_channels and x.shape[1] != num_channels:
        raise ValueError(
            f'{owner}: {name} has {x.shape[1]} channels, in_channels says '
            f'{num_channels}; set in_channels={x.shape[1]} or choose another '
            'map of the host.'
        )


def check_frames(
    owner: str, x: Any, num_channels: int = 0, num_segments: int = 1
) -> None:
    """Refuse an input that is not whole views of frames.

    Args:
        owner (str): Class that gets the frames, as in the config.
        x (Any): The input.
        num_channels (int): Configured channels; 0 accepts any number.
        num_segments (int): Frames T per view.

    Shape:
        - x: (N * V * T, C, H, W).

    Raises:
        TypeError: If `x` is not a tensor.
        ValueError: If it is not 4D or empty, has another number of channels, or the
            number of frames is not a multiple of `num_segments`.
    """
    if not isinstance(x, Tensor):
        raise TypeError(f'{owner}: the input is a {type(x).__name__}, not a tensor.')
    if x.dim() != 4 or 0 in x.shape:
        raise ValueError(
            f'{owner}: the input has shape {tuple(x.shape)}; frames (N * views * T, '
            "C, H, W) are needed. Use Recognizer2D and FormatShape(input_format='"
            "NCHW')."
        )
    if num_channels and x.shape[1] != num_channels:
        raise ValueError(
            f'{owner}: the input has {x.shape[1]} channels, in_channels says '
            f'{num_channels}; use the same number.'
        )
    # Not len(x), which would fix the number of frames in an export.
    if x.shape[0] % num_segments:
        raise ValueError(
            f'{owner}: {x.shape[0]} frames cannot be split into views of '
            f'num_segments={num_segments}; set it to the frames per view of the '
            'pipeline (num_clips of SampleFrames, clip_len of UniformSample).'
        )


def check_parts(model: 'nn.Module') -> None:
    """Let backbone and neck, where they have `check_model`, refuse unfit parts.

    Args:
        model (nn.Module): Recognizer or detector, complete.

    Raises:
        TypeError: See the parts.
        ValueError: See the parts.
    """
    for name in ('backbone', 'neck'):
        check = getattr(getattr(model, name, None), 'check_model', None)
        if check is not None:
            check(model)
