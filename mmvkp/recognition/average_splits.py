"""Mean accuracy over the splits of a data set, such as UCF101 and HMDB51."""

import os.path as osp
from typing import Dict, List, NamedTuple, Optional, Sequence

import numpy as np
from mmaction.evaluation import mean_class_accuracy, top_k_accuracy
from mmengine.config import Config

from .compare_runs import percent
from .dumps import read_dump
from .logs import TOP1, newest_test

# Entries of a log in seconds; the others are shares.
TIMINGS = ('time', 'data_time')


class Run(NamedTuple):
    """Test of one split.

    Args:
        name (str): Path that was given.
        metrics (dict[str, float]): Shares in [0, 1].
        num_classes (int, optional): None if unknown.
        mark (object): Equal for two copies of one test.
    """

    name: str
    metrics: Dict[str, float]
    num_classes: Optional[int]
    mark: object


def _classes_of_log(path: str) -> Optional[int]:
    """Number of classes in the config that MMEngine stores beside a log."""
    config = osp.join(osp.dirname(path), 'vis_data', 'config.py')
    if not osp.isfile(config):
        return None
    head = Config.fromfile(config).get('model', {}).get('cls_head') or {}
    return head.get('num_classes')


def dump_metrics(scores: np.ndarray, labels: np.ndarray) -> Dict[str, float]:
    """Accuracies of a dump, named as in `AccMetric`.

    Args:
        scores (np.ndarray): Scores of each sample.
        labels (np.ndarray): True classes, from 0.

    Shape:
        - scores: (N, C).
        - labels: (N,).

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

    Args:
        path (str): Work dir of a test (its newest test counts), a `.json` log in
            it, or a `.pkl` dump, which gives the metrics of `dump_metrics`.

    Raises:
        FileNotFoundError: If the file is missing.
        ValueError: If it is neither the log nor the dump of a test, or a metric
            is not a share.
    """
    if path.endswith(('.pkl', '.pickle')):
        scores, labels = read_dump(path)
        dump_mark = (scores.tobytes(), labels.tobytes())
        return Run(path, dump_metrics(scores, labels), scores.shape[1], dump_mark)
    if osp.isfile(path) and not path.endswith('.json'):
        raise ValueError(f'{path} is not a work dir, a .json log or a .pkl dump.')
    log, content = newest_test(path)
    metrics = {k: v for k, v in content.items() if k not in TIMINGS}
    for name, value in metrics.items():
        if not isinstance(value, (int, float)) or not 0 <= value <= 1:
            raise ValueError(
                f'{log}: {name} is {value!r}, not a share in [0, 1]; only shares '
                'are averaged.'
            )
    # The timings distinguish tests with equal metrics.
    timed = set(TIMINGS) & set(content)
    mark = sorted(content.items()) if timed else osp.realpath(log)
    return Run(path, metrics, _classes_of_log(log), mark)


def check_runs(runs: Sequence[Run]) -> None:
    """Refuse runs that cannot be averaged.

    Raises:
        ValueError: If a run appears twice, or metrics or numbers of classes
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
                'the same evaluator, and give either logs or dumps.'
            )
    known = [run for run in runs if run.num_classes is not None]
    for run in known:
        if run.num_classes != known[0].num_classes:
            raise ValueError(
                f'{run.name} has {run.num_classes} classes, {known[0].name} '
                f'{known[0].num_classes}; these are not splits of one data set.'
            )


def average(paths: Sequence[str]) -> str:
    """Table of the splits and their mean.

    The standard deviation is divided by the number of runs minus one.

    Args:
        paths (Sequence[str]): Runs, see `read_run`.

    Returns:
        str: Markdown table in percent.

    Raises:
        FileNotFoundError: If a run is missing.
        ValueError: See `read_run` and `check_runs`.
    """
    runs = [read_run(path) for path in paths]
    check_runs(runs)
    names = list(runs[0].metrics)
    rows: List[List[str]] = [
        [run.name, *(percent([run.metrics[name]]) for name in names)] for run in runs
    ]
    means = [percent([run.metrics[name] for run in runs]) for name in names]
    rows.append(['mean +- standard deviation', *means])
    lines = [
        '| split | ' + ' | '.join(f'{name} %' for name in names) + ' |',
        '| --- |' + ' ---: |' * len(names),
        *(f'| {" | ".join(row)} |' for row in rows),
    ]
    return '\n'.join(lines)
