"""3D ResNeXt by the public names, functions of torch alone.

Written from Table 1 of arXiv 1711.09577 and the layout of the public weights
(https://github.com/kenshohara/3D-ResNets-PyTorch, MIT; read for facts), with
none of the package's code.
"""

import torch
import torch.nn.functional as F

# Arguments of the first convolution, then of the pooling.
STEMS = {
    'pool': (dict(stride=(1, 2, 2), padding=1), ((3, 1, 1), (2, 1, 1), (1, 0, 0))),
    'wide': (dict(stride=1, padding=1), ((3, 1, 1), (2, 1, 1), (1, 0, 0))),
    'literal': (dict(stride=(1, 2, 2), padding=3), (3, 2, 1)),
}


def public_shapes(blocks=(3, 4, 23, 3), base=128, groups=32, classes=400):
    """Yield (name, shape) of the public weights, as before PyTorch 0.4.1."""

    def norm(name, channels):
        for entry in ('weight', 'bias', 'running_mean', 'running_var'):
            yield f'{name}.{entry}', (channels,)

    incoming = base // 2
    yield 'conv1.weight', (incoming, 3, 7, 7, 7)
    yield from norm('bn1', incoming)
    for stage, number in enumerate(blocks):
        width = base * 2**stage
        for block in range(number):
            name = f'layer{stage + 1}.{block}'
            yield f'{name}.conv1.weight', (width, incoming, 1, 1, 1)
            yield from norm(f'{name}.bn1', width)
            yield f'{name}.conv2.weight', (width, width // groups, 3, 3, 3)
            yield from norm(f'{name}.bn2', width)
            yield f'{name}.conv3.weight', (2 * width, width, 1, 1, 1)
            yield from norm(f'{name}.bn3', 2 * width)
            if not block:
                yield (f'{name}.downsample.0.weight', (2 * width, incoming, 1, 1, 1))
                yield from norm(f'{name}.downsample.1', 2 * width)
            incoming = 2 * width
    yield 'fc.weight', (classes, incoming)
    yield 'fc.bias', (classes,)


def random_weights(shapes, seed=0):
    """Random weights; no two norms or statistics are alike."""
    rng = torch.Generator().manual_seed(seed)
    weights = {}
    for name, shape in shapes:
        value = torch.randn(shape, generator=rng, dtype=torch.float64) * 0.3
        if len(shape) > 1:
            value *= (2 / torch.Size(shape[1:]).numel()) ** 0.5 / 0.3
        elif name.endswith(('running_var', 'weight')):
            value = value.abs() + 0.5
        weights[name] = value
    return weights


def naive_stages(weights, x, strides=(1, 2, 2, 2)):
    """Last map (N, C, T', H', W') from the output of the stem."""
    for stage, stride in enumerate(strides):
        block = 0
        while f'layer{stage + 1}.{block}.conv1.weight' in weights:
            x = _block(weights, x, f'layer{stage + 1}.{block}', 1 if block else stride)
            block += 1
    return x


def naive_stem(weights, x, stem='literal'):
    """First convolution and pooling of a clip (N, C, T, H, W)."""
    conv, pool = STEMS[stem]
    x = F.relu(_norm(weights, F.conv3d(x, weights['conv1.weight'], **conv), 'bn1'))
    return F.max_pool3d(x, *pool)


def naive_resnext3d(weights, x):
    """Class scores (N, classes) of a video (N, 3, T, H, W)."""
    x = naive_stages(weights, naive_stem(weights, x))
    return F.linear(x.mean((2, 3, 4)), weights['fc.weight'], weights['fc.bias'])


def _norm(weights, x, name):
    mean, var, gain, bias = (
        weights[f'{name}.{entry}'].reshape(1, -1, 1, 1, 1)
        for entry in ('running_mean', 'running_var', 'weight', 'bias')
    )
    return (x - mean) / (var + 1e-5).sqrt() * gain + bias


def _block(weights, x, name, stride):

    def conv_norm(x, conv, norm, **kwargs):
        x = F.conv3d(x, weights[f'{name}.{conv}.weight'], **kwargs)
        return _norm(weights, x, f'{name}.{norm}')

    kernel = weights[f'{name}.conv2.weight']
    groups = len(kernel) // kernel.shape[1]
    y = F.relu(conv_norm(x, 'conv1', 'bn1'))
    y = conv_norm(y, 'conv2', 'bn2', stride=stride, padding=1, groups=groups)
    y = conv_norm(F.relu(y), 'conv3', 'bn3')
    if f'{name}.downsample.0.weight' in weights:
        x = conv_norm(x, 'downsample.0', 'downsample.1', stride=stride)
    return F.relu(x + y)
