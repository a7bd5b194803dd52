"""Weights of MMAction2's ResNets under torchvision's names."""

import torch
from torch import Tensor, nn

# Part of a name in MMAction2 -> part in torchvision.
PARTS = (
    ('downsample.conv', 'downsample.0'),
    ('downsample.bn', 'downsample.1'),
    ('conv1.bn', 'bn1'),
    ('conv2.bn', 'bn2'),
    ('conv3.bn', 'bn3'),
    ('.conv.', '.'),
)


def torchvision_name(name: str) -> str:
    """Name of an entry in torchvision's ResNet."""
    for ours, theirs in PARTS:
        name = name.replace(ours, theirs)
    return name


def save_as_torchvision(model: nn.Module, path: str) -> None:
    """Write the weights of a ResNet, and of a classifier, to a file."""
    weights = {
        torchvision_name(name): value for name, value in model.state_dict().items()
    }
    weights['fc.weight'] = torch.zeros(1000, model.feat_dim)
    torch.save(weights, path)


def equal_entries(model: nn.Module, weights: dict[str, Tensor]) -> None:
    """Check that the model has all entries of `weights`, with equal values."""
    found = {
        name.replace('.net', ''): value for name, value in model.state_dict().items()
    }
    for name, value in weights.items():
        assert torch.equal(found[name], value), name
