"""The naive twin: MFNet by the official names, functions of torch alone.

Written from Table 2 of arXiv 1807.11195 and the layout of the public weights
(https://github.com/cypw/PyTorch-MFNet), with none of the package's code.
"""

import torch
import torch.nn.functional as F

# Stage number: units, width, stride of the first unit (T, H, W).
STAGES = {
    2: (3, 96, (2, 1, 1)),
    3: (4, 192, (1, 2, 2)),
    4: (6, 384, (1, 2, 2)),
    5: (3, 768, (1, 2, 2)),
}
GROUPS = 16


def public_shapes(num_classes=400, ndim=3):
    """Yield (name, shape) of the public weights, as before PyTorch 0.4.1."""

    def norm(name, channels):
        for entry in ('weight', 'bias', 'running_mean', 'running_var'):
            yield f'{name}.{entry}', (channels,)

    def kernel(name, out, incoming, *size):
        yield f'{name}.weight', (out, incoming, *size[-ndim:])

    yield from kernel('conv1.conv', 16, 3, 3, 5, 5)
    yield from norm('conv1.bn', 16)
    incoming = 16
    for stage, (depth, width, _) in STAGES.items():
        for unit in range(1, depth + 1):
            name = f'conv{stage}.B{unit:02d}.conv_'
            for conv, channels, out, group, size in (
                ('i1', incoming, width // 4, 1, (1, 1, 1)),
                ('i2', width // 4, incoming, 1, (1, 1, 1)),
                ('m1', incoming, width, GROUPS, (3, 3, 3)),
                (
                    'm2',
                    width,
                    width,
                    1 if unit == 1 else GROUPS,
                    (1, 1, 1) if unit == 1 else (1, 3, 3),
                ),
                ('w1', incoming, width, 1, (1, 1, 1)),
            ):
                if conv != 'w1' or unit == 1:
                    yield from norm(f'{name}{conv}.bn', channels)
                    yield from kernel(
                        f'{name}{conv}.conv', out, channels // group, *size
                    )
            incoming = width
    yield from norm('tail.bn', 768)
    yield 'classifier.weight', (num_classes, 768)
    yield 'classifier.bias', (num_classes,)


def public_weights(num_classes=400, ndim=3, seed=0, dtype=torch.float64):
    """Random weights by public name; no two norms or statistics are alike."""
    rng = torch.Generator().manual_seed(seed)
    weights = {}
    for name, shape in public_shapes(num_classes, ndim):
        if len(shape) > 1:
            fan_in = torch.Size(shape[1:]).numel()
            value = torch.randn(shape, generator=rng, dtype=dtype)
            value *= (2 / fan_in) ** 0.5
        elif name.endswith(('running_var', 'bn.weight')):
            value = torch.rand(shape, generator=rng, dtype=dtype) + 0.5
        else:
            value = torch.randn(shape, generator=rng, dtype=dtype) * 0.3
        weights[name] = value
    return weights


def naive_mfnet(weights, x):
    """Class scores (N, num_classes) of a video (N, 3, T, H, W)."""

    def norm_relu(x, name):
        mean, var, gamma, beta = (
            weights[f'{name}.{entry}'].reshape(1, -1, 1, 1, 1)
            for entry in ('running_mean', 'running_var', 'weight', 'bias')
        )
        return F.relu((x - mean) / torch.sqrt(var + 1e-5) * gamma + beta)

    def conv(x, name, padding, stride=1, groups=1):
        return F.conv3d(
            norm_relu(x, f'{name}.bn'),
            weights[f'{name}.conv.weight'],
            stride=stride,
            padding=padding,
            groups=groups,
        )

    x = F.conv3d(x, weights['conv1.conv.weight'], stride=(1, 2, 2), padding=(1, 2, 2))
    x = F.max_pool3d(norm_relu(x, 'conv1.bn'), (1, 3, 3), (1, 2, 2), padding=(0, 1, 1))
    for stage, (depth, _, stride) in STAGES.items():
        for unit in range(1, depth + 1):
            name = f'conv{stage}.B{unit:02d}.conv_'
            mixed = conv(x, f'{name}i1', 0)
            mixed = x + conv(mixed, f'{name}i2', 0)
            if unit == 1:
                y = conv(mixed, f'{name}m1', 1, stride, GROUPS)
                x = conv(y, f'{name}m2', 0) + conv(x, f'{name}w1', 0, stride)
            else:
                y = conv(mixed, f'{name}m1', 1, 1, GROUPS)
                x = conv(y, f'{name}m2', (0, 1, 1), 1, GROUPS) + x
    x = norm_relu(x, 'tail.bn').mean(dim=(2, 3, 4))
    return F.linear(x, weights['classifier.weight'], weights['classifier.bias'])
