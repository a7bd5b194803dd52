"""Parameters of the networks of AFNet's recipes, counted by hand."""

BLOCKS = {50: (3, 4, 6, 3), 101: (4, 8, 18, 3)}
# AF-MobileNetV3 without navigation modules: the published 5 564 367 for
# ImageNet's 1000 classes less the classifier. Channels in front of and behind
# its ample blocks.
MOBILENET = 5564367 - 1000 * 1281
MOBILENET_SEEN = (40, 40, 80, 80, 80)


def bottleneck(cin, mid, out, groups=1, shortcut=True):
    """1x1, 3x3 and 1x1 with norms; 1x1 with norm where channels change."""
    total = (cin * mid + 9 * mid * mid + mid * out) // groups
    total += 2 * (2 * mid + out)
    if shortcut and cin != out:
        total += cin * out + 2 * out
    return total


def stages(blocks, base, kernel, num_af, two_branches=True):
    """Parameters of stem and stages, and what the navigation modules see."""
    total = 3 * base * kernel * kernel + 2 * base
    cin, seen = base, []
    for index, number in enumerate(blocks):
        out = base * 4 * 2**index
        if index < num_af and two_branches:
            half = out // 2
            for n in range(number - 1):
                first = n == 0
                total += bottleneck(cin if first else half, half // 4, half)
                total += bottleneck(
                    cin if first else out, out // 4, out, 2, shortcut=True
                )
                seen.append(half)
            total += half * out + 2 * out  # 1x1 with norm behind ample
            total += 2 * out * (out // 16)  # merge
            total += bottleneck(out, out // 4, out)  # fusion
        else:
            for n in range(number):
                total += bottleneck(out if n else cin, out // 4, out)
                if index < num_af:
                    seen.append(out if n else cin)
        cin = out
    return total, seen


def navigation(channels, frames):
    """1x1 to two channels, norm, and W2 over 2 T numbers with biases."""
    return 2 * channels + 4 + (2 * frames) ** 2 + 2 * frames


def regions(channels):
    """3x3 to a sixteenth, at least 8, norm, and 1x1 to two with biases."""
    hidden = max(8, channels // 16)
    return 9 * channels * hidden + 2 * hidden + 2 * hidden + 2


def af_parameters(model):
    """Parameters of a recognizer, from the config of the model alone."""
    backbone, head = model.backbone, model.cls_head
    total = (head.in_channels + 1) * head.num_classes
    if backbone.type == 'ResNet':
        return total + stages(BLOCKS[50], 64, 7, 0)[0]
    if backbone.type == 'AFMobileNetV3':
        total, seen = total + MOBILENET, MOBILENET_SEEN
    else:
        arch = backbone.get('arch_cfg', {})
        blocks = arch.get('stage_blocks') or BLOCKS[backbone.depth]
        network, seen = stages(
            blocks,
            arch.get('base_channels', 64),
            arch.get('stem_kernel', 7),
            min(3, len(blocks)),
            arch.get('two_branches', True),
        )
        total += network
    selection = backbone.get('selection_cfg', {})
    if selection.get('policy', 'navigation') in ('navigation', 'soft'):
        chosen = seen[:1] if selection.get('placement') == 'first' else seen
        total += sum(navigation(each, backbone.num_segments)
                     for each in chosen)  # yapf: disable
    spatial = backbone.get('spatial_cfg')
    if spatial is not None and spatial.get('policy', 'navigation') == 'navigation':
        total += sum(map(regions, seen))
    return total
