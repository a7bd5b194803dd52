"""Wall-clock time of an AFNet against the frames that it keeps.

Usage::

    python tools/analysis_tools/benchmark_selection.py [CONFIG] \\
        [--size 224] [--batch 1] [--ratio 0.8 0.5 0.25] [--channels-last]

runs the backbone in eval with forced masks, all ratios in turns in one run,
and prints time(r) / time(1) beside MACs(r) / MACs(1). "dense" computes every
frame and multiplies by the masks, which is what skipping is compared with.
Without a config it is AFResNet of depth 50 on 12 frames.

Where the asked share is no whole number of frames, the blocks get the numbers
above and below in turns; MACs are those of the frames that were computed.
"""

import argparse
import statistics
import sys
from typing import Callable, Dict, List

import torch
from mmaction.registry import MODELS
from mmengine.config import Config
from mmengine.registry import init_default_scope
from torch import Tensor, nn

from ..checks import check_ratio
from ..recognition.side_by_side import ratio as time_ratio
from ..recognition.side_by_side import time_side_by_side
from .cost import measure_law, weightless_copy
from .focal_unit import FocalUnit

DEFAULT = dict(
    type='Recognizer2D',
    backbone=dict(type='AFResNet', depth=50, num_segments=12),
    neck=dict(type='FrameSelectionNeck', num_segments=12),
    cls_head=dict(type='TSNHead', in_channels=2048, num_classes=174),
)


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('config', nargs='?')
    parser.add_argument('--size', type=int, default=224)
    parser.add_argument('--batch', type=int, default=1, help='videos')
    parser.add_argument('--ratio', type=float, nargs='+', default=[0.8, 0.5, 0.25])
    parser.add_argument('--repeats', type=int, default=10)
    parser.add_argument('--threads', type=int, help='threads of torch')
    parser.add_argument(
        '--device', default='cuda' if torch.cuda.is_available() else 'cpu'
    )
    parser.add_argument('--amp', action='store_true', help='half precision')
    parser.add_argument('--channels-last', action='store_true')
    return parser.parse_args()


def forced_masks(share: float, batch: int, num_segments: int, num_masks: int) -> Tensor:
    """Masks that keep a share of the frames of every video.

    Args:
        share (float): Share that is kept, in (0, 1].
        batch (int): Videos N.
        num_segments (int): Frames T per video.
        num_masks (int): Focal blocks M.

    Shape:
        - returns: (N * T, M), 0 or 1; block m keeps one of the two whole
          numbers next to ``share * T``, the blocks together the share.
    """
    masks = torch.zeros(num_segments, num_masks)
    for block in range(num_masks):
        kept = int((block + 1) * share * num_segments + 1e-6) - int(
            block * share * num_segments + 1e-6
        )
        steps = torch.arange(kept)
        masks[(2 * steps + 1) * num_segments // max(2 * kept, 1), block] = 1
    return masks.repeat(batch, 1)


def runs_of(
    backbone: nn.Module,
    x: Tensor,
    all_masks: Dict[str, Tensor],
    args: argparse.Namespace,
) -> Dict[str, Callable[[], None]]:
    """What is timed: one function per set of masks."""
    units = [each for each in backbone.modules() if isinstance(each, FocalUnit)]

    def run(masks: Tensor, sparse: bool) -> Callable[[], None]:

        def function() -> None:
            for unit in units:
                unit.sparse_eval = sparse
            with torch.no_grad(), torch.autocast(x.device.type, enabled=args.amp):
                backbone(x, masks)
            if x.is_cuda:
                torch.cuda.synchronize()

        return function

    runs = {name: run(masks, True) for name, masks in all_masks.items()}
    runs['dense'] = run(all_masks['1'], False)
    return runs


def benchmark(args: argparse.Namespace) -> None:
    """Time everything and print the table.

    Raises:
        ValueError: If a ratio is outside (0, 1] or the backbone selects no
            frames.
    """
    for share in args.ratio:
        check_ratio('benchmark_selection.py', '--ratio', share)
    model = MODELS.build(Config.fromfile(args.config).model if args.config else DEFAULT)
    frames = getattr(model.backbone, 'num_segments', 1)
    law = measure_law(weightless_copy(model), (frames, 3, args.size, args.size))
    backbone = model.backbone.to(args.device).eval()
    x = torch.rand(args.batch * frames, 3, args.size, args.size, device=args.device)
    if args.channels_last:
        backbone = backbone.to(memory_format=torch.channels_last)
        x = x.contiguous(memory_format=torch.channels_last)
    all_masks = {
        f'{share:g}': forced_masks(share, args.batch, frames, backbone.num_masks).to(
            args.device
        )
        for share in [1.0] + args.ratio
    }
    seconds = time_side_by_side(runs_of(backbone, x, all_masks, args), args.repeats)
    print(
        f'device {args.device}, amp {args.amp}, channels last '
        f'{args.channels_last}, threads {torch.get_num_threads()}, torch '
        f'{torch.__version__}, {args.batch} x {frames} x {args.size} x '
        f'{args.size}, {args.repeats} rounds'
    )
    print('| r | GMACs per video | MACs / MACs(1) | ms | time / time(1) | difference |')
    print('| --- | ---: | ---: | ---: | ---: | ---: |')
    for name in seconds:
        kept: List[float] = all_masks.get(name, all_masks['1']).mean(0).tolist()
        macs = law.macs(kept)
        share, time = macs / law.at(1), time_ratio(seconds, name, '1')
        print(
            f'| {name} | {macs / 1e9:.3f} | {share:.3f} | '
            f'{1e3 * statistics.median(seconds[name]):.1f} | {time:.3f} | '
            f'{time - share:+.3f} |'
        )


def main() -> None:
    """Benchmark, or say in one line what is wrong."""
    args = parse_args()
    init_default_scope('mmaction')
    if args.threads:
        torch.set_num_threads(args.threads)
    try:
        benchmark(args)
    except (OSError, AttributeError, TypeError, ValueError, KeyError) as error:
        sys.exit(f'error: {error}')


if __name__ == '__main__':
    main()
