# StickAction, variant occluded, made by `mmvkp data stick-action` with --variant
# occluded --train 2400 --test 100 --frame-size 64 --num-frames 20: two actors of one
# class cross or touch. The environment variable MMVKP_STICK_OCCLUDED gives the folder
# of the data, by default data/stick_occluded.
_base_ = 'stick_action_tubes.py'

data_root = '{{$MMVKP_STICK_OCCLUDED:data/stick_occluded}}'

dataset = dict(
    ann_file=f'{data_root}/StickAction-GT.pkl',
    data_prefix=dict(img=f'{data_root}/Frames'),
    joint_prefix=f'{data_root}/joint_positions',
)
train_dataloader = dict(dataset=dict(train_clips='centered', clip_stride=3, **dataset))
val_dataloader = dict(dataset=dict(test_clips='centered', **dataset))
test_dataloader = dict(dataset=dataset)

# As in stick_action_tubes_centered.py.
val_evaluator = dict(
    ann_file=dataset['ann_file'],
    preset=dict(type='moc', class_window=4),
    linker=dict(type='greedy', min_length=5, max_gap=2, trim_threshold=0.1),
)
test_evaluator = val_evaluator
