# AVA v2.2: other annotations of the videos of ava21_tubes.py.
_base_ = 'tubes_16x1x1.py'

data_root = 'data/ava/rawframes'
anno_root = 'data/ava/annotations'
label_file = f'{anno_root}/ava_action_list_v2.2_for_activitynet_2019.pbtxt'
val_files = dict(
    ann_file=f'{anno_root}/ava_val_v2.2.csv',
    exclude_file=f'{anno_root}/ava_val_excluded_timestamps_v2.2.csv',
    label_file=label_file,
)
sampler = dict(type='SampleKeyClip', clip_len=_base_.clip_len)
train_pipeline = [sampler, *_base_.train_pipeline[1:]]
test_pipeline = [sampler, *_base_.test_pipeline[1:]]

dataset = dict(_delete_=True, type='AVADataset', data_prefix=dict(img=data_root))
train_dataloader = dict(
    dataset=dict(
        ann_file=f'{anno_root}/ava_train_v2.2.csv',
        exclude_file=f'{anno_root}/ava_train_excluded_timestamps_v2.2.csv',
        label_file=label_file,
        pipeline=train_pipeline,
        **dataset,
    )
)
val_dataloader = dict(
    dataset=dict(pipeline=test_pipeline, test_mode=True, **val_files, **dataset)
)
test_dataloader = val_dataloader

val_evaluator = dict(_delete_=True, type='AVAMetric', **val_files)
test_evaluator = val_evaluator
