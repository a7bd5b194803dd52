"""Draw accuracy against GMACs (Fig. 4 of AFNet, Fig. 5 of AK-Net).

Usage::

    python tools/visualizations/vis_accuracy_cost.py [CURVE/]NAME=RUN[@GMACS]
        ... [--published CURVE/NAME=ACCURACY@GMACS ...]
        [--metric acc/top1] [--out FILE.png]

RUN is the work dir of a test or the ``TIME/TIME.json`` log in it. What one
video cost is read from its ``cost/GMACs`` (`ComputeCostMetric`); for networks
that always cost the same, give it behind an ``@``. Points of one CURVE are
joined. Numbers of publications, accuracy in percent, are drawn hollow. The
table is printed. A point without a curve, ``/NAME=...``, stands alone in
grey, as a method to compare with.
"""

import argparse
import sys
from typing import List, Optional, Sequence, Tuple

from ..video.files import run_tool, write_picture
from .accuracy_cost import CostPoint, by_curve, draw_accuracy_cost
from .logs import read_test

SPENT = 'cost/GMACs'
WORDS = {
    'acc/top1': 'top-1 accuracy',
    'acc/mean_average_precision': 'mean average precision',
}


def parse_args(argv: Optional[Sequence[str]] = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    add = parser.add_argument
    add(
        'runs',
        nargs='*',
        metavar='[CURVE/]NAME=RUN[@GMACS]',
        help='work dir or log of a test',
    )
    add(
        '--published',
        nargs='+',
        default=[],
        metavar='[CURVE/]NAME=ACCURACY@GMACS',
        help='numbers of a publication; accuracy in percent',
    )
    add(
        '--metric',
        default='acc/top1',
        help='metric of the tests, a share in [0, 1] (default: %(default)s)',
    )
    add(
        '--out',
        default='accuracy_cost.png',
        help='picture to write (default: %(default)s)',
    )
    args = parser.parse_args(argv)
    if not args.runs and not args.published:
        parser.error('there is nothing to draw')
    if not args.out.lower().endswith('.png'):
        parser.error(f'--out {args.out} must end in .png')
    return args


def split(text: str) -> Tuple[str, str, str, Optional[float]]:
    """Curve, name, what stands behind ``=``, and GMACs of an argument.

    Raises:
        ValueError: If it has no name, or its GMACs are no number.
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
            f'{text!r}: {gmacs!r} behind the @ is no number of GMACs.'
        ) from None


def measured(text: str, metric: str) -> CostPoint:
    """A point of a test.

    Raises:
        ValueError: If the test has not the metric, or no cost is known.
    """
    curve, name, path, gmacs = split(text)
    metrics = read_test(path, metric)
    if gmacs is None:
        if SPENT not in metrics:
            raise ValueError(
                f'{path} has no {SPENT}; give the GMACs behind an @, or test '
                "with dict(type='ComputeCostMetric') in test_evaluator and "
                "dict(type='SelectionRecordHook') in custom_hooks."
            )
        gmacs = metrics[SPENT]
    return CostPoint(name, curve, gmacs, metrics[metric])


def published(text: str) -> CostPoint:
    """A point of a publication.

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


def table(points: List[CostPoint], metric: str) -> str:
    """The numbers of the picture as a Markdown table."""
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


def main(args: argparse.Namespace) -> None:
    """Read the tests, print the table and write the picture."""
    points = [measured(text, args.metric) for text in args.runs]
    points += [published(text) for text in args.published]
    metric = WORDS.get(args.metric, args.metric)
    print(table(points, metric))
    write_picture(args.out, draw_accuracy_cost(points, metric))
    print(f'\n-> {args.out}')


if __name__ == '__main__':
    options = parse_args()
    sys.exit(run_tool('vis_accuracy_cost.py', lambda: main(options)))
