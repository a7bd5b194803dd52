"""Draw the share of frames that each focal block keeps (Fig. 5 of AFNet).

Usage::

    python tools/visualizations/vis_selection_share.py [NAME=]RUN ...
        [--out FILE.png]

RUN is the work dir of a test with `ComputeCostMetric`, as the AFNet recipes
have it, or the ``TIME/TIME.json`` log in it. Dashed lines are cubic fits. The
numbers are printed.
"""

import argparse
import sys
from typing import Dict, Optional, Sequence

import numpy as np

from ..recognition.logs import named_runs, read_test
from ..video.files import run_tool, write_picture
from .draw_share import draw_selection_share

KEPT = 'cost/kept'


def parse_args(argv: Optional[Sequence[str]] = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument(
        'runs', nargs='+', metavar='[NAME=]RUN', help='work dir or log of a test'
    )
    parser.add_argument(
        '--out',
        default='selection_share.png',
        help='picture to write (default: %(default)s)',
    )
    args = parser.parse_args(argv)
    if not args.out.lower().endswith('.png'):
        parser.error(f'--out {args.out} must end in .png')
    return args


def shares_of(path: str) -> np.ndarray:
    """Share of each block, (M,), in [0, 1]."""
    metrics = read_test(path, f'{KEPT}_0')
    shares = []
    while f'{KEPT}_{len(shares)}' in metrics:
        shares.append(metrics[f'{KEPT}_{len(shares)}'])
    return np.array(shares)


def table(shares: Dict[str, np.ndarray]) -> str:
    """The numbers of the picture as a Markdown table."""
    lines = [f'| block | {" | ".join(shares)} |', '| ---: |' + ' ---: |' * len(shares)]
    for block in range(max(map(len, shares.values()))):
        cells = [
            f'{values[block]:.3f}' if block < len(values) else ''
            for values in shares.values()
        ]
        lines.append(f'| {block} | {" | ".join(cells)} |')
    means = [f'{values.mean():.3f}' for values in shares.values()]
    return '\n'.join([*lines, f'| mean | {" | ".join(means)} |'])


def main(args: argparse.Namespace) -> None:
    """Read the tests, print the table and write the picture."""
    shares = {name: shares_of(path) for name, path in named_runs(args.runs)}
    print(table(shares))
    write_picture(args.out, draw_selection_share(shares))
    print(f'\n-> {args.out}')


if __name__ == '__main__':
    options = parse_args()
    sys.exit(run_tool('vis_selection_share.py', lambda: main(options)))
