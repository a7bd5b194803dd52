"""Action keypoints of a video, seen through a trained AK-Net."""

from typing import NamedTuple, Tuple

import numpy as np
from torch import nn

from ..recognition.cells import cells_to_frame
from ..recognition.clips import Box, Clip
from ..recognition.inspection import Inspector
from ..recognition.loading import Watched
from .backbone import AKNet
from .vit import AKViT


class ActionKeypointClip(NamedTuple):
    """One clip of a video and the points that an AK-Net selects in it.

    Letters: T frames, L points, H' W' cells of the map.

    Shape:
        - frames, numbers, box, scores: As for
          `mmvkp.recognition.inspection.Inspection`; of a segment of several
          frames (TDN, the tubelets of AKViT) the middle one.
        - points: (L, 3), int64, (t, y, x) in cells from 0, in the order of the
          sequence that the network sees.
        - places: (L, 2), (x, y): centers of these cells in the original frames,
          in pixels from the left and top edge.
        - point_scores: (L,), heatmap at the points.
        - heatmap: (T, H', W'), unbounded.
    """

    frames: np.ndarray
    numbers: np.ndarray
    box: Box
    points: np.ndarray
    places: np.ndarray
    point_scores: np.ndarray
    heatmap: np.ndarray
    scores: np.ndarray

    @property
    def map_size(self) -> Tuple[int, int]:
        """(W', H') of the map in cells."""
        return self.heatmap.shape[2], self.heatmap.shape[1]


class ActionKeypointInspector(Inspector):
    """Runs a recognizer on `AKNet` and returns the points it selects.

    A cell covers its share of the crop: cell i of W covers i / W to (i + 1) / W
    of the width.

    Args:
        model (nn.Module): Recognizer whose backbone is `AKNet` or `AKViT`.
        config (Config): See `Inspector`.

    Raises:
        TypeError: If the backbone of the model is another one.
        ValueError: See `Inspector`.

    Example:
        >>> result = ActionKeypointInspector(model, config)('video.mp4')
        >>> result.points  # (L, 3)
    """

    def find_module(self, model: nn.Module) -> nn.Module:
        """The backbone of the model."""
        backbone = getattr(model, 'backbone', None)
        if not isinstance(backbone, (AKNet, AKViT)):
            raise TypeError(
                'ActionKeypointInspector: the model has the backbone '
                f'{type(backbone).__name__}, which selects no points; choose a '
                "config with backbone=dict(type='AKNet', ...) or AKViT."
            )
        return backbone

    def collect(self, clip: Clip, seen: Watched) -> ActionKeypointClip:
        """Return the points of the first crop and their places."""
        points, point_scores, heatmap = (
            each[0].float().cpu().numpy()
            for each in (
                seen.returned.points,
                seen.returned.scores,
                seen.returned.heatmap,
            )
        )
        points = points.astype(np.int64)
        run = len(clip.frames) // len(heatmap)
        middles = slice(run // 2, None, run)
        map_size = heatmap.shape[2], heatmap.shape[1]
        return ActionKeypointClip(
            clip.frames[middles],
            clip.numbers[middles],
            clip.box,
            points,
            cells_to_frame(points[:, :0:-1], map_size, clip.box),
            point_scores,
            heatmap,
            seen.scores,
        )
