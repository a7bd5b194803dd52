"""Loading of configs, recognizers and class names."""

import os.path as osp
import re
from typing import Any, Dict, List, NamedTuple, Optional, Sequence, Tuple, Union

import numpy as np
import torch
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from torch import nn

from ..class_files import read_class_names
from ..files import check_path
from .checkpoint_file import load_tensors
from .recipes import find_config
from .shipped_weights import is_shipped, load_shipped


class Watched(NamedTuple):
    """Result of a recognizer, and input and output of one of its modules.

    Args:
        scores (np.ndarray): (num_classes,), as the head returns them.
        given (tuple): Positional arguments of the module's first call.
        returned (Any): Result of that call.
    """

    scores: np.ndarray
    given: Tuple[Any, ...]
    returned: Any


def load_config(name: str) -> Config:
    """Read the config of a model.

    Args:
        name (str): A file, or the name of a recipe; see `find_config`.

    Raises:
        FileNotFoundError: If a config is missing.
        ValueError: If it cannot be read, or has no model.
    """
    path = find_config(name)
    try:
        config = Config.fromfile(path)
    except Exception as error:
        raise ValueError(
            f'{path} is not a readable config: {type(error).__name__}: {error}'
        ) from error
    if 'model' not in config:
        raise ValueError(f'{path} has no model; give a complete config.')
    return config


def load_recognizer(
    config: Config,
    checkpoint: Optional[str] = None,
    device: Union[str, torch.device] = 'cpu',
) -> Any:
    """Build a recognizer and load its weights without running code from the file.

    Args:
        config (Config): Its config.
        checkpoint (str, optional): File with a state dict, alone or as `state_dict`,
            or `mmvkp://NAME`. None: random weights.
        device (str | torch.device): Device of the model.

    Returns:
        nn.Module: The recognizer in evaluation mode. Class names of the checkpoint
        are `dataset_meta['classes']`, as in MMDetection.

    Raises:
        FileNotFoundError: If the checkpoint is missing.
        KeyError: If no weights of mmvkp have the name.
        ValueError: If it cannot be read safely, or belongs to another model.
    """
    # Not at the top: it imports the inferencers and SciPy.
    from mmaction.apis import init_recognizer

    if checkpoint is not None and not is_shipped(checkpoint):
        checkpoint = check_path('load_recognizer', 'checkpoint', checkpoint)
        if not osp.isfile(checkpoint):
            raise FileNotFoundError(f'no checkpoint {checkpoint}.')
    model = init_recognizer(config, None, device='cpu')
    names = None if checkpoint is None else _load_weights(model, checkpoint)
    model.dataset_meta = {} if names is None else dict(classes=names)
    try:
        return model.to(device)
    except (RuntimeError, AssertionError) as error:
        raise ValueError(
            f'device {device} cannot be used: {error}. Use cpu or another device.'
        ) from error


def _load_weights(model: nn.Module, checkpoint: str) -> Optional[List[str]]:
    """Load the weights of a checkpoint; returns its class names."""
    try:
        shipped = is_shipped(checkpoint)
        state = load_shipped(checkpoint) if shipped else load_tensors(checkpoint)
    except KeyError:
        raise
    except Exception as error:
        if is_shipped(checkpoint):
            raise
        raise ValueError(
            f'{checkpoint} cannot be read without running code from it '
            f'({type(error).__name__}); give a checkpoint that `mmvkp train` saved, '
            'or a state dict.'
        ) from error
    names = None
    if isinstance(state, dict) and 'state_dict' in state:
        names = _stored_class_names(state.get('meta'))
        state = state['state_dict']
    if not isinstance(state, dict) or not all(
        isinstance(each, torch.Tensor) for each in state.values()
    ):
        raise ValueError(f'{checkpoint} contains no state dict.')
    state = {re.sub(r'^module\.', '', key): value for key, value in state.items()}
    _check_keys(model, state, checkpoint)
    model.load_state_dict(state)
    return names


def _stored_class_names(meta: Any) -> Optional[List[str]]:
    """Class names in the `meta` of a checkpoint, None without them."""
    dataset = meta.get('dataset_meta') if isinstance(meta, dict) else None
    names = dataset.get('classes') if isinstance(dataset, dict) else None
    if not isinstance(names, (list, tuple)) or not names:
        return None
    return list(names) if all(isinstance(each, str) for each in names) else None


