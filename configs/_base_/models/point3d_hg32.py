# point3d_r18.py with a small hourglass and options that are not in the paper.
_base_ = 'point3d_r18.py'
channels = 32

model = dict(
    backbone=dict(
        _delete_=True,
        type='mmdet.HourglassNet',
        downsample_times=3,
        num_stacks=1,
        stage_channels=(channels, 48, 64, 64),
        stage_blocks=(1, 1, 1, 1),
        feat_channel=channels,
        norm_cfg=dict(type='BN'),
    ),
    neck=None,
    point_head=dict(
        target_cfg=dict(box_reach=1), loss_cfg=dict(loss_box=dict(loss_weight=1.0))
    ),
    twa=dict(gain_channels=channels),
    point_input='twa',
    cls_head=dict(clip_label='background'),
)
