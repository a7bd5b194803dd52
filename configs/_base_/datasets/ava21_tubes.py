# AVA v2.1 as MMAction2's tools/data/ava lays it out: frames at 30 per second,
# of which one in each second has boxes. Clips are those of tubes_16x1x1.py;
# only their key frame is learned from and tested.
_base_ = 'tubes_16x1x1.py'

data_root = 'data/ava/rawframes'
anno_root = 'data/ava/annotations'
# 80 classes are learned, these 60 are measured.
label_file = f'{anno_root}/ava_action_list_v2.1_for_activitynet_2018.pbtxt'
sampler = dict(type='SampleKeyClip', clip_len=_base_.clip_len)
train_pipeline = [sampler, *_base_.train_pipeline[1:]]
test_pipeline = [sampler, *_base_.test_pipeline[1:]]
val_files = dict(
    ann_file=f'{anno_root}/ava_val_v2.1.csv',
    exclude_file=f'{anno_root}/ava_val_excluded_timestamps_v2.1.csv',
    label_file=label_file,
)

train_dataloader = dict(
    dataset=dict(
        _delete_=True,
        type='AVADataset',
        ann_file=f'{anno_root}/ava_train_v2.1.csv',
        exclude_file=f'{anno_root}/ava_train_excluded_timestamps_v2.1.csv',
        label_file=label_file,
        data_prefix=dict(img=data_root),
        pipeline=train_pipeline,
    )
)
val_dataloader = dict(
    dataset=dict(
        _delete_=True,
        type='AVADataset',
        data_prefix=dict(img=data_root),
        pipeline=test_pipeline,
        test_mode=True,
        **val_files,
    )
)
test_dataloader = val_dataloader

val_evaluator = dict(_delete_=True, type='AVAMetric', **val_files)
test_evaluator = val_evaluator
