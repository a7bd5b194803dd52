"""Table of accuracy and cost of several tested runs.

Usage::

    python tools/analysis_tools/compare_runs.py \\
        --row R3D CONFIG WORK_DIR [WORK_DIR ...] \\
        --row KPSEM CONFIG WORK_DIR [WORK_DIR ...] [--out table.md]

Each work dir is that of one test (MMAction2's ``tools/test.py``); several in
a row, of runs with different seeds, give mean and standard deviation. MACs
are counted in a forward pass, for networks that select frames in the tests;
seconds per clip are taken in turns in this run, with untrained weights.
"""

import argparse
import json
import os.path as osp
import statistics
from glob import glob
from typing import Dict, List, Tuple

import torch
from mmaction.registry import DATASETS, MODELS
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from mmengine.registry import init_default_scope

from .complexity import count_macs, count_parameters
from .side_by_side import time_side_by_side

TOP1, PAIR = 'acc/top1', 'pair/acc'
CEILING = 'pair/order_blind_ceiling'
KEPT, SPENT = 'cost/kept', 'cost/GMACs'


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument(
        '--row',
        action='append',
        nargs='+',
        required=True,
        metavar=('NAME CONFIG WORK_DIR', 'WORK_DIR'),
        help='a row of the table; may be given several times',
    )
    parser.add_argument('--out', help='file for the table as well')
    args = parser.parse_args()
    for row in args.row:
        if len(row) < 3:
            parser.error(
                f'--row {" ".join(row)} needs a name, a config and '
                'at least one work dir'
            )
    return args


def newest_test(work_dir: str) -> Tuple[str, Dict[str, float]]:
    """Log file and metrics of the newest test in a work dir.

    Raises:
        FileNotFoundError: If the folder holds no test.
    """
    for path in sorted(glob(osp.join(work_dir, '*', '*.json')), reverse=True):
        with open(path, encoding='utf-8') as file:
            metrics = json.load(file)
        if TOP1 in metrics:
            return path, metrics
    raise FileNotFoundError(
        f'{work_dir} holds no test with {TOP1}; run tools/test.py CONFIG '
        f'CHECKPOINT --work-dir {work_dir} first.'
    )


def read_metrics(work_dir: str) -> Dict[str, float]:
    """Metrics of the newest test in a work dir.

    Raises:
        FileNotFoundError: If the folder holds no test.
    """
    return newest_test(work_dir)[1]


def percent(values: List[float]) -> str:
    """Mean, and with several values their standard deviation."""
    text = f'{100 * statistics.mean(values):.1f}'
    if len(values) > 1:
        text += f' +- {100 * statistics.stdev(values):.1f}'
    return text


def spent_in_tests(metrics: List[Dict[str, float]], macs: float) -> Tuple[str, float]:
    """Frames kept and MACs, of networks that select frames those of the tests.

    Args:
        metrics (list[dict[str, float]]): What the tests of a row reported;
            `ComputeCostMetric` adds ``cost/kept`` and ``cost/GMACs``.
        macs (float): MACs of one forward pass, untrained; for other networks.

    Returns:
        tuple[str, float]: Share in percent, or nothing, and MACs per video.
    """
    if any(KEPT not in each for each in metrics):
        return '', macs
    return (
        percent([each[KEPT] for each in metrics]),
        1e9 * statistics.mean(each[SPENT] for each in metrics),
    )


def as_markdown(head: List[str], cells: List[List[str]]) -> List[str]:
    """Lines of a table, without columns that have nothing in them.

    Args:
        head (list[str]): Names of the columns.
        cells (list[list[str]]): Rows; the first column is text, the others
            are numbers.
    """
    columns = [i for i in range(len(head)) if any(row[i] for row in cells)]
    rule = ['---'] + ['---:'] * (len(columns) - 1)
    rows = [[row[i] for i in columns] for row in (head, *cells)]
    return ['| ' + ' | '.join(row) + ' |' for row in (rows[0], rule, *rows[1:])]


def make_table(rows: List[List[str]]) -> str:
    """Read the tests and measure the cost.

    Args:
        rows (list[list[str]]): Name, config and work dirs of each row.

    Returns:
        str: The table in Markdown.

    Raises:
        FileNotFoundError: If a work dir holds no test.
    """
    init_default_scope('mmaction')
    runs = {row[0]: [read_metrics(each) for each in row[2:]] for row in rows}
    models, inputs, forward = {}, {}, {}
    for name, path, *_ in rows:
        config = Config.fromfile(path)
        sample = DATASETS.build(config.test_dataloader.dataset)[0]
        model = MODELS.build(config.model).eval()
        data = model.data_preprocessor(pseudo_collate([sample]))
        models[name], inputs[name] = model, data['inputs']

        def run(name: str = name) -> None:
            with torch.no_grad():
                models[name](inputs[name], stage='head')

        forward[name] = run
    seconds = time_side_by_side(forward, repeats=20)
    first = next(iter(runs.values()))[0]
    count = max(len(each) for each in runs.values())
    head = [
        'model',
        'top-1 %',
        'pair accuracy %',
        'frames kept %',
        'parameters',
        'MMACs',
        's / clip',
    ]
    cells = [['order-blind ceiling', f'{100 * first[CEILING]:.1f}', '100.0'] + [''] * 4]
    for name, metrics in runs.items():
        macs = count_macs(models[name], inputs[name], stage='head')
        kept, spent = spent_in_tests(metrics, macs)
        cells.append(
            [
                name,
                percent([m[TOP1] for m in metrics]),
                percent([m[PAIR] for m in metrics]),
                kept,
                str(count_parameters(models[name])),
                f'{spent / 1e6:.1f}',
                f'{statistics.median(seconds[name]):.4f}',
            ]
        )
    lines = as_markdown(head, cells)
    lines += [
        '',
        f'Ours; {count} run(s) a row; s / clip: one forward pass '
        f'on this CPU, {torch.get_num_threads()} threads.',
    ]
    return '\n'.join(lines)


def main() -> None:
    """Print the table, and write it where asked to."""
    args = parse_args()
    table = make_table(args.row)
    print(table)
    if args.out:
        with open(args.out, 'w', encoding='utf-8') as file:
            file.write(table + '\n')


if __name__ == '__main__':
    main()
