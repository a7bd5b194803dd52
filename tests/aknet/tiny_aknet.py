"""AK-Nets over small hosts, and batches of a data loader."""

import torch
from mmaction.registry import MODELS
from mmaction.structures import ActionDataSample
from torch import nn

from mmvkp.aknet.backbone import AKNetFeatures

# Three classes and four frames. After res4 the slim host has 32 channels.
SLIM = dict(type='SlimResNetTSM', depth=10, base_channels=8, num_segments=4)


def preprocessor(frames: int = 1) -> dict:
    """Config of the data preprocessor, of several frames per segment."""
    return dict(
        type='ActionDataPreprocessor',
        mean=[120.0, 110.0, 100.0] * frames,
        std=[60.0, 50.0, 40.0] * frames,
        format_shape='NCHW',
    )


def aknet_recognizer(
    backbone: dict = {},
    map_channels: int = 32,
    in_channels: int = 64,
    frames: int = 1,
    **head,
) -> nn.Module:
    """A recognizer with an AK-Net.

    Args:
        backbone (dict): Differences from an AK-Net over `SLIM`.
        map_channels (int): Channels of the map that is selected from.
        in_channels (int): Channels after the tail.
        frames (int): Frames per segment.
        **head: Further arguments of the head.
    """
    return MODELS.build(
        dict(
            type='Recognizer2D',
            backbone={**dict(type='AKNet', base=SLIM), **backbone},
            cls_head=dict(
                type='AKHead',
                num_classes=3,
                in_channels=in_channels,
                map_channels=map_channels,
                average_clips='prob',
                **head,
            ),
            data_preprocessor=preprocessor(frames),
        )
    )


def host_recognizer(
    base: dict = SLIM, head: str = 'TSMHead', in_channels: int = 64
) -> nn.Module:
    """The plain host in its own recognizer, the first stage of training."""
    cls_head = dict(type=head, num_classes=3, in_channels=in_channels)
    if head == 'TSMHead':
        cls_head['num_segments'] = base['num_segments']
    return MODELS.build(dict(type='Recognizer2D', backbone=base, cls_head=cls_head))


def some_videos(
    segments: int = 4, channels: int = 3, num: int = 2, size: int = 64
) -> dict:
    """``num`` videos with labels, as they come from a data loader."""
    generator = torch.Generator().manual_seed(0)
    shape = (segments, channels, size, size)
    return dict(
        inputs=[
            torch.randint(0, 256, shape, generator=generator, dtype=torch.uint8)
            for _ in range(num)
        ],
        data_samples=[ActionDataSample().set_gt_label(i % 3) for i in range(num)],
    )


def with_statistics(model: nn.Module) -> nn.Module:
    """Norm layers as after training, and a transform that is not the identity."""
    for name, each in model.named_modules():
        if isinstance(each, nn.modules.batchnorm._BatchNorm):
            nn.init.uniform_(each.weight, 0.5, 1.5)
            nn.init.normal_(each.bias, std=0.1)
            each.running_mean.normal_(std=0.1)
            each.running_var.uniform_(0.5, 1.5)
        elif name.endswith('transform.matrix'):
            nn.init.normal_(each.weight, std=0.1)
    return model


def some_features(clips=2, frames=3, length=7, side=5):
    """Output of an AKNet with 6 channels, from maps of 8 channels."""
    torch.manual_seed(1)
    feature = torch.randn(clips * frames, 8, side, side)
    return AKNetFeatures(
        torch.randn(clips, 6, length),
        feature,
        torch.randn(clips, frames, side, side),
        torch.zeros(clips, 9, 3, dtype=torch.int64),
        torch.randn(clips, 9),
        feature.unflatten(0, (clips, frames)).mean((1, 3, 4)),
    )
