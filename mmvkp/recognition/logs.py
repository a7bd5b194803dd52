"""Metrics of tests, from the logs that MMEngine writes."""

import json
import os.path as osp
from glob import escape, glob
from typing import Dict, List, Tuple


def read_test(path: str, wanted: str) -> Dict[str, float]:
    """Metrics of the newest test in a work dir, or of one log.

    Args:
        path (str): Work dir of ``tools/test.py``, or the ``TIME/TIME.json``
            in it.
        wanted (str): Metric that the test must have.

    Raises:
        FileNotFoundError: If there is no such file or folder.
        ValueError: If there is no test that has the metric.
    """
    if osp.isdir(path):
        # A test writes TIME/TIME.json; a training puts its log elsewhere.
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
        with open(log, encoding='utf-8') as file:
            try:
                content = json.load(file)
            except ValueError:
                continue
        if isinstance(content, dict) and wanted in content:
            return {
                key: float(value)
                for key, value in content.items()
                if isinstance(value, (int, float))
            }
    raise ValueError(
        f'{path} has no test with {wanted}; give the work dir of tools/test.py'
        ' or the TIME/TIME.json in it. Numbers of cost/ are written with '
        "dict(type='ComputeCostMetric') in test_evaluator and "
        "dict(type='SelectionRecordHook') in custom_hooks."
    )


def named_runs(texts: List[str]) -> List[Tuple[str, str]]:
    """Split ``[NAME=]RUN`` at its last ``=``; without a name the last part of
    the path is it.

    Raises:
        ValueError: If two have the same name.
    """
    runs = []
    for text in texts:
        name, equals, path = text.rpartition('=')
        if not equals:
            name, path = osp.basename(osp.normpath(text)), text
        if name in dict(runs):
            raise ValueError(f'two runs are called {name}; give them names: NAME=RUN.')
        runs.append((name, path))
    return runs
