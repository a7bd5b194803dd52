"""Table of accuracy and cost of several tested runs."""

import statistics
from functools import partial
from typing import Callable, Dict, List, Sequence, Tuple

import torch
from mmaction.registry import DATASETS, MODELS
from mmengine.dataset import pseudo_collate
from mmengine.registry import init_default_scope
from torch import nn

from .complexity import count_macs, count_test_parameters
from .loading import load_config
from .logs import TOP1, read_test
from .side_by_side import time_side_by_side

PAIR, CEILING = 'pair/acc', 'pair/order_blind_ceiling'
KEPT, SPENT = 'cost/kept', 'cost/GMACs'
HEAD = [
    'model',
    'top-1 %',
    'pair accuracy %',
    'frames kept %',
    'parameters',
    'MMACs',
    's / clip',
]


def percent(values: Sequence[float]) -> str:
    """Mean in percent, with the standard deviation of several values."""
    text = f'{100 * statistics.mean(values):.1f}'
    if len(values) > 1:
        text += f' +- {100 * statistics.stdev(values):.1f}'
    return text


def percent_of(metrics: Sequence[Dict[str, float]], name: str) -> str:
    """`percent` of a metric; empty if a test does not have it."""
    if any(name not in each for each in metrics):
        return ''
    return percent([each[name] for each in metrics])


def spent_in_tests(
    metrics: Sequence[Dict[str, float]], macs: float
) -> Tuple[str, float]:
    """Kept frames and MACs, measured in the tests if a network selects frames.

    Args:
        metrics (Sequence[dict[str, float]]): Metrics of the tests of a row;
            `ComputeCostMetric` adds `cost/kept` and `cost/GMACs`.
        macs (float): MACs of one forward pass, for other networks.

    Returns:
        tuple[str, float]: Share in percent or an empty text, and MACs per video.
    """
    kept = percent_of(metrics, KEPT)
    if kept:
        macs = 1e9 * statistics.mean(each[SPENT] for each in metrics)
    return kept, macs


def as_markdown(head: Sequence[str], cells: Sequence[Sequence[str]]) -> List[str]:
    """Lines of a table without its empty columns.

    Args:
        head (Sequence[str]): Names of the columns.
        cells (Sequence[Sequence[str]]): Rows; the first column is text, the
            others are numbers.
    """
    columns = [i for i in range(len(head)) if any(row[i] for row in cells)]
    rule = ['---'] + ['---:'] * (len(columns) - 1)
    rows = [[row[i] for i in columns] for row in (head, *cells)]
    return ['| ' + ' | '.join(row) + ' |' for row in (rows[0], rule, *rows[1:])]


def forward(model: nn.Module, inputs: torch.Tensor) -> None:
    """Run a recognizer without gradients.

    Args:
        model (nn.Module): Recognizer.
        inputs (Tensor): (N, views, ...), output of its data preprocessor.
    """
    with torch.no_grad():
        model(inputs, stage='head')


def make_table(rows: Sequence[Sequence[str]]) -> str:
    """Read the metrics of tests and measure the cost of their models.

    Parameters are those that a test uses. MACs are counted in a forward pass, or in
    the tests for networks that select frames. Seconds per clip are measured in turns,
    with untrained weights.

    Args:
        rows (Sequence[Sequence[str]]): Name, config and work dirs of each row.
            Several work dirs are runs with different seeds.

    Returns:
        str: Markdown table.

    Raises:
        FileNotFoundError: If a file or folder is missing.
        ValueError: If a work dir contains no test.
    """
    init_default_scope('mmaction')
    runs = {row[0]: [read_test(each, TOP1) for each in row[2:]] for row in rows}
    models: Dict[str, nn.Module] = {}
    inputs: Dict[str, torch.Tensor] = {}
    calls: Dict[str, Callable[[], None]] = {}
    for name, path, *_ in rows:
        config = load_config(path)
        sample = DATASETS.build(config.test_dataloader.dataset)[0]
        model = MODELS.build(config.model).eval()
        models[name] = model
        inputs[name] = model.data_preprocessor(pseudo_collate([sample]))['inputs']
        calls[name] = partial(forward, model, inputs[name])
    seconds = time_side_by_side(calls, repeats=20)
    cells: List[List[str]] = []
    first = next(iter(runs.values()))[0]
    if CEILING in first:
        ceiling = f'{100 * first[CEILING]:.1f}'
        cells.append(['order-blind ceiling', ceiling, '100.0'] + [''] * 4)
    for name, metrics in runs.items():
        macs = count_macs(models[name], inputs[name], stage='head')
        kept, spent = spent_in_tests(metrics, macs)
        cells.append(
            [
                name,
                percent([each[TOP1] for each in metrics]),
                percent_of(metrics, PAIR),
                kept,
                str(count_test_parameters(models[name])),
                f'{spent / 1e6:.1f}',
                f'{statistics.median(seconds[name]):.4f}',
            ]
        )
    count = max(len(each) for each in runs.values())
    lines = as_markdown(HEAD, cells)
    lines += [
        '',
        f'Ours; {count} run(s) per row; s / clip: one forward pass '
        f'on this CPU, {torch.get_num_threads()} threads.',
    ]
    return '\n'.join(lines)
