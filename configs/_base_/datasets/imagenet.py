# ImageNet-1k as lists of images and labels, in the layout of mmpretrain: images
# below train/ and val/, lists in meta/. An image is a video of one frame.
data_root = 'data/imagenet'
num_gpus = 8
batch_size = 32

pack = [dict(type='FormatShape', input_format='NCHW'), dict(type='PackActionInputs')]
train_pipeline = [
    dict(type='ImageDecode'),
    dict(type='RandomResizedCrop'),
    dict(type='Resize', scale=(224, 224), keep_ratio=False),
    dict(type='Flip', flip_ratio=0.5),
    *pack,
]
val_pipeline = [
    dict(type='ImageDecode'),
    dict(type='Resize', scale=(-1, 256)),
    dict(type='CenterCrop', crop_size=224),
    *pack,
]

loader = dict(num_workers=8, persistent_workers=True)
train_dataloader = dict(
    batch_size=batch_size,
    sampler=dict(type='DefaultSampler', shuffle=True),
    dataset=dict(
        type='VideoDataset',
        ann_file=f'{data_root}/meta/train.txt',
        data_prefix=dict(video=f'{data_root}/train'),
        pipeline=train_pipeline,
    ),
    **loader,
)
val_dataloader = dict(
    batch_size=64,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(
        type='VideoDataset',
        ann_file=f'{data_root}/meta/val.txt',
        data_prefix=dict(video=f'{data_root}/val'),
        pipeline=val_pipeline,
        test_mode=True,
    ),
    **loader,
)
test_dataloader = val_dataloader
auto_scale_lr = dict(enable=False, base_batch_size=num_gpus * batch_size)

val_evaluator = dict(type='AccMetric')
test_evaluator = val_evaluator
