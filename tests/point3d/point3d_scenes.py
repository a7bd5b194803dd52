"""Small detectors, clips for them and runs of training."""

import numpy as np
import torch
from mmaction.registry import MODELS
from mmaction.structures import ActionDataSample
from mmengine.config import Config
from mmengine.model import BaseModel
from mmengine.structures import InstanceData

from mmvkp.point3d.detector import Point3D
from mmvkp.point3d.results import merge_result_cfg

from ..tubes import tube_loading
from .tiny_point3d import CLASSES, CLIP_LEN, KNOTS, SIDE, point3d_config

TWO_OPTIMISERS = dict(
    constructor='PartOptimWrapperConstructor',
    points=dict(
        modules=['backbone', 'neck', 'point_head'], optimizer=dict(type='Adam', lr=1e-3)
    ),
    cls=dict(
        modules=['twa', 'clip_backbone', 'cls_head'],
        optimizer=dict(type='SGD', lr=1e-2, momentum=0.9),
    ),
)
NO_KNOTS = dict(type='Point3DHead', in_channels=8, mid_channels=8, num_knots=0)
HOURGLASS = dict(
    type='mmdet.HourglassNet',
    num_stacks=2,
    downsample_times=2,
    stage_channels=(16, 16, 16),
    stage_blocks=(1, 1, 1),
    feat_channel=8,
)


class StubDetector(Point3D):
    """A detector with given heads and a stand-in for its 3D network."""

    def __init__(self, point_head, cls_head, clip_features, **test_cfg):
        BaseModel.__init__(self)
        self.point_head, self.cls_head = point_head, cls_head
        self.clip_features = clip_features
        self.twa, self.bank, self.point_input = None, None, 'frame'
        self.test_cfg = merge_result_cfg(test_cfg)

    def extract_clips(self, clips):
        return self.clip_features(clips)


def build(seed=0, **options):
    """A detector of `tiny_point3d` with other options."""
    torch.manual_seed(seed)
    return MODELS.build(point3d_config(**options).model)


def sample_of(boxes, labels=None, num_frames=CLIP_LEN, knots=KNOTS, **meta):
    """A clip of actors that do not move, joints in their middle."""
    boxes = torch.tensor(boxes, dtype=torch.float32).reshape(-1, 1, 4)
    boxes = boxes.repeat(1, num_frames, 1)
    count = len(boxes)
    gts = InstanceData(
        bboxes=boxes,
        labels=torch.arange(count) % CLASSES if labels is None else labels,
        bbox_valid=torch.ones(count, num_frames, dtype=torch.bool),
    )
    if knots:
        middle = boxes.view(count, num_frames, 2, 2).mean(2, keepdim=True)
        gts.keypoints = middle.repeat(1, 1, knots, 1)
        gts.keypoints_visible = torch.ones(count, num_frames, knots, dtype=torch.bool)
    sample = ActionDataSample(gt_instances=gts)
    sample.set_metainfo(
        dict(
            dict(
                video_id='jump/a',
                frame_inds=np.arange(1, num_frames + 1),
                frame_labeled=np.ones(num_frames, dtype=bool),
                key_inds=np.arange(num_frames),
                ori_shape=(SIDE, SIDE),
                img_shape=(SIDE, SIDE),
                scale_factor=np.ones(2, dtype=np.float32),
            ),
            **meta,
        )
    )
    return sample


def batch(num_frames=CLIP_LEN, side=SIDE, **options):
    """Two clips of noise, with one and with two actors."""
    generator = torch.Generator().manual_seed(3)
    inputs = torch.randn(2, 3, num_frames, side, side, generator=generator)
    return inputs, [
        sample_of([[4, 6, 30, 50]], num_frames=num_frames, **options),
        sample_of([[30, 8, 60, 40], [2, 2, 20, 44]], num_frames=num_frames, **options),
    ]


def total_of(losses):
    """The sum of the losses, as in MMEngine."""
    return sum(value for name, value in losses.items() if 'loss' in name)


def tube_set(root, **options):
    """Config of the data set of `tube_data.make_ucf`, augmented at random."""
    return dict(
        dict(
            type='TubeDataset',
            ann_file=str(root / 'UCF101v2-GT.pkl'),
            data_prefix=dict(img=str(root / 'rgb-images')),
            clip_len=CLIP_LEN,
            pipeline=tube_loading.pipeline(),
        ),
        **options,
    )


def run_config(work_dir, dataset, model, epochs, **options):
    """Config of a training, in the layout of a recipe."""
    config = Config(
        dict(
            default_scope='mmaction',
            custom_imports=dict(imports=['mmvkp'], allow_failed_imports=False),
            work_dir=str(work_dir),
            model=model,
            train_dataloader=dict(
                batch_size=2,
                num_workers=0,
                sampler=dict(type='DefaultSampler', shuffle=True),
                dataset=dataset,
            ),
            train_cfg=dict(
                type='EpochBasedTrainLoop', max_epochs=epochs, val_interval=epochs + 1
            ),
            optim_wrapper=TWO_OPTIMISERS,
            default_hooks=dict(
                runtime_info=dict(type='RuntimeInfoHook'),
                timer=dict(type='IterTimerHook'),
                logger=dict(type='LoggerHook', interval=100),
                param_scheduler=dict(type='ParamSchedulerHook'),
                checkpoint=dict(type='CheckpointHook', interval=1),
                sampler_seed=dict(type='DistSamplerSeedHook'),
                sync_buffers=dict(type='SyncBuffersHook'),
            ),
            custom_hooks=[dict(type='SampleSeedHook')],
            log_processor=dict(type='LogProcessor', window_size=20, by_epoch=True),
            log_level='ERROR',
            randomness=dict(seed=0),
        )
    )
    config.merge_from_dict(options)
    return config
