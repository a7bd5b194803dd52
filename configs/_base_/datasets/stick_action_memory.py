# StickAction, variant memory, made by `mmvkp data stick-action --variant memory`: the
# class of a kick depends on a cue more than 32 frames earlier. The environment variable
# MMVKP_STICK_MEMORY gives the folder of the data, by default data/stick_memory.
_base_ = 'stick_action_tubes.py'

data_root = '{{$MMVKP_STICK_MEMORY:data/stick_memory}}'

dataset = dict(
    ann_file=f'{data_root}/StickAction-GT.pkl',
    data_prefix=dict(img=f'{data_root}/Frames'),
    joint_prefix=f'{data_root}/joint_positions',
)
# As in stick_action_tubes_centered.py: one clip around every third frame.
train_dataloader = dict(dataset=dict(train_clips='centered', clip_stride=3, **dataset))
# Adjacent clips: the metric needs class scores of each frame, but no boxes.
val_dataloader = dict(dataset=dict(test_clips='windows', **dataset))
test_dataloader = val_dataloader

# Kicks, and the cues before them.
val_evaluator = dict(
    _delete_=True,
    type='TubeAccMetric',
    ann_file=f'{data_root}/StickAction-GT.pkl',
    groups=[(0, 1), (2, 3)],
)
test_evaluator = val_evaluator
