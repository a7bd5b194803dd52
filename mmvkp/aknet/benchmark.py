"""Time of AK-Nets against their host."""

import statistics
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Sequence

import torch
from mmaction.registry import MODELS
from mmengine.registry import init_default_scope
from torch import Tensor, nn

from ..checks import check_positive
from ..console import say
from ..recognition.accelerate import accelerate
from ..recognition.complexity import count_macs
from ..recognition.side_by_side import ratio as time_ratio
from ..recognition.side_by_side import time_side_by_side

HOST = 'host'
FAST_HOST = 'accelerated host'
BASE = 'base'


class Setup(NamedTuple):
    """Networks and sizes; the options of `mmvkp benchmark aknet`.

    Args:
        host (str): Registered 2D backbone.
        depth (int): Its depth.
        stages (Sequence[int]): Splits, as `select_stage` of `AKNet`.
        ratio (float): `keypoint_ratio` of `AKNet`.
        transform (str): `transform` of `AKNet`.
        segments (int): Frames or segments of a clip.
        size (int): Height and width of the input.
        batch (int): Clips.
        classes (int): Classes.
        repeats (int): Timed rounds.
        threads (int, optional): Threads of torch; unchanged if None.
        device (str, optional): Device; None: cuda if available, else cpu.
        amp (bool): Half precision by autocast.
        channels_last (bool): Channels last in memory also for the plain host.
    """

    host: str = 'ResNetTSM'
    depth: int = 50
    stages: Sequence[int] = (2, 1, 0)
    ratio: float = 0.3
    transform: str = 'light'
    segments: int = 8
    size: int = 224
    batch: int = 1
    classes: int = 174
    repeats: int = 10
    threads: Optional[int] = None
    device: Optional[str] = None
    amp: bool = False
    channels_last: bool = False


class Measured(NamedTuple):
    """One network.

    Args:
        name (str): Host, or stage of the split.
        macs (int): MACs per clip.
        seconds (list[float]): Time of each round.
        base_macs (int): MACs of the stages up to the split.
        base_seconds (list[float]): Their time.
    """

    name: str
    macs: int
    seconds: List[float]
    base_macs: int
    base_seconds: List[float]


class _HostNet(nn.Sequential):
    """Backbone and head of the host."""

    def forward(self, x: Tensor) -> Tensor:
        """Classify frames (N * T, C, H, W)."""
        # The head takes a number that it ignores.
        return self[1](self[0](x), len(x))


def build_host(setup: Setup) -> nn.Module:
    """Build the host with its head.

    Args:
        setup (Setup): Sizes.

    Returns:
        nn.Module: For frames (N * T, C, H, W).
    """
    backbone = MODELS.build(_base(setup))
    head = dict(
        type='TSMHead',
        num_classes=setup.classes,
        in_channels=backbone.feat_dim,
        num_segments=setup.segments,
    )
    return _HostNet(backbone, MODELS.build(head))


def build_aknet(setup: Setup, stage: int, channels: int) -> nn.Module:
    """Build an AK-Net over the host with its head.

    Args:
        setup (Setup): Sizes.
        stage (int): Split, as `select_stage` of `AKNet`.
        channels (int): Channels of the host's last stage.

    Returns:
        nn.Module: For frames (N * T, C, H, W).
    """
    backbone = dict(
        type='AKNet',
        base=_base(setup),
        select_stage=stage,
        keypoint_ratio=setup.ratio,
        transform=setup.transform,
    )
    head = dict(
        type='AKHead',
        num_classes=setup.classes,
        in_channels=channels,
        map_channels=channels >> (3 - stage),
    )
    return nn.Sequential(MODELS.build(backbone), MODELS.build(head))


def _base(setup: Setup) -> Dict[str, object]:
    return dict(type=setup.host, depth=setup.depth, num_segments=setup.segments)


