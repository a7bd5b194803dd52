"""Metrics of tests, from the logs that MMEngine writes."""

import json
import os.path as osp
from glob import escape, glob
from typing import Any, Dict, List, Optional, Tuple

TOP1 = 'acc/top1'
_COST_HINT = (
    "Metrics of cost/ need dict(type='ComputeCostMetric') in test_evaluator and "
    "dict(type='SelectionRecordHook') in custom_hooks."
)


def newest_test(path: str, metric: str = TOP1) -> Tuple[str, Dict[str, Any]]:
    """Find the newest test in a work dir, or read one log.

    Args:
        path (str): Work dir of a test, or the `TIME/TIME.json` in it.
        metric (str): Metric that the test must have.

    Returns:
        tuple[str, dict[str, object]]: Path of the log, and its content.

    Raises:
        FileNotFoundError: If the file or folder is missing.
        ValueError: If no test has the metric.
    """
    if osp.isdir(path):
        # A test writes TIME/TIME.json; a training run writes vis_data/*.json.
        logs = sorted(
            each
            for each in glob(osp.join(escape(path), '*', '*.json'))
            if osp.basename(osp.dirname(each)) == osp.basename(each)[:-5]
        )
    elif osp.isfile(path):
        logs = [path]
    else:
        raise FileNotFoundError(f'no work dir or log {path}.')
    for log in reversed(logs):
        content = _read_json(log)
        if isinstance(content, dict) and metric in content:
            return log, content
    raise ValueError(
        f'{path} has no test with {metric}; give the work dir of `mmvkp test` or '
        'the TIME/TIME.json in it.' + f' {_COST_HINT}' * metric.startswith('cost/')
    )


def _read_json(path: str) -> Optional[Any]:
    """Content of a file; None if it is not JSON."""
    with open(path, encoding='utf-8') as file:
        try:
            return json.load(file)
        except ValueError:
            return None


def read_test(path: str, metric: str = TOP1) -> Dict[str, float]:
    """Numbers of the newest test in a work dir, or of one log.

    Args:
        path (str): See `newest_test`.
        metric (str): See `newest_test`.

    Returns:
        dict[str, float]: Values by name of the metric.

    Raises:
        FileNotFoundError: See `newest_test`.
        ValueError: See `newest_test`.
    """
    log, content = newest_test(path, metric)
    try:
        return {
            key: float(value)
            for key, value in content.items()
            if isinstance(value, (int, float))
        }
    except OverflowError as error:
        raise ValueError(f'{log}: a number is too large ({error}).') from error


def named_runs(texts: List[str]) -> List[Tuple[str, str]]:
    """Split each `[NAME=]RUN` at its last `=`.

    Without a name, the last part of the path is the name.

    Returns:
        list[tuple[str, str]]: Name and path of each run.

    Raises:
        ValueError: If two runs have the same name.
    """
    runs: List[Tuple[str, str]] = []
    for text in texts:
        name, equals, path = text.rpartition('=')
        if not equals:
            name, path = osp.basename(osp.normpath(text)), text
        if name in dict(runs):
            raise ValueError(
                f'two runs have the name {name}; give each its own: NAME=RUN.'
            )
        runs.append((name, path))
    return runs
