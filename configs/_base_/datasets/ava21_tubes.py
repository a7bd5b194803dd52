# AVA v2.1 in the layout of MMAction2's tools/data/ava: frames at 30 per second, one
# frame per second has boxes. Clips as in tubes_16x1x1.py; only the key frame of a
# clip is trained on and tested.
_base_ = 'tubes_16x1x1.py'

data_root = 'data/ava/rawframes'
anno_root = 'data/ava/annotations'
# The label list has the 60 of 80 classes that are measured.
label_file = f'{anno_root}/ava_action_list_v2.1_for_activitynet_2018.pbtxt'
val_files = dict(
    ann_file=f'{anno_root}/ava_val_v2.1.csv',
    exclude_file=f'{anno_root}/ava_val_excluded_timestamps_v2.1.csv',
    label_file=label_file,
)
sampler = dict(type='SampleKeyClip', clip_len=_base_.clip_len)
train_pipeline = [sampler, *_base_.train_pipeline[1:]]
test_pipeline = [sampler, *_base_.test_pipeline[1:]]

dataset = dict(_delete_=True, type='AVADataset', data_prefix=dict(img=data_root))
train_dataloader = dict(
    dataset=dict(
        ann_file=f'{anno_root}/ava_train_v2.1.csv',
        exclude_file=f'{anno_root}/ava_train_excluded_timestamps_v2.1.csv',
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
