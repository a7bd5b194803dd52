# The network for StickAction with the best results: a small hourglass, and options
# that are not in the paper. Trained in bfloat16, which is fast on processors with AMX;
# remove AutocastHook for single precision.
_base_ = 'point3d_r18_1xb8-8x1x1-1e_stick-tubes-rgb.py'
max_epochs = 2

model = dict(
    backbone=dict(
        _delete_=True,
        type='mmdet.HourglassNet',
        downsample_times=3,
        num_stacks=1,
        stage_channels=(32, 48, 64, 64),
        stage_blocks=(1, 1, 1, 1),
        feat_channel=32,
        norm_cfg=dict(type='BN'),
    ),
    neck=None,
    point_head=dict(
        target_cfg=dict(box_reach=1), loss_cfg=dict(loss_box=dict(loss_weight=1.0))
    ),
    twa=dict(gain_channels=32),
    point_input='twa',
    cls_head=dict(clip_label='background'),
)

# Training clips as in the test: a clip around each frame; every third one.
train_dataloader = dict(dataset=dict(train_clips='centered', clip_stride=3))
val_dataloader = dict(dataset=dict(test_clips='centered'))
train_cfg = dict(max_epochs=max_epochs, val_begin=max_epochs)
param_scheduler = [
    dict(type='LinearLR', start_factor=0.1, begin=0, end=150, by_epoch=False),
    dict(
        type='CosineAnnealingLR',
        eta_min=0.0,
        begin=0,
        end=max_epochs,
        by_epoch=True,
        convert_to_iter_based=True,
    ),
]
custom_hooks = [*_base_.custom_hooks, dict(type='AutocastHook')]

# Clips vote on the class; tubes end where the score falls.
val_evaluator = dict(
    preset=dict(type='moc', class_window=4),
    linker=dict(type='greedy', min_length=5, max_gap=2, trim_threshold=0.1),
)
test_evaluator = val_evaluator
