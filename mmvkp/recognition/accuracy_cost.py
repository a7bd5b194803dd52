"""Accuracy and cost of tested and published models."""

from typing import Dict, List, NamedTuple, Optional, Sequence, Tuple

from .logs import TOP1, read_test

SPENT = 'cost/GMACs'
METRIC_NAMES = {
    TOP1: 'top-1 accuracy',
    'acc/mean_average_precision': 'mean average precision',
}


class CostPoint(NamedTuple):
    """One model on one test.

    Args:
        name (str): Text beside the point; may be empty.
        curve (str): Points of one curve are joined and share a color. Points
            with an empty curve are single and grey.
        gmacs (float): 10^9 multiply-accumulates per video, positive.
        accuracy (float): Accuracy or mean average precision, in [0, 1].
        published (bool): True for numbers of a publication, drawn hollow.
    """

    name: str
    curve: str
    gmacs: float
    accuracy: float
    published: bool = False


def by_curve(points: Sequence[CostPoint]) -> Dict[str, List[CostPoint]]:
    """Group points by curve, each sorted by cost; curves keep their order."""
    curves: Dict[str, List[CostPoint]] = {}
    for point in points:
        curves.setdefault(point.curve, []).append(point)
    return {
        name: sorted(parts, key=lambda part: part.gmacs)
        for name, parts in curves.items()
    }


def split(text: str) -> Tuple[str, str, str, Optional[float]]:
    """Split `[CURVE/]NAME=VALUE[@GMACS]`.

    Returns:
        tuple[str, str, str, float | None]: Curve, name, value and GMACs.

    Raises:
        ValueError: If the name is missing, or the GMACs are not a number.
    """
    label, equals, rest = text.rpartition('=')
    if not label or not equals or not rest:
        raise ValueError(f'{text!r} is not [CURVE/]NAME=RUN[@GMACS].')
    curve, _, name = label.partition('/')
    value, at, gmacs = rest.rpartition('@')
    if not at:
        return curve, name, rest, None
    try:
        return curve, name, value, float(gmacs)
    except ValueError:
        raise ValueError(
            f'{text!r}: {gmacs!r} after the @ is not a number of GMACs.'
        ) from None


def measured(text: str, metric: str = TOP1) -> CostPoint:
    """Read the point of a test.

    Args:
        text (str): `[CURVE/]NAME=RUN[@GMACS]`; RUN is a work dir or a log.
            Without GMACs the test must have measured them.
        metric (str): Metric of the test.

    Raises:
        FileNotFoundError: If the run is missing.
        ValueError: If the test does not have the metric, or no cost is known.
    """
    curve, name, path, gmacs = split(text)
    metrics = read_test(path, metric)
    if gmacs is None:
        if SPENT not in metrics:
            raise ValueError(
                f'{path} has no {SPENT}; give the GMACs after an @, or test with '
                "dict(type='ComputeCostMetric') in test_evaluator and "
                "dict(type='SelectionRecordHook') in custom_hooks."
            )
        gmacs = metrics[SPENT]
    return CostPoint(name, curve, gmacs, metrics[metric])


def published(text: str) -> CostPoint:
    """Read the point of a publication.

    Args:
        text (str): `[CURVE/]NAME=ACCURACY@GMACS`, accuracy in percent.

    Raises:
        ValueError: If a number is missing.
    """
    curve, name, accuracy, gmacs = split(text)
    try:
        value = float(accuracy) / 100
    except ValueError:
        gmacs = None
    if gmacs is None:
        raise ValueError(
            f'{text!r} is not [CURVE/]NAME=ACCURACY@GMACS with two numbers.'
        )
    return CostPoint(name, curve, gmacs, value, True)


def table(points: Sequence[CostPoint], metric: str) -> str:
    """Markdown table of points.

    Args:
        points (Sequence[CostPoint]): Models.
        metric (str): Name of the accuracy.
    """
    lines = [
        f'| curve | name | GMACs | {metric} % | source |',
        '| --- | --- | ---: | ---: | --- |',
    ]
    for parts in by_curve(points).values():
        lines += [
            f'| {part.curve} | {part.name} | {part.gmacs:.3f} | '
            f'{100 * part.accuracy:.2f} | '
            f'{"published" if part.published else "measured"} |'
            for part in parts
        ]
    return '\n'.join(lines)
