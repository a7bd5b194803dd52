# StickAction, classification variant, made by
# tools/dataset_converters/make_stick_action.py: 8 frames spread over the whole
# video. No horizontal flip, which would swap classes. The environment variable
# MMVKP_STICK_ACTION says where the data are, if not in data/stick_action.
data_root = '{{$MMVKP_STICK_ACTION:data/stick_action}}'
dataset_type = 'VideoDataset'
clip_len = 8
batch_size = 16

# No augmentation: places, sizes and colours are random in the data. OpenCV
# opens these short files in a third of decord's time.
train_pipeline = [
    dict(type='OpenCVInit'),
    dict(type='UniformSample', clip_len=clip_len),
    dict(type='OpenCVDecode'),
    dict(type='FormatShape', input_format='NCTHW'),
    dict(type='PackActionInputs'),
]
test_pipeline = [
    dict(type='OpenCVInit'),
    dict(type='UniformSample', clip_len=clip_len, test_mode=True),
    dict(type='OpenCVDecode'),
    dict(type='FormatShape', input_format='NCTHW'),
    dict(type='PackActionInputs'),
]

train_dataloader = dict(
    batch_size=batch_size,
    num_workers=2,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=True),
    dataset=dict(
        type=dataset_type,
        ann_file=f'{data_root}/train.txt',
        data_prefix=dict(video=f'{data_root}/videos'),
        pipeline=train_pipeline,
    ),
)
val_dataloader = dict(
    batch_size=batch_size,
    num_workers=2,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(
        type=dataset_type,
        ann_file=f'{data_root}/val.txt',
        data_prefix=dict(video=f'{data_root}/videos'),
        pipeline=test_pipeline,
        test_mode=True,
    ),
)
test_dataloader = dict(
    batch_size=batch_size,
    num_workers=2,
    persistent_workers=False,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(
        type=dataset_type,
        ann_file=f'{data_root}/test.txt',
        data_prefix=dict(video=f'{data_root}/videos'),
        pipeline=test_pipeline,
        test_mode=True,
    ),
)

# Top-1 beside pair accuracy (order ignored) and the order-blind ceiling.
val_evaluator = [
    dict(type='AccMetric', metric_options=dict(top_k_accuracy=dict(topk=1))),
    dict(type='PairAccMetric'),
]
test_evaluator = val_evaluator
