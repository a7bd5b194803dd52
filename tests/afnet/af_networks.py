"""Small networks of both kinds, and what several tests do with them."""

import torch
from torch import nn

from mmvkp.afnet.mobilenet_v3 import AFMobileNetV3
from mmvkp.afnet.resnet import AFResNet

SMALL = dict(
    stage_blocks=(3, 2, 2),
    base_channels=8,
    num_af_stages=2,
    strides=(2, 1, 2),
    stem_kernel=3,
)


def small_resnet(num_segments=4, **kwargs):
    """Masks of 2 + 1 blocks, a plain stage, 128 channels."""
    arch = dict(SMALL, **kwargs.pop('arch', {}))
    if not arch.get('two_branches', True):
        arch.pop('num_af_stages')
    return AFResNet(
        num_segments=num_segments,
        arch_cfg=arch,
        **dict(dict(out_indices=(2,)), **kwargs),
    )


def small_mobilenet(num_segments=4, **kwargs):
    """The only size there is."""
    return AFMobileNetV3(num_segments=num_segments, **kwargs)


def with_statistics(model, seed=0):
    """Norms as after training: no output is zero for zeros."""
    torch.manual_seed(seed)
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.normal_(module.bias, std=0.3)
            module.running_mean.normal_(0, 0.3)
            module.running_var.uniform_(0.5, 1.5)
    return model


def random_masks(model, frames, seed=0):
    """A mask in which some blocks take all frames and some none."""
    generator = torch.Generator().manual_seed(seed)
    masks = torch.rand(frames, model.num_masks, generator=generator).round()
    masks[:, 0] = 1.0
    masks[:, -1] = 0.0 if seed % 2 else masks[:, -1]
    return masks


def dense(model, value):
    """Switch skipping off or on."""
    for module in model.modules():
        if hasattr(module, 'sparse_eval'):
            module.sparse_eval = not value
    return model
