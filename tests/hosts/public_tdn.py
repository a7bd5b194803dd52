"""TDN by the official names, functions of torch alone.

Names and shapes of the public weights, and what their network computes,
written from the paper (arXiv 2012.10071) and the layout of
https://github.com/MCG-NJU/TDN (Apache-2.0; read for facts), with none of the
package's code. Segments are gone through one after the other.
"""

import torch
import torch.nn.functional as F

BLOCKS = {50: (3, 4, 6, 3), 101: (3, 4, 23, 3)}


def norm(name, channels):
    for entry in ('weight', 'bias', 'running_mean', 'running_var'):
        yield f'{name}.{entry}', (channels,)
    yield f'{name}.num_batches_tracked', ()


def conv(name, out, incoming, kernel=1, bias=True):
    yield f'{name}.weight', (out, incoming, kernel, kernel)
    if bias:
        yield f'{name}.bias', (out,)


def mse_shapes(name, channels):
    """The module for differences between segments, and the convolution along
    time."""
    mid = channels // 16
    yield from conv(f'{name}.mse.conv1', mid, channels, 1, False)
    yield from norm(f'{name}.mse.bn1', mid)
    yield from conv(f'{name}.mse.conv2', mid, 1, 3, False)
    yield from conv(f'{name}.mse.conv3', channels, mid, 1, False)
    yield from norm(f'{name}.mse.bn3', channels)
    for scale in (2, 4):
        yield from conv(f'{name}.mse.conv3_smallscale{scale}', mid, mid, 3, False)
        yield from norm(f'{name}.mse.bn3_smallscale{scale}', mid)
    yield f'{name}.shift.conv.weight', (channels, 1, 3)


def stage_shapes(name, number, incoming, mid, temporal):
    for n in range(number):
        block = f'{name}.{n}'
        layers = ((incoming, mid, 1), (mid, mid, 3), (mid, 4 * mid, 1))
        for i, (a, b, kernel) in enumerate(layers, 1):
            yield from conv(f'{block}.conv{i}', b, a, kernel)
            yield from norm(f'{block}.bn{i}', b)
        if temporal:
            yield from mse_shapes(block, mid)
        if n == 0:
            yield from conv(f'{block}.downsample.0', 4 * mid, incoming)
            yield from norm(f'{block}.downsample.1', 4 * mid)
        incoming = 4 * mid


def public_shapes(depth, classes, unused=1):
    """Names and shapes of a checkpoint; ``unused`` stems are left from the
    way in which the authors build the network."""
    top = 'base_model'
    yield from conv(f'{top}.conv1', 64, 3, 7)
    yield from norm(f'{top}.bn1', 64)
    for stem in ('conv1_temp', 'conv1_temp1')[:unused]:
        yield from conv(f'{top}.{stem}', 64, 3, 7)
    yield from conv(f'{top}.conv1_5.0', 64, 12, 7, False)
    yield from norm(f'{top}.conv1_5.1', 64)
    yield from stage_shapes(f'{top}.resnext_layer1', 3, 64, 64, False)
    incoming = 64
    for i, number in enumerate(BLOCKS[depth]):
        mid = 64 * 2**i
        yield from stage_shapes(f'{top}.layer{i + 1}_bak', number, incoming, mid, i > 0)
        incoming = 4 * mid
    yield 'new_fc.weight', (classes, 2048)
    yield 'new_fc.bias', (classes,)


def public_weights(depth, classes=7, unused=1, seed=0):
    """Random weights that keep the scale of their input."""
    generator = torch.Generator().manual_seed(seed)

    def normal(shape):
        return torch.randn(shape, generator=generator, dtype=torch.float64)

    weights = {}
    for name, shape in public_shapes(depth, classes, unused):
        if name.endswith('tracked'):
            weights[name] = torch.tensor(5)
        elif name.endswith('running_var'):
            weights[name] = 0.5 + normal(shape).abs()
        elif len(shape) == 1 and name.endswith('weight'):  # of a norm
            weights[name] = 0.6 + 0.1 * normal(shape)
        elif len(shape) < 2:
            weights[name] = 0.2 * normal(shape)
        else:
            fan_in = torch.Size(shape[1:]).numel()
            weights[name] = normal(shape) * (1.5 / fan_in) ** 0.5
    return weights


