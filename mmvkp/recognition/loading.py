"""Loading of configs, recognizers and class names."""

import os.path as osp
import re
from typing import Any, Dict, List, NamedTuple, Optional, Tuple, Union

import numpy as np
import torch
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from torch import nn

from ..files import check_path
from .checkpoint_file import load_tensors
from .recipes import find_config


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
    config: Config, checkpoint: str, device: Union[str, torch.device] = 'cpu'
) -> Any:
    """Build a recognizer and load its weights without running code from the file.

    Args:
        config (Config): Its config.
        checkpoint (str): File with a state dict, alone or as `state_dict`.
        device (str | torch.device): Device of the model.

    Returns:
        nn.Module: The recognizer in evaluation mode.

    Raises:
        FileNotFoundError: If the checkpoint is missing.
        ValueError: If it cannot be read safely, or belongs to another model.
    """
    # Not at the top: it imports the inferencers and SciPy.
    from mmaction.apis import init_recognizer

    checkpoint = check_path('load_recognizer', 'checkpoint', checkpoint)
    if not osp.isfile(checkpoint):
        raise FileNotFoundError(f'no checkpoint {checkpoint}.')
    model = init_recognizer(config, None, device='cpu')
    try:
        state = load_tensors(checkpoint)
    except Exception as error:
        raise ValueError(
            f'{checkpoint} cannot be read without running code from it '
            f'({type(error).__name__}); give a checkpoint that `mmvkp train` saved, '
            'or a state dict.'
        ) from error
    if isinstance(state, dict) and 'state_dict' in state:
        state = state['state_dict']
    if not isinstance(state, dict) or not all(
        isinstance(each, torch.Tensor) for each in state.values()
    ):
        raise ValueError(f'{checkpoint} contains no state dict.')
    state = {re.sub(r'^module\.', '', key): value for key, value in state.items()}
    _check_keys(model, state, checkpoint)
    model.load_state_dict(state)
    try:
        return model.to(device)
    except (RuntimeError, AssertionError) as error:
        raise ValueError(
            f'device {device} cannot be used: {error}. Use cpu or another device.'
        ) from error


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


def read_class_names(path: str) -> List[str]:
    """Read class names in the order of their labels.

    Args:
        path (str): Text file with one name per line, or with a number and a
            name per line; the numbers start at 0 or 1.

    Raises:
        FileNotFoundError: If the file is missing.
        ValueError: If it is empty or not text.
    """
    path = check_path('read_class_names', 'path', path)
    if not osp.isfile(path):
        raise FileNotFoundError(f'no file of class names {path}.')
    try:
        with open(path, encoding='utf-8') as file:
            names = [line.strip() for line in file if line.strip()]
    except UnicodeDecodeError as error:
        raise ValueError(f'{path} is not text in UTF-8.') from error
    if not names:
        raise ValueError(f'{path} is empty; write one class name per line.')
    parts = [re.split(r'[\s,]+', name, maxsplit=1) for name in names]
    for start in (0, 1):
        if all(
            len(part) == 2 and part[0] == str(i) for i, part in enumerate(parts, start)
        ):
            return [part[1] for part in parts]
    return names


def class_names_of(
    config: Optional[Config], num_classes: int, path: Optional[str] = None
) -> List[str]:
    """Names of the classes of a model.

    Args:
        config (Config, optional): Its config: `metainfo.classes` of the test data
            set, else `classes.txt` beside its list.
        num_classes (int): Required number of names.
        path (str, optional): File of names that is used instead.

    Returns:
        list[str]: `class 0`, `class 1`, ... without any source of names.

    Raises:
        FileNotFoundError: If `path` does not exist.
        ValueError: If the number of names differs from `num_classes`.
    """
    names, where = None, path
    loader = (config or {}).get('test_dataloader') or {}
    dataset = loader.get('dataset', {})
    beside = osp.join(osp.dirname(dataset.get('ann_file') or ''), 'classes.txt')
    classes = (dataset.get('metainfo') or {}).get('classes')
    if path is not None:
        names = read_class_names(path)
    elif classes:
        names, where = list(classes), 'metainfo of the config'
    elif dataset.get('ann_file') and osp.isfile(beside):
        names, where = read_class_names(beside), beside
    if names is None:
        return [f'class {i}' for i in range(num_classes)]
    if len(names) != num_classes:
        raise ValueError(
            f'{where} has names for {len(names)} classes, the scores are for '
            f'{num_classes}; give the file of this data set.'
        )
    return names
