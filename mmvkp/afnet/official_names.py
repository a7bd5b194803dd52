"""Official names of AFNet's weights for the modules of our backbones."""

# Our names -> official names.
BRANCH = {'ample': 'base', 'focal': 'refine'}
NAVIGATION = {'conv': 'conv_pool', 'norm': 'bn', 'mix': 'conv_gs'}
MERGE = {'squeeze': 'fc.0', 'expand': 'fc.2'}
CONV_NORM = {'conv': '0', 'norm': '1'}
MOBILE_PATH = {
    'expand': '1',
    'depthwise': '2',
    'project': '3',
    'squeeze.squeeze': 'se.fc.0',
    'squeeze.expand': 'se.fc.2',
}


def resnet_name(module: str, pooled: bool) -> str:
    """Official name of a module of `AFResNet`.

    Args:
        module (str): Our name.
        pooled (bool): True if the shortcut of the block begins with a pooling layer,
            which has a number in the official names.
    """
    if module.startswith('stem.'):
        return {'stem.conv': 'conv1', 'stem.norm': 'bn1'}[module]
    stage, part, *rest = module.split('.')
    if part == 'navigation':
        return f'{stage}.list_gen.{rest[0]}.{NAVIGATION[rest[1]]}'
    if part == 'ample_out':
        return f'{stage}.base_transform.{CONV_NORM[rest[0]]}'
    if part == 'merge':
        return f'{stage}.att_gen.{MERGE[rest[0]]}'
    if part in BRANCH:
        block = f'{stage}.{BRANCH[part]}_module.{rest.pop(0)}'
    else:  # the fusion block, or a block of a plain stage
        block = f'{stage}.fusion.0' if part == 'fusion' else f'{stage}.{part}'
    kind, layer = rest
    if kind == 'shortcut':
        number = int(CONV_NORM[layer]) + pooled
        return f'{block}.downsample.{number}'
    return f'{block}.{layer.replace("norm", "bn")}'


def plain_resnet_name(module: str) -> str:
    """Name in torchvision of a module of `AFResNet` with a single branch."""
    return resnet_name(module.replace('.focal.', '.'), pooled=False)


def mobilenet_name(module: str, expands: bool) -> str:
    """Official name of a module of `AFMobileNetV3`.

    Args:
        module (str): Our name.
        expands (bool): True if the path of the block begins with an expansion.
    """
    fixed = {
        'stem.conv': 'conv',
        'stem.norm': 'bn',
        'layer5.3.conv': 'conv_last',
        'layer5.3.norm': 'bn_last',
        'layer5.4.linear': 'fc.0',
    }
    if module in fixed:
        return fixed[module]
    layer, part, *rest = module.split('.')
    stage = int(layer[len('layer') :])
    if part == 'navigation':
        return f'list_gen{stage}.{rest[0]}.{NAVIGATION[rest[1]]}'
    if part == 'merge':
        return f'att_gen{stage}.{MERGE[rest[0]]}'
    if part in BRANCH:
        block = f'features_stage{stage}_{BRANCH[part]}.{rest.pop(0)}'
    elif part == 'fusion':
        block = f'features_stage{stage}_fuse.0'
    elif stage == 1:  # the official first block is a separate stage
        number = int(part)
        block = f'features_stage1.{number - 1}' if number else 'features_head.0'
    else:
        block = f'features_stage{stage}.{part}'
    kind, layer = rest[0], '.'.join(rest[1:])
    if kind == 'shortcut':
        return f'{block}.res_connect.{CONV_NORM[layer]}'
    if layer in MOBILE_PATH:
        return f'{block}.{MOBILE_PATH[layer]}'
    name, what = layer.split('_')
    number = int(MOBILE_PATH[name]) - (not expands)
    return f'{block}.{what.replace("norm", "bn")}{number}'