def _run(
    model: nn.Module, x: Tensor, amp: bool, accelerated: bool
) -> Callable[[], None]:
    """Forward pass to be timed."""

    def function() -> None:
        with torch.no_grad(), torch.autocast(x.device.type, enabled=amp):
            model(x)
        if x.is_cuda:
            torch.cuda.synchronize()

    if accelerated:
        accelerate(model)
    return function


def measure(setup: Setup) -> List[Measured]:
    """Time the host, plain and accelerated, and the AK-Nets, in turns.

    AK-Nets are accelerated; see `mmvkp.recognition.accelerate`.

    Args:
        setup (Setup): Networks and sizes.

    Returns:
        list[Measured]: The two hosts, then the AK-Nets.

    Raises:
        KeyError: If the host cannot be split.
        ValueError: If a number is out of range.
    """
    check_positive(
        'benchmark aknet',
        segments=setup.segments,
        size=setup.size,
        batch=setup.batch,
        repeats=setup.repeats,
    )
    init_default_scope('mmaction')
    if setup.threads:
        torch.set_num_threads(setup.threads)
    device = setup.device or ('cuda' if torch.cuda.is_available() else 'cpu')
    # Two copies, because only one of them is accelerated.
    models: Dict[str, Any] = {HOST: build_host(setup), FAST_HOST: build_host(setup)}
    width = models[HOST][0].feat_dim
    for stage in setup.stages:
        models[f'res{stage + 2}'] = build_aknet(setup, stage, width)
    channels = 15 if setup.host == 'ResNetTDN' else 3
    x = torch.rand(
        setup.batch * setup.segments, channels, setup.size, setup.size, device=device
    )
    parts: Dict[str, Any] = {
        name: model.to(device).eval() for name, model in models.items()
    }
    bases = {
        name: name if name in (HOST, FAST_HOST) else f'{name} base' for name in models
    }
    for name, base in bases.items():
        parts[base] = models[name] if base == name else models[name][0].base
    macs = {name: count_macs(part, x[: setup.segments]) for name, part in parts.items()}
    if setup.channels_last:
        for name in set(bases.values()):
            # Sequences have no such format, only maps.
            parts[name].to(memory_format=torch.channels_last)
        x = x.contiguous(memory_format=torch.channels_last)
    seconds = time_side_by_side(
        {name: _run(part, x, setup.amp, name != HOST) for name, part in parts.items()},
        setup.repeats,
    )
    return [
        Measured(name, macs[name], seconds[name], macs[base], seconds[base])
        for name, base in bases.items()
    ]


def print_table(setup: Setup, rows: Sequence[Measured]) -> None:
    """Print the results as a Markdown table.

    Args:
        setup (Setup): Networks and sizes.
        rows (Sequence[Measured]): Result of `measure`.
    """
    seconds = {row.name: row.seconds for row in rows}
    host_macs = rows[0].macs
    say(
        f'{setup.host}-{setup.depth}, transform {setup.transform}, '
        f'{setup.batch} x {setup.segments} x {setup.size} x {setup.size}, '
        f'device {setup.device or "default"}, threads {torch.get_num_threads()}, '
        f'amp {setup.amp}, channels last {setup.channels_last}, torch '
        f'{torch.__version__}, {setup.repeats} rounds'
    )
    say(
        '| network | GMACs | MACs / host | ms | time / accelerated host | '
        'time / plain host | base: MACs / host | base: time / accelerated host |'
    )
    say('| --- |' + ' ---: |' * 7)
    for row in rows:
        seconds[BASE] = row.base_seconds
        say(
            f'| {row.name} | {row.macs / 1e9:.3f} | {row.macs / host_macs:.3f} | '
            f'{1e3 * statistics.median(row.seconds):.1f} | '
            f'{time_ratio(seconds, row.name, FAST_HOST):.3f} | '
            f'{time_ratio(seconds, row.name, HOST):.3f} | '
            f'{row.base_macs / host_macs:.3f} | '
            f'{time_ratio(seconds, BASE, FAST_HOST):.3f} |'
        )
