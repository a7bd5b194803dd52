"""Parameters of the networks of AK-Net's recipes, counted by hand."""

# Blocks of each stage, and how much wider a stage is than its 3 x 3 kernels.
DEPTHS = {10: ((1, 1, 1, 1), 1), 18: ((2, 2, 2, 2), 1), 50: ((3, 4, 6, 3), 4)}
TRANSFORMS = {
    'light': ((64, 128, 256), (64, 16)),
    'pointnet': ((64, 128, 1024), (512, 256)),
}


def layer(cin, out, kernel, bias):
    """A convolution without or with a bias, and its norm layer."""
    return cin * out * kernel + (out if bias else 0) + 2 * out


def long_term(mid):
    """TDN's module in front of a 3 x 3 kernel, and its temporal convolution.

    1x1 to a sixteenth, 3x3 of single channels, two 3x3 and 1x1 back, all but
    the second with norms; three numbers per channel.
    """
    few = max(1, mid // 16)
    return 2 * mid * few + 9 * few + 18 * few * few + 6 * few + 2 * mid + (3 * mid)


def stage(cin, mid, blocks, expansion, square, bias=False, differs=False):
    """A residual stage.

    Args:
        cin (int): Channels in front of it.
        mid (int): Channels of its 3 x 3 kernels.
        blocks (int): Blocks.
        expansion (int): 1 for two 3 x 3 kernels in a block; 4 for 1 x 1, 3 x
            3 and 1 x 1.
        square (int): Numbers of a kernel: 9 for 3 x 3, 3 for the 1D one.
        bias (bool): Whether convolutions have biases.
        differs (bool): Whether it has TDN's long-term modules.
    """
    total, out = 0, mid * expansion
    for n in range(blocks):
        first = out if n else cin
        if expansion == 1:
            total += layer(first, mid, square, bias) + layer(mid, mid, square, bias)
        else:
            total += (
                layer(first, mid, 1, bias)
                + layer(mid, mid, square, bias)
                + layer(mid, out, 1, bias)
            )
        if first != out:
            total += layer(first, out, 1, bias)
        if differs:
            total += long_term(mid)
    return total


def host_parameters(host, cut=3):
    """A host whose stages after `cut`, from 0, are compacted to 1D."""
    base = host.get('base_channels', 64)
    blocks, expansion = DEPTHS[host.depth]
    tdn = host.type == 'ResNetTDN'
    total, cin = layer(3, base, 49, tdn), base
    if tdn:
        frames = host.get('frames_per_segment', 5)
        total += layer(3 * (frames - 1), base, 49, False)
        total += stage(base, base, blocks[0], expansion, 9, True)
    for i in range(4):
        mid, flat = base * 2**i, i > cut
        total += stage(
            cin,
            mid,
            blocks[i],
            expansion,
            3 if flat else 9,
            tdn and not flat,
            tdn and not flat and i > 0,
        )
        cin = mid * expansion
    return total


def transform_parameters(kind, channels, frames):
    """Parameters of the transform or the embedding.

    Convolutions and linear layers with biases and norms, then the matrix of
    (C + 3)^2 numbers with biases; or a vector for each of the frames, of 64
    rows and of 64 columns.
    """
    if kind == 'none':
        return 0
    if kind == 'embedding':
        return channels * (frames + 64 + 64)
    size = channels + 3
    widths = [size, *sum(TRANSFORMS[kind], ())]
    layers = sum(layer(cin, out, 1, True) for cin, out in zip(widths, widths[1:]))
    return layers + (widths[-1] + 1) * size**2


def auxiliary_parameters(head):
    """The head that helps in training: 3x3 to a half, 3x3 to a quarter of the
    channels, and a classifier."""
    channels = head.map_channels
    half, quarter = channels // 2, channels // 4
    return (
        layer(channels, half, 9, False)
        + layer(half, quarter, 9, False)
        + (quarter + 1) * head.num_classes
    )


def aknet_parameters(model):
    """Parameters of a recognizer, from the config of the model alone; an AK-
    Net without its auxiliary head."""
    backbone, head = model.backbone, model.cls_head
    if backbone.type != 'AKNet':
        return host_parameters(backbone) + (head.in_channels + 1) * head.num_classes
    host, channels = backbone.base, head.map_channels
    pooled = channels if head.get('concat_pooled', True) else 0
    return (
        host_parameters(host, backbone.get('select_stage', 2))
        + 2 * channels * max(1, channels // 16)
        + transform_parameters(
            backbone.get('transform', 'light'), channels, host.num_segments
        )
        + (head.in_channels + pooled + 1) * head.num_classes
    )


def vit_parameters(model):
    """VideoMAE with a linear head, or AKViT with its head."""
    backbone, head = model.backbone, model.cls_head
    base = backbone.get('base', backbone)
    width, depth = base.get('embed_dims', 768), base.get('depth', 12)
    # Of a block: qkv with biases of q and v, projection, MLP of four times the width,
    # two norm layers.
    block = 3 * width**2 + 2 * width + width**2 + width
    block += 8 * width**2 + 5 * width + 4 * width
    tubelet = base.get('tubelet_size', 2)
    patch = 3 * tubelet * base.get('patch_size', 16) ** 2
    total = width * (patch + 1) + depth * block + 2 * width
    if backbone.type != 'AKViT':
        return total + (width + 1) * head.num_classes
    selector = 2 * width * (width // 16)
    return (
        total
        + selector
        + (2 * width + 1) * head.num_classes
        + auxiliary_parameters(head)
    )
