"""Report of the MACs of an AFNet as a function of the selection ratio."""

from typing import List, Sequence, Tuple

from mmaction.registry import MODELS
from mmengine.registry import init_default_scope

from ..checks import check_ratio
from ..recognition.complexity import count_parameters
from ..recognition.loading import load_config
from .cost import measure_law, weightless_copy
from .focal_unit import FocalUnit


def shape_report(config: str, shape: Sequence[int]) -> str:
    """Describe the cost for an input shape of `mmvkp host get_flops`.

    Args:
        config (str): Config file with a `model`.
        shape (Sequence[int]): (H,), (H, W) or (V * T, C, H, W).

    Returns:
        str: See `cost_report`. One number is not enough: the cost depends on the
        share of frames that is selected.

    Raises:
        ValueError: If the shape is another one.
    """
    if len(shape) not in (1, 2, 4):
        raise ValueError(
            f'--shape {" ".join(map(str, shape))}: give a height, a height and a '
            'width, or frames, channels, height and width.'
        )
    segments = load_config(config).model.backbone.get('num_segments', 1)
    views = max(1, shape[0] // segments) if len(shape) == 4 else 1
    size = (shape[max(0, len(shape) - 2)], shape[-1])
    return (
        'The cost depends on r, the share of frames that the focal blocks compute. '
        'ComputeCostMetric measures r in a test.\n\n'
        f'{cost_report(config, size, views)}'
    )


def cost_report(
    config: str,
    size: Tuple[int, int] = (224, 224),
    views: int = 1,
    ratios: Sequence[float] = (1.0, 0.8, 0.5, 0.4, 0.25),
) -> str:
    """Describe the cost of one video: fixed MACs + focal MACs * ratio.

    The network runs on the meta device, so a large one takes seconds.

    Args:
        config (str): Config file with a `model`.
        size (tuple[int, int]): Height and width of the frames in pixels.
        views (int): Clips x crops per video.
        ratios (Sequence[float]): Shares of frames kept, in (0, 1].

    Returns:
        str: Lines and two Markdown tables: MACs of each focal block, and MACs at
        the given ratios.

    Raises:
        FileNotFoundError: If the config is missing.
        ValueError: If the backbone does not select frames, or a ratio is outside
            (0, 1].
    """
    for each in ratios:
        check_ratio('cost_report', 'ratio', each)
    init_default_scope('mmaction')
    model = MODELS.build(load_config(config).model)
    backbone = model.backbone
    frames = views * getattr(backbone, 'num_segments', 1)
    law = measure_law(weightless_copy(model), (frames, 3, *size))
    focal = sum(law.focal)
    lines = [
        f'{count_parameters(model):,} parameters',
        f'one video of {frames} frames, {size[0]} x {size[1]} pixels:',
        f'MACs = {law.fixed:,} + {focal:,} * r',
        f'     = {law.fixed / 1e9:.4f} G + {focal / 1e9:.4f} G * r',
    ]
    if law.per_frame_head:
        lines.append(
            'counted as in the paper, with a classification of every '
            f'frame: {law.per_frame_head:,} more'
        )
    lines += ['', '| focal block | G at r = 1 |', '| --- | ---: |']
    names = [
        name
        for name, module in backbone.named_modules()
        if isinstance(module, FocalUnit)
    ]
    lines += [f'| {name} | {macs / 1e9:.4f} |' for name, macs in zip(names, law.focal)]
    lines += ['', '| r | MACs | G | of r = 1 |', '| ---: | ---: | ---: | ---: |']
    macs_of: List[Tuple[float, float]] = [(each, law.at(each)) for each in ratios]
    lines += [
        f'| {each:g} | {macs:,.0f} | {macs / 1e9:.4f} | {macs / law.at(1):.3f} |'
        for each, macs in macs_of
    ]
    return '\n'.join(lines)
