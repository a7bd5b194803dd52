"""Host networks of AK-Net: splitting them and reading their checkpoints."""

from copy import deepcopy
from typing import Dict, List, Optional, Sequence, Tuple

from mmaction.registry import MODELS
from mmaction.utils import ConfigType
from mmengine.logging import MMLogger
from torch import Tensor, nn

from ..checks import check_config, check_positive

_REMEDY = (
    'choose ResNetTSM, ResNetTDN, ResNet, TANet, MobileNetV2TSM or a subclass of one, '
    'or AKViT over VisionTransformer (VideoMAE).'
)


def check_base(base: ConfigType) -> None:
    """Refuse configs of hosts with options that a split makes inert.

    Args:
        base (dict): Config of the host.

    Raises:
        TypeError: If it is not a config.
        ValueError: If it has an inert option.
    """
    if base is None:
        raise TypeError(
            'AKNet: base is None; give the config of a backbone, for example '
            "dict(type='ResNetTSM', depth=50)."
        )
    check_config('AKNet', base=base)
    out_indices, stages = base.get('out_indices'), base.get('num_stages')
    # A ResNet of fewer stages is built only with the index of its last one.
    needed = stages is not None and list(out_indices or ()) == [stages - 1]
    if out_indices is not None and not needed:
        raise ValueError(
            f'AKNet: out_indices={out_indices} of base has no effect: points '
            'are selected after select_stage; remove out_indices from base.'
        )
    if base.get('temporal_pool'):
        raise ValueError(
            f'AKNet: temporal_pool={base["temporal_pool"]} of base halves the frames, '
            'but points are selected from one map per frame; set '
            'temporal_pool=False in base.'
        )


def split_host(host: nn.Module, select_stage: int) -> List[Tuple[str, nn.Module]]:
    """Split a host after a stage.

    Args:
        host (nn.Module): Changed in place: it keeps the stages up to
            `select_stage` and returns the map of that stage.
        select_stage (int): Stage, from 0.

    Returns:
        list[tuple[str, nn.Module]]: Names and stages after the split.

    Raises:
        KeyError: If the host has no list of stages.
        ValueError: If no stage follows, or the host freezes stages after the split.
    """
    names = _stage_names(host)
    kind = type(host).__name__
    if type(select_stage) is not int or not 0 <= select_stage < len(names) - 1:
        raise ValueError(
            f'AKNet: select_stage={select_stage!r} cannot split {kind} with '
            f'its stages {list(names)}; choose an integer from 0 to '
            f'{len(names) - 2}: at least one stage must follow.'
        )
    frozen = getattr(host, 'frozen_stages', -1)
    if frozen > select_stage + 1:
        raise ValueError(
            f'AKNet: frozen_stages={frozen} of the host freezes stages after '
            f'select_stage={select_stage}, which become the tail; set it to at '
            f'most {select_stage + 1}.'
        )
    tail = [(name, getattr(host, name)) for name in names[select_stage + 1 :]]
    for name, _ in tail:
        delattr(host, name)
    del names[select_stage + 1 :]
    setattr(host, 'out_indices', (select_stage,))  # noqa: B010 (not a module)
    return tail


def _stage_names(host: nn.Module) -> List[str]:
    """The host's own list of its stages, which its forward pass follows."""
    kind = type(host).__name__
    for attribute in ('res_layers', 'layers'):
        names = getattr(host, attribute, None)
        if isinstance(names, list) and all(isinstance(name, str) for name in names):
            break
    else:
        raise KeyError(
            f'AKNet: base={kind} cannot be split: it has no list `res_layers` or '
            f'`layers` of the names of its stages; {_REMEDY}'
        )
    if not hasattr(host, 'out_indices'):
        raise KeyError(
            f'AKNet: base={kind} cannot be split: it has no out_indices; {_REMEDY}'
        )
    return names


