# Both stages of AK-Net on Diving48 (AK-Net paper, section IV-A): Adam, learning rate
# with its steps, epochs. Not in the paper: no weight decay; gradient clipping as in
# sgd_50e.py.
lr = 5e-4
max_epochs = 45
milestones = [20, 40]
max_grad_norm = 20

train_cfg = dict(
    type='EpochBasedTrainLoop', max_epochs=max_epochs, val_begin=1, val_interval=1
)
val_cfg = dict(type='ValLoop')
test_cfg = dict(type='TestLoop')

optim_wrapper = dict(
    optimizer=dict(type='Adam', lr=lr),
    clip_grad=dict(max_norm=max_grad_norm, norm_type=2),
)
param_scheduler = [
    dict(
        type='MultiStepLR',
        begin=0,
        end=max_epochs,
        by_epoch=True,
        milestones=milestones,
        gamma=0.1,
    )
]
