# Fine-tuning of video transformers: AdamW, weight decay and warm-up over five epochs of
# the VideoMAE paper (appendix), whose rate of 5e-4 for 256 videos is 1.25e-4 for 64.
# Not in the paper: 30 epochs, and one rate for all layers; the paper lets it decay
# towards the input, which MMAction2 supports for the plain VisionTransformer only.
max_epochs = 30
warmup_epochs = 5
lr = 1.25e-4

train_cfg = dict(
    type='EpochBasedTrainLoop', max_epochs=max_epochs, val_begin=1, val_interval=1
)
val_cfg = dict(type='ValLoop')
test_cfg = dict(type='TestLoop')

optim_wrapper = dict(
    optimizer=dict(type='AdamW', lr=lr, weight_decay=0.05),
    paramwise_cfg=dict(norm_decay_mult=0.0, bias_decay_mult=0.0),
    clip_grad=dict(max_norm=5, norm_type=2),
)
param_scheduler = [
    dict(
        type='LinearLR',
        start_factor=0.01,
        begin=0,
        end=warmup_epochs,
        by_epoch=True,
        convert_to_iter_based=True,
    ),
    dict(
        type='CosineAnnealingLR',
        eta_min=0.0,
        begin=warmup_epochs,
        end=max_epochs,
        by_epoch=True,
        convert_to_iter_based=True,
    ),
]
