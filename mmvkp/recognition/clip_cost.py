"""Parameters and MACs of a clip, counted on the meta device."""

import functools
from contextlib import ExitStack
from typing import Any, Dict, Optional, Sequence, Tuple
from unittest import mock

import torch
from mmaction.registry import MODELS
from mmengine.config import Config, ConfigDict
from mmengine.registry import init_default_scope
from torch import nn

from .complexity import count_macs, count_test_parameters
from .loading import load_config


def weightless(model: Dict[str, Any]) -> nn.Module:
    """Build a model on the meta device, where counting is fast at any size.

    Args:
        model (dict): Its config.

    Returns:
        nn.Module: The model in eval mode; networks that select frames compute all.
    """
    # Transformers read the rates of their stochastic depth from `torch.linspace`.
    values = functools.partial(torch.linspace, device='cpu')
    with torch.device('meta'), mock.patch('torch.linspace', values):
        built = MODELS.build(model)
    for module in built.modules():
        if hasattr(module, 'sparse_eval'):
            module.sparse_eval = False
    # Buffers with random values are made on the CPU.
    return built.eval().to('meta')


def clip_macs(model: nn.Module, shape: Sequence[int], **kwargs: Any) -> int:
    """Count the MACs of one forward pass on the meta device.

    Args:
        model (nn.Module): A model of `weightless`.
        shape (Sequence[int]): Shape of the input.
        **kwargs (Any): Keyword arguments of the model.

    Returns:
        int: MACs of the whole input.
    """
    clip = torch.empty(*shape, device='meta')
    with ExitStack() as stack:
        # Checks of values are skipped in an export; autocast rejects the device.
        stack.enter_context(
            mock.patch('torch.onnx.is_in_onnx_export', return_value=True)
        )
        stack.enter_context(mock.patch('torch.autocast'))
        return count_macs(model, clip, **kwargs)


def cost_key(part: Any) -> Any:
    """Settings of a model that change its cost: all except losses and weights."""
    if isinstance(part, dict):
        return {
            key: cost_key(value)
            for key, value in part.items()
            if 'loss' not in key and key not in ('init_cfg', 'pretrained')
        }
    return part


def shape_report(config: str, shape: Sequence[int]) -> str:
    """Describe the cost for an input shape of `mmvkp host get_flops`.

    Args:
        config (str): Config file with a `model`.
        shape (Sequence[int]): (S,), (S, S) or (N, C, T, S, S); T is the config's
            clip length if it is not given.

    Returns:
        str: Parameters and MACs of one clip; see `clip_cost`.

    Raises:
        ValueError: If the shape is another one.
    """
    if len(shape) not in (1, 2, 5) or shape[-1] != shape[max(0, len(shape) - 2)]:
        raise ValueError(
            f'--shape {" ".join(map(str, shape))}: give the size S of square frames, '
            'or N C T S S.'
        )
    given = load_config(config)
    clip_len = given.train_dataloader.dataset.get('clip_len', 16)
    frames = shape[2] if len(shape) == 5 else clip_len
    init_default_scope(given.get('default_scope', 'mmaction'))
    parameters, macs = clip_cost(given.model, frames, shape[-1])
    return (
        f'one clip of {frames} frames, {shape[-1]} x {shape[-1]} pixels:\n'
        f'{parameters:,} parameters\n{macs:,} MACs'
    )


def input_size(config: Config) -> Optional[int]:
    """Side of the frames that the network of a recipe sees in tests.

    Args:
        config (Config): Config with a test pipeline.

    Returns:
        int, optional: In pixels; None if frames are neither cropped nor resized.
    """
    steps = config.test_dataloader.dataset.pipeline
    crops = ('CenterCrop', 'ThreeCrop')
    sizes = [each['crop_size'] for each in steps if each['type'] in crops]
    sizes += [each['scale'][0] for each in steps if each['type'] == 'Resize']
    return sizes[0] if sizes else None


def clip_cost(model: ConfigDict, frames: int, size: int) -> Tuple[int, int]:
    """Parameters and MACs of one clip at test time.

    Parts that only help in training do not count, and of a detector that
    classifies actors the MACs per actor do not count.

    Args:
        model (ConfigDict): Config of a recognizer or detector.
        frames (int): Frames or segments of a clip.
        size (int): Height and width of a frame.

    Returns:
        tuple[int, int]: Parameters and MACs.
    """
    built: Any = weightless(model)
    head = built.cls_head
    if model.type in ('Recognizer2D', 'Recognizer3D'):
        channels = len(model.data_preprocessor.mean)
        single = (frames, channels) if model.type[-2] == '2' else (1, channels, frames)
        macs = clip_macs(built, (1, *single, size, size), stage='head')
    else:
        macs = clip_macs(built, (1, 3, frames, size, size))
        if head is not None and head.cls_mode == 'actor':
            # Without boxes the detector skips its 3D network.
            with torch.no_grad():
                maps = built.extract_frames(
                    torch.empty(1, 3, size, size, device='meta')
                )[-1]
            shape = (1, maps.shape[1], frames, *maps.shape[2:])
            macs += clip_macs(built.clip_backbone, shape)
    return count_test_parameters(built), macs
