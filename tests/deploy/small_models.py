"""Configs and checkpoints of small recognizers for exports."""

import torch
from mmaction.registry import MODELS
from mmengine.config import Config

from tests.afnet.test_base import mixing
from tests.aknet.tiny_aknet import SLIM, with_statistics
from tests.kpsem.kpsem_hosts import HOSTS_3D

SIDE, SEGMENTS = 32, 4
_FRAMES = dict(type='SampleFrames', clip_len=1, frame_interval=1, num_clips=SEGMENTS)
_CLIPS = dict(type='SampleFrames', clip_len=8, frame_interval=2, num_clips=2)
_RUNS = dict(type='SampleSegmentFrames', clip_len=5, num_clips=SEGMENTS)
_TSM_HEAD = dict(type='TSMHead', num_segments=SEGMENTS, in_channels=64, init_std=1.0)
_AK_HEAD = dict(type='AKHead', in_channels=64, map_channels=32, init_std=1.0)
_TDN = dict(SLIM, type='SlimResNetTDN')


def _mfnet():
    backbone, channels, spatial, frames = HOSTS_3D['MFNet']
    neck = dict(type='KPSEM', in_channels=channels, num_sets=2, normalize=True)
    head = dict(
        type='I3DHead', in_channels=spatial + channels // 4 * (frames - 1), init_std=1.0
    )
    return dict(type='Recognizer3D', backbone=backbone, neck=neck, cls_head=head)


def _afnet(**backbone):
    return dict(
        type='Recognizer2D',
        backbone=dict(
            type='AFResNet',
            num_segments=SEGMENTS,
            arch_cfg=dict(stage_blocks=(3, 2), base_channels=8, stem_kernel=3),
            out_indices=(1,),
            **backbone,
        ),
        neck=dict(type='FrameSelectionNeck', num_segments=SEGMENTS),
        cls_head=dict(type='TSNHead', in_channels=64, init_std=1.0),
    )


def _plain(backbone, head):
    return dict(type='Recognizer2D', backbone=backbone, cls_head=head)


# Name -> model, sampler, layout of the input.
MODELS_OF = {
    'kpsem': (_mfnet, _CLIPS, 'NCTHW'),
    'afnet': (lambda: _afnet(with_shift=True), _FRAMES, 'NCHW'),
    'aknet': (lambda: _plain(dict(type='AKNet', base=SLIM), _AK_HEAD), _FRAMES, 'NCHW'),
    'aknet-tdn': (
        lambda: _plain(dict(type='AKNet', base=_TDN), _AK_HEAD),
        _RUNS,
        'NCHW',
    ),
    'tsm': (lambda: _plain(SLIM, _TSM_HEAD), _FRAMES, 'NCHW'),
}


def small_config(name):
    """Config of a recognizer of three classes."""
    build, sampler, layout = MODELS_OF[name]
    stacked = 5 if sampler is _RUNS else 1
    model = build()
    model['cls_head'].update(num_classes=3, average_clips='prob')
    model['data_preprocessor'] = dict(
        type='ActionDataPreprocessor',
        mean=[120.0, 110.0, 100.0] * stacked,
        std=[60.0, 50.0, 40.0] * stacked,
        format_shape=layout,
    )
    pipeline = [
        dict(type='UprightVideoInit'),
        dict(sampler, test_mode=True),
        dict(type='UprightVideoDecode'),
        dict(type='Resize', scale=(-1, SIDE)),
        dict(type='CenterCrop', crop_size=SIDE),
        *([dict(type='StackSegmentFrames')] if stacked > 1 else []),
        dict(type='FormatShape', input_format=layout),
        dict(type='PackActionInputs'),
    ]
    dataset = dict(type='VideoDataset', ann_file='', pipeline=pipeline)
    return Config(
        dict(
            default_scope='mmaction',
            model=model,
            class_names=['a', 'b', 'c'],
            test_dataloader=dict(dataset=dataset),
        )
    )


def write_small(folder, name):
    """Config and checkpoint as files; selections depend on the input."""
    torch.manual_seed(0)
    config = small_config(name)
    path, checkpoint = folder / f'{name}.py', folder / f'{name}.pth'
    config.dump(str(path))
    model = MODELS.build(config.model)
    model.init_weights()
    model = mixing(model) if name == 'afnet' else with_statistics(model)
    torch.save(dict(state_dict=model.state_dict()), checkpoint)
    return str(path), str(checkpoint)
