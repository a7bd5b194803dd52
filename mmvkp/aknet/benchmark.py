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
from ..recognition.side_by_side import clock_of, time_side_by_side
from ..recognition.side_by_side import ratio as time_ratio

HOST = 'host'
FAST_HOST = 'accelerated host'
BASE = 'base'
TRANSFORMER = 'VisionTransformer'


class Setup(NamedTuple):
    """Networks and sizes; the options of `mmvkp benchmark aknet`.

    Args:
        host (str): Registered 2D backbone, or `VisionTransformer`.
        depth (int, optional): Its depth; None: 12 blocks of VideoMAE-B, else 50.
        stages (Sequence[int], optional): Splits, as `select_stage` of `AKNet` or
            `select_block` of `AKViT`; None: the paper's, or block 4.
        ratio (float): `keypoint_ratio` of `AKNet`.
        transform (str): `transform` of `AKNet`.
        segments (int, optional): Frames or segments of a clip; None: 16 frames of
            the transformer, else 8.
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
    depth: Optional[int] = None
    stages: Optional[Sequence[int]] = None
    ratio: float = 0.3
    transform: str = 'light'
    segments: Optional[int] = None
    size: int = 224
    batch: int = 1
    classes: int = 174
    repeats: int = 10
    threads: Optional[int] = None
    device: Optional[str] = None
    amp: bool = False
    channels_last: bool = False

    @property
    def on_tokens(self) -> bool:
        """True for AKViT."""
        return self.host == TRANSFORMER

    def completed(self) -> 'Setup':
        """The setup with its defaults for the host."""
        depth, stages, segments = (
            (12, (4,), 16) if self.on_tokens else (50, (2, 1, 0), 8)
        )
        return self._replace(
            depth=depth if self.depth is None else self.depth,
            stages=stages if self.stages is None else self.stages,
            segments=segments if self.segments is None else self.segments,
        )


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


class _MapOfTokens(nn.Module):
    """AKViT up to its split."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model: Any = model

    def forward(self, x: Tensor) -> Tensor:
        """Compute the map of clips (N, C, T, H, W)."""
        return self.model.compute_map(x)


def build_host(setup: Setup) -> nn.Module:
    """Build the host with its head.

    Args:
        setup (Setup): Sizes.

    Returns:
        nn.Module: For frames (N * T, C, H, W), or clips (N, C, T, H, W).
    """
    backbone = MODELS.build(_base(setup))
    if setup.on_tokens:
        linear = dict(type='TimeSformerHead', in_channels=backbone.embed_dims)
        linear['num_classes'] = setup.classes
        return nn.Sequential(backbone, MODELS.build(linear))
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
        stage (int): Split, as `select_stage` of `AKNet` or `select_block` of `AKViT`.
        channels (int): Channels of the host's last stage.

    Returns:
        nn.Module: For frames (N * T, C, H, W), or clips (N, C, T, H, W).
    """
    backbone = dict(base=_base(setup), keypoint_ratio=setup.ratio)
    if setup.on_tokens:
        backbone.update(type='AKViT', select_block=stage)
    else:
        backbone.update(type='AKNet', select_stage=stage, transform=setup.transform)
    head = dict(
        type='AKHead',
        num_classes=setup.classes,
        in_channels=channels,
        map_channels=channels if setup.on_tokens else channels >> (3 - stage),
    )
    return nn.Sequential(MODELS.build(backbone), MODELS.build(head))


def _base(setup: Setup) -> Dict[str, object]:
    base = dict(type=setup.host, depth=setup.depth)
    if setup.on_tokens:
        return dict(base, num_frames=setup.segments, img_size=setup.size)
    return dict(base, num_segments=setup.segments)


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
        accelerate(model, keep=True)
    return function


def measure(setup: Setup) -> List[Measured]:
    """Time the host, plain and accelerated, and the AK-Nets, in turns.

    AK-Nets are accelerated; see `mmvkp.recognition.accelerate`. In one thread on a CPU
    the CPU time is measured, which does not count other processes.

    Args:
        setup (Setup): Networks and sizes.

    Returns:
        list[Measured]: The two hosts, then the AK-Nets.

    Raises:
        KeyError: If the host cannot be split.
        ValueError: If a number is out of range.
    """
    setup = setup.completed()
    check_positive(
        'benchmark aknet',
        segments=setup.segments,
        size=setup.size,
        batch=setup.batch,
        repeats=setup.repeats,
    )
    init_default_scope('mmaction')
    tokens = setup.on_tokens
    if tokens and setup.channels_last:
        raise ValueError(
            'benchmark aknet: channels_last has no effect on a VisionTransformer; '
            'remove it.'
        )
    if setup.threads:
        torch.set_num_threads(setup.threads)
    device = setup.device or ('cuda' if torch.cuda.is_available() else 'cpu')
    # Two copies, because only one of them is accelerated.
    models: Dict[str, Any] = {HOST: build_host(setup), FAST_HOST: build_host(setup)}
    width = models[HOST][0].embed_dims if tokens else models[HOST][0].feat_dim
    for stage in setup.stages or ():
        name = f'block {stage}' if tokens else f'res{stage + 2}'
        models[name] = build_aknet(setup, stage, width)
    channels = 15 if setup.host == 'ResNetTDN' else 3
    segments = setup.segments or 1
    x = torch.rand(
        setup.batch, segments, channels, setup.size, setup.size, device=device
    )
    x = x.transpose(1, 2).contiguous() if tokens else x.flatten(0, 1)
    clip = x[: 1 if tokens else segments]
    parts: Dict[str, Any] = {
        name: model.to(device).eval() for name, model in models.items()
    }
    bases = {
        name: name if name in (HOST, FAST_HOST) else f'{name} base' for name in models
    }
    for name, base in bases.items():
        if base == name:
            parts[base] = models[name]
        else:
            net = models[name][0]
            parts[base] = _MapOfTokens(net) if tokens else net.base
    macs = {name: count_macs(part, clip) for name, part in parts.items()}
    if setup.channels_last:
        for name in set(bases.values()):
            # Sequences have no such format, only maps.
            parts[name].to(memory_format=torch.channels_last)
        x = x.contiguous(memory_format=torch.channels_last)
    seconds = time_side_by_side(
        {name: _run(part, x, setup.amp, name != HOST) for name, part in parts.items()},
        setup.repeats,
        clock_of(torch.get_num_threads(), device),
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
    setup = setup.completed()
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
