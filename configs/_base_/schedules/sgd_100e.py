# Training on ImageNet. Not in the AFNet paper: the common recipe of ResNet-50
# (mmpretrain's resnet50_8xb32_in1k).
lr = 0.1
momentum = 0.9
weight_decay = 1e-4
max_epochs = 100
milestones = [30, 60, 90]

train_cfg = dict(
    type='EpochBasedTrainLoop', max_epochs=max_epochs, val_begin=1, val_interval=1
)
val_cfg = dict(type='ValLoop')
test_cfg = dict(type='TestLoop')

optim_wrapper = dict(
    optimizer=dict(type='SGD', lr=lr, momentum=momentum, weight_decay=weight_decay)
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
