# Data sets of 3D networks: 16 frames of 224 x 224 (KPSEM paper, section 4.1).
# Not in the paper: all else follows MFNet's public fine-tuning recipe
# (https://github.com/cypw/PyTorch-MFNet): every second frame, one repeated frame of
# short videos, squares of 256 pixels in tests, random sizes and colours in training.
# Ten clips in a test are common for 3D networks. A data set adds its lists and
# folders.
clip_len = 16
frame_interval = 2
test_clips = 10
# 64 clips on two GPUs: KPSEM paper, section 4.3.
num_gpus = 2
batch_size = 32

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

loader = dict(num_workers=8, persistent_workers=True)
train_dataloader = dict(
    batch_size=batch_size,
    sampler=dict(type='DefaultSampler', shuffle=True),
    dataset=dict(type='VideoDataset', pipeline=train_pipeline),
    **loader,
)
val_dataloader = dict(
    batch_size=16,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(type='VideoDataset', pipeline=val_pipeline, test_mode=True),
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
