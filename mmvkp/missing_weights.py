"""Errors for weights that a training starts from and that are missing.

`mmvkp.compat` calls these functions in MMEngine's runner and loader.
"""

import inspect
import os
import os.path as osp
import re
from http.client import HTTPException
from typing import Any, Callable, Dict, Iterator, List, Optional, Tuple

import torch
from mmengine.runner import Runner
from mmengine.runner.checkpoint import CheckpointLoader

# Files of recipes that no converter makes: the recipe whose training makes them.
TRAINED = {
    'point3d_ucf101-24.pth': 'point3d_coco-pre-hg104_8xb2-16x1x1-12e_ucf101-24-rgb',
    'point3d_jhmdb-split1_t32.pth': (
        'point3d_coco-pre-hg104_8xb2-32x1x1-20e_jhmdb-split1-rgb'
    ),
    'point3d_stick-memory.pth': 'point3d_hg32_1xb8-8x1x1-2e_stick-memory-rgb',
}
# Start of the names of the weights in the package.
SHIPPED = 'mmvkp://'
_STAGE = re.compile(r'work_dirs/([^/]+)/(?:epoch|iter)_\d+\.pth')


class MissingWeightsError(FileNotFoundError):
    """Weights that a model is loaded from do not exist or cannot be downloaded.

    Args:
        names (list[str]): Files or URLs.
        message (str): The message.
    """

    def __init__(self, names: List[str], message: str) -> None:
        super().__init__(message)
        self.names = names


def find_weights(config: Any) -> Dict[str, List[str]]:
    """Weights that the model of a config is initialised from.

    Args:
        config (dict): Config with `model` and `load_from`.

    Returns:
        dict[str, list[str]]: By file or URL, the changes of the config that remove
        it, such as `model.backbone.init_cfg=None`.
    """
    found: Dict[str, List[str]] = {}
    for name, changes in _walk(config.get('model'), 'model'):
        known = found.setdefault(name, [])
        known += [each for each in changes if each not in known]
    if config.get('load_from'):
        found.setdefault(config['load_from'], []).append('load_from=None')
    return found


def _walk(value: Any, key: str) -> Iterator[Tuple[str, List[str]]]:
    """Each file or URL below a key, with the changes that remove it."""
    if isinstance(value, (list, tuple)):
        for i, each in enumerate(value):
            yield from _walk(each, f'{key}.{i}')
    elif isinstance(value, dict):
        if value.get('type') == 'Pretrained' and value.get('checkpoint'):
            # The whole list: one of its items cannot be removed by an option.
            place = re.sub(r'(\.\d+)+$', '', key)
            yield value['checkpoint'], [f'{place}=None']
        if isinstance(value.get('pretrained'), str):
            changes = [f'{key}.pretrained=None']
            if _inflates(value):
                changes.append(f'{key}.pretrained2d=False')
            yield value['pretrained'], changes
        for name, each in value.items():
            yield from _walk(each, f'{key}.{name}')


def _inflates(part: Dict) -> bool:
    """True for parts that read `pretrained` unless `pretrained2d` is False."""
    if 'pretrained2d' in part:
        return bool(part['pretrained2d'])
    from mmaction.registry import MODELS

    built = MODELS.get(part.get('type', ''))
    return built is not None and 'pretrained2d' in inspect.signature(built).parameters


def missing_files(found: Dict[str, List[str]]) -> Dict[str, List[str]]:
    """Local files of `find_weights` that do not exist.

    Args:
        found (dict[str, list[str]]): Result of `find_weights`.
    """
    return {
        name: changes
        for name, changes in found.items()
        if _is_local(name) and not osp.isfile(osp.expanduser(name))
    }


def check_weights(runner: Runner) -> None:
    """Refuse a training whose local weights are missing, before it starts.

    Args:
        runner (Runner): Its config names the weights.

    Raises:
        MissingWeightsError: With all missing files: source, command that makes
            them, and options to train without them. A runner with `DataCheckHook`
            lists all other problems of its config with them.
    """
    missing = missing_files(_weights_of(runner))
    if missing:
        found = [h.describe_all for h in runner.hooks if hasattr(h, 'describe_all')]
        text = found[0](runner.cfg) if found else describe(missing)
        raise MissingWeightsError(list(missing), text)


