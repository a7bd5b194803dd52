# StickAction, classification variant, made by `mmvkp data stick-action`: 8 frames
# spread over the whole video. No flip: it swaps classes. The environment variable
# MMVKP_STICK_ACTION gives the folder of the data, by default data/stick_action.
data_root = '{{$MMVKP_STICK_ACTION:data/stick_action}}'
dataset_type = 'VideoDataset'
clip_len = 8
num_gpus = 1
batch_size = 16

# No augmentation: position, size and colour are random in the data.
decode = [
    dict(type='UprightVideoDecode'),
    dict(type='FormatShape', input_format='NCTHW'),
    dict(type='PackActionInputs'),
]
train_pipeline = [
    dict(type='UprightVideoInit'),
    dict(type='UniformSample', clip_len=clip_len),
    *decode,
]
test_pipeline = [
    dict(type='UprightVideoInit'),
    dict(type='UniformSample', clip_len=clip_len, test_mode=True),
    *decode,
]

dataset = dict(type=dataset_type, data_prefix=dict(video=f'{data_root}/videos'))
loader = dict(batch_size=batch_size, num_workers=2)
train_dataloader = dict(
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=True),
    dataset=dict(ann_file=f'{data_root}/train.txt', pipeline=train_pipeline, **dataset),
    **loader,
)
val_dataloader = dict(
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(
        ann_file=f'{data_root}/val.txt',
        pipeline=test_pipeline,
        test_mode=True,
        **dataset,
    ),
    **loader,
)
test_dataloader = dict(
    val_dataloader,
    persistent_workers=False,
    dataset=dict(val_dataloader['dataset'], ann_file=f'{data_root}/test.txt'),
)
auto_scale_lr = dict(enable=False, base_batch_size=num_gpus * batch_size)

# Top-1 accuracy, pair accuracy (frame order ignored) and the ceiling of a model
# that ignores frame order.
val_evaluator = [
    dict(type='AccMetric', metric_options=dict(top_k_accuracy=dict(topk=1))),
    dict(type='PairAccMetric'),
]
test_evaluator = val_evaluator
