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
from .checkpoint_file import load_tensors

StateDict = Dict[str, Tensor]
# Missing in weights of PyTorch before 0.4.1. Norm layers with a fixed momentum do
# not use it; it starts at 0.
COUNTER = 'num_batches_tracked'
# Our name and shape of each entry by its official name.
Expected = Dict[str, Tuple[str, Tuple[int, ...]]]


class Picked(NamedTuple):
    """Weights by our names, and entries that did not fit.

    Args:
        state_dict (dict[str, Tensor]): By our names; tensors are shared.
        missing (list[str]): Missing official names.
        shapes (list[str]): Entries of another shape, with both shapes.
        counters_added (int): Batch counters that were added with value 0.
    """

    state_dict: StateDict
    missing: List[str]
    shapes: List[str]
    counters_added: int


class Result(NamedTuple):
    """Result of a converter.

    Args:
        state_dict (dict[str, Tensor]): Weights to write.
        meta (dict[str, str]): Plain values to store beside them.
        report (list[str]): Lines about used and ignored entries.
    """

    state_dict: StateDict
    meta: Dict[str, str]
    report: List[str]


def _first_line(error: Exception) -> str:
    """First line of a message; torch writes several lines or none."""
    return str(error).partition('\n')[0]


def read_state_dict(path: str, page: str) -> Tuple[StateDict, List[str]]:
    """Load the weights of a checkpoint without running code from the file.

    Args:
        path (str): File.
        page (str): Web page of the official weights, for messages.

    Returns:
        tuple[dict[str, Tensor], list[str]]: Weights without the prefix `module.`
        of `DataParallel`, and names of the other entries of the file.

    Raises:
        FileNotFoundError: If the file is missing.
        ValueError: If the file is not a checkpoint, or contains more than tensors
            and plain values.
    """
    try:
        content = load_tensors(path)
    except FileNotFoundError:
        raise FileNotFoundError(
            f'{path}: no such file; download it from the page of {page}.'
        ) from None
    except pickle.UnpicklingError as error:
        raise ValueError(
            f'{path} is not a checkpoint, or contains more than tensors and plain '
            'values; it was not loaded, because such a file can run code '
            f'({_first_line(error)}). Download the weights again from the page of '
            'their authors; save a file of your own with '
            "torch.save({'state_dict': model.state_dict()}, path)."
        ) from error
    except OSError:
        raise
    except Exception as error:
        raise ValueError(
            f'{path} is not a readable checkpoint of PyTorch '
            f'({type(error).__name__}: {_first_line(error)}). It may be truncated, '
            'or a web page that was saved instead; download it again.'
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
            f"{path} contains no dict of weights, alone or as 'state_dict'; give "
            f'an official checkpoint of {page}.'
        )
    if all(key.startswith('module.') for key in content):
        content = {key[len('module.') :]: v for key, v in content.items()}
    return dict(content), beside


def pick(weights: StateDict, expected: Expected) -> Picked:
    """Select the weights that a network needs, and rename them.

    Missing batch counters are added with value 0.

    Args:
        weights (dict[str, Tensor]): By official name.
        expected (dict[str, tuple]): Our name and the shape, by official name.
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
    """Summary of the names of entries.

    Args:
        names (Sequence[str]): Names with dots.
        places (int): Leading parts of each name that are shown.

    Returns:
        str: `hm (2), wh (1)`, in the order of the names, or `nothing`.
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
    """Raise one error that lists all entries that do not fit.

    Args:
        network (str): Network of the official weights.
        hint (str): Advice for the user.
        missing (Sequence[str]): Missing entries.
        left (Sequence[str]): Unknown entries.
        shapes (Sequence[str]): Entries of another shape, with both shapes.

    Raises:
        ValueError: If any entry does not fit.
    """
    parts = [
        f'{len(names)} {title}: {", ".join(names)}'
        for title, names in (
            ('missing', missing),
            (f'not part of {network.split()[0]}', left),
            ('of another shape', shapes),
        )
        if names
    ]
    if parts:
        raise ValueError(
            f'These are not the weights of the official {network}; nothing was '
            f'written. {hint} {"; ".join(parts)}.'
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