def train(original: Callable[[Runner], Any]) -> Callable[[Runner], Any]:
    """Replace `Runner.train`: missing weights are listed before it starts.

    Args:
        original (Callable): MMEngine's method.

    Returns:
        Callable: The method; an error of `load` gets the keys of the config.
    """

    def run(runner: Runner) -> Any:
        check_weights(runner)
        try:
            return original(runner)
        except MissingWeightsError as error:
            found = _weights_of(runner)
            missing = {name: found.get(name, []) for name in error.names}
            raise MissingWeightsError(
                error.names, describe(missing, error.__cause__)
            ) from error.__cause__

    return run


def _weights_of(runner: Runner) -> Dict[str, List[str]]:
    """Weights that a training reads; a resumed one ignores load_from."""
    ignored = runner._has_loaded or runner._resume
    return find_weights(
        {
            'model': runner.cfg.get('model'),
            'load_from': None if ignored else runner._load_from,
        }
    )


def load(original: Callable[..., Any]) -> Callable[..., Any]:
    """Replace `CheckpointLoader.load_checkpoint`: its errors name source and command.

    Args:
        original (Callable): MMEngine's class method, bound.

    Returns:
        Callable: The function.
    """

    def run(filename: str, *args: Any, **kwargs: Any) -> Any:
        try:
            return original(filename, *args, **kwargs)
        except MissingWeightsError:
            raise
        except (OSError, HTTPException) as error:
            if _is_local(filename) and not isinstance(error, FileNotFoundError):
                raise
            text = describe({filename: []}, error)
            raise MissingWeightsError([filename], text) from error
        except (KeyError, ValueError) as error:
            if not str(filename).startswith(SHIPPED):
                raise
            text = describe({filename: []}, error)
            raise MissingWeightsError([filename], text) from error

    return run


def describe(
    missing: Dict[str, List[str]], error: Optional[BaseException] = None
) -> str:
    """Message for missing weights.

    Args:
        missing (dict[str, list[str]]): As in `find_weights`, without changes if the
            config is unknown.
        error (BaseException, optional): Failure of a download.

    Returns:
        str: For each file: source, command, and options to train without it.
    """
    parts = []
    for name, changes in missing.items():
        if name.startswith(SHIPPED):
            # The message of the loader, which names the file or all weights.
            text = (
                str(error.args[0] if error and error.args else name).rstrip('.') + '.'
            )
        elif _is_local(name):
            text = f'{name} does not exist in {os.getcwd()}: {_origin(name)}.'
        else:
            text = f'{name} cannot be downloaded ({error}): {_by_hand(name)}.'
        if changes:
            text += f' To train without it: --cfg-options {" ".join(changes)}'
        parts.append(text)
    return f'missing weights: {"; ".join(parts)}'


def _is_local(name: str) -> bool:
    """True unless a name belongs to a server or a model zoo."""
    loader = CheckpointLoader._get_checkpoint_loader(name)
    return getattr(loader, '__name__', '') == 'load_from_local'


def _origin(name: str) -> str:
    """Source of a local file, and the command that makes it."""
    base, stage = osp.basename(name), _STAGE.search(name)
    recipe = stage[1] if stage else TRAINED.get(base)
    if recipe:
        copy = '' if stage else f', then copy its best checkpoint to {name}'
        return f'it is the result of another training. Run mmvkp train {recipe}{copy}'
    command, source = conversions().get(base, (None, None))
    if source is None:
        return 'correct the path; no command of mmvkp makes a file of this name'
    public, page = source
    return f'convert {public} of {page} with mmvkp {command} {public} {name}'


def _by_hand(name: str) -> str:
    """Place where torch looks for a downloaded file."""
    if '://' not in name or not name.startswith('http'):
        return 'give the path of a local file instead'
    folder = osp.join(torch.hub.get_dir(), 'checkpoints')
    return f'download it on another machine and copy it to {folder}'


def conversions() -> Dict[str, Tuple[str, Tuple[str, str]]]:
    """Converters of all files that recipes load.

    Returns:
        dict[str, tuple[str, tuple[str, str]]]: By file name: the words of the
        command, the public file and its page.
    """
    import mmvkp_cli

    from .methods import resolve

    return {
        name: (words, source)
        for words, entry in mmvkp_cli.COMMANDS.items()
        if words.startswith('weights ')
        for name, source in resolve(entry.target).makes.items()
    }
