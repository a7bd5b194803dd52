"""Key points that a trained recognizer finds in a video."""

from typing import NamedTuple, Tuple

import numpy as np
import torch
from torch import nn

from ..recognition.clips import Box, Clip
from ..recognition.inspection import Inspector
from ..recognition.loading import Watched
from .key_points import KeyPointShifts
from .neck import KPSEM


class KeyPoints(NamedTuple):
    """A clip of a video and its key points.

    Shape:
        - frames, numbers, box, scores: As for
          `mmvkp.recognition.inspection.Inspection`.
        - shifts: `KeyPointShifts` with N = 1, on the CPU, in cells.
        - map_size: (W, H) of the map in cells.
    """

    frames: np.ndarray
    numbers: np.ndarray
    box: Box
    scores: np.ndarray
    shifts: KeyPointShifts
    map_size: Tuple[int, int]


class KeyPointInspector(Inspector):
    """Runs a recognizer with KPSEM and returns its key points.

    Args:
        model (nn.Module): Recognizer whose neck is `KPSEM`.
        config (Config): See `Inspector`.

    Raises:
        TypeError: If the neck of the model is not `KPSEM`.
        ValueError: See `Inspector`; for a clip with values that are not finite.

    Example:
        >>> result = KeyPointInspector(model, config)('video.mp4')
        >>> result.shifts.points.shape  # (1, C, T, G, K, 2)
    """

    module: KPSEM

    def find_module(self, model: nn.Module) -> KPSEM:
        """The neck of the model."""
        neck = getattr(model, 'neck', None)
        if not isinstance(neck, KPSEM):
            raise TypeError(
                f'KeyPointInspector: the model has the neck {type(neck).__name__}, '
                'but key points need KPSEM; choose a config with '
                "neck=dict(type='KPSEM', ...)."
            )
        return neck

    def collect(self, clip: Clip, seen: Watched) -> KeyPoints:
        """Compute the shifts from the input of the neck."""
        with torch.no_grad():
            temporal = self.module.pick_maps(seen.given[0])[0][:1]
            if not temporal.isfinite().all():
                raise ValueError(
                    'KeyPointInspector: the map of the key points has values that are '
                    'not finite, so there are no key points to draw; use a checkpoint '
                    'with finite weights.'
                )
            shifts = self.module.extract(temporal)
        return KeyPoints(
            clip.frames,
            clip.numbers,
            clip.box,
            seen.scores,
            KeyPointShifts(*(each.float().cpu() for each in shifts)),
            (temporal.shape[4], temporal.shape[3]),
        )
