"""A small Point3D for streams, with weights that give detections."""

import cv2
import numpy as np
import torch
from mmaction.registry import MODELS
from mmengine.config import Config

CLIP_LEN, CLASSES, KNOTS, SIDE = 4, 3, 2, 64
RESIZE = dict(type='Resize', scale=(SIDE, SIDE), keep_ratio=False)


def point3d_config(*geometry, head=True, actor=False, interval=1, **model):
    """Config of a detector of clips of four frames."""
    three_d = dict(
        clip_backbone=dict(
            type='ResNeXt3d',
            in_channels=8,
            stage_blocks=(1,),
            base_channels=8,
            cardinality=2,
            stage_strides=((1, 2, 2),),
        ),
        cls_head=dict(
            type='Point3DClsHead',
            in_channels=16,
            mid_channels=8,
            num_classes=CLASSES,
            cls_mode='actor' if actor else 'clip',
            featmap_stride=16 if actor else None,
        ),
    )
    detector = dict(
        type='Point3D',
        backbone=dict(
            type='mmdet.ResNet',
            depth=18,
            base_channels=8,
            norm_cfg=dict(type='BN'),
            out_indices=(0, 1, 2, 3),
        ),
        neck=dict(
            type='mmdet.CTResNetNeck',
            in_channels=64,
            num_deconv_filters=(8, 8, 8),
            num_deconv_kernels=(4, 4, 4),
            use_dcn=False,
        ),
        point_head=dict(
            type='Point3DHead',
            in_channels=8,
            mid_channels=8,
            num_classes=1 if head else CLASSES,
            num_knots=KNOTS,
        ),
        twa=dict(type='TimeWiseAttention', scale='cosine', tau=0.1),
        test_cfg=dict(max_per_frame=6),
        data_preprocessor=dict(
            type='ActionDataPreprocessor',
            mean=[110.0] * 3,
            std=[60.0] * 3,
            format_shape='NCTHW',
        ),
    )
    detector.update(three_d if head else dict(twa=None))
    detector.update(model)
    pipeline = [
        dict(type='SampleTubeFrames'),
        dict(type='RawFrameDecode'),
        dict(type='LoadTubes'),
        *geometry,
        dict(type='FormatShape', input_format='NCTHW', collapse=True),
        dict(type='PackTubeInputs'),
    ]
    dataset = dict(
        type='TubeDataset',
        ann_file='none.pkl',
        clip_len=CLIP_LEN,
        frame_interval=interval,
        metainfo=dict(classes=['run', 'sit', 'wave']),
        pipeline=pipeline,
    )
    return Config(dict(model=detector, test_dataloader=dict(dataset=dataset)))


def lively_state(config):
    """Weights that give clear peaks, boxes of many sizes, and classes that
    differ from clip to clip."""
    torch.manual_seed(0)
    model = MODELS.build(config.model)
    stack = model.point_head.stacks[-1]
    with torch.no_grad():
        for name, branch in stack.items():
            torch.nn.init.normal_(branch[0].weight, std=0.3)
            torch.nn.init.normal_(branch[2].weight, std=0.6)
            if name == 'wh':
                branch[2].bias.fill_(5.0)
        if model.cls_head is not None:
            torch.nn.init.normal_(model.cls_head.fc_cls.weight, std=3.0)
    return model.state_dict()


def save_detector(folder, config):
    """Write config and checkpoint; returns both paths."""
    folder.mkdir(exist_ok=True, parents=True)
    config.dump(folder / 'point3d.py')
    torch.save(dict(state_dict=lively_state(config)), folder / 'point3d.pth')
    return str(folder / 'point3d.py'), str(folder / 'point3d.pth')


def moving_frames(count, height=SIDE, width=SIDE, seed=0):
    """RGB frames (count, H, W, 3) of a bright square on a noisy ground."""
    rng = np.random.default_rng(seed)
    ground = cv2.resize(rng.integers(0, 200, (8, 8, 3), np.uint8), (width, height))
    frames = np.repeat(ground[None], count, 0)
    for t, frame in enumerate(frames):
        x, y = 3 * t % (width - 14), height // 3 + t % 5
        frame[y : y + 16, x : x + 14] = (250, 220 - 9 * (t % 20), 30)
    return frames
