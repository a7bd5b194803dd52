"""Scores and labels from the dump of a test, read without running code.

`mmvkp test CONFIG CHECKPOINT --dump out.pkl` writes a pickle, which may name and
call any function. Here the few names that tensors need are replaced by functions
that only store their arguments; all other names are refused before they are
imported. The tensors are then rebuilt by `load_tensors`.
"""

import io
import math
import pickle
from os import PathLike
from typing import Any, Callable, Dict, List, NamedTuple, Tuple, Union

import numpy as np
import torch

from ..checks import shorten
from ..files import read_bytes
from ..pickle_scan import scan_pickle
from .checkpoint_file import load_tensors

HINT = (
    'Give a file that `mmvkp test CONFIG CHECKPOINT --dump out.pkl` wrote for a '
    'recognizer.'
)


class _Storage(NamedTuple):
    """Saved bytes of a storage, not opened."""

    content: Any


class _Tensor(NamedTuple):
    """Arguments of a pickled tensor, a view of its storage."""

    storage: Any
    offset: Any
    size: Any
    stride: Any


def _tensor(storage: Any, offset: Any, size: Any, stride: Any, *_: Any) -> _Tensor:
    return _Tensor(storage, offset, size, stride)


def _encode(text: Any, encoding: Any) -> bytes:
    if type(text) is not str or encoding != 'latin1':
        raise pickle.UnpicklingError('bytes in an unknown encoding')
    return text.encode('latin1')


# Names in pickles; `_codecs.encode` stands for bytes in protocol 2.
_STAND_INS: Dict[Tuple[str, str], Callable] = {
    ('torch._utils', '_rebuild_tensor_v2'): _tensor,
    ('torch.storage', '_load_from_bytes'): _Storage,
    ('torch', 'Size'): tuple,
    ('_codecs', 'encode'): _encode,
    ('collections', 'OrderedDict'): dict,
}


class _DumpUnpickler(pickle.Unpickler):
    """Unpickler without imports."""

    def find_class(self, module: str, name: str) -> Any:
        """Replacement of an allowed name."""
        if (module, name) not in _STAND_INS:
            raise pickle.UnpicklingError(f'{module}.{name}')
        # A new function each time, because a pickle may set its attributes.
        target = _STAND_INS[module, name]
        return lambda *args: target(*args)


def _array(value: Any) -> np.ndarray:
    """Rebuild a tensor from its parts.

    Raises:
        ValueError: If the value is not a tensor, or its parts do not fit.
    """
    if (
        type(value) is not _Tensor
        or type(value.storage) is not _Storage
        or type(value.storage.content) is not bytes
    ):
        raise ValueError('it is not a tensor')
    try:
        flat = load_tensors(value.storage.content)
        size = tuple(value.size)
        if math.prod(size) > flat.numel():
            raise ValueError(f'shape {shorten(size)} in {flat.numel()} values')
        tensor = flat.as_strided(size, tuple(value.stride), value.offset)
    except Exception as error:
        raise ValueError(f'its content cannot be read ({str(error)[:200]})') from error
    return (
        tensor.numpy() if tensor.dtype is not torch.bfloat16 else tensor.float().numpy()
    )


def _numbers(
    path: Union[str, PathLike], index: int, sample: dict
) -> Tuple[np.ndarray, int]:
    """Scores (C,) and label of one sample of the dump."""
    place = f'{path}: sample {index}'
    found = {}
    for key in ('pred_score', 'gt_label'):
        if key not in sample:
            raise ValueError(f'{place} has no {key}. {HINT}')
        try:
            found[key] = _array(sample[key])
        except ValueError as error:
            raise ValueError(f'{place}, {key}: {error}. {HINT}') from error
    score, label = found['pred_score'], found['gt_label']
    if score.ndim != 1 or not len(score) or score.dtype.kind != 'f':
        raise ValueError(
            f'{place}: pred_score is {score.dtype} of shape {score.shape}, '
            'not one score per class; set average_clips of the head to '
            "'prob' or 'score'."
        )
    if not np.isfinite(score).all():
        raise ValueError(f'{place}: pred_score contains NaN or infinity.')
    if label.size != 1 or label.dtype.kind not in 'iu':
        raise ValueError(
            f'{place}: gt_label is {label.dtype} of shape '
            f'{label.shape}; only one class per video is supported.'
        )
    number = int(label.reshape(()))
    if not 0 <= number < len(score):
        raise ValueError(
            f'{place}: gt_label {number} is outside [0, {len(score)}), the '
            'classes of pred_score; test with a list that has labels.'
        )
    return score, number


def _unpickle(path: Union[str, PathLike]) -> List[dict]:
    """Samples of a dump, with tensors that are not rebuilt."""
    content = read_bytes(path)
    try:
        scan_pickle(content)
        samples = _DumpUnpickler(io.BytesIO(content)).load()
    except pickle.UnpicklingError as error:
        raise ValueError(
            f'{path}: this pickle is damaged, or contains more than the tensors '
            f'and numbers of a dump ({error}); it was not read, because a '
            f'pickle can run code. {HINT}'
        ) from error
    except Exception as error:
        raise ValueError(
            f'{path} is not a readable pickle ({type(error).__name__}: '
            f'{str(error)[:200]}). {HINT}'
        ) from error
    if (
        type(samples) is not list
        or not samples
        or any(type(sample) is not dict for sample in samples)
    ):
        raise ValueError(f'{path}: a dump is a list of one dict for each video. {HINT}')
    return samples


def read_dump(path: Union[str, PathLike]) -> Tuple[np.ndarray, np.ndarray]:
    """Scores and labels of a test, in the order of its list.

    Args:
        path (str | PathLike): File that `mmvkp test ... --dump` wrote.

    Returns:
        tuple[np.ndarray, np.ndarray]: Scores (N, C), float64, of the head
        (probabilities with `average_clips='prob'`); labels (N,), int64, from 0.

    Raises:
        FileNotFoundError: If the file is missing.
        ValueError: If the file is not the dump of a recognizer with one label per
            video, or contains more than tensors, numbers and strings.
    """
    scores: List[np.ndarray] = []
    labels: List[int] = []
    for index, sample in enumerate(_unpickle(path)):
        score, label = _numbers(path, index, sample)
        if scores and len(score) != len(scores[0]):
            raise ValueError(
                f'{path}: sample {index} has {len(score)} classes, earlier ones '
                f'have {len(scores[0])}; this is not the dump of one test.'
            )
        scores.append(score)
        labels.append(label)
    return np.array(scores, dtype=np.float64), np.array(labels, dtype=np.int64)
