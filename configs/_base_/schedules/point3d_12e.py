# Point3D on UCF101-24 (paper, section 4.1): Adam for the feature extractor and the
# point head, SGD for the 3D head; both rates are divided by 10 when the validation
# metric saturates. Not in the paper: momentum and weight decay, which are common for
# 3D networks, and the patience of one epoch.
points_lr = 5e-4
cls_lr = 1e-3
max_epochs = 12
momentum = 0.9
weight_decay = 5e-4
patience = 1
monitor = 'stad/frame_mAP@0.5'

train_cfg = dict(
    type='EpochBasedTrainLoop', max_epochs=max_epochs, val_begin=1, val_interval=1
)
val_cfg = dict(type='ValLoop')
test_cfg = dict(type='TestLoop')

optim_wrapper = dict(
    constructor='PartOptimWrapperConstructor',
    points=dict(
        modules=['backbone', 'neck', 'point_head'],
        optimizer=dict(type='Adam', lr=points_lr),
    ),
    cls=dict(
        modules=['twa', 'clip_backbone', 'cls_head'],
        optimizer=dict(
            type='SGD', lr=cls_lr, momentum=momentum, weight_decay=weight_decay
        ),
    ),
)
# For both optimisers.
param_scheduler = [
    dict(
        type='ReduceOnPlateauLR',
        monitor=monitor,
        rule='greater',
        factor=0.1,
        patience=patience,
        by_epoch=True,
        end=max_epochs,
    )
]
