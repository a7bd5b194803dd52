# Something-Something v2 for TDN: five neighbouring frames of each of 8 segments, in
# the layout of sthv2_square_1x1x8.py. The short side is scaled to 256, as in tests of
# TDN's authors (https://github.com/MCG-NJU/TDN) and as their weights require; the
# AK-Net paper scales to 256 x 256 (section IV-A).
clip_len = 5
num_segments = 8
scale = (-1, 256)
crop_size = 224
data_root = 'data/sthv2'
# Not in the paper: 64 videos on eight GPUs, as TSM is trained.
num_gpus = 8
batch_size = 8

frames = dict(
    type='SampleSegmentFrames',
    clip_len=clip_len,
    frame_interval=1,
    num_clips=num_segments,
)
resize = dict(type='Resize', scale=scale)
pack = [
    dict(type='StackSegmentFrames', frames_per_segment=clip_len),
    dict(type='FormatShape', input_format='NCHW'),
    dict(type='PackActionInputs'),
]

train_pipeline = [
    dict(type='UprightVideoInit'),
    frames,
    dict(type='UprightVideoDecode'),
    resize,
    dict(type='RandomCrop', size=crop_size),
    *pack,
]
val_pipeline = [
    dict(type='UprightVideoInit'),
    dict(frames, test_mode=True),
    dict(type='UprightVideoDecode'),
    resize,
    dict(type='CenterCrop', crop_size=crop_size),
    *pack,
]

dataset = dict(type='VideoDataset', data_prefix=dict(video=f'{data_root}/videos'))
loader = dict(num_workers=8, persistent_workers=True)
train_dataloader = dict(
    batch_size=batch_size,
    sampler=dict(type='DefaultSampler', shuffle=True),
    dataset=dict(
        ann_file=f'{data_root}/sthv2_train_list_videos.txt',
        pipeline=train_pipeline,
        **dataset,
    ),
    **loader,
)
val_dataloader = dict(
    batch_size=16,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(
        ann_file=f'{data_root}/sthv2_val_list_videos.txt',
        pipeline=val_pipeline,
        test_mode=True,
        **dataset,
    ),
    **loader,
)
test_dataloader = val_dataloader
auto_scale_lr = dict(enable=False, base_batch_size=num_gpus * batch_size)

val_evaluator = dict(type='AccMetric')
test_evaluator = val_evaluator
