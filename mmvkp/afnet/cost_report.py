"""MACs of an AFNet as a function of the frames that it keeps.

Usage::

    python tools/analysis_tools/get_selection_cost.py CONFIG \\
        [--size 224] [--views 1] [--ratio 0.25 0.5 0.8]

prints parameters and the law fixed + focal * r of one video, r the share of
frames that the focal blocks compute, the part of each block, and the MACs at
the asked ratios. Nothing is computed, so the largest network takes seconds.
What a trained network really spends depends on the videos: `ComputeCostMetric`
reports it in a test.
"""

import argparse
import sys

from mmaction.registry import MODELS
from mmengine.config import Config
from mmengine.registry import init_default_scope

from ..checks import check_ratio
from ..recognition.complexity import count_parameters
from .cost import measure_law, weightless_copy


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('config')
    parser.add_argument(
        '--size',
        type=int,
        nargs='+',
        default=[224],
        help='height and width of the frames, or both in one',
    )
    parser.add_argument('--views', type=int, default=1, help='clips x crops per video')
    parser.add_argument(
        '--ratio',
        type=float,
        nargs='+',
        default=[1.0, 0.8, 0.5, 0.4, 0.25],
        help='shares of frames kept, in (0, 1]',
    )
    args = parser.parse_args()
    if len(args.size) > 2 or min(args.size) < 1 or args.views < 1:
        parser.error('--size takes one or two, --views one positive number')
    return args


def report(args: argparse.Namespace) -> None:
    """Build the model and print its law.

    Raises:
        ValueError: If the backbone selects no frames or a ratio is outside
            (0, 1].
    """
    for ratio in args.ratio:
        check_ratio('get_selection_cost.py', '--ratio', ratio)
    model = MODELS.build(Config.fromfile(args.config).model)
    backbone = model.backbone
    frames = args.views * getattr(backbone, 'num_segments', 1)
    shape = (frames, 3, args.size[0], args.size[-1])
    law = measure_law(weightless_copy(model), shape)
    print(f'{count_parameters(model):,} parameters')
    print(f'one video of {frames} frames, {shape[2]} x {shape[3]} pixels:')
    print(f'MACs = {law.fixed:,} + {sum(law.focal):,} * r')
    print(f'     = {law.fixed / 1e9:.4f} G + {sum(law.focal) / 1e9:.4f} G * r')
    if law.per_frame_head:
        print(
            'counted as in the paper, with a classification of every '
            f'frame: {law.per_frame_head:,} more'
        )
    print('\n| focal block | G at r = 1 |\n| --- | ---: |')
    names = [
        name[: -len('.path')]
        for name, _ in backbone.named_modules()
        if '.focal.' in name and name.endswith('.path')
    ]
    for name, macs in zip(names, law.focal):
        print(f'| {name} | {macs / 1e9:.4f} |')
    print('\n| r | MACs | G | of r = 1 |\n| ---: | ---: | ---: | ---: |')
    for ratio in args.ratio:
        macs = law.at(ratio)
        print(
            f'| {ratio:g} | {macs:,.0f} | {macs / 1e9:.4f} | {macs / law.at(1):.3f} |'
        )


def main() -> None:
    """Report, or say in one line what is wrong."""
    args = parse_args()
    init_default_scope('mmaction')
    try:
        report(args)
    except (OSError, AttributeError, TypeError, ValueError, KeyError) as error:
        sys.exit(f'error: {error}')


if __name__ == '__main__':
    main()
