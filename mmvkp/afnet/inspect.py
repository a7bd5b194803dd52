"""Frames of a video that an AFNet selects, from a trained recognizer."""

from typing import NamedTuple, Tuple

import numpy as np
from torch import nn

from ..recognition.clips import Box, Clip
from ..recognition.inspection import Inspector
from ..recognition.loading import Watched
from .base import AFBackbone


class FrameSelection(NamedTuple):
    """One clip of a video and the frames that each focal block computes.

    Shape:
        - frames, numbers, box, scores: As for
          `mmvkp.recognition.inspection.Inspection`.
        - masks: (T, M), 1 if block m computes frame t, 0 if it skips the frame;
          probabilities with soft weights. With ThreeCrop from the first crop.
        - blocks: M names of the modules that decide, such as
          `layer1.navigation.0`.
    """

    frames: np.ndarray
    numbers: np.ndarray
    box: Box
    scores: np.ndarray
    masks: np.ndarray
    blocks: Tuple[str, ...]


class FrameSelectionInspector(Inspector):
    """Runs a recognizer with an AFNet backbone and returns its masks.

    Args:
        model (nn.Module): Recognizer with `AFResNet` or `AFMobileNetV3`.
        config (Config): See `Inspector`.

    Raises:
        TypeError: If the backbone does not select frames.
        ValueError: See `Inspector`.

    Example:
        >>> result = FrameSelectionInspector(model, config)('video.mp4')
        >>> result.masks.shape  # (T, M)
    """

    def find_module(self, model: nn.Module) -> AFBackbone:
        """The backbone of the model."""
        backbone = getattr(model, 'backbone', None)
        if not isinstance(backbone, AFBackbone):
            raise TypeError(
                'FrameSelectionInspector: the model has the backbone '
                f'{type(backbone).__name__}, which does not select frames; choose a '
                'config with AFResNet or AFMobileNetV3.'
            )
        return backbone

    def collect(self, clip: Clip, seen: Watched) -> FrameSelection:
        """Take the masks from the output of the backbone."""
        backbone = self.find_module(self.model)
        masks = seen.returned[-1][: backbone.num_segments]
        return FrameSelection(
            clip.frames,
            clip.numbers,
            clip.box,
            seen.scores,
            masks.float().cpu().numpy(),
            backbone.mask_names,
        )
