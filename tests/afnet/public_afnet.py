"""AFNet by the official names, functions of torch alone.

Names and shapes of the public weights, and what their network computes,
written from the paper (arXiv 2211.09992) and the layout of
https://github.com/BeSpontaneous/AFNet-pytorch (MIT; read for facts), with
none of the package's code. Masks are those of the larger logit, without
noise.
"""

import torch
import torch.nn.functional as F

BLOCKS = {50: (3, 4, 6, 3), 101: (4, 8, 18, 3)}
# Kernel, hidden and outgoing channels, squeeze-and-excite, h-swish, stride.
HEAD = ((3, 16, 16, 0, 0, 1),)
STAGE1 = ((3, 64, 24, 0, 0, 2), (3, 72, 24, 0, 0, 2))
STAGE2 = ((5, 72, 40, 1, 0, 2), (5, 120, 40, 1, 0, 1))
FUSE2 = ((5, 120, 40, 1, 0, 2),)
STAGE3 = ((3, 240, 80, 0, 1, 2), (3, 200, 80, 0, 1, 1), (3, 184, 80, 0, 1, 1))
FUSE3 = ((3, 184, 80, 0, 1, 1),)
STAGE4 = ((3, 480, 112, 1, 1, 1), (3, 672, 112, 1, 1, 1))
STAGE5 = ((5, 672, 160, 1, 1, 2), (5, 960, 160, 1, 1, 1), (5, 960, 160, 1, 1, 1))
SQUEEZED = {72: 24, 120: 32, 480: 120, 672: 168, 960: 240}


def norm(name, channels):
    for entry in ('weight', 'bias', 'running_mean', 'running_var'):
        yield f'{name}.{entry}', (channels,)
    yield f'{name}.num_batches_tracked', ()


def linear(name, out, incoming, bias=True):
    yield f'{name}.weight', (out, incoming)
    if bias:
        yield f'{name}.bias', (out,)


