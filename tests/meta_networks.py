"""Networks without weights: fast to build and to count, at any size."""

import functools
import json

from mmengine.config import Config
from torch import nn

from mmvkp.recognition.clip_cost import clip_macs, weightless


@functools.cache
def network(model: str) -> nn.Module:
    """Build a model from its config, as JSON; many recipes share one."""
    return weightless(Config(json.loads(model)))


def macs_of_clip(built: nn.Module, frames: int, channels: int, size: int) -> int:
    """MACs of one clip of a `Recognizer2D` made by `network`."""
    return clip_macs(built, (1, frames, channels, size, size), stage='head')
