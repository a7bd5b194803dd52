"""Shared steps of the converters of public checkpoints.

Files are read without running code; a message lists all entries that do not fit.
"""

import os.path as osp
import pickle
from typing import Any, Callable, Dict, List, NamedTuple, Sequence, Tuple

import torch
from torch import Tensor

from ..console import say
from ..files import replacing

StateDict = Dict[str, Tensor]
# Weights of PyTorch before 0.4.1 have none; they play no part with a fixed
# momentum of the norm layers and start at 0.
COUNTER = 'num_batches_tracked'
# Our name and shape of each entry by its official name.
Expected = Dict[str, Tuple[str, Tuple[int, ...]]]


class Picked(NamedTuple):
    """Weights by our names, and what did not fit.

    Args:
        state_dict (dict[str, Tensor]): By our names; tensors are shared.
        missing (list[str]): Official names that are not there.
        shapes (list[str]): Entries of another shape, with both shapes.
        counters_added (int): Counters of batches that were set to 0.
    """

    state_dict: StateDict
    missing: List[str]
    shapes: List[str]
    counters_added: int


class Result(NamedTuple):
    """What a converter makes of a file.

    Args:
        state_dict (dict[str, Tensor]): Weights to write.
        meta (dict[str, str]): Plain values to keep beside them.
        report (list[str]): Lines that say what was taken and left out.
    """

    state_dict: StateDict
    meta: Dict[str, str]
    report: List[str]


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
        raise FileNotFoundError(
            f'{path}: no such file; download it from the page of {page}.'
        ) from None
    except pickle.UnpicklingError as error:
        raise ValueError(
            f'{path}: this is no checkpoint, or one that holds more than '
            'tensors and plain values; it was not loaded, because such a '
            f'file can run code ({_first_line(error)}). Download the '
            'weights again from the page of their authors; a file of your '
            "own should be saved as torch.save({'state_dict': "
            'model.state_dict()}, path).'
        ) from error
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
    if (
        not isinstance(content, dict)
        or not content
        or not all(
            isinstance(key, str) and isinstance(value, Tensor)
            for key, value in content.items()
        )
    ):
        raise ValueError(
            f'{path}: this is no dict of weights, with or '
            "without the key 'state_dict' around it; give an "
            f'official checkpoint of {page}.'
        )
    if all(key.startswith('module.') for key in content):
        content = {key[len('module.') :]: v for key, v in content.items()}
    return dict(content), beside


def pick(weights: StateDict, expected: Expected) -> Picked:
    """Take the weights that a network needs, by its own names.

    Counters of batches that are missing start at 0.

    Args:
        weights (dict[str, Tensor]): By official name.
        expected (dict[str, tuple]): By official name: ours, and the shape.
    """
    out: StateDict = {}
    missing: List[str] = []
    shapes: List[str] = []
    added = 0
    for name, (ours, shape) in expected.items():
        value = weights.get(name)
        if value is None and name.endswith(COUNTER):
            out[ours] = torch.zeros((), dtype=torch.long)
            added += 1
        elif value is None:
            missing.append(name)
        elif tuple(value.shape) != shape:
            shapes.append(f'{name}: {tuple(value.shape)}, not {shape}')
        else:
            out[ours] = value
    return Picked(out, missing, shapes, added)


def group(names: Sequence[str], places: int = 1) -> str:
    """Say in few words which entries are meant.

    Args:
        names (Sequence[str]): Names with dots.
        places (int): Parts of each name that are kept.

    Returns:
        str: ``'hm (2), wh (1)'``, in the order of the names, or 'nothing'.
    """
    counts: Dict[str, int] = {}
    for name in names:
        start = '.'.join(name.split('.')[:places])
        counts[start] = counts.get(start, 0) + 1
    return (
        ', '.join(f'{start} ({number})' for start, number in counts.items())
        or 'nothing'
    )


def refuse(
    network: str,
    hint: str,
    missing: Sequence[str],
    left: Sequence[str],
    shapes: Sequence[str],
) -> None:
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
        for title, names in (
            ('missing', missing),
            (f'not part of {network.split()[0]}', left),
            ('of another shape', shapes),
        )
        if names
    ]
    if parts:
        raise ValueError(
            f'These weights are not those of the official '
            f'{network}; nothing was written. {hint}\n' + '\n'.join(parts)
        )


def save(path: str, state_dict: StateDict, **meta: Any) -> None:
    """Write a checkpoint completely or not at all.

    Args:
        path (str): File to write; its folder is created.
        state_dict (dict[str, Tensor]): Weights.
        **meta (Any): Plain values to store beside them.
    """
    with replacing(path) as temporary:
        torch.save(dict(meta=meta, state_dict=state_dict), temporary)


def convert_file(
    tool: str, page: str, source: str, out: str, convert: Callable[[StateDict], Result]
) -> None:
    """Convert a checkpoint and print a report.

    Args:
        tool (str): Name of the converter, stored in the output.
        page (str): Web page of the official weights, for messages.
        source (str): File to read.
        out (str): File to write.
        convert (Callable): Function that converts the weights of the file.

    Raises:
        FileNotFoundError: If the input is missing.
        ValueError: If the output is the input, or the weights do not fit.
    """
    if osp.realpath(source) == osp.realpath(out):
        raise ValueError(f'{out}: OUT is IN; give another name.')
    weights, beside = read_state_dict(source, page)
    result = convert(weights)
    save(out, result.state_dict, source=osp.basename(source), tool=tool, **result.meta)
    say(f'{out}: {len(result.state_dict)} tensors from {source}')
    for line in result.report:
        say(f'  {line}')
    say(f'  beside the weights, ignored: {", ".join(beside) or "nothing"}')


def run(
    tool: str, page: str, source: str, out: str, convert: Callable[[StateDict], Result]
) -> int:
    """Convert a file and say what became of it, or why nothing did.

    Args:
        tool (str): Name of the tool.
        page (str): Where the authors offer their weights.
        source (str): File to read.
        out (str): File to write.
        convert (Callable): Makes a `Result` of the weights of the file.

    Returns:
        int: Exit status: 2 for a user's mistake, 1 if a file cannot be read
        or written, else 0.
    """
    try:
        convert_file(tool, page, source, out, convert)
    except (ValueError, OSError) as error:
        say(f'{tool}.py: error: {error}', err=True)
        return 2 if isinstance(error, ValueError) else 1
    return 0
