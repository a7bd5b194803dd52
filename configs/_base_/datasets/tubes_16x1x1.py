# What JHMDB and UCF101-24 share; a data set adds its files. Clips of 16 frames
# of 256 x 256: Point3D's paper, section 4.1. Not there: neighbouring frames,
# the aspect ratio is not kept, and the augmentation; these are those of the
# MOC detector (arXiv:2001.04608), whose setting the paper says to follow. A
# batch of 2 per GPU is chosen here, and fits into 32 GB.
clip_len = 16
batch_size = 2
# Every n-th clip of a video in an epoch.
clip_stride = 1

train_pipeline = [
    dict(type='SampleTubeFrames'),
    dict(type='RawFrameDecode'),
    dict(type='LoadTubes'),
    # The ranges of SSD; brightness is a factor here, a sum there.
    dict(
        type='ColorJitter',
        brightness=32 / 255,
        contrast=0.5,
        saturation=0.5,
        hue=18 / 255,
    ),
    dict(type='TubeExpand', max_ratio=4.0),
    dict(type='TubeCrop'),
    dict(type='FilterTubes'),
    dict(type='Resize', scale=(256, 256), keep_ratio=False),
    dict(type='Flip', flip_ratio=0.5),
    dict(type='FormatShape', input_format='NCTHW', collapse=True),
    dict(type='PackTubeInputs'),
]
test_pipeline = [
    dict(type='SampleTubeFrames'),
    dict(type='RawFrameDecode'),
    dict(type='LoadTubes'),
    dict(type='Resize', scale=(256, 256), keep_ratio=False),
    dict(type='FormatShape', input_format='NCTHW', collapse=True),
    dict(type='PackTubeInputs'),
]

train_dataloader = dict(
    batch_size=batch_size,
    num_workers=8,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=True),
    dataset=dict(
        type='TubeDataset',
        clip_len=clip_len,
        clip_stride=clip_stride,
        pipeline=train_pipeline,
    ),
)
# Validation, in every epoch, looks at each frame once; a test looks at each
# in the middle of a clip of its own, for 16 times the work.
val_dataloader = dict(
    batch_size=batch_size,
    num_workers=8,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(
        type='TubeDataset',
        clip_len=clip_len,
        test_clips='windows',
        pipeline=test_pipeline,
        test_mode=True,
    ),
)
test_dataloader = dict(
    val_dataloader, dataset=dict(val_dataloader['dataset'], test_clips='centered')
)

val_evaluator = dict(type='TubeMetric')
test_evaluator = val_evaluator
