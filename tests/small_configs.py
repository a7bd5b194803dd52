"""Recipes made small enough for a step on a CPU."""

LOADERS = ('train_dataloader', 'val_dataloader', 'test_dataloader')


def shrink(config):
    """Use frames of 64 x 64, two clips in a test and narrow AK-Net ResNets."""
    sizes = {320: 96, 256: 72, 240: 72, 224: 64}
    for loader in LOADERS:
        for step in config[loader].dataset.pipeline:
            if step.type == 'Resize':
                step.scale = tuple(sizes.get(x, x) for x in step.scale)
            elif step.type in ('CenterCrop', 'ThreeCrop'):
                step.crop_size = sizes[step.crop_size]
            elif step.type == 'RandomCrop':
                step.size = sizes[step.size]
            elif step.type == 'MultiScaleCrop':
                step.input_size = sizes[step.input_size]
            elif step.type == 'RandomSquareResize':
                step.size = (sizes[224], sizes[256])
            elif step.type == 'SampleFramesOrStill' and step.num_clips == 10:
                step.num_clips = 2
    return narrow(config)


def narrow(config):
    """Divide the width of AK-Net's networks on ResNet-50 and ViT-B by eight."""
    backbone, head = config.model.backbone, config.model.cls_head
    host = backbone.get('base', backbone)
    if host.type in ('ResNetTSM', 'ResNetTDN') and host.depth == 50:
        host.type = host.type.replace('ResNetTSM', 'SlimResNetTSM')
        host.update(base_channels=8, pretrained=None)
        for key in {'in_channels', 'map_channels'} & set(head):
            head[key] //= 8
    elif host.type == 'VisionTransformer' and not host.get('embed_dims'):
        host.update(embed_dims=96, depth=6)
        for key in {'in_channels', 'map_channels'} & set(head):
            head[key] //= 8
    return config