class Twin:
    """The network of some public weights, in evaluation."""

    def __init__(self, weights, frames):
        self.weights = weights
        self.frames = frames
        self.shares = (0.5, 0.5) if frames == 8 else (0.75, 0.25)

    def conv(self, x, name, **kwargs):
        return F.conv2d(
            x,
            self.weights[f'{name}.weight'],
            self.weights.get(f'{name}.bias'),
            **kwargs,
        )

    def norm(self, x, name):
        get = self.weights.__getitem__
        return F.batch_norm(
            x,
            get(f'{name}.running_mean'),
            get(f'{name}.running_var'),
            get(f'{name}.weight'),
            get(f'{name}.bias'),
            False,
            0,
            1e-5,
        )

    def direction(self, name, diff):
        """Attention from the difference to one neighbour."""
        small = self.conv(F.avg_pool2d(diff, 2), f'{name}.conv3_smallscale2', padding=1)
        small = self.norm(small, f'{name}.bn3_smallscale2')
        large = self.conv(diff, f'{name}.conv3_smallscale4', padding=1)
        large = self.norm(large, f'{name}.bn3_smallscale4')
        mean = (diff + F.interpolate(small, diff.shape[2:]) + large) / 3
        out = self.norm(self.conv(mean, f'{name}.conv3'), f'{name}.bn3')
        return torch.sigmoid(out) - 0.5

    def between_segments(self, x, name):
        """One view (T, C, H, W)."""
        z = self.norm(self.conv(x, f'{name}.conv1'), f'{name}.bn1')
        moved = self.conv(z, f'{name}.conv2', padding=1, groups=z.shape[1])
        out = []
        for t in range(len(x)):
            ahead = moved[t + 1] - z[t] if t < len(x) - 1 else 0 * z[t]
            behind = moved[t - 1] - z[t] if t > 0 else 0 * z[t]
            y = 0.5 * self.direction(name, ahead[None]) + 0.5 * self.direction(
                name, behind[None]
            )
            out.append(x[t] + x[t] * y[0])
        return torch.stack(out)

    def along_time(self, x, name):
        """One view (T, C, H, W); weights of the last, own, next segment."""
        last, own, following = self.weights[f'{name}.weight'][:, 0].unbind(1)
        out = x * own.view(-1, 1, 1)
        out[1:] += x[:-1] * last.view(-1, 1, 1)
        out[:-1] += x[1:] * following.view(-1, 1, 1)
        return out

    def block(self, x, name, stride):
        shortcut = x
        if f'{name}.downsample.0.weight' in self.weights:
            shortcut = self.conv(x, f'{name}.downsample.0', stride=stride)
            shortcut = self.norm(shortcut, f'{name}.downsample.1')
        x = self.norm(self.conv(x, f'{name}.conv1'), f'{name}.bn1').relu()
        if f'{name}.shift.conv.weight' in self.weights:
            x = torch.cat(
                [
                    self.along_time(
                        self.between_segments(view, f'{name}.mse'), f'{name}.shift.conv'
                    )
                    for view in x.split(self.frames)
                ]
            )
        x = self.conv(x, f'{name}.conv2', stride=stride, padding=1)
        x = self.norm(x, f'{name}.bn2').relu()
        x = self.norm(self.conv(x, f'{name}.conv3'), f'{name}.bn3')
        return (x + shortcut).relu()

    def stage(self, x, name, stride):
        n = 0
        while f'{name}.{n}.conv1.weight' in self.weights:
            x = self.block(x, f'{name}.{n}', 1 if n else stride)
            n += 1
        return x

    def share(self, x, diff):
        a, b = self.shares
        return a * x + b * F.interpolate(diff, x.shape[2:])

    def scores(self, x):
        """Mean of the scores of all segments (views * T, 15, H, W)."""
        top = 'base_model'
        frames = x.split(3, 1)
        diff = torch.cat([b - a for a, b in zip(frames, frames[1:])], 1)
        diff = self.conv(F.avg_pool2d(diff, 2), f'{top}.conv1_5.0', stride=2, padding=3)
        diff = self.norm(diff, f'{top}.conv1_5.1').relu()
        diff = F.max_pool2d(diff, 3, 2, 1)
        x = self.conv(frames[2], f'{top}.conv1', stride=2, padding=3)
        x = F.max_pool2d(self.norm(x, f'{top}.bn1').relu(), 3, 2, 1)
        x = self.share(x, diff)
        diff = self.stage(diff, f'{top}.resnext_layer1', 1)
        x = self.share(self.stage(x, f'{top}.layer1_bak', 1), diff)
        for i in (2, 3, 4):
            x = self.stage(x, f'{top}.layer{i}_bak', 2)
        x = F.linear(
            x.mean((2, 3)), self.weights['new_fc.weight'], self.weights['new_fc.bias']
        )
        return x.view(-1, self.frames, x.shape[1]).mean(1)
