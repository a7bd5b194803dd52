"""Parameters of the networks of Point3D's recipes, counted by hand."""


def conv(cin, out, kernel):
    """A convolution without bias and its norm layer."""
    return cin * out * kernel + 2 * out


def residual(cin, out, blocks, stride=1):
    """Blocks of two 3 x 3 kernels; the first has a shortcut of 1 x 1 where the
    map changes."""
    total = blocks * 2 * conv(out, out, 9)
    if stride != 1 or cin != out:
        total += conv(cin, out, 1)
    return total + 9 * (cin - out) * out


def hourglass_module(channels, blocks):
    """From the finest level to the coarsest: one branch at this level, the other
    through the coarser levels."""
    (fine, coarse), (many, few) = channels[:2], blocks[:2]
    inner = (
        residual(coarse, coarse, few)
        if len(channels) == 2
        else hourglass_module(channels[1:], blocks[1:])
    )
    # On the way up it is the last block that changes the channels.
    up = (many - 1) * 2 * conv(coarse, coarse, 9) + residual(coarse, fine, 1)
    return (
        residual(fine, fine, many) + residual(fine, coarse, many, stride=2) + inner + up
    )


def hourglass(net):
    """Hourglass-104, or with other widths, and its ends of `feat_channel` channels.

    MMDetection builds a block between stacks even if there is one stack.
    """
    channels = net.get('stage_channels', (256, 256, 384, 384, 384, 512))
    blocks = net.get('stage_blocks', (2, 2, 2, 2, 2, 4))
    stacks, feat, width = net.num_stacks, net.feat_channel, channels[0]
    total = conv(3, width // 2, 49) + residual(width // 2, width, 1, stride=2)
    total += stacks * (hourglass_module(channels, blocks) + conv(width, feat, 9))
    total += max(1, stacks - 1) * residual(width, width, 1)
    return total + (stacks - 1) * (conv(width, width, 1) + conv(feat, width, 1))


def resnet18(base, stages):
    """MMDetection's first stages, without the classifier."""
    total, cin = conv(3, base, 49), base
    for stage in range(stages):
        out = base * 2**stage
        total += residual(cin, out, 2, stride=1 if stage == 0 else 2)
        cin = out
    return total


def deconv_neck(cin, filters):
    """CenterNet's neck: 3 x 3, then 4 x 4 transposed."""
    total = 0
    for out in filters:
        total += conv(cin, out, 9) + conv(out, out, 16)
        cin = out
    return total


def point_head(head, stacks):
    """Branches of 3 x 3 and 1 x 1, both with biases."""
    widths = [head.get('num_classes', 1), 2, 2]
    knots = head.get('num_knots', 15)
    if knots:
        widths += [knots, 2 * knots, 2]
    mid = head.mid_channels
    return stacks * sum(
        (9 * head.in_channels + 1) * mid + (mid + 1) * width for width in widths
    )


def resnext3d(net):
    """Stem of 3 x 3 x 3 and blocks of 1, 3 grouped and 1."""
    blocks = net.get('stage_blocks', (3, 4, 23, 3))
    base, groups = net.get('base_channels', 128), net.get('cardinality', 32)
    total, cin = conv(net.in_channels, base // 2, 27), base // 2
    for stage, count in enumerate(blocks):
        mid = base * 2**stage
        out = 2 * mid
        total += conv(cin, out, 1)
        for _ in range(count):
            total += (
                conv(cin, mid, 1) + conv(mid // groups, mid, 27) + conv(mid, out, 1)
            )
            cin = out
    return total


def cls_head(head):
    """Two 1 x 1 x 1 convolutions and a linear layer, all with biases."""
    mid, classes = head.mid_channels, head.num_classes
    classes += head.get('clip_label') == 'background'
    return (head.in_channels + 1) * mid + (mid + 1) * mid + (mid + 1) * classes


def bank_attention(bank):
    """A norm, two layers to the width, blocks of four layers and a norm, one layer
    back."""
    width, channels = bank.get('mid_channels', 128), bank.in_channels
    block = 4 * (width + 1) * width + 2 * width
    ends = 2 * (channels + 1) * width + (width + 1) * channels + 2 * channels
    return ends + bank.get('num_blocks', 2) * block


def point3d_parameters(model, training=True):
    """Parameters of a detector, from its config; in a test the point head of
    the last stack runs alone."""
    net, head = model.backbone, model.point_head
    if net.type == 'mmdet.HourglassNet':
        total = hourglass(net)
    else:
        total = resnet18(net.base_channels, net.num_stages)
        total += deconv_neck(model.neck.in_channels, model.neck.num_deconv_filters)
    total += point_head(head, head.get('num_stacks', 1) if training else 1)
    if model.cls_head is not None:
        total += resnext3d(model.clip_backbone) + cls_head(model.cls_head)
    total += (model.twa or {}).get('gain_channels', 0)
    if model.get('bank'):
        total += bank_attention(model.bank)
    return total
