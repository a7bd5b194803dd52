"""A video with one bright dot, and a recognizer whose map is brightness."""
import cv2
import numpy as np
import torch
from mmaction.registry import MODELS
from mmengine.config import Config
from torch import nn

SIDE, FRAMES, CLASSES = 8, 9, 3


@MODELS.register_module(force=True)
class BrightnessMap(nn.Module):
    """Mean brightness of cells of ``stride`` pixels, as both maps."""

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


def write_dot(path, size, corner, num_frames=FRAMES, step=0):
    """A white square of `SIDE` pixels on black that moves right by ``step``
    pixels a frame; its upper left corner starts at ``corner``."""
    writer = cv2.VideoWriter(
        str(path), cv2.VideoWriter_fourcc(*'MJPG'), 10, size)
    for i in range(num_frames):
        frame = np.zeros((size[1], size[0], 3), np.uint8)
        x, y = corner[0] + i * step, corner[1]
        frame[y:y + SIDE, x:x + SIDE] = 255
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
            test_mode=True),
        dict(type='OpenCVDecode'), *geometry,
        dict(type='FormatShape', input_format='NCTHW'),
        dict(type='PackActionInputs')
    ]


def dot_config(*geometry, clip_len=4, num_sets=2, **sampling):
    """Config of the recognizer, with KPSEM as its neck."""
    model = dict(
        type='Recognizer3D',
        backbone=dict(type='BrightnessMap'),
        neck=dict(type='KPSEM', in_channels=4, num_sets=num_sets),
        cls_head=dict(
            type='I3DHead',
            in_channels=4 + clip_len - 1,
            num_classes=CLASSES,
            average_clips='prob'),
        data_preprocessor=dict(
            type='ActionDataPreprocessor',
            mean=[0.] * 3,
            std=[255.] * 3,
            format_shape='NCTHW'))
    dataset = dict(
        type='VideoDataset',
        ann_file='',
        pipeline=dot_pipeline(*geometry, clip_len=clip_len, **sampling))
    return Config(
        dict(
            default_scope='mmaction',
            model=model,
            test_dataloader=dict(dataset=dataset)))


def write_model(folder, config):
    """Config and checkpoint as files."""
    torch.manual_seed(0)
    path, checkpoint = folder / 'tiny.py', folder / 'tiny.pth'
    config.dump(str(path))
    model = MODELS.build(config.model)
    torch.save(dict(state_dict=model.state_dict()), checkpoint)
    return str(path), str(checkpoint)
