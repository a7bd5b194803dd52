# The paper's two optimisers, with rates for a short training from scratch: one epoch
# of many generated videos. Chosen on StickAction.
max_epochs = 1
points_lr = 1e-3
cls_lr = 3e-3
warmup_iters = 150

train_cfg = dict(
    type='EpochBasedTrainLoop',
    max_epochs=max_epochs,
    val_begin=max_epochs,
    val_interval=1,
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
        optimizer=dict(type='AdamW', lr=cls_lr, weight_decay=1e-2),
    ),
)
param_scheduler = [
    dict(type='LinearLR', start_factor=0.1, begin=0, end=warmup_iters, by_epoch=False),
    dict(
        type='CosineAnnealingLR',
        eta_min=0.0,
        begin=0,
        end=max_epochs,
        by_epoch=True,
        convert_to_iter_based=True,
    ),
]
