"""Stacked hourglasses by CenterNet's names, functions of torch alone.

Names and shapes of the public weights, and what their network computes,
written from the layout of https://github.com/xingyizhou/CenterNet (MIT,
src/lib/models/networks/large_hourglass.py; read for facts), with none of the
package's code.
"""

import torch
import torch.nn.functional as F

# Channels and residual blocks of each level, from the finest.
DIMS, MODULES = (256, 256, 384, 384, 384, 512), (2, 2, 2, 2, 2, 4)


def norm_shapes(name, channels):
    for entry in ('weight', 'bias', 'running_mean', 'running_var'):
        yield f'{name}.{entry}', (channels,)
    yield f'{name}.num_batches_tracked', ()


def convolution_shapes(name, out, incoming, kernel):
    yield f'{name}.conv.weight', (out, incoming, kernel, kernel)
    yield from norm_shapes(f'{name}.bn', out)


def residual_shapes(name, incoming, out, stride=1):
    yield f'{name}.conv1.weight', (out, incoming, 3, 3)
    yield from norm_shapes(f'{name}.bn1', out)
    yield f'{name}.conv2.weight', (out, out, 3, 3)
    yield from norm_shapes(f'{name}.bn2', out)
    if stride != 1 or incoming != out:
        yield f'{name}.skip.0.weight', (out, incoming, 1, 1)
        yield from norm_shapes(f'{name}.skip.1', out)


def level_shapes(name, dims, modules):
    """One level and all coarser ones."""
    (here, below), (blocks, deepest) = dims[:2], modules[:2]
    for block in range(blocks):
        first, last = block == 0, block == blocks - 1
        yield from residual_shapes(f'{name}.up1.{block}', here, here)
        yield from residual_shapes(
            f'{name}.low1.{block}', here if first else below, below, 2 if first else 1
        )
        yield from residual_shapes(
            f'{name}.low3.{block}', below, here if last else below
        )
    if len(dims) > 2:
        yield from level_shapes(f'{name}.low2', dims[1:], modules[1:])
    else:
        for block in range(deepest):
            yield from residual_shapes(f'{name}.low2.{block}', below, below)


def public_shapes(
    dims=DIMS, modules=MODULES, stacks=2, width=256, heads=('hm', 'wh', 'reg')
):
    """Yield (name, shape) of the public weights."""
    here = dims[0]
    yield from convolution_shapes('pre.0', here // 2, 3, 7)
    yield from residual_shapes('pre.1', here // 2, here, 2)
    for stack in range(stacks):
        yield from level_shapes(f'kps.{stack}', dims, modules)
        yield from convolution_shapes(f'cnvs.{stack}', width, here, 3)
        for head in heads:
            yield f'{head}.{stack}.0.conv.weight', (here, width, 3, 3)
            yield f'{head}.{stack}.0.conv.bias', (here,)
            yield f'{head}.{stack}.1.weight', (2, here, 1, 1)
            yield f'{head}.{stack}.1.bias', (2,)
    for stack in range(stacks - 1):
        yield from residual_shapes(f'inters.{stack}', here, here)
        yield f'inters_.{stack}.0.weight', (here, here, 1, 1)
        yield from norm_shapes(f'inters_.{stack}.1', here)
        yield f'cnvs_.{stack}.0.weight', (here, width, 1, 1)
        yield from norm_shapes(f'cnvs_.{stack}.1', here)


def public_weights(seed=0, **sizes):
    """Random weights by public name; no two statistics are alike."""
    rng = torch.Generator().manual_seed(seed)
    weights = {}
    for name, shape in public_shapes(**sizes):
        value = torch.randn(shape, generator=rng, dtype=torch.float64) * 0.3
        if len(shape) > 1:
            value *= (2 / torch.Size(shape[1:]).numel()) ** 0.5 / 0.3
        elif name.endswith('num_batches_tracked'):
            value = torch.tensor(9)
        elif name.endswith(('running_var', 'weight')):
            value = value.abs() + 0.5
        weights[name] = value
    return weights


class NaiveHourglass:
    """The public network without its heads."""

    def __init__(self, weights):
        self.weights = weights

    def norm(self, x, name):
        mean, var, gain, bias = (
            self.weights[f'{name}.{entry}'].reshape(1, -1, 1, 1)
            for entry in ('running_mean', 'running_var', 'weight', 'bias')
        )
        return (x - mean) / (var + 1e-5).sqrt() * gain + bias

    def conv(self, x, name, stride=1):
        kernel = self.weights[f'{name}.weight']
        return F.conv2d(x, kernel, stride=stride, padding=kernel.shape[-1] // 2)

    def convolution(self, x, name, stride=1):
        x = self.conv(x, f'{name}.conv', stride)
        return F.relu(self.norm(x, f'{name}.bn'))

    def residual(self, x, name, stride=1):
        y = self.conv(x, f'{name}.conv1', stride)
        y = self.conv(F.relu(self.norm(y, f'{name}.bn1')), f'{name}.conv2')
        if f'{name}.skip.0.weight' in self.weights:
            x = self.conv(x, f'{name}.skip.0', stride)
            x = self.norm(x, f'{name}.skip.1')
        return F.relu(self.norm(y, f'{name}.bn2') + x)

    def chain(self, x, name, stride=1):
        """All residual blocks of a name; the first with a stride."""
        block = 0
        while f'{name}.{block}.conv1.weight' in self.weights:
            x = self.residual(x, f'{name}.{block}', 1 if block else stride)
            block += 1
        return x

    def level(self, x, name):
        low = self.chain(x, f'{name}.low1', 2)
        if f'{name}.low2.up1.0.conv1.weight' in self.weights:
            low = self.level(low, f'{name}.low2')
        else:
            low = self.chain(low, f'{name}.low2')
        low = self.chain(low, f'{name}.low3')
        low = low.repeat_interleave(2, 2).repeat_interleave(2, 3)
        return self.chain(x, f'{name}.up1') + low

    def __call__(self, images):
        """Maps of all stacks, of images (N, 3, H, W) in the order BGR."""
        x = self.residual(self.convolution(images, 'pre.0', 2), 'pre.1', 2)
        outs = []
        while f'cnvs.{len(outs)}.conv.weight' in self.weights:
            stack = len(outs)
            outs.append(
                self.convolution(self.level(x, f'kps.{stack}'), f'cnvs.{stack}')
            )
            if f'inters.{stack}.conv1.weight' in self.weights:
                kept = self.conv(x, f'inters_.{stack}.0')
                led = self.conv(outs[-1], f'cnvs_.{stack}.0')
                x = F.relu(
                    self.norm(kept, f'inters_.{stack}.1')
                    + self.norm(led, f'cnvs_.{stack}.1')
                )
                x = self.residual(x, f'inters.{stack}')
        return outs
