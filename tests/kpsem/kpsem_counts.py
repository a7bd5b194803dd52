"""Parameters of the networks of KPSEM's recipes, counted by hand."""


def kpsem_parameters(neck, clip_len, num_classes):
    """Parameters of KPSEM and its share of the classifier, by hand.

    G MLPs C -> 24 -> two numbers per pair of lines, G embeddings 2 K -> d_e,
    convolutions of three columns C -> C / 2 -> C / 4 without bias.
    """
    channels, regions = neck['in_channels'], neck.get('num_regions', 4)
    sets, width = neck.get('num_sets', 8), neck.get('embed_dims', 24)
    outputs = 2 * {1: 0, 4: 1, 9: 2, 16: 3}[regions]
    mlp = channels * 24 + 24 + 24 * outputs + outputs
    if outputs == 0 or not neck.get('adaptive', True):
        mlp = 0
    half, quarter = channels // 2, channels // 4
    return (
        sets * mlp
        + sets * (2 * regions * width + width)
        + 3 * (channels * half + half * quarter)
        + quarter * (clip_len - 1) * num_classes
    )


# Hosts without their classifiers. MFNet: the published 7 996 368 with 400
# classes less the classifier. R3D-50: ResNet-50's 23 508 032, whose stem has
# no more weights in 3D. The small ones counted here: stem, blocks of two 3 x 3
# convolutions with 1 x 1 shortcuts, two numbers per channel of each norm; for
# MFNet-10 the stem of 3 x 5 x 5, units of a multiplexer to a quarter and back,
# 3 x 3 x 3 in 4 groups, then 1 x 1 (ungrouped, in first units, with a
# shortcut) or 3 x 3 in 4 groups, a norm before each convolution, and the tail.
R3D10 = (
    (3 * 32 * 9 + 64)
    + (32 * 32 * (4 * 9 + 1) + 5 * 64)
    + (32 * 64 * (9 + 1) + 64 * 64 * 3 * 9 + 5 * 128)
)


def unit(cin, out, first):
    """One multi-fiber unit of 4 groups and a bottleneck of a quarter."""
    quarter = out // 4
    mix = cin * quarter * 2 + 2 * (cin + quarter)
    conv1 = cin * out * 27 // 4 + 2 * cin
    conv2 = (out * out if first else out * out * 9 // 4) + 2 * out
    shortcut = cin * out + 2 * cin if first else 0
    return mix + conv1 + conv2 + shortcut


MFNET10 = (
    (3 * 16 * 75 + 32)
    + unit(16, 32, True)
    + unit(32, 32, False)
    + unit(32, 64, True)
    + unit(64, 64, False)
    + 128
)
HOSTS = {
    'mfnet': (7996368 - 400 * 769, 768, 2),
    'r3d50': (23508032, 2048, 1),
    'r3d10': (R3D10, 64, 1),
    'mfnet10': (MFNET10, 64, 2),
}


def kpsem_recipe_parameters(backbone, model, clip_len, num_classes):
    """Parameters of a recognizer with or without KPSEM.

    Args:
        backbone (str): Its name in the recipe's name, e.g. ``mfnet``.
        model (dict): Config of the model.
        clip_len (int): Frames of a clip.
        num_classes (int): Classes.
    """
    host, width, pooling = HOSTS[backbone]
    total = host + (width + 1) * num_classes
    if model.get('neck'):
        total += kpsem_parameters(model.neck, clip_len // pooling, num_classes)
    return total
