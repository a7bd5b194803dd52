# HMDB51, split 1, in the layout of MMAction2's tools/data/hmdb51: videos and the
# lists of generate_videos_filelist.sh. Sampling: see videos_16x2x1.py.
clip_len = 16
frame_interval = 2
test_clips = 10
split = 1
data_root = 'data/hmdb51'
# 128 clips on two GPUs: KPSEM paper, section 4.3.
num_gpus = 2
batch_size = 64

frames = dict(
    type='SampleFramesOrStill', clip_len=clip_len, frame_interval=frame_interval
)
pack = [dict(type='FormatShape', input_format='NCTHW'), dict(type='PackActionInputs')]
centre = [
    dict(type='UprightVideoDecode'),
    dict(type='Resize', scale=(256, 256), keep_ratio=False),
    dict(type='CenterCrop', crop_size=224),
    *pack,
]

train_pipeline = [
    dict(type='UprightVideoInit'),
    dict(num_clips=1, **frames),
    dict(type='UprightVideoDecode'),
    dict(type='RandomSquareResize'),
    dict(type='RandomCrop', size=224),
    dict(type='Flip', flip_ratio=0.5),
    dict(type='RandomHLS'),
    *pack,
]
val_pipeline = [
    dict(type='UprightVideoInit'),
    dict(num_clips=1, test_mode=True, **frames),
    *centre,
]
test_pipeline = [
    dict(type='UprightVideoInit'),
    dict(num_clips=test_clips, test_mode=True, **frames),
    *centre,
]

dataset = dict(type='VideoDataset', data_prefix=dict(video=f'{data_root}/videos'))
loader = dict(num_workers=8, persistent_workers=True)
train_dataloader = dict(
    batch_size=batch_size,
    sampler=dict(type='DefaultSampler', shuffle=True),
    dataset=dict(
        ann_file=f'{data_root}/hmdb51_train_split_{split}_videos.txt',
        pipeline=train_pipeline,
        **dataset,
    ),
    **loader,
)
val_dataloader = dict(
    batch_size=16,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(
        ann_file=f'{data_root}/hmdb51_val_split_{split}_videos.txt',
        pipeline=val_pipeline,
        test_mode=True,
        **dataset,
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
