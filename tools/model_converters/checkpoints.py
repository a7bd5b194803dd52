"""What the converters of public checkpoints share: reading without running
code, naming all that does not fit, writing a file as a whole or not at all."""
import os
import os.path as osp
import pickle
from typing import Any, Dict, List, Sequence, Tuple

import torch
from torch import Tensor

StateDict = Dict[str, Tensor]
# Weights of PyTorch before 0.4.1 have none; they play no part with a fixed
# momentum of the norm layers and start at 0.
COUNTER = 'num_batches_tracked'


def _first_line(error: Exception) -> str:
    """Torch's messages go on over several lines, or are empty."""
    return str(error).partition('\n')[0]


def read_state_dict(path: str, page: str) -> Tuple[StateDict, List[str]]:
    """Load the weights of a checkpoint, and nothing that could run code.

    Args:
        path (str): File.
        page (str): Where its authors offer it, for messages.

    Returns:
        tuple[dict[str, Tensor], list[str]]: The weights without the
        ``module.`` of `DataParallel`, and the names of what lies beside them
        in the file.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the file is no checkpoint, or holds more than tensors
            and plain values.
    """
    try:
        content = torch.load(path, map_location='cpu', weights_only=True)
    except FileNotFoundError:
        raise FileNotFoundError(f'{path}: no such file; download it from the '
                                f'page of {page}.') from None
    except pickle.UnpicklingError as error:
        raise ValueError(
            f'{path}: this is no checkpoint, or one that holds more than '
            'tensors and plain values; it was not loaded, because such a '
            f'file can run code ({_first_line(error)}). Download the '
            'weights again from the page of their authors; a file of your '
            "own should be saved as torch.save({'state_dict': "
            'model.state_dict()}, path).') from error
    except OSError:
        raise
    except Exception as error:
        raise ValueError(
            f'{path}: this is no readable checkpoint of PyTorch '
            f'({type(error).__name__}: {_first_line(error)}). It may be cut '
            'off, or a web page saved in its place; download it again.'
        ) from error
    beside: List[str] = []
    if isinstance(content, dict) and 'state_dict' in content:
        beside = [str(key) for key in content if key != 'state_dict']
        content = content['state_dict']
    if not isinstance(content, dict) or not content or not all(
            isinstance(key, str) and isinstance(value, Tensor)
            for key, value in content.items()):
        raise ValueError(f'{path}: this is no dict of weights, with or '
                         "without the key 'state_dict' around it; give an "
                         f'official checkpoint of {page}.')
    if all(key.startswith('module.') for key in content):
        content = {key[len('module.'):]: v for key, v in content.items()}
    return dict(content), beside


def refuse(network: str, hint: str, missing: Sequence[str],
           left: Sequence[str], shapes: Sequence[str]) -> None:
    """Name everything that does not fit in one error; none if all does.

    Args:
        network (str): What the weights should be of.
        hint (str): What to give instead.
        missing (Sequence[str]): Entries that are not there.
        left (Sequence[str]): Entries that have no place.
        shapes (Sequence[str]): Entries of another shape, with both shapes.

    Raises:
        ValueError: If there is any.
    """
    parts = [
        f'{len(names)} {title}:\n  ' + '\n  '.join(names)
        for title, names in (('missing', missing),
                             (f'not part of {network.split()[0]}',
                              left), ('of another shape', shapes)) if names
    ]
    if parts:
        raise ValueError(f'These weights are not those of the official '
                         f'{network}; nothing was written. {hint}\n' +
                         '\n'.join(parts))


def save(path: str, state_dict: StateDict, **meta: Any) -> None:
    """Write a checkpoint that is there as a whole or not at all.

    Args:
        path (str): File to write; its folder is made.
        state_dict (dict[str, Tensor]): Weights.
        **meta (Any): Plain values to keep beside them.
    """
    os.makedirs(osp.dirname(osp.abspath(path)), exist_ok=True)
    temporary = f'{path}.tmp'
    try:
        torch.save(dict(meta=meta, state_dict=state_dict), temporary)
        os.replace(temporary, path)
    finally:
        if osp.exists(temporary):
            os.remove(temporary)
