"""Speed and memory of recognizers, measured side by side."""

import os.path as osp
import statistics
from typing import Callable, Dict, Iterator, NamedTuple, Optional, Sequence, Tuple

import torch
from mmaction.registry import MODELS
from mmaction.structures import ActionDataSample
from mmengine.registry import init_default_scope
from torch import nn
from torch.profiler import ProfilerActivity, profile

from .loading import load_config
from .side_by_side import ratio, time_side_by_side


class Setting(NamedTuple):
    """Conditions of a measurement.

    Args:
        shape (tuple[int, ...]): (C, T, H, W) of one clip for 3D networks,
            (C, H, W) of one frame for 2D networks, with T as the batch size.
        repeats (int): Timed rounds.
        device (str): Device of the models.
        amp (bool): True for half precision.
    """

    shape: Tuple[int, ...] = (3, 16, 224, 224)
    repeats: int = 10
    device: str = 'cpu'
    amp: bool = False


def steps(
    model: nn.Module, setting: Setting, batch: int
) -> Dict[str, Callable[[], None]]:
    """Functions to time for a model: one forward pass, one training step."""
    device, kind = setting.device, setting.device.partition(':')[0]
    x = torch.rand(batch, 1, *setting.shape, device=device)
    if len(setting.shape) == 3:
        x = x.transpose(0, 1)
    samples = [ActionDataSample().set_gt_label(0) for _ in range(len(x))]
    for sample in samples:
        sample.gt_label = sample.gt_label.to(device)

    def forward() -> None:
        model.eval()
        with torch.no_grad(), torch.autocast(kind, enabled=setting.amp):
            model(x, stage='head')
        wait(device)

    def train() -> None:
        model.train()
        model.zero_grad()
        with torch.autocast(kind, enabled=setting.amp):
            losses = model(x, samples, mode='loss')
        losses['loss_cls'].backward()
        wait(device)

    return {'forward': forward, 'forward + backward': train}


def wait(device: str) -> None:
    """Wait until a GPU has finished."""
    if device.startswith('cuda'):
        torch.cuda.synchronize()


def peak_memory(function: Callable[[], None], device: str) -> int:
    """Largest number of bytes that a call allocates in addition."""
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


def compare_speed(
    configs: Sequence[str],
    batches: Sequence[int] = (1,),
    setting: Optional[Setting] = None,
) -> Iterator[str]:
    """Time forward passes and training steps of models in turns.

    Ratios are medians of the ratios to the first model in each round.

    Args:
        configs (Sequence[str]): Configs with a `model`; the first is the base.
        batches (Sequence[int]): Batch sizes.
        setting (Setting, optional): Conditions.

    Yields:
        str: Lines of a Markdown table.

    Raises:
        FileNotFoundError: If a config is missing.
        ValueError: If a config cannot be read.
    """
    init_default_scope('mmaction')
    setting = setting or Setting()
    device = setting.device
    models = {
        osp.splitext(osp.basename(path))[0]: MODELS.build(load_config(path).model).to(
            device
        )
        for path in configs
    }
    base = next(iter(models))
    yield (
        f'device {device}, amp {setting.amp}, threads {torch.get_num_threads()}, '
        f'torch {torch.__version__}, {setting.repeats} rounds'
    )
    yield f'| batch | step | model | ms | / {base} | peak MB | / {base} |'
    yield '| ---: | --- | --- | ---: | ---: | ---: | ---: |'
    for batch in batches:
        all_steps = {name: steps(each, setting, batch) for name, each in models.items()}
        for step in all_steps[base]:
            functions = {name: all_steps[name][step] for name in models}
            seconds = time_side_by_side(functions, setting.repeats)
            peaks = {
                name: peak_memory(each, device) for name, each in functions.items()
            }
            for name in models:
                yield (
                    f'| {batch} | {step} | {name} | '
                    f'{1e3 * statistics.median(seconds[name]):.1f} | '
                    f'{ratio(seconds, name, base):.3f} | '
                    f'{peaks[name] / 2**20:.0f} | '
                    f'{peaks[name] / max(1, peaks[base]):.3f} |'
                )
