"""A small recognizer that selects frames, and its files."""

import torch
from mmaction.registry import MODELS
from mmengine.config import Config

FRAMES, CLASSES, BLOCKS = 4, 3, 3


def af_config(*geometry, **backbone):
    """Config of an AFNet with three focal blocks, for four frames."""
    model = dict(
        type='Recognizer2D',
        backbone=dict(
            type='AFResNet',
            num_segments=FRAMES,
            arch_cfg=dict(stage_blocks=(3, 2), base_channels=8, stem_kernel=3),
            out_indices=(1,),
            **backbone,
        ),
        neck=dict(type='FrameSelectionNeck', num_segments=FRAMES),
        cls_head=dict(
            type='TSNHead', in_channels=64, num_classes=CLASSES, average_clips='prob'
        ),
        data_preprocessor=dict(
            type='ActionDataPreprocessor',
            mean=[0.0] * 3,
            std=[255.0] * 3,
            format_shape='NCHW',
        ),
    )
    pipeline = [
        dict(type='OpenCVInit'),
        dict(
            type='SampleFrames',
            clip_len=1,
            frame_interval=1,
            num_clips=FRAMES,
            test_mode=True,
        ),
        dict(type='OpenCVDecode'),
        *geometry,
        dict(type='FormatShape', input_format='NCHW'),
        dict(type='PackActionInputs'),
    ]
    return Config(
        dict(
            default_scope='mmaction',
            model=model,
            test_dataloader=dict(
                dataset=dict(type='VideoDataset', ann_file='', pipeline=pipeline)
            ),
        )
    )


def fixed_masks(model, pattern):
    """Make the biases decide alone: pattern (BLOCKS, FRAMES) of 0 and 1."""
    modules = [
        each for each in model.modules() if type(each).__name__ == 'NavigationModule'
    ]
    for module, row in zip(modules, pattern):
        torch.nn.init.zeros_(module.mix.weight)
        with torch.no_grad():
            module.mix.bias[0::2] = 0.0
            module.mix.bias[1::2] = 2.0 * torch.tensor(row) - 1.0


def write_af(folder, config, pattern):
    """Config and checkpoint as files."""
    torch.manual_seed(0)
    path, checkpoint = folder / 'af.py', folder / 'af.pth'
    config.dump(str(path))
    model = MODELS.build(config.model)
    fixed_masks(model, pattern)
    torch.save(dict(state_dict=model.state_dict()), checkpoint)
    return str(path), str(checkpoint)
