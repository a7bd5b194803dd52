"""Point3D's recipes made small enough for a step on a CPU."""

LOADERS = ('train_dataloader', 'val_dataloader', 'test_dataloader')
CHANNELS, WIDTH, STAGES = 8, 16, 4


def shrink_detector(config):
    """Frames of 64 x 64, and networks with few and narrow blocks."""
    for loader in LOADERS:
        for step in config[loader].dataset.pipeline:
            if step.type == 'Resize':
                step.scale = (64, 64)
    model = config.model
    if model.backbone.type == 'mmdet.HourglassNet':
        model.backbone.update(
            downsample_times=1,
            stage_channels=(WIDTH, WIDTH),
            stage_blocks=(1, 1),
            feat_channel=CHANNELS,
        )
        model.point_head.update(in_channels=CHANNELS, mid_channels=CHANNELS)
        if model.cls_head is not None:
            model.clip_backbone.update(
                in_channels=CHANNELS,
                stage_blocks=(1,) * STAGES,
                base_channels=WIDTH,
                cardinality=4,
            )
            model.cls_head.update(
                in_channels=2 * WIDTH * 2 ** (STAGES - 1), mid_channels=WIDTH
            )
    return config