def segments_of(host: nn.Module, given: Optional[int]) -> int:
    """Frames per view, from the argument of `AKNet` or from the host.

    Args:
        host (nn.Module): Host.
        given (int, optional): Argument `num_segments` of `AKNet`.

    Returns:
        int: Frames T.

    Raises:
        TypeError: If the number is not an integer.
        ValueError: If both are missing or differ.
    """
    own = getattr(host, 'num_segments', None)
    number = own if given is None else given
    if number is None:
        raise ValueError(
            f'AKNet: {type(host).__name__} does not know the number of '
            'frames; set num_segments of AKNet to the num_clips of the '
            'pipeline.'
        )
    check_positive('AKNet', num_segments=number)
    if own is not None and number != own:
        raise ValueError(
            f'AKNet: num_segments={number}, but the host has '
            f'num_segments={own}; set one of them.'
        )
    return number


def load_host(
    base: ConfigType, state_dict: Dict[str, Tensor]
) -> Tuple[nn.Module, List[str]]:
    """Build a whole host and load its checkpoint.

    Args:
        base (dict): Config of the host; its `pretrained` is ignored.
        state_dict (dict[str, Tensor]): Weights by name. Shape: as in the host.

    Returns:
        tuple[nn.Module, list[str]]: The host, and unexpected names.

    Raises:
        ValueError: If weights are missing or have another shape.
    """
    config = {key: value for key, value in base.items() if key != 'pretrained'}
    host = MODELS.build(deepcopy(config))
    kind = type(host).__name__
    remedy = (
        'load the checkpoint of a recognizer whose backbone is `base`, or of this '
        'network.'
    )
    try:
        missing, unexpected = host.load_state_dict(state_dict, strict=False)
    except RuntimeError as error:
        raise ValueError(
            f'AKNet: the checkpoint does not fit the host {kind}; {remedy} {error}'
        ) from error
    missing = [key for key in missing if 'num_batches_tracked' not in key]
    if missing:
        raise ValueError(
            f'AKNet: the checkpoint is not of the host {kind}: {_some(missing)} '
            f'are missing; {remedy}'
        )
    return host, list(unexpected)


def log_host(
    kind: str,
    tail: nn.Module,
    loaded: Sequence[str],
    unexpected: Sequence[str],
    initialised: str,
) -> None:
    """Log how the tensors of a host's checkpoint are used.

    Args:
        kind (str): Class of the host.
        tail (nn.Module): Tail that the last stages are compacted to.
        loaded (Sequence[str]): Tensors of the host.
        unexpected (Sequence[str]): Others of the checkpoint.
        initialised (str): Parts that are not in the checkpoint.
    """
    stages = [name for name, _ in tail.named_children()]
    modules = {
        name
        for name, module in tail.named_modules()
        if not isinstance(module, nn.Identity)
    }
    of_tail = [key for key in loaded if key.split('.')[0] in stages]
    temporal = [
        key
        for key in of_tail
        if not {key.rpartition('.')[0], _unwrapped(key)} & modules
    ]
    MMLogger.get_current_instance().info(
        f'AKNet: loaded {len(loaded) - len(of_tail)} tensors of a plain {kind} '
        f'unchanged; compacted {len(of_tail) - len(temporal)} of '
        f'{", ".join(stages)} to 1D kernels; skipped {len(temporal)} temporal ones '
        f'there{_listed(temporal)} and {len(unexpected)} that {kind} does not '
        f'have{_listed(unexpected)}. Initialised: {initialised}.'
    )


def _unwrapped(key: str) -> str:
    """Module of a tensor, without temporal wrappers in its name."""
    return '.'.join(
        part for part in key.split('.')[:-1] if part not in ('net', 'block')
    )


def _some(keys: Sequence[str]) -> str:
    """The first five names."""
    more = f' and {len(keys) - 5} more' if len(keys) > 5 else ''
    return ', '.join(keys[:5]) + more


def _listed(keys: Sequence[str]) -> str:
    """The first five names in brackets, or nothing."""
    return f' ({_some(keys)})' if keys else ''
