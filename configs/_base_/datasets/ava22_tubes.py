# AVA v2.2: other annotations of the same videos.
_base_ = 'ava21_tubes.py'

anno_root = 'data/ava/annotations'
label_file = f'{anno_root}/ava_action_list_v2.2_for_activitynet_2019.pbtxt'
val_files = dict(
    ann_file=f'{anno_root}/ava_val_v2.2.csv',
    exclude_file=f'{anno_root}/ava_val_excluded_timestamps_v2.2.csv',
    label_file=label_file,
)

train_dataloader = dict(
    dataset=dict(
        ann_file=f'{anno_root}/ava_train_v2.2.csv',
        exclude_file=f'{anno_root}/ava_train_excluded_timestamps_v2.2.csv',
        label_file=label_file,
    )
)
val_dataloader = dict(dataset=val_files)
test_dataloader = val_dataloader

val_evaluator = val_files
test_evaluator = val_evaluator
