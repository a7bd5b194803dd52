# StickAction, multi-label variant in the layout of AVA, made by `mmvkp data
# stick-action` with --variant multi-label --train 2800 --test 210 --frame-size 64
# --num-frames 24: one to three actors, each acts with the legs, with the arms or with
# both. One key frame per second, 8 frames, is trained on and tested. No flip: it swaps
# classes. The environment variable MMVKP_STICK_MULTI_LABEL gives the folder of the
# data, by default data/stick_multi_label.
data_root = '{{$MMVKP_STICK_MULTI_LABEL:data/stick_multi_label}}'
fps = 8
clip_len = 8
num_gpus = 1
batch_size = 8

label_file = f'{data_root}/action_list.pbtxt'
test_files = dict(
    ann_file=f'{data_root}/test.csv',
    exclude_file=f'{data_root}/test_excluded_timestamps.csv',
    label_file=label_file,
    # As in AVA, classes count from 1.
    num_classes=15,
)
pipeline = [
    dict(type='SampleKeyClip', clip_len=clip_len),
    dict(type='RawFrameDecode'),
    dict(type='LoadTubes'),
    dict(type='FormatShape', input_format='NCTHW', collapse=True),
    dict(type='PackTubeInputs'),
]
dataset = dict(
    type='AVADataset',
    data_prefix=dict(img=f'{data_root}/rawframes'),
    pipeline=pipeline,
    fps=fps,
    timestamp_start=900,
    # 24 frames.
    timestamp_end=903,
)

train_dataloader = dict(
    batch_size=batch_size,
    num_workers=2,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=True),
    dataset=dict(
        ann_file=f'{data_root}/train.csv',
        exclude_file=f'{data_root}/train_excluded_timestamps.csv',
        label_file=label_file,
        num_classes=15,
        **dataset,
    ),
)
val_dataloader = dict(
    batch_size=batch_size,
    num_workers=2,
    persistent_workers=False,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(test_mode=True, **test_files, **dataset),
)
test_dataloader = val_dataloader
auto_scale_lr = dict(enable=False, base_batch_size=num_gpus * batch_size)

val_evaluator = dict(type='AVAMetric', **test_files)
test_evaluator = val_evaluator
