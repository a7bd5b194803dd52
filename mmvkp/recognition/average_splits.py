"""Average of the tests of several splits, as UCF101 and HMDB51 want it.

Usage::

    python tools/analysis_tools/average_splits.py \\
        work_dirs/hmdb51-split1 work_dirs/hmdb51-split2 \\
        work_dirs/hmdb51-split3 [--out table.md]

A run is the work dir of a test (its newest test counts), the ``.json`` log in
it, or a dump, ``tools/test.py CONFIG CHECKPOINT --dump out.pkl``; a dump gives
the top-1, top-5 and mean class accuracy of MMAction2's `AccMetric`. The last
row has the mean and the standard deviation of the sample (divided by the
number of runs less one).
"""

import argparse
import json
import os.path as osp
import sys
from typing import Dict, List, NamedTuple, Optional, Sequence

import numpy as np
from mmaction.evaluation import mean_class_accuracy, top_k_accuracy
from mmengine.config import Config

from .compare_runs import TOP1, newest_test, percent
from .dumps import read_dump

# Beside the metrics of a test, in shares; these are seconds.
TIMINGS = ('time', 'data_time')


class Run(NamedTuple):
    """One test: metrics in [0, 1], its classes if known, and what two reads of
    one test have in common."""

    name: str
    metrics: Dict[str, float]
    num_classes: Optional[int]
    mark: object


def parse_args(argv: Optional[Sequence[str]] = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument(
        'runs',
        nargs='+',
        metavar='RUN',
        help='work dir of a test, its .json log or a dump (.pkl)',
    )
    parser.add_argument('--out', help='file for the table as well')
    args = parser.parse_args(argv)
    if len(args.runs) < 2:
        parser.error('at least two runs are needed for an average')
    return args


def _classes_of_log(path: str) -> Optional[int]:
    """Classes in the config that MMEngine keeps beside a log."""
    config = osp.join(osp.dirname(path), 'vis_data', 'config.py')
    if not osp.isfile(config):
        return None
    head = Config.fromfile(config).get('model', {}).get('cls_head') or {}
    return head.get('num_classes')


def _read_log(path: str) -> Dict[str, float]:
    """The content of the log of a test.

    Raises:
        ValueError: If it is another file.
    """
    with open(path, encoding='utf-8') as file:
        try:
            content = json.load(file)
        except ValueError:
            content = None
    if not isinstance(content, dict) or TOP1 not in content:
        raise ValueError(
            f'{path} is no log of a test with {TOP1}; give TIME/TIME.json of '
            'its work dir (vis_data/ holds other files), or the work dir.'
        )
    return content


def dump_metrics(scores: np.ndarray, labels: np.ndarray) -> Dict[str, float]:
    """Accuracies of a dump by the names of `AccMetric`.

    Args:
        scores (np.ndarray): (N, C).
        labels (np.ndarray): (N,), from 0.

    Returns:
        dict[str, float]: Shares in [0, 1].
    """
    top1, top5 = top_k_accuracy(list(scores), labels, (1, 5))
    return {
        TOP1: float(top1),
        'acc/top5': float(top5),
        'acc/mean1': float(mean_class_accuracy(list(scores), labels)),
    }


def read_run(path: str) -> Run:
    """Read the test of one split.

    Raises:
        FileNotFoundError: If there is no such file, or no test in the folder.
        ValueError: If the file is neither the log nor the dump of a test, or
            a metric is no share.
    """
    if path.endswith(('.pkl', '.pickle')):
        scores, labels = read_dump(path)
        mark = (scores.tobytes(), labels.tobytes())
        return Run(path, dump_metrics(scores, labels), scores.shape[1], mark)
    if osp.isdir(path):
        log, content = newest_test(path)
    elif path.endswith('.json') or not osp.exists(path):
        log, content = path, _read_log(path)
    else:
        raise ValueError(
            f'{path} is neither a work dir nor a .json log nor a .pkl dump.'
        )
    metrics = {k: v for k, v in content.items() if k not in TIMINGS}
    for name, value in metrics.items():
        if not isinstance(value, (int, float)) or not 0 <= value <= 1:
            raise ValueError(
                f'{log}: {name} is {value!r}, not a share in '
                '[0, 1], and has no average in percent.'
            )
    # Seconds tell tests with equal metrics apart.
    mark = sorted(content.items()) if set(TIMINGS) & set(content) else osp.realpath(log)
    return Run(path, metrics, _classes_of_log(log), mark)


def check_runs(runs: List[Run]) -> None:
    """Refuse runs that have no common average.

    Raises:
        ValueError: If a run is there twice, or metrics or numbers of classes
            differ.
    """
    first = runs[0]
    for i, run in enumerate(runs):
        for other in runs[:i]:
            if run.mark == other.mark:
                raise ValueError(
                    f'{run.name} is the same test as '
                    f'{other.name}; give each split once.'
                )
        if run.metrics.keys() != first.metrics.keys():
            raise ValueError(
                f'{run.name} has the metrics {sorted(run.metrics)}, '
                f'{first.name} {sorted(first.metrics)}; test all splits with '
                'one evaluator, and give logs or dumps but not both.'
            )
    known = [run for run in runs if run.num_classes is not None]
    for run in known:
        if run.num_classes != known[0].num_classes:
            raise ValueError(
                f'{run.name} has {run.num_classes} classes, {known[0].name} '
                f'{known[0].num_classes}; these are no splits of one data '
                'set.'
            )


def make_table(runs: List[Run]) -> str:
    """Markdown table in percent: a row per run, then mean and deviation."""
    names = list(runs[0].metrics)
    lines = [
        '| split | ' + ' | '.join(f'{name} %' for name in names) + ' |',
        '| --- |' + ' ---: |' * len(names),
    ]
    for run in runs:
        cells = [percent([run.metrics[name]]) for name in names]
        lines.append(f'| {run.name} | {" | ".join(cells)} |')
    cells = [percent([run.metrics[name] for run in runs]) for name in names]
    lines.append(f'| mean +- standard deviation | {" | ".join(cells)} |')
    return '\n'.join(lines)


def main(argv: Optional[Sequence[str]] = None) -> int:
    """Print the table; returns the exit status."""
    args = parse_args(argv)
    try:
        runs = [read_run(path) for path in args.runs]
        check_runs(runs)
        table = make_table(runs)
        if args.out:
            with open(args.out, 'w', encoding='utf-8') as file:
                file.write(table + '\n')
    except (ValueError, OSError) as error:
        print(f'average_splits.py: error: {error}', file=sys.stderr)
        return 2 if isinstance(error, ValueError) else 1
    print(table)
    return 0


if __name__ == '__main__':
    sys.exit(main())