def conv(name, out, incoming, kernel=1, groups=1):
    yield f'{name}.weight', (out, incoming // groups, kernel, kernel)


def navigation_shapes(name, incoming, frames):
    yield from conv(f'{name}.conv_pool', 2, incoming)
    yield from norm(f'{name}.bn', 2)
    yield f'{name}.conv_gs.weight', (2 * frames, 2, 1, 1)
    yield f'{name}.conv_gs.bias', (2 * frames,)


def bottleneck_shapes(name, incoming, out, groups=1, stride=1, pooled=True):
    mid = out // 4
    layers = ((incoming, mid, 1), (mid, mid, 3), (mid, out, 1))
    for number, (a, b, kernel) in enumerate(layers, 1):
        yield from conv(f'{name}.conv{number}', b, a, kernel, groups)
        yield from norm(f'{name}.bn{number}', b)
    if incoming != out:
        first = int(pooled and stride == 2)
        yield from conv(f'{name}.downsample.{first}', out, incoming)
        yield from norm(f'{name}.downsample.{first + 1}', out)


def resnet_shapes(depth, frames):
    """Names and shapes of the network without its classifier; no navigation
    modules with 0 frames."""
    yield from conv('conv1', 64, 3, 7)
    yield from norm('bn1', 64)
    incoming = 64
    for index, number in enumerate(BLOCKS[depth][:3]):
        name, out = f'layer{index + 1}', 256 * 2**index
        half = out // 2
        for n in range(number - 1):
            if frames:
                yield from navigation_shapes(
                    f'{name}.list_gen.{n}', half if n else incoming, frames
                )
            yield from bottleneck_shapes(
                f'{name}.base_module.{n}',
                half if n else incoming,
                half,
                stride=1 if n else 2,
            )
            yield from bottleneck_shapes(
                f'{name}.refine_module.{n}', out if n else incoming, out, 2
            )
        yield from conv(f'{name}.base_transform.0', out, half)
        yield from norm(f'{name}.base_transform.1', out)
        yield from linear(f'{name}.att_gen.fc.0', out // 16, out, False)
        yield from linear(f'{name}.att_gen.fc.2', out, out // 16, False)
        yield from bottleneck_shapes(f'{name}.fusion.0', out, out)
        incoming = out
    for n in range(3):
        yield from bottleneck_shapes(
            f'layer4.{n}', 2048 if n else incoming, 2048, stride=1 if n else 2
        )


def plain_shapes():
    """Torchvision's ResNet-50."""
    yield from conv('conv1', 64, 3, 7)
    yield from norm('bn1', 64)
    incoming = 64
    for index, number in enumerate(BLOCKS[50]):
        out = 256 * 2**index
        for n in range(number):
            yield from bottleneck_shapes(
                f'layer{index + 1}.{n}', out if n else incoming, out
            )
        incoming = out


def inverted_shapes(name, incoming, row, groups=1):
    kernel, hidden, out, squeeze, _, _ = row
    number = 1
    if hidden != incoming:
        yield from conv(f'{name}.conv1', hidden, incoming, 1, groups)
        yield from norm(f'{name}.bn1', hidden)
        number = 2
    yield from conv(f'{name}.conv{number}', hidden, hidden, kernel, hidden)
    yield from norm(f'{name}.bn{number}', hidden)
    if squeeze:
        yield from linear(f'{name}.se.fc.0', SQUEEZED[hidden], hidden)
        yield from linear(f'{name}.se.fc.2', hidden, SQUEEZED[hidden])
    yield from conv(f'{name}.conv{number + 1}', out, hidden, 1, groups)
    yield from norm(f'{name}.bn{number + 1}', out)
    if groups == 2 and incoming != out:
        yield from conv(f'{name}.res_connect.0', out, incoming, 1, 2)
        yield from norm(f'{name}.res_connect.1', out)


def mobilenet_shapes(frames):
    """As `resnet_shapes`; the hidden layer is part of it."""

    def rows(name, incoming, table, groups=1):
        for n, row in enumerate(table):
            yield from inverted_shapes(f'{name}.{n}', incoming, row, groups)
            incoming = row[2]

    yield from conv('conv', 16, 3, 3)
    yield from norm('bn', 16)
    yield from rows('features_head', 16, HEAD)
    yield from rows('features_stage1', 16, STAGE1)
    for stage, incoming, table, fuse in (
        (2, 24, STAGE2, FUSE2),
        (3, 40, STAGE3, FUSE3),
    ):
        out = table[-1][2]
        for n in range(len(table) if frames else 0):
            yield from navigation_shapes(
                f'list_gen{stage}.{n}', out if n else incoming, frames
            )
        yield from rows(f'features_stage{stage}_base', incoming, table)
        yield from rows(f'features_stage{stage}_refine', incoming, table, 2)
        yield from rows(f'features_stage{stage}_fuse', out, fuse)
        yield from linear(f'att_gen{stage}.fc.0', out // 16, out)
        yield from linear(f'att_gen{stage}.fc.2', out, out // 16)
    yield from rows('features_stage4', 80, STAGE4)
    yield from rows('features_stage5', 112, STAGE5)
    yield from conv('conv_last', 960, 160)
    yield from norm('bn_last', 960)
    yield from linear('fc.0', 1280, 960)


def public_shapes(network, frames, num_classes):
    """Names and shapes as the authors' training saves them: of video inside
    ``base_model``, of ImageNet without; num_classes = 0 leaves out the
    classifier."""
    outside = 'base_model.' if frames else ''
    mobile = network == 'mbv3'
    if network == 'plain':
        shapes = plain_shapes()
    else:
        shapes = (
            mobilenet_shapes(frames)
            if mobile
            else resnet_shapes(int(network[1:]), frames)
        )
    for name, shape in shapes:
        yield f'{outside}{name}', shape
    if num_classes:
        name = f'{outside}fc.3' if mobile else 'new_fc' if frames else 'fc'
        yield from linear(name, num_classes, 1280 if mobile else 2048)


def public_weights(network, frames=0, num_classes=7, seed=0):
    """Random weights in double precision; no two norms are alike, and about
    half of the frames are selected."""
    rng = torch.Generator().manual_seed(seed)
    weights = {}
    for name, shape in public_shapes(network, frames, num_classes):
        if name.endswith('num_batches_tracked'):
            weights[name] = torch.tensor(len(weights))
            continue
        value = torch.randn(shape, generator=rng, dtype=torch.float64)
        if len(shape) > 1:
            value *= (2 / torch.Size(shape[1:]).numel()) ** 0.5
        elif name.endswith('running_var'):
            value = value.abs() + 0.5
        elif 'weight' in name:
            value = 0.2 * value + 0.7
        elif 'conv_gs' not in name:
            value *= 0.3
        weights[name] = value
    return weights


class Twin:
    """The network of public weights of video.

    Args:
        weights (dict): With ``base_model.`` and a classifier.
        frames (int): T.
        shift (bool): Whether channels are shifted in time.
    """

    def __init__(self, weights, frames, shift):
        self.weights, self.frames, self.with_shift = weights, frames, shift
        self.masks = []

    def get(self, name):
        return self.weights.get(f'base_model.{name}')

    def norm(self, x, name):
        mean, var, gamma, beta = (
            self.get(f'{name}.{entry}')
            for entry in ('running_mean', 'running_var', 'weight', 'bias')
        )
        return F.batch_norm(x, mean, var, gamma, beta, eps=1e-5)

    def conv(self, x, name, stride=1):
        weight = self.get(f'{name}.weight')
        return F.conv2d(
            x,
            weight,
            stride=stride,
            padding=weight.shape[-1] // 2,
            groups=x.shape[1] // weight.shape[1],
        )

    def linear(self, x, name):
        return F.linear(x, self.get(f'{name}.weight'), self.get(f'{name}.bias'))

    def shift(self, x):
        """An eighth of the channels from the next frame, one from the last."""
        if not self.with_shift:
            return x
        x = x.unflatten(0, (-1, self.frames))
        fold, out = x.shape[2] // 8, torch.zeros_like(x)
        for t in range(self.frames):
            if t + 1 < self.frames:
                out[:, t, :fold] = x[:, t + 1, :fold]
            if t > 0:
                out[:, t, fold : 2 * fold] = x[:, t - 1, fold : 2 * fold]
            out[:, t, 2 * fold :] = x[:, t, 2 * fold :]
        return out.flatten(0, 1)

    def navigate(self, x, name):
        """1 where a frame is kept, (N * T, 1, 1, 1)."""
        x = self.conv(x.mean((2, 3), keepdim=True), f'{name}.conv_pool')
        x = self.norm(x, f'{name}.bn').relu().reshape(-1, 2 * self.frames, 1, 1)
        x = F.conv2d(
            x,
            self.get(f'{name}.conv_gs.weight'),
            self.get(f'{name}.conv_gs.bias'),
            groups=self.frames,
        )
        x = x.reshape(-1, 2)
        mask = (x[:, 1] > x[:, 0]).to(x.dtype).reshape(-1, 1, 1, 1)
        self.masks.append(mask.flatten())
        return mask

    def merge(self, ample, focal, name):
        ample = F.interpolate(ample, size=focal.shape[2:])
        theta = self.linear((ample + focal).mean((2, 3)), f'{name}.fc.0')
        theta = self.linear(theta.relu(), f'{name}.fc.2').sigmoid()
        theta = theta[:, :, None, None]
        return theta * ample + (1 - theta) * focal

    def bottleneck(self, x, name, stride=1, mask=None, relu=True):
        rest = x
        if stride == 2:
            rest = F.avg_pool2d(rest, 3, 2, 1)
        first = int(stride == 2)
        if self.get(f'{name}.downsample.{first}.weight') is not None:
            rest = self.conv(rest, f'{name}.downsample.{first}')
            rest = self.norm(rest, f'{name}.downsample.{first + 1}')
        x = self.shift(x)
        if mask is not None:
            x = x * mask
        x = self.norm(self.conv(x, f'{name}.conv1'), f'{name}.bn1').relu()
        x = self.conv(x, f'{name}.conv2', stride)
        x = self.norm(x, f'{name}.bn2').relu()
        x = self.norm(self.conv(x, f'{name}.conv3'), f'{name}.bn3') + rest
        return x.relu() if relu else x

    def resnet(self, x, depth):
        """Scores (N, num_classes) of frames (N * T, 3, H, W)."""
        x = self.norm(self.conv(x, 'conv1', 2), 'bn1').relu()
        x = F.max_pool2d(x, 3, 2, 1)
        for stage, (number, stride) in enumerate(zip(BLOCKS[depth][:3], (2, 2, 1)), 1):
            ample, focal, name = x, x, f'layer{stage}'
            for n in range(number - 1):
                mask = self.navigate(ample, f'{name}.list_gen.{n}')
                relu = n < number - 2
                ample = self.bottleneck(
                    ample, f'{name}.base_module.{n}', 1 if n else 2, relu=relu
                )
                focal = self.bottleneck(
                    focal, f'{name}.refine_module.{n}', 1, mask, relu
                )
            ample = self.conv(ample, f'{name}.base_transform.0')
            ample = self.norm(ample, f'{name}.base_transform.1')
            x = self.merge(ample, focal, f'{name}.att_gen').relu()
            x = self.bottleneck(x, f'{name}.fusion.0', stride)
        for n in range(3):
            x = self.bottleneck(x, f'layer4.{n}', 1 if n else 2)
        scores = F.linear(
            x.mean((2, 3)), self.weights['new_fc.weight'], self.weights['new_fc.bias']
        )
        return scores.unflatten(0, (-1, self.frames)).mean(1)

    def inverted(self, x, name, row, mask=None):
        _, hidden, out, squeeze, swish, stride = row
        act = F.hardswish if swish else F.relu
        rest = x if stride == 1 and x.shape[1] == out else 0
        if mask is not None:
            stride = 1
            rest = x
            if x.shape[1] != out:
                rest = self.conv(x, f'{name}.res_connect.0')
                rest = self.norm(rest, f'{name}.res_connect.1')
        number, same = 1, hidden == x.shape[1]
        x = self.shift(x)
        if mask is not None:
            x = x * mask
        if not same:
            x = act(self.norm(self.conv(x, f'{name}.conv1'), f'{name}.bn1'))
            number = 2
        x = self.conv(x, f'{name}.conv{number}', stride)
        x = self.norm(x, f'{name}.bn{number}')
        if squeeze:
            gate = self.linear(x.mean((2, 3)), f'{name}.se.fc.0').relu()
            gate = self.linear(gate, f'{name}.se.fc.2')
            x = x * (F.relu6(gate + 3) / 6)[:, :, None, None]
        x = self.conv(act(x), f'{name}.conv{number + 1}')
        return self.norm(x, f'{name}.bn{number + 1}') + rest

    def mobilenet(self, x):
        """Scores (N, num_classes) of frames (N * T, 3, H, W)."""
        x = F.hardswish(self.norm(self.conv(x, 'conv', 2), 'bn'))
        for name, table in (('head', HEAD), ('stage1', STAGE1)):
            for n, row in enumerate(table):
                x = self.inverted(x, f'features_{name}.{n}', row)
        for stage, table, fuse in ((2, STAGE2, FUSE2), (3, STAGE3, FUSE3)):
            ample, focal = x, x
            for n, row in enumerate(table):
                mask = self.navigate(ample, f'list_gen{stage}.{n}')
                ample = self.inverted(ample, f'features_stage{stage}_base.{n}', row)
                focal = self.inverted(
                    focal, f'features_stage{stage}_refine.{n}', row, mask
                )
            x = self.merge(ample, focal, f'att_gen{stage}')
            x = self.inverted(x, f'features_stage{stage}_fuse.0', fuse[0])
        for stage, table in ((4, STAGE4), (5, STAGE5)):
            for n, row in enumerate(table):
                x = self.inverted(x, f'features_stage{stage}.{n}', row)
        x = F.hardswish(self.norm(self.conv(x, 'conv_last'), 'bn_last'))
        x = F.hardswish(self.linear(x.mean((2, 3)), 'fc.0'))
        return self.linear(x, 'fc.3').unflatten(0, (-1, self.frames)).mean(1)
