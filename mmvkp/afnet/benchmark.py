"""Wall-clock time of an AFNet as a function of the selection ratio."""

import statistics
from typing import Callable, Dict, List, Optional, Sequence

import torch
from mmaction.registry import MODELS
from mmengine.registry import init_default_scope
from torch import Tensor, nn

from ..checks import check_ratio
from ..recognition.loading import load_config
from ..recognition.side_by_side import ratio as time_ratio
from ..recognition.side_by_side import time_side_by_side
from .cost import SelectionLaw, measure_law, weightless_copy
from .focal_unit import FocalUnit

_DEFAULT = dict(
    type='Recognizer2D',
    backbone=dict(type='AFResNet', depth=50, num_segments=12),
    neck=dict(type='FrameSelectionNeck', num_segments=12),
    cls_head=dict(type='TSNHead', in_channels=2048, num_classes=174),
)


def forced_masks(share: float, batch: int, num_segments: int, num_masks: int) -> Tensor:
    """Masks that keep a share of the frames of every video.

    If `share * num_segments` is not an integer, blocks get the integers above and
    below in turn, so that all blocks together have the share.

    Args:
        share (float): Share of frames kept, in (0, 1].
        batch (int): Videos N.
        num_segments (int): Frames T per video.
        num_masks (int): Focal blocks M.

    Shape:
        - returns: (N * T, M), 0 or 1.
    """
    masks = torch.zeros(num_segments, num_masks)
    for block in range(num_masks):
        kept = int((block + 1) * share * num_segments + 1e-6) - int(
            block * share * num_segments + 1e-6
        )
        steps = torch.arange(kept)
        masks[(2 * steps + 1) * num_segments // max(2 * kept, 1), block] = 1
    return masks.repeat(batch, 1)


def _timed_functions(
    backbone: nn.Module, x: Tensor, all_masks: Dict[str, Tensor], amp: bool
) -> Dict[str, Callable[[], None]]:
    """One function per set of masks, and `dense`: all frames are computed.

    Shape:
        - x: (N * T, C, H, W).
        - all_masks: (N * T, M) each.
    """
    units = [each for each in backbone.modules() if isinstance(each, FocalUnit)]

    def timed(masks: Tensor, sparse: bool) -> Callable[[], None]:
        """Function that runs the backbone with masks (N * T, M)."""

        def function() -> None:
            for unit in units:
                unit.sparse_eval = sparse
            with torch.no_grad(), torch.autocast(x.device.type, enabled=amp):
                backbone(x, masks)
            if x.is_cuda:
                torch.cuda.synchronize()

        return function

    runs = {name: timed(masks, True) for name, masks in all_masks.items()}
    runs['dense'] = timed(all_masks['1'], False)
    return runs


def benchmark_selection(
    config: Optional[str] = None,
    ratios: Sequence[float] = (0.8, 0.5, 0.25),
    size: int = 224,
    batch: int = 1,
    repeats: int = 10,
    device: str = 'cpu',
    amp: bool = False,
    channels_last: bool = False,
) -> str:
    """Time the backbone with forced masks, all ratios in turn in one run.

    Args:
        config (str, optional): Config file with a `model`. None: `AFResNet` of
            depth 50 with 12 frames.
        ratios (Sequence[float]): Shares of frames kept, in (0, 1]; 1 is added.
        size (int): Height and width of the frames in pixels.
        batch (int): Videos.
        repeats (int): Timed rounds.
        device (str): Device of the network.
        amp (bool): Half precision.
        channels_last (bool): Channels-last memory format.

    Returns:
        str: Settings, and a Markdown table of time(r) / time(1) and
        MACs(r) / MACs(1). In the row `dense` every frame is computed and
        multiplied by its mask.

    Raises:
        ValueError: If a ratio is outside (0, 1], or the backbone does not select
            frames.
    """
    for each in ratios:
        check_ratio('benchmark_selection', 'ratio', each)
    init_default_scope('mmaction')
    model = MODELS.build(load_config(config).model if config else _DEFAULT)
    frames = getattr(model.backbone, 'num_segments', 1)
    law = measure_law(weightless_copy(model), (frames, 3, size, size))
    backbone = model.backbone.to(device).eval()
    x = torch.rand(batch * frames, 3, size, size, device=device)
    if channels_last:
        backbone = backbone.to(memory_format=torch.channels_last)
        x = x.contiguous(memory_format=torch.channels_last)
    all_masks = {
        f'{each:g}': forced_masks(each, batch, frames, backbone.num_masks).to(device)
        for each in (1.0, *ratios)
    }
    seconds = time_side_by_side(_timed_functions(backbone, x, all_masks, amp), repeats)
    settings = (
        f'device {device}, amp {amp}, channels last {channels_last}, '
        f'threads {torch.get_num_threads()}, torch {torch.__version__}, '
        f'{batch} x {frames} x {size} x {size}, {repeats} rounds'
    )
    return f'{settings}\n{_table(seconds, all_masks, law)}'


def _table(
    seconds: Dict[str, List[float]], all_masks: Dict[str, Tensor], law: SelectionLaw
) -> str:
    """Markdown table of times and MACs; `all_masks` holds (N * T, M) each."""
    lines = [
        '| r | GMACs per video | MACs / MACs(1) | ms | time / time(1) | difference |',
        '| --- | ---: | ---: | ---: | ---: | ---: |',
    ]
    for name in seconds:
        macs = law.macs(all_masks.get(name, all_masks['1']).mean(0).tolist())
        share, time = macs / law.at(1), time_ratio(seconds, name, '1')
        lines.append(
            f'| {name} | {macs / 1e9:.3f} | {share:.3f} | '
            f'{1e3 * statistics.median(seconds[name]):.1f} | {time:.3f} | '
            f'{time - share:+.3f} |'
        )
    return '\n'.join(lines)
