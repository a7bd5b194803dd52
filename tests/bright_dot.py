"""A video with one bright dot, and recognizers whose map is brightness."""

import cv2
import numpy as np
import torch
from mmaction.registry import MODELS
from mmengine.config import Config
from torch import nn

SIDE, FRAMES, CLASSES = 8, 9, 3
# Size of the video, upper left corner of the dot, and names of transforms.
PLACES = [
    ((96, 64), (50, 22), []),
    ((96, 64), (30, 38), ['short 48', 'crop 40']),
    ((64, 112), (37, 60), ['short 48', 'crop 40']),
    ((64, 112), (20, 44), ['crop 56']),
    ((120, 80), (61, 33), ['to 64 x 48', 'crop 48']),
    ((100, 70), (47, 29), ['short 160', 'crop 128']),
    ((96, 64), (14, 9), ['short 32', 'three crops 32']),
]
TRANSFORMS = {
    'short 32': dict(type='Resize', scale=(-1, 32)),
    'short 48': dict(type='Resize', scale=(-1, 48)),
    'short 160': dict(type='Resize', scale=(-1, 160)),
    'to 64 x 48': dict(type='Resize', scale=(64, 48), keep_ratio=False),
    'crop 40': dict(type='CenterCrop', crop_size=40),
    'crop 48': dict(type='CenterCrop', crop_size=48),
    'crop 56': dict(type='CenterCrop', crop_size=56),
    'crop 128': dict(type='CenterCrop', crop_size=128),
    'three crops 32': dict(type='ThreeCrop', crop_size=32),
}


@MODELS.register_module(force=True)
class BrightnessMap(nn.Module):
    """Backbone: mean brightness of cells of `stride` pixels, as both maps."""

    def __init__(self, stride=8):
        super().__init__()
        self.stride = stride
        self.gain = nn.Parameter(torch.ones(()))

    def init_weights(self):
        pass

    def forward(self, x):
        x = self.gain * x.mean(1, keepdim=True).expand(-1, 4, -1, -1, -1)
        x = nn.functional.avg_pool3d(x, (1, self.stride, self.stride))
        return x, x


@MODELS.register_module(force=True)
class BrightnessHost(nn.Module):
    def __init__(self, num_segments=4, stride=8, frames_per_segment=1):
        super().__init__()
        self.num_segments = num_segments
        self.res_layers, self.out_indices = ['layer1', 'layer2'], (1,)
        channels = 3 * frames_per_segment
        self.layer1 = nn.Conv2d(channels, 4, stride, stride, bias=False)
        self.layer2 = nn.Sequential(nn.Conv2d(4, 8, 3, 2, 1), nn.ReLU())
        nn.init.zeros_(self.layer1.weight)
        first = 3 * (frames_per_segment // 2)
        self.layer1.weight.data[:, first : first + 3] = 1 / (3 * stride**2)

    def init_weights(self):
        pass

    def forward(self, x):
        for name in self.res_layers:
            x = getattr(self, name)(x)
        return x


def write_dot(path, size, corner, num_frames=FRAMES, step=0):
    """Write a video of a white square of `SIDE` pixels on black.

    The square starts with its upper left corner at `corner` and moves right by
    `step` pixels per frame.
    """
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*'MJPG'), 10, size)
    for i in range(num_frames):
        frame = np.zeros((size[1], size[0], 3), np.uint8)
        x, y = corner[0] + i * step, corner[1]
        frame[y : y + SIDE, x : x + SIDE] = 255
        writer.write(frame)
    writer.release()
    return str(path)


def dot_pipeline(*geometry, clip_len=4, frame_interval=1):
    """Test pipeline with some transforms between decoding and packing."""
    return [
        dict(type='OpenCVInit'),
        dict(
            type='SampleFrames',
            clip_len=clip_len,
            frame_interval=frame_interval,
            num_clips=3,
            test_mode=True,
        ),
        dict(type='OpenCVDecode'),
        *geometry,
        dict(type='FormatShape', input_format='NCTHW'),
        dict(type='PackActionInputs'),
    ]


def dot_config(*geometry, clip_len=4, num_sets=2, **sampling):
    """Config of a 3D recognizer with KPSEM."""
    model = dict(
        type='Recognizer3D',
        backbone=dict(type='BrightnessMap'),
        neck=dict(type='KPSEM', in_channels=4, num_sets=num_sets),
        cls_head=dict(
            type='I3DHead',
            in_channels=4 + clip_len - 1,
            num_classes=CLASSES,
            average_clips='prob',
        ),
        data_preprocessor=dict(
            type='ActionDataPreprocessor',
            mean=[0.0] * 3,
            std=[255.0] * 3,
            format_shape='NCTHW',
        ),
    )
    dataset = dict(
        type='VideoDataset',
        ann_file='',
        pipeline=dot_pipeline(*geometry, clip_len=clip_len, **sampling),
    )
    return Config(
        dict(
            default_scope='mmaction', model=model, test_dataloader=dict(dataset=dataset)
        )
    )


def aknet_config(*geometry, ratio=0.1, frames_per_segment=1):
    """Config of an AK-Net for four frames; its heatmap is the brightness."""
    model = dict(
        type='Recognizer2D',
        backbone=dict(
            type='AKNet',
            select_stage=0,
            keypoint_ratio=ratio,
            base=dict(type='BrightnessHost', frames_per_segment=frames_per_segment),
        ),
        cls_head=dict(
            type='AKHead',
            in_channels=8,
            map_channels=4,
            num_classes=CLASSES,
            average_clips='prob',
        ),
        data_preprocessor=dict(
            type='ActionDataPreprocessor',
            mean=[0.0] * 3 * frames_per_segment,
            std=[255.0] * 3 * frames_per_segment,
            format_shape='NCHW',
        ),
    )
    sampler = dict(type='SampleFrames', clip_len=1, num_clips=4)
    stack = []
    if frames_per_segment > 1:
        sampler = dict(
            type='SampleSegmentFrames', clip_len=frames_per_segment, num_clips=4
        )
        stack = [dict(type='StackSegmentFrames', frames_per_segment=frames_per_segment)]
    pipeline = [
        dict(type='OpenCVInit'),
        dict(sampler, test_mode=True),
        dict(type='OpenCVDecode'),
        *geometry,
        *stack,
        dict(type='FormatShape', input_format='NCHW'),
        dict(type='PackActionInputs'),
    ]
    dataset = dict(type='VideoDataset', ann_file='', pipeline=pipeline)
    return Config(
        dict(
            default_scope='mmaction', model=model, test_dataloader=dict(dataset=dataset)
        )
    )


def write_model(folder, config):
    """Write config and checkpoint; return their paths."""
    torch.manual_seed(0)
    path, checkpoint = folder / 'tiny.py', folder / 'tiny.pth'
    config.dump(str(path))
    model = MODELS.build(config.model)
    torch.save(dict(state_dict=model.state_dict()), checkpoint)
    return str(path), str(checkpoint)
