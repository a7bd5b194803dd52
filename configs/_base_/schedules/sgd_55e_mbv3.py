# sgd_55e.py for AFMobileNetV3. In the authors' code its hidden layer is trained as the
# classifier, and all other linear layers (merge, squeeze-and-excite) as convolutions,
# including their biases.
lr = 0.01
momentum = 0.9
weight_decay = 5e-4
max_epochs = 55
milestones = [25, 45]
max_grad_norm = 20

train_cfg = dict(
    type='EpochBasedTrainLoop', max_epochs=max_epochs, val_begin=1, val_interval=1
)
val_cfg = dict(type='ValLoop')
test_cfg = dict(type='TestLoop')

optim_wrapper = dict(
    optimizer=dict(type='SGD', lr=lr, momentum=momentum, weight_decay=weight_decay),
    # Norms without decay; biases without decay, at twice the rate.
    paramwise_cfg=dict(
        norm_decay_mult=0.0,
        bias_lr_mult=2.0,
        bias_decay_mult=0.0,
        custom_keys={
            # Frame selection, including its norms and biases. Region selection,
            # which the code does not have, is trained in the same way.
            '.navigation.': dict(lr_mult=10.0),
            '.regions.': dict(lr_mult=10.0),
            # All linear layers except the last two are trained as convolutions.
            '.merge.': dict(lr_mult=1.0),
            '.path.squeeze.': dict(lr_mult=1.0),
            '.linear.weight': dict(lr_mult=5.0),
            '.linear.bias': dict(lr_mult=10.0, decay_mult=0.0),
            'fc_cls.weight': dict(lr_mult=5.0),
            'fc_cls.bias': dict(lr_mult=10.0, decay_mult=0.0),
        },
    ),
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
