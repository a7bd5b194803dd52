"""Hosts of MMAction2 as users configure them, small, with each of our methods."""

from typing import Any, Dict, NamedTuple, Optional, Tuple

import torch
from mmaction.registry import MODELS
from mmaction.structures import ActionDataSample
from mmengine.optim import OptimWrapper
from torch import nn

from mmvkp.checks import check_parts

from .tapped_hosts import HOSTS as TAPPED


class Host(NamedTuple):
    """A network of MMAction2.

    Args:
        backbone (dict): Config.
        clip (tuple[int, ...]): (C, T, H, W) of a 3D clip, (T, C, H, W) of 2D frames.
        maps (dict): Changes of the config that let it return two maps.
        taps (tuple[str, ...]): Modules that `TapBackbone` takes them from.
        drop (tuple[str, ...]): Modules that are not needed then.
    """

    backbone: Dict[str, Any]
    clip: Tuple[int, ...]
    maps: Dict[str, Any] = {}
    taps: Tuple[str, ...] = ()
    drop: Tuple[str, ...] = ()

    @property
    def frames(self) -> int:
        """Frames T of a clip."""
        return self.clip[0] if self.is_2d else self.clip[1]

    @property
    def is_2d(self) -> bool:
        """True for hosts of `Recognizer2D`."""
        return self.clip[1] == 3


def _tapped(name: str) -> Host:
    host = TAPPED[name]
    return Host(host.base, host.shape[1:], {}, tuple(host.taps), tuple(host.drop))


_FRAMES, _CLIP = (4, 3, 32, 32), (3, 4, 32, 32)
_NARROW = dict(base_channels=8, pretrained=None)
_MAPS = dict(out_indices=(2, 3))
_3D = dict(pretrained2d=False, **_NARROW)
HOSTS = {
    'TSN': Host(dict(type='ResNet', depth=18), _FRAMES, _MAPS),
    'TSM': Host(
        dict(type='ResNetTSM', depth=18, num_segments=4, pretrained2d=False),
        _FRAMES,
        _MAPS,
    ),
    'TSM, MobileNetV2': Host(
        dict(type='MobileNetV2TSM', num_segments=4, pretrained2d=False),
        (4, 3, 64, 64),
        dict(out_indices=(4, 6)),
    ),
    'TANet': Host(dict(type='TANet', depth=50, num_segments=4), _FRAMES, _MAPS),
    'C2D': Host(dict(type='C2D', depth=18), (3, 8, 32, 32), {}, ('layer3', 'layer4')),
    'I3D': Host(dict(type='ResNet3d', depth=18, **_3D), (3, 16, 64, 64), _MAPS),
    'R(2+1)D': Host(
        dict(type='ResNet2Plus1d', depth=18, conv_cfg=dict(type='Conv2plus1d'), **_3D),
        (3, 16, 64, 64),
        {},
        ('layer3', 'layer4'),
    ),
    'CSN': Host(
        dict(type='ResNet3dCSN', depth=50, bottleneck_mode='ir', **_3D),
        (3, 16, 64, 64),
        _MAPS,
    ),
    'SlowOnly': Host(dict(type='ResNet3dSlowOnly', depth=18, **_3D), _CLIP, _MAPS),
    'SlowFast': Host(
        dict(
            type='ResNet3dSlowFast',
            resample_rate=2,
            speed_ratio=2,
            channel_ratio=2,
            slow_pathway=dict(
                type='resnet3d',
                depth=18,
                pretrained=None,
                base_channels=8,
                lateral=True,
                conv1_kernel=(1, 7, 7),
                inflate=(0, 0, 1, 1),
                fusion_kernel=3,
                dilations=(1,) * 4,
                conv1_stride_t=1,
                pool1_stride_t=1,
            ),
            fast_pathway=dict(
                type='resnet3d',
                depth=18,
                pretrained=None,
                lateral=False,
                base_channels=4,
                conv1_kernel=(5, 7, 7),
                conv1_stride_t=1,
                pool1_stride_t=1,
            ),
        ),
        (3, 8, 32, 32),
        {},
        ('slow_path.layer3', 'slow_path.layer4'),
        ('fast_path.layer4',),
    ),
    'PoseC3D': Host(
        dict(
            type='ResNet3dSlowOnly',
            depth=50,
            in_channels=17,
            num_stages=3,
            stage_blocks=(1, 1, 1),
            conv1_stride_s=1,
            pool1_stride_s=1,
            inflate=(0, 1, 1),
            spatial_strides=(2, 2, 2),
            temporal_strides=(1, 1, 2),
            dilations=(1, 1, 1),
            out_indices=(2,),
            **_NARROW,
        ),
        (17, 8, 16, 16),
        dict(out_indices=(1, 2)),
    ),
    'C3D': Host(
        TAPPED['C3D'].base,
        (3, 16, 32, 32),
        {},
        tuple(TAPPED['C3D'].taps),
        tuple(TAPPED['C3D'].drop),
    ),
    **{
        name: _tapped(name)
        for name in (
            'X3D',
            'UniFormer',
            'UniFormerV2',
            'MViT',
            'Video Swin',
            'VideoMAE',
            'TimeSformer',
        )
    },
}


