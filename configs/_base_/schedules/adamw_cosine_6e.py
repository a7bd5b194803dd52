# Short training from scratch of a small network with several learning rates:
# adamw_onecycle_6e.py sets a single one. Chosen on StickAction.
max_epochs = 6
lr = 3e-3
# AFNet's navigation modules: ten times the rate of the rest, as in the authors'
# code.
navigation_lr_mult = 10.0

train_cfg = dict(
    type='EpochBasedTrainLoop',
    max_epochs=max_epochs,
    val_begin=max_epochs,
    val_interval=3,
)
val_cfg = dict(type='ValLoop')
test_cfg = dict(type='TestLoop')

optim_wrapper = dict(
    optimizer=dict(type='AdamW', lr=lr, weight_decay=1e-2),
    paramwise_cfg=dict(custom_keys=dict(navigation=dict(lr_mult=navigation_lr_mult))),
)
param_scheduler = [
    dict(
        type='LinearLR',
        start_factor=0.04,
        begin=0,
        end=1,
        by_epoch=True,
        convert_to_iter_based=True,
    ),
    dict(
        type='CosineAnnealingLR',
        eta_min=0.0,
        begin=1,
        end=max_epochs,
        by_epoch=True,
        convert_to_iter_based=True,
    ),
]
