# Both stages of AK-Net on Something-Something (AK-Net paper, section IV-A): SGD,
# learning rate with its steps, epochs. Not in the paper: momentum, weight decay and
# gradient clipping; they are those of TSM's code
# (https://github.com/mit-han-lab/temporal-shift-module, MIT).
lr = 0.01
momentum = 0.9
weight_decay = 5e-4
max_epochs = 50
milestones = [20, 40]
max_grad_norm = 20

train_cfg = dict(
    type='EpochBasedTrainLoop', max_epochs=max_epochs, val_begin=1, val_interval=1
)
val_cfg = dict(type='ValLoop')
test_cfg = dict(type='TestLoop')

optim_wrapper = dict(
    optimizer=dict(type='SGD', lr=lr, momentum=momentum, weight_decay=weight_decay),
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
