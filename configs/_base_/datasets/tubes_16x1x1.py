# Data sets of action tubes: clips of 16 frames of 256 x 256 (Point3D paper, section
# 4.1). Not in the paper: neighbouring frames, the aspect ratio (not kept) and the
# augmentation; they follow the MOC detector (arXiv 2001.04608), whose setting the
# paper follows. The batch of 2 per GPU is chosen here and fits into 32 GB. A data
# set adds its files.
clip_len = 16
num_gpus = 8
batch_size = 2
# Every n-th clip of a video in an epoch.
clip_stride = 1

resize = dict(type='Resize', scale=(256, 256), keep_ratio=False)
load = [
    dict(type='SampleTubeFrames'),
    dict(type='RawFrameDecode'),
    dict(type='LoadTubes'),
]
pack = [
    dict(type='FormatShape', input_format='NCTHW', collapse=True),
    dict(type='PackTubeInputs'),
]
train_pipeline = [
    *load,
    # The ranges of SSD; brightness is a factor here and a sum there.
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
    resize,
    dict(type='Flip', flip_ratio=0.5),
    *pack,
]
test_pipeline = [*load, resize, *pack]

dataset = dict(type='TubeDataset', clip_len=clip_len)
loader = dict(batch_size=batch_size, num_workers=8, persistent_workers=True)
train_dataloader = dict(
    sampler=dict(type='DefaultSampler', shuffle=True),
    dataset=dict(clip_stride=clip_stride, pipeline=train_pipeline, **dataset),
    **loader,
)
# Validation, after every epoch, runs on each frame once. A test runs on a clip
# around each frame, at 16 times the cost.
val_dataloader = dict(
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(
        test_clips='windows', pipeline=test_pipeline, test_mode=True, **dataset
    ),
    **loader,
)
test_dataloader = dict(
    val_dataloader, dataset=dict(val_dataloader['dataset'], test_clips='centered')
)
auto_scale_lr = dict(enable=False, base_batch_size=num_gpus * batch_size)

val_evaluator = dict(type='TubeMetric')
test_evaluator = val_evaluator
