"""Speed and memory of models against the first one, side by side.

Usage::

    python tools/analysis_tools/benchmark_speed.py CONFIG CONFIG [...]
        --shape 3 16 224 224 --batch 1 4

times forward and forward + backward of the recognizers in turns and prints
the medians of the ratios to the first config. The configs need a ``model``
and nothing else; shapes are those of one clip (3D) or of all frames (2D).
"""

import argparse
import os.path as osp
import statistics
from typing import Callable, Dict

import torch
from mmaction.registry import MODELS
from mmaction.structures import ActionDataSample
from mmengine.config import Config
from mmengine.registry import init_default_scope
from torch import nn
from torch.profiler import ProfilerActivity, profile

from .side_by_side import ratio, time_side_by_side


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('configs', nargs='+', help='the first is the base')
    parser.add_argument('--shape', type=int, nargs='+', default=[3, 16, 224, 224])
    parser.add_argument('--batch', type=int, nargs='+', default=[1])
    parser.add_argument('--repeats', type=int, default=10)
    parser.add_argument('--threads', type=int, help='threads of torch')
    parser.add_argument(
        '--device', default='cuda' if torch.cuda.is_available() else 'cpu'
    )
    parser.add_argument('--amp', action='store_true', help='half precision')
    return parser.parse_args()


def steps(
    model: nn.Module, args: argparse.Namespace, batch: int
) -> Dict[str, Callable[[], None]]:
    """The two functions that are timed for a model."""
    x = torch.rand(batch, 1, *args.shape, device=args.device)
    if len(args.shape) == 3:
        x = x.transpose(0, 1)
    samples = [ActionDataSample().set_gt_label(0) for _ in range(len(x))]
    for sample in samples:
        sample.gt_label = sample.gt_label.to(args.device)

    def forward() -> None:
        model.eval()
        with torch.no_grad(), torch.autocast(args.device, enabled=args.amp):
            model(x, stage='head')
        wait(args.device)

    def train() -> None:
        model.train()
        model.zero_grad()
        with torch.autocast(args.device, enabled=args.amp):
            losses = model(x, samples, mode='loss')
        losses['loss_cls'].backward()
        wait(args.device)

    return {'forward': forward, 'forward + backward': train}


def wait(device: str) -> None:
    """Wait for a GPU, whose calls return before they are done."""
    if device.startswith('cuda'):
        torch.cuda.synchronize()


def peak_memory(function: Callable[[], None], device: str) -> int:
    """Bytes that a call holds at most beyond what was held before."""
    if device.startswith('cuda'):
        torch.cuda.reset_peak_memory_stats()
        before = torch.cuda.memory_allocated()
        function()
        return torch.cuda.max_memory_allocated() - before
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as recorded:
        function()
    held = peak = 0
    for event in recorded.profiler.kineto_results.events():
        if event.name() == '[memory]':
            held += event.nbytes()
            peak = max(peak, held)
    return peak


def main() -> None:
    """Build the models, time them and print the table."""
    args = parse_args()
    init_default_scope('mmaction')
    if args.threads:
        torch.set_num_threads(args.threads)
    models = {
        osp.splitext(osp.basename(path))[0]: MODELS.build(
            Config.fromfile(path).model
        ).to(args.device)
        for path in args.configs
    }
    base = next(iter(models))
    print(
        f'device {args.device}, amp {args.amp}, threads '
        f'{torch.get_num_threads()}, torch {torch.__version__}, '
        f'{args.repeats} rounds'
    )
    print(f'| batch | step | model | ms | / {base} | peak MB | / {base} |')
    print('| ---: | --- | --- | ---: | ---: | ---: | ---: |')
    for batch in args.batch:
        all_steps = {name: steps(model, args, batch) for name, model in models.items()}
        for step in all_steps[base]:
            functions = {name: all_steps[name][step] for name in models}
            seconds = time_side_by_side(functions, args.repeats)
            peaks = {
                name: peak_memory(function, args.device)
                for name, function in functions.items()
            }
            for name in models:
                print(
                    f'| {batch} | {step} | {name} | '
                    f'{1e3 * statistics.median(seconds[name]):.1f} | '
                    f'{ratio(seconds, name, base):.3f} | '
                    f'{peaks[name] / 2**20:.0f} | '
                    f'{peaks[name] / peaks[base]:.3f} |'
                )


if __name__ == '__main__':
    main()
