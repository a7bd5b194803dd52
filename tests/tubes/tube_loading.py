"""Data sets of tubes with the pipeline of a recipe, and checks of samples."""

import torch
from mmaction.registry import DATASETS
from mmengine.dataset import pseudo_collate
from torch.utils.data import DataLoader

# Joints of the JHMDB puppet.
LEFT, RIGHT = (4, 6, 8, 10, 12, 14), (3, 5, 7, 9, 11, 13)


def pipeline(decode=(dict(type='RawFrameDecode'),), train=True, flip=None):
    """Pipeline of a recipe for 64 x 64 pixels."""
    augment = [
        dict(type='TubeExpand', max_ratio=2.0),
        dict(type='TubeCrop'),
        dict(type='FilterTubes'),
    ]
    return [
        dict(type='SampleTubeFrames'),
        *decode,
        dict(type='LoadTubes'),
        *(augment if train else ()),
        dict(type='Resize', scale=(64, 64), keep_ratio=False),
        *([dict(type='Flip', **(flip or {}))] if train else ()),
        dict(type='FormatShape', input_format='NCTHW', collapse=True),
        dict(type='PackTubeInputs'),
    ]


def jhmdb(root, **kwargs):
    settings = dict(
        type='TubeDataset',
        ann_file=str(root / 'JHMDB-GT.pkl'),
        data_prefix=dict(img=str(root / 'Frames')),
        joint_prefix=str(root / 'joint_positions'),
        filename_tmpl='{:05}.png',
        clip_len=8,
        pipeline=pipeline(flip=dict(left_kp=LEFT, right_kp=RIGHT)),
    )
    return DATASETS.build(dict(settings, **kwargs))


def ucf(root, **kwargs):
    settings = dict(
        type='TubeDataset',
        ann_file=str(root / 'UCF101v2-GT.pkl'),
        data_prefix=dict(img=str(root / 'rgb-images')),
        clip_len=4,
        pipeline=pipeline(),
    )
    return DATASETS.build(dict(settings, **kwargs))


def clips_of(dataset):
    """(video, start) of each clip."""
    return [
        (info['video_id'], info['start'])
        for info in map(dataset.get_data_info, range(len(dataset)))
    ]


def load_all(dataset, batch_size=3, workers=2):
    """One epoch through a real loader with two processes."""
    loader = DataLoader(
        dataset,
        batch_size,
        shuffle=True,
        num_workers=workers,
        collate_fn=pseudo_collate,
        generator=torch.Generator().manual_seed(0),
    )
    batches = list(loader)
    inputs = [clip for batch in batches for clip in batch['inputs']]
    samples = [each for batch in batches for each in batch['data_samples']]
    return inputs, samples


def check_sample(inputs, sample, clip_len, num_joints, multi_label=None):
    """Types, shapes and ranges of a packed clip."""
    assert inputs.dtype == torch.uint8
    assert inputs.shape == (3, clip_len, 64, 64)
    actors, count = sample.gt_instances, len(sample.gt_instances)
    assert actors.bboxes.shape == (count, clip_len, 4)
    assert actors.bboxes.dtype == torch.float32
    assert actors.bbox_valid.shape == (count, clip_len)
    assert actors.bbox_valid.dtype == torch.bool
    if multi_label is None:
        assert actors.labels.shape == (count,)
        assert actors.labels.dtype == torch.int64
    else:
        assert actors.labels.shape == (count, multi_label)
        assert actors.labels.dtype == torch.float32
    boxes = actors.bboxes[actors.bbox_valid]
    assert (boxes[:, 2:] > boxes[:, :2]).all()
    assert boxes.min() > -1 and boxes.max() <= 64
    assert (actors.bboxes[~actors.bbox_valid] == 0).all()
    assert ('keypoints' in actors) == (num_joints > 0)
    if num_joints:
        assert actors.keypoints.shape == (count, clip_len, num_joints, 2)
        assert actors.keypoints_visible.shape == (count, clip_len, num_joints)
        assert actors.keypoints_visible.dtype == torch.bool
    assert sample.frame_inds.shape == (clip_len,)
    assert sample.frame_labeled.shape == (clip_len,)
    assert sample.img_shape == (64, 64)
    assert len(sample.scale_factor) == 2
