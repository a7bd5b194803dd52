# StickAction, variant far, made by `mmvkp data stick-action` with --variant far
# --test 64: two classes share the last 16 frames of the action and differ before. The
# environment variable MMVKP_STICK_FAR gives the folder of the data, by default
# data/stick_far.
_base_ = 'stick_action_tubes.py'

data_root = '{{$MMVKP_STICK_FAR:data/stick_far}}'
# A clip spans 36 frames. In the last 16 frames of an action, the middle of the clip, it
# also contains 5 to 20 frames of the first motion.
clip_len, frame_interval = 8, 5

dataset = dict(
    ann_file=f'{data_root}/StickAction-GT.pkl',
    data_prefix=dict(img=f'{data_root}/Frames'),
    joint_prefix=f'{data_root}/joint_positions',
    clip_len=clip_len,
    frame_interval=frame_interval,
)
train_dataloader = dict(dataset=dict(train_clips='centered', clip_stride=5, **dataset))
val_dataloader = dict(dataset=dict(test_clips='centered', **dataset))
test_dataloader = dict(dataset=dataset)

# The classes of a pair, in the frames that are the same for both.
val_evaluator = dict(
    _delete_=True,
    type='TubeAccMetric',
    ann_file=f'{data_root}/StickAction-GT.pkl',
    groups=[(0, 1), (2, 3), (4, 5), (6, 7)],
    last_frames=16,
)
test_evaluator = val_evaluator
