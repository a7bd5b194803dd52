# Fine-tuning of the KPSEM paper (section 4.1): SGD with learning rate, momentum and
# weight decay. Not in the paper: 40 epochs with two steps, chosen here.
lr = 0.005
momentum = 0.9
weight_decay = 1e-4
max_epochs = 40
milestones = [20, 32]
# Not in the paper: Nesterov momentum, a fifth of the rate for the pretrained part and
# half the rate in the first 99 steps, as in MFNet's public fine-tuning recipe
# (https://github.com/cypw/PyTorch-MFNet), which has the same learning rate.
nesterov = True
backbone_lr_mult = 0.2
warmup_factor = 0.5
warmup_end = 100

train_cfg = dict(
    type='EpochBasedTrainLoop', max_epochs=max_epochs, val_begin=1, val_interval=1
)
val_cfg = dict(type='ValLoop')
test_cfg = dict(type='TestLoop')

optim_wrapper = dict(
    optimizer=dict(
        type='SGD',
        lr=lr,
        momentum=momentum,
        weight_decay=weight_decay,
        nesterov=nesterov,
    ),
    paramwise_cfg=dict(custom_keys=dict(backbone=dict(lr_mult=backbone_lr_mult))),
)
param_scheduler = [
    dict(
        type='ConstantLR', factor=warmup_factor, begin=0, end=warmup_end, by_epoch=False
    ),
    dict(
        type='MultiStepLR',
        begin=0,
        end=max_epochs,
        by_epoch=True,
        milestones=milestones,
        gamma=0.1,
    ),
]