def recognizer(host: Host, backbone: Dict[str, Any], **parts: Any) -> nn.Module:
    """A recognizer of three classes."""
    channels = host.clip[1] if host.is_2d else host.clip[0]
    torch.manual_seed(0)
    return MODELS.build(
        dict(
            type='Recognizer2D' if host.is_2d else 'Recognizer3D',
            backbone=backbone,
            data_preprocessor=dict(
                type='ActionDataPreprocessor',
                mean=[120.0] * channels,
                std=[60.0] * channels,
                format_shape='NCHW' if host.is_2d else 'NCTHW',
            ),
            **parts,
        )
    )


def head_of(host: Host, channels: int, **changes: Any) -> Dict[str, Any]:
    """A head of MMAction2 for one feature."""
    kind = 'TSNHead' if host.is_2d else 'I3DHead'
    head = dict(type=kind, num_classes=3, in_channels=channels, average_clips='prob')
    return {**head, **changes}


def with_kpsem(host: Host) -> nn.Module:
    """KPSEM on two maps of a host, by its own option or by `TapBackbone`."""
    backbone = {**host.backbone, **host.maps}
    if host.taps:
        backbone = dict(
            type='TapBackbone', base=backbone, taps=host.taps, drop=host.drop
        )
    net = MODELS.build(backbone)
    net.eval()
    clip = torch.zeros(host.clip)
    with torch.no_grad():
        maps = net(clip if host.is_2d else clip[None])
    frames = host.frames if host.is_2d else maps[0].shape[2]
    temporal, spatial = maps[0].shape[1], maps[-1].shape[1]
    neck = dict(type='KPSEM', in_channels=temporal, num_sets=2)
    if host.is_2d:
        neck['num_segments'] = frames
    head = head_of(host, spatial + temporal // 4 * (frames - 1))
    return recognizer(host, backbone, neck=neck, cls_head=head)


def with_aknet(host: Host) -> nn.Module:
    """AK-Net over a host, or AKViT over VideoMAE."""
    options: Dict[str, Any] = dict(type='AKNet', num_segments=host.frames)
    if host.backbone['type'] == 'VisionTransformer':
        options = dict(type='AKViT', select_block=1)
    base = dict(host.backbone)
    if 'num_stages' in base:
        options['select_stage'] = base['num_stages'] - 2
    backbone = dict(options, base=base)
    net = MODELS.build(backbone)
    net.eval()
    clip = torch.zeros(host.clip)
    with torch.no_grad():
        found = net(clip if host.is_2d else clip[None])
    head = dict(
        type='AKHead',
        num_classes=3,
        in_channels=found.sequence.shape[1],
        map_channels=found.feature.shape[1],
        average_clips='prob',
    )
    return recognizer(host, backbone, cls_head=head)


def with_selection(host: Host) -> nn.Module:
    """AFNet's neck after a host."""
    neck = dict(
        type='FrameSelectionNeck',
        num_segments=host.frames,
        ratio_loss=dict(type='SelectionRatioLoss', target_ratio=0.5),
    )
    return recognizer(host, host.backbone, neck=neck, cls_head=head_of(host, 8))


def batch(host: Host, views: int = 1, videos: int = 2) -> Dict[str, Any]:
    """Videos of a data loader."""
    torch.manual_seed(1)
    shape = (
        (views * host.clip[0], *host.clip[1:]) if host.is_2d else (views, *host.clip)
    )
    return dict(
        inputs=[torch.randint(0, 256, shape, dtype=torch.uint8) for _ in range(videos)],
        data_samples=[ActionDataSample().set_gt_label(i) for i in range(videos)],
    )


def check_steps(model: nn.Module, host: Host) -> None:
    """Training step, test step, and a test of two views, which is their mean."""
    check_parts(model)
    model.train()
    optimizer = torch.optim.SGD(model.parameters(), 1e-3)
    losses = model.train_step(batch(host), OptimWrapper(optimizer))
    assert losses['loss'].isfinite()
    first = next(each for each in model.backbone.parameters() if each.requires_grad)
    assert first.grad is None or first.grad.isfinite().all()
    model.eval()
    both = batch(host, views=2, videos=1)
    views = both['inputs'][0].chunk(2)
    with torch.no_grad():
        together = model.test_step(both)[0].pred_score
        alone = [
            model.test_step(dict(both, inputs=[view]))[0].pred_score for view in views
        ]
    torch.testing.assert_close(together, torch.stack(alone).mean(0))


def attempt(build: Any, host: Host) -> Optional[str]:
    """None if all steps work, else the message of the refusal.

    Only errors that name one of our components are refusals.
    """
    try:
        check_steps(build(host), host)
    except (ValueError, TypeError, KeyError) as error:
        return str(error.args[0])
    return None
