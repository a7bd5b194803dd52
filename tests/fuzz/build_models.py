"""Small models with every registered module of the package, and their inputs."""

from typing import Any, Dict, List, Tuple

import torch
from mmaction.structures import ActionDataSample

from ..afnet.tiny_af import af_config
from ..aknet.tiny_aknet import SLIM, preprocessor
from ..point3d.point3d_scenes import HOURGLASS, sample_of
from ..point3d.tiny_point3d import point3d_config

BATCH_3D = dict(
    type='ActionDataPreprocessor',
    mean=[120.0] * 3,
    std=[60.0] * 3,
    format_shape='NCTHW',
)
RATIO = dict(type='SelectionRatioLoss', target_ratio=0.5)


def _kpsem() -> Dict[str, Any]:
    """MFNet with KPSEM: 128 and 64 / 4 * 3 channels."""
    return dict(
        type='Recognizer3D',
        backbone=dict(
            type='MFNet',
            stem_channels=4,
            base_channels=16,
            num_fibers=4,
            stage_blocks=(1, 1, 1, 1),
            out_indices=(2, 3),
        ),
        neck=dict(type='KPSEM', in_channels=64, num_sets=2),
        cls_head=dict(type='I3DHead', in_channels=176, num_classes=3),
        data_preprocessor=BATCH_3D,
    )


def _afnet() -> Dict[str, Any]:
    model = af_config().model.to_dict()
    model['neck']['ratio_loss'] = dict(RATIO)
    return model


def _mobile() -> Dict[str, Any]:
    model = _afnet()
    model['backbone'] = dict(type='AFMobileNetV3', num_segments=4)
    model['cls_head']['in_channels'] = 1280
    return model


def _aknet(base: Dict[str, Any] = SLIM, frames: int = 1) -> Dict[str, Any]:
    return dict(
        type='Recognizer2D',
        backbone=dict(type='AKNet', base=dict(base)),
        cls_head=dict(
            type='AKHead',
            num_classes=3,
            in_channels=64,
            map_channels=32,
            loss_sparsity=dict(type='HeatmapSparsityLoss'),
        ),
        data_preprocessor=preprocessor(frames),
    )


def _tdn() -> Dict[str, Any]:
    base = dict(type='ResNetTDN', depth=10, base_channels=8, num_segments=4)
    return _aknet(base, 5)


def _slim() -> Dict[str, Any]:
    return dict(
        type='Recognizer2D',
        backbone=dict(type='SlimResNet', depth=10, base_channels=8, pretrained=None),
        cls_head=dict(type='TSNHead', in_channels=64, num_classes=3),
        data_preprocessor=preprocessor(),
    )


def _point3d(actor: bool = False) -> Dict[str, Any]:
    model = point3d_config(actor=actor).model.to_dict()
    model.update(backbone=dict(HOURGLASS), neck=None)
    model['point_head']['num_stacks'] = 2
    return model


def _actor() -> Dict[str, Any]:
    return _point3d(True)


# Model, and (frames, channels) of a video.
MODELS_OF = {
    'kpsem': (_kpsem, (4, 3)),
    'afnet': (_afnet, (4, 3)),
    'mobile': (_mobile, (4, 3)),
    'aknet': (_aknet, (4, 3)),
    'tdn': (_tdn, (4, 15)),
    'slim': (_slim, (4, 3)),
    'point3d': (_point3d, (4, 3)),
    'actor': (_actor, (4, 3)),
}

# Component -> models that contain it.
COMPONENTS: Dict[str, List[str]] = dict(
    MFNet=['kpsem'],
    KPSEM=['kpsem'],
    AFResNet=['afnet'],
    FrameSelectionNeck=['afnet'],
    SelectionRatioLoss=['afnet'],
    AFMobileNetV3=['mobile'],
    AKNet=['aknet', 'tdn'],
    AKHead=['aknet'],
    HeatmapSparsityLoss=['aknet'],
    SlimResNetTSM=['aknet'],
    ResNetTDN=['tdn'],
    SlimResNet=['slim'],
    Point3D=['point3d', 'actor'],
    Point3DHead=['point3d'],
    Point3DClsHead=['point3d', 'actor'],
    TimeWiseAttention=['point3d'],
    ResNeXt3d=['point3d'],
)


def nodes_of(config: Any, name: str) -> List[Dict[str, Any]]:
    """Parts of a config that have this type."""
    if isinstance(config, (list, tuple)):
        return [node for each in config for node in nodes_of(each, name)]
    if not isinstance(config, dict):
        return []
    below = [node for each in config.values() for node in nodes_of(each, name)]
    return ([config] if config.get('type') == name else []) + below


def make_batch(model: str, size: int = 64, count: int = 2) -> Dict[str, Any]:
    """Videos of random bytes with labels, as a data loader gives them."""
    frames, channels = MODELS_OF[model][1]
    detector = model in ('point3d', 'actor')
    shape: Tuple[int, ...] = (frames, channels, size, size)
    if detector:
        shape = (channels, frames, size, size)
    elif model == 'kpsem':
        shape = (1, channels, 2 * frames, size, size)
    if detector:
        boxes = [[[8, 8, 30, 40], [30, 20, 60, 60]], [[4, 10, 50, 50]]]
        samples = [sample_of(boxes[i % 2]) for i in range(count)]
    else:
        samples = [ActionDataSample().set_gt_label(i % 3) for i in range(count)]
    inputs = [torch.randint(0, 256, shape, dtype=torch.uint8) for _ in range(count)]
    return dict(inputs=inputs, data_samples=samples)
