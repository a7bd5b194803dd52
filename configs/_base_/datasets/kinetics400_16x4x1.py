# Kinetics-400 in the layout of MMAction2's tools/data/kinetics. Test: five clips and
# three crops, as MMAction2 tests VideoMAE. Training: 16 frames at an interval of 4
# (VideoMAE paper, appendix), with the crops and flips of MMAction2's 3D networks.
clip_len = 16
data_root = 'data/kinetics400'
# Not in a paper: 64 videos on eight GPUs.
num_gpus = 8
batch_size = 8

frames = dict(type='SampleFrames', clip_len=clip_len, frame_interval=4)
pack = [dict(type='FormatShape', input_format='NCTHW'), dict(type='PackActionInputs')]

train_pipeline = [
    dict(type='UprightVideoInit'),
    dict(frames, num_clips=1),
    dict(type='UprightVideoDecode'),
    dict(type='Resize', scale=(-1, 256)),
    dict(type='RandomResizedCrop'),
    dict(type='Resize', scale=(224, 224), keep_ratio=False),
    dict(type='Flip', flip_ratio=0.5),
    *pack,
]
val_pipeline = [
    dict(type='UprightVideoInit'),
    dict(frames, num_clips=1, test_mode=True),
    dict(type='UprightVideoDecode'),
    dict(type='Resize', scale=(-1, 224)),
    dict(type='CenterCrop', crop_size=224),
    *pack,
]
test_pipeline = [
    dict(type='UprightVideoInit'),
    dict(frames, num_clips=5, test_mode=True),
    dict(type='UprightVideoDecode'),
    dict(type='Resize', scale=(-1, 224)),
    dict(type='ThreeCrop', crop_size=224),
    *pack,
]

val_list = f'{data_root}/kinetics400_val_list_videos.txt'
val_videos = dict(video=f'{data_root}/videos_val')
loader = dict(num_workers=8, persistent_workers=True)
train_dataloader = dict(
    batch_size=batch_size,
    sampler=dict(type='DefaultSampler', shuffle=True),
    dataset=dict(
        type='VideoDataset',
        ann_file=f'{data_root}/kinetics400_train_list_videos.txt',
        data_prefix=dict(video=f'{data_root}/videos_train'),
        pipeline=train_pipeline,
    ),
    **loader,
)
val_dataloader = dict(
    batch_size=8,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(
        type='VideoDataset',
        ann_file=val_list,
        data_prefix=val_videos,
        pipeline=val_pipeline,
        test_mode=True,
    ),
    **loader,
)
test_dataloader = dict(
    val_dataloader,
    batch_size=1,
    dataset=dict(val_dataloader['dataset'], pipeline=test_pipeline),
)
auto_scale_lr = dict(enable=False, base_batch_size=num_gpus * batch_size)

val_evaluator = dict(type='AccMetric')
test_evaluator = val_evaluator
