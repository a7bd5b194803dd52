"""Exports of the methods side by side: differences from torch, sizes and times."""

import os
import re
import statistics
import tempfile
from typing import Any, Iterator, List, Optional, Sequence, Tuple

import numpy as np
import torch
from mmaction.registry import MODELS
from mmengine.registry import init_default_scope

from ..checks import check_positive
from ..recognition.loading import load_config
from ..recognition.side_by_side import time_side_by_side
from ..runtime.session import PARTS, Session, part_path
from .export import export_model
from .tracing import check_packages

# One light recipe of each method.
RECIPES = (
    'kpsem_r3d10_1xb16-u8-6e_stick-action-rgb',
    'afnet-rt50_af-r10_1xb16-u8-6e_stick-action-rgb',
    'aknet-tsm_slim-r10_1xb16-u8-6e_stick-action-rgb',
    'point3d_hg32_1xb8-8x1x1-2e_stick-tubes-rgb',
)
_DIFFERENCE = re.compile(r'^(logits|probabilities): .* difference (\S+)$')
_SCORES = re.compile(r'largest difference (?:of their scores )?(\S+)$')


def export_table(
    models: Sequence[Tuple[str, Optional[str]]],
    folder: Optional[str] = None,
    size: Tuple[int, int] = (64, 64),
    repeats: int = 20,
) -> Iterator[str]:
    """Export each model in four ways, and time the files with one sample.

    Args:
        models (Sequence[tuple]): Config or name of a recipe, and its checkpoint; None:
            random weights.
        folder (str, optional): Folder of the files. Default: they are removed.
        size (tuple[int, int]): Width and height of the frames before the test
            pipeline.
        repeats (int): Timed runs, in turns, one thread.

    Yields:
        str: Lines of a Markdown table: the relative difference of the logits (of a
        detector the probabilities), the difference of the scores of the sample, the
        size of the files, and the median time of one view; of a detector of one frame
        and one clip.

    Raises:
        ImportError: If a package of exports is missing.
        ValueError: If a model cannot be exported.
    """
    check_positive('benchmark export', repeats=repeats)
    check_packages()
    init_default_scope('mmaction')
    yield f'torch {torch.__version__}, {size[0]} x {size[1]} pixels, one thread'
    yield '| model | batch | precision | logits | scores | MB | ms |'
    yield '| --- | --- | --- | ---: | ---: | ---: | ---: |'
    with tempfile.TemporaryDirectory() as room:
        for config, checkpoint in models:
            weights = checkpoint or _random_weights(config, room)
            yield from _rows(config, weights, folder or room, size, repeats)


def _random_weights(config: str, folder: str) -> str:
    """Checkpoint with random weights, the same for all exports."""
    torch.manual_seed(0)
    model = MODELS.build(load_config(config).model)
    path = os.path.join(folder, 'random.pth')
    torch.save(dict(state_dict=model.state_dict()), path)
    return path


def _rows(
    config: str, weights: str, folder: str, size: Tuple[int, int], repeats: int
) -> Iterator[str]:
    """Rows of one model."""
    stem = os.path.splitext(os.path.basename(config))[0]
    name = stem.split('_')[0]
    rows, functions = [], {}
    for batch in (None, 1):
        for precision in ('fp32', 'fp16'):
            kind = 'dynamic' if batch is None else 'static'
            out = os.path.join(folder, f'{stem}-{kind}-{precision}.onnx')
            lines = export_model(config, weights, out, precision, batch, None, size)
            files = [out, *(part_path(out, part) for part in PARTS)]
            files = [each for each in files if os.path.isfile(each)]
            megabytes = sum(os.path.getsize(each) for each in files) / 1e6
            functions[out] = _run_function(files)
            rows.append((out, kind, precision, *_differences(lines), megabytes))
    seconds = time_side_by_side(functions, repeats)
    for out, kind, precision, logits, scores, megabytes in rows:
        yield (
            f'| {name} | {kind} | {precision} | {logits} | {scores} | '
            f'{megabytes:.2f} | {1e3 * statistics.median(seconds[out]):.2f} |'
        )


def _differences(lines: Sequence[str]) -> Tuple[str, str]:
    """Differences that an export states, of the logits and of the scores."""
    found = [match[2] for match in map(_DIFFERENCE.match, lines) if match]
    last = [match[1] for match in map(_SCORES.search, lines) if match]
    return found[0] if found else '', last[-1] if last else ''


def _run_function(files: Sequence[str]) -> Any:
    """Function that runs each graph of an export on one sample of noise."""
    pairs: List[Tuple[Session, List[np.ndarray]]] = []
    for path in files:
        session = Session(path, num_threads=1)
        pairs.append((session, [_noise(each) for each in session.inputs]))

    def run() -> None:
        for session, inputs in pairs:
            session.run(*inputs)

    return run


def _noise(known: Any) -> np.ndarray:
    """One sample for an input of a graph."""
    shape = (1, *known.shape[1:])
    if known.type == 'tensor(int64)':
        return np.zeros(shape, np.int64)
    if known.type == 'tensor(bool)':
        return np.ones(shape, bool)
    return np.random.default_rng(0).standard_normal(shape).astype(np.float32)
