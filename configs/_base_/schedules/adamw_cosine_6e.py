# As adamw_onecycle_6e.py, for networks that have parts with a learning rate
# of their own: one cycle would set one rate for all. Chosen on StickAction.
_base_ = 'adamw_onecycle_6e.py'

# AFNet's navigation modules: ten times the rate of the rest, as in the
# authors' code.
navigation_lr_mult = 10.0

optim_wrapper = dict(
    paramwise_cfg=dict(custom_keys=dict(navigation=dict(lr_mult=navigation_lr_mult)))
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
        end=_base_.max_epochs,
        by_epoch=True,
        convert_to_iter_based=True,
    ),
]
