"""Draw the accuracy of single classes under two models.

Usage::

    python tools/visualizations/vis_class_gain.py --baseline DUMP
        --method DUMP [--names MFNet MF-KPSEM] [--classes FILE]
        [--min-gain 6 | --top 8 --bottom 8 | --all] [--out FILE.png]

The dumps are those of ``tools/test.py CONFIG CHECKPOINT --dump DUMP``, of two
models on the same list. Drawn are the classes that gain most (Fig. 7 of
KPSEM), or with ``--all`` every class that has samples, in the order of the
labels (Fig. 4 of AK-Net). The table of the classes that are drawn is printed.
"""

import argparse
import sys
from typing import Optional, Sequence

import numpy as np

from ..video.files import run_tool, write_picture
from .class_gain import ClassGain, choose_classes, class_gain, draw_class_gain
from .dump_pairs import read_dumps
from .loading import class_names_of

# The paper's figure has the classes that gain at least 6 %.
MIN_GAIN = 6.0


def parse_args(argv: Optional[Sequence[str]] = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    add = parser.add_argument
    add('--baseline', required=True, help='dump of the baseline')
    add('--method', required=True, help='dump of the method')
    add(
        '--names',
        nargs=2,
        default=['baseline', 'method'],
        metavar=('BASELINE', 'METHOD'),
        help='what the two are called in the picture',
    )
    add('--classes', help='file with a class name per line')
    add(
        '--min-gain',
        type=float,
        help='draw the classes with at least this gain in points of accuracy '
        f'(default: {MIN_GAIN:g}, unless --top, --bottom or --all is given)',
    )
    add('--top', type=int, default=0, help='draw the N largest gains')
    add('--bottom', type=int, default=0, help='draw the N smallest gains')
    add(
        '--all',
        action='store_true',
        help='draw all classes that have samples, as upright bars',
    )
    add(
        '--out',
        default='class_gain.png',
        help='picture to write (default: %(default)s)',
    )
    args = parser.parse_args(argv)
    if args.top < 0 or args.bottom < 0:
        parser.error('--top and --bottom cannot be negative')
    if args.min_gain is not None and (args.top or args.bottom):
        parser.error('--min-gain and --top/--bottom exclude each other')
    if args.all and (args.min_gain is not None or args.top or args.bottom):
        parser.error('--all excludes --min-gain, --top and --bottom')
    if args.min_gain is None and not (args.top or args.bottom or args.all):
        args.min_gain = MIN_GAIN
    if args.names[0] == args.names[1]:
        parser.error(
            f'--names {args.names[0]} {args.names[1]}: give two different names'
        )
    if not args.out.lower().endswith('.png'):
        parser.error(f'--out {args.out} must end in .png')
    return args


def table(
    result: ClassGain,
    chosen: Sequence[int],
    names: Sequence[str],
    legend: Sequence[str],
) -> str:
    """The numbers of the picture as a Markdown table."""
    lines = [
        f'| class | samples | {legend[0]} % | {legend[1]} % | gain |',
        '| --- | ---: | ---: | ---: | ---: |',
    ]
    for i in chosen:
        lines.append(
            f'| {names[i]} | {result.counts[i]} | '
            f'{100 * result.baseline[i]:.1f} | '
            f'{100 * result.method[i]:.1f} | '
            f'{100 * result.gain[i]:+.1f} |'
        )
    return '\n'.join(lines)


def main(args: argparse.Namespace) -> None:
    """Read the dumps, print the table and write the picture."""
    scores, labels = read_dumps(dict(zip(args.names, (args.baseline, args.method))))
    baseline, method = scores.values()
    names = class_names_of(None, baseline.shape[1], args.classes)
    result = class_gain(baseline, method, labels)
    least = None if args.min_gain is None else args.min_gain / 100
    chosen = choose_classes(result.gain, least, args.top, args.bottom)
    if args.all:
        chosen = np.flatnonzero(result.counts)
    overall = [100 * (each.argmax(1) == labels).mean()
               for each in (baseline, method)]  # yapf: disable
    better, worse = (result.gain > 0).sum(), (result.gain < 0).sum()
    summary = (
        f'{args.names[0]} {overall[0]:.1f} %, {args.names[1]} '
        f'{overall[1]:.1f} %; {better} class(es) better, {worse} worse'
    )
    if not len(chosen):
        raise ValueError(
            f'no class gains {args.min_gain:g} points ({summary}); lower '
            '--min-gain, or give --top and --bottom.'
        )
    print(table(result, chosen, names, args.names))
    write_picture(
        args.out, draw_class_gain(result, chosen, names, args.names, upright=args.all)
    )
    print(f'\n{summary} -> {args.out}')


if __name__ == '__main__':
    options = parse_args()
    sys.exit(run_tool('vis_class_gain.py', lambda: main(options)))