def run_watched(model: Any, sample: Dict, module: nn.Module) -> Watched:
    """Run a recognizer on one sample and record one of its modules.

    Args:
        model (nn.Module): Recognizer in evaluation mode.
        sample (dict): Output of a test pipeline, as in `Clip.sample`.
        module (nn.Module): Part of the model.
    """
    seen = []
    handle = module.register_forward_hook(
        lambda module, given, returned: seen.append((given, returned))
    )
    try:
        with torch.no_grad():
            samples = model.test_step(pseudo_collate([sample]))
    finally:
        handle.remove()
    return Watched(samples[0].pred_score.cpu().numpy(), *seen[0])


def _check_keys(model: nn.Module, state: dict, checkpoint: str) -> None:
    """Refuse weights of another model.

    A part of the model with a method `check_state_dict(state, prefix)` states the
    remedy for its own weights.
    """
    for name, module in model.named_modules():
        check = getattr(module, 'check_state_dict', None)
        if check is not None:
            try:
                check(state, f'{name}.' if name else '')
            except ValueError as error:
                raise ValueError(f'{checkpoint}: {error}') from error
    own = model.state_dict()
    wrong = {
        'missing': sorted(own.keys() - state.keys()),
        'unknown': sorted(state.keys() - own.keys()),
        'of another shape': sorted(
            key
            for key in own.keys() & state.keys()
            if own[key].shape != state[key].shape
        ),
    }
    found = [
        f'{len(keys)} {problem} (first: {keys[0]})'
        for problem, keys in wrong.items()
        if keys
    ]
    if found:
        raise ValueError(
            f'{checkpoint} does not fit the config: weights {", ".join(found)}. '
            'Give a checkpoint that was trained with this config.'
        )


def configured_class_names(config: Optional[Config]) -> Tuple[Optional[List[str]], str]:
    """Class names of a config, and their source.

    The first of: `class_names` of the config, a list or a file; `metainfo.classes` of
    a data set; `classes.txt` beside its list. The data sets of the test, the
    validation and the training are read in this order.

    Args:
        config (Config, optional): The config.

    Returns:
        tuple: Names by label, or None without a source; source of the names.

    Raises:
        FileNotFoundError: If a named file does not exist.
        ValueError: If it is empty or not text.
    """
    config = config or Config()
    if config.get('class_names'):
        return _as_names(config['class_names']), '`class_names` of the config'
    for stage in ('test', 'val', 'train'):
        dataset = (config.get(f'{stage}_dataloader') or {}).get('dataset') or {}
        while isinstance(dataset.get('dataset'), dict):  # RepeatDataset
            dataset = dataset['dataset']
        classes = (dataset.get('metainfo') or {}).get('classes')
        if classes:
            return _as_names(classes), f'the metainfo of the {stage} data set'
        lists = dataset.get('ann_file')
        if isinstance(lists, str) and lists:
            beside = osp.join(osp.dirname(lists), 'classes.txt')
            if osp.isfile(beside):
                return read_class_names(beside), beside
    return None, ''


def _as_names(value: Union[str, Sequence[str]]) -> List[str]:
    """Names of a setting: a list, or the file with the list."""
    return read_class_names(value) if isinstance(value, str) else list(value)


def class_names_of(
    config: Optional[Config],
    num_classes: int,
    path: Optional[str] = None,
    model: Optional[nn.Module] = None,
) -> List[str]:
    """Names of the classes of a model.

    Args:
        config (Config, optional): Its config, see `configured_class_names`.
        num_classes (int): Required number of names.
        path (str, optional): File of names that is used instead.
        model (nn.Module, optional): Result of `load_recognizer`; names in its
            checkpoint are used before those of the config.

    Returns:
        list[str]: `class 0`, `class 1`, ... without any source of names.

    Raises:
        FileNotFoundError: If `path` does not exist.
        ValueError: If the number of names differs from `num_classes`.
    """
    stored = getattr(model, 'dataset_meta', {}).get('classes')
    names: Optional[List[str]]
    if path is not None:
        names, where = read_class_names(path), path
    elif stored:
        names, where = list(stored), 'the checkpoint'
    else:
        names, where = configured_class_names(config)
    if names is None:
        return [f'class {i}' for i in range(num_classes)]
    if len(names) != num_classes:
        raise ValueError(
            f'{where} has names for {len(names)} classes, the scores are for '
            f'{num_classes}; give the file of this data set.'
        )
    return names
