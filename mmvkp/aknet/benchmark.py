"""Wall-clock time of AK-Nets against their host.

Usage::

    python tools/analysis_tools/benchmark_aknet.py [--stage 2 1 0] \\
        [--size 224] [--batch 1] [--device cpu] [--amp] [--channels-last]

runs the forward pass of a TSM-R50 and of AK-Nets over it in eval, with their
heads, all in turns in one run, and prints the medians of time(AK-Net) /
time(host) beside MACs(AK-Net) / MACs(host). On a CPU AK-Net runs the stages of
its host faster than MMAction2 does (`quicken`), which has nothing to do
with points: a further column divides by the time of the whole host made faster
in that way, the "quick host". The last two columns are the shares of what
AK-Net takes from the host, the stages up to the split: what is faster than
that cannot be had from points. Stage 2, 1 and 0 are the splits behind res4,
res3 and res2. ``--host ResNetTDN`` takes another host, ``--depth`` and
``--segments`` another size of it.
"""

import argparse
import statistics
import sys
from copy import deepcopy
from typing import Callable, Dict, List

import torch
from mmaction.registry import MODELS
from mmengine.registry import init_default_scope
from torch import Tensor, nn

from ..checks import check_positive
from ..recognition.accelerate import quicken
from ..recognition.complexity import count_macs
from ..recognition.side_by_side import ratio as time_ratio
from ..recognition.side_by_side import time_side_by_side

HOST = 'host'
QUICK = 'quick host'


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument(
        '--host', default='ResNetTSM', choices=['ResNetTSM', 'ResNetTDN']
    )
    parser.add_argument('--depth', type=int, default=50)
    parser.add_argument('--segments', type=int, default=8, help='frames')
    parser.add_argument(
        '--stage', type=int, nargs='+', default=[2, 1, 0], help='of the split'
    )
    parser.add_argument('--ratio', type=float, default=0.3, help='of cells')
    parser.add_argument(
        '--transform',
        default='light',
        choices=['light', 'pointnet', 'embedding', 'none'],
    )
    parser.add_argument('--size', type=int, default=224)
    parser.add_argument('--batch', type=int, default=1, help='videos')
    parser.add_argument('--classes', type=int, default=174)
    parser.add_argument('--repeats', type=int, default=10)
    parser.add_argument('--threads', type=int, help='threads of torch')
    parser.add_argument(
        '--device', default='cuda' if torch.cuda.is_available() else 'cpu'
    )
    parser.add_argument('--amp', action='store_true', help='half precision')
    parser.add_argument('--channels-last', action='store_true')
    return parser.parse_args()


class HostNet(nn.Sequential):
    """Backbone and head of the host, which wants a number that it ignores.

    Shape:
        - x: (N * T, C, H, W).
        - returns: (N, num_classes), logits.
    """

    def forward(self, x: Tensor) -> Tensor:
        """Classify; see the class for the shapes."""
        return self[1](self[0](x), len(x))


def build_models(args: argparse.Namespace) -> Dict[str, nn.Module]:
    """The host, as it is and quickened, and the AK-Nets, with their heads."""
    base = dict(type=args.host, depth=args.depth, num_segments=args.segments)
    backbone = MODELS.build(base)
    models = {
        HOST: HostNet(
            backbone,
            MODELS.build(
                dict(
                    type='TSMHead',
                    num_classes=args.classes,
                    in_channels=backbone.feat_dim,
                    num_segments=args.segments,
                )
            ),
        )
    }
    models[QUICK] = quicken(deepcopy(models[HOST]))
    for stage in args.stage:
        aknet = MODELS.build(
            dict(
                type='AKNet',
                base=base,
                select_stage=stage,
                keypoint_ratio=args.ratio,
                transform=args.transform,
            )
        )
        models[f'res{stage + 2}'] = nn.Sequential(
            aknet,
            MODELS.build(
                dict(
                    type='AKHead',
                    num_classes=args.classes,
                    in_channels=backbone.feat_dim,
                    map_channels=backbone.feat_dim >> (3 - stage),
                )
            ),
        )
    return models


def run_of(model: nn.Module, x: Tensor, amp: bool) -> Callable[[], None]:
    """What is timed of a model."""

    def function() -> None:
        with torch.no_grad(), torch.autocast(x.device.type, enabled=amp):
            model(x)
        if x.is_cuda:
            torch.cuda.synchronize()

    return function


def benchmark(args: argparse.Namespace) -> None:
    """Time everything and print the table.

    Raises:
        ValueError: If a split or another number is out of range.
    """
    check_positive(
        'benchmark_aknet.py',
        segments=args.segments,
        size=args.size,
        batch=args.batch,
        repeats=args.repeats,
    )
    models = {
        name: model.to(args.device).eval() for name, model in build_models(args).items()
    }
    channels = 15 if args.host == 'ResNetTDN' else 3
    x = torch.rand(
        args.batch * args.segments, channels, args.size, args.size, device=args.device
    )
    parts = dict(models)
    for name, model in models.items():
        if name not in (HOST, QUICK):
            parts[f'{name} bottom'] = model[0].base
    macs = {name: count_macs(part, x[: args.segments]) for name, part in parts.items()}
    if args.channels_last:
        for part in parts.values():
            # Sequences have no such format, only maps.
            if isinstance(part, HostNet) or part not in models.values():
                part.to(memory_format=torch.channels_last)
        x = x.contiguous(memory_format=torch.channels_last)
    seconds = time_side_by_side(
        {name: run_of(part, x, args.amp) for name, part in parts.items()}, args.repeats
    )
    print_table(args, list(models), macs, seconds)


def print_table(
    args: argparse.Namespace,
    names: List[str],
    macs: Dict[str, int],
    seconds: Dict[str, List[float]],
) -> None:
    """Print what was measured of the host and the splits."""
    print(
        f'device {args.device}, amp {args.amp}, channels last '
        f'{args.channels_last}, threads {torch.get_num_threads()}, torch '
        f'{torch.__version__}, {args.host}-{args.depth}, transform '
        f'{args.transform}, {args.batch} x {args.segments} x {args.size} x '
        f'{args.size}, {args.repeats} rounds'
    )
    print(
        '| split | GMACs per video | ms | MACs / MACs(host) | '
        'time / time(host) | difference | time / time(quick host) | '
        'MACs of the bottom | time of the bottom |'
    )
    print('| --- |' + ' ---: |' * 8)
    for name in names:
        share, time = macs[name] / macs[HOST], time_ratio(seconds, name, HOST)
        part = name if name in (HOST, QUICK) else f'{name} bottom'
        print(
            f'| {name} | {macs[name] / 1e9:.3f} | '
            f'{1e3 * statistics.median(seconds[name]):.1f} | {share:.3f} | '
            f'{time:.3f} | {time - share:+.3f} | '
            f'{time_ratio(seconds, name, QUICK):.3f} | '
            f'{macs[part] / macs[HOST]:.3f} | '
            f'{time_ratio(seconds, part, HOST):.3f} |'
        )


def main() -> None:
    """Benchmark, or say in one line what is wrong."""
    args = parse_args()
    init_default_scope('mmaction')
    if args.threads:
        torch.set_num_threads(args.threads)
    try:
        benchmark(args)
    except (OSError, TypeError, ValueError, KeyError, RuntimeError) as error:
        sys.exit(f'error: {error}')


if __name__ == '__main__':
    main()
