"""Action keypoints of a video, seen through a trained AK-Net."""

from typing import NamedTuple, Tuple

import numpy as np
from mmengine.config import Config
from torch import nn

from ..recognition.cells import cells_to_frame
from ..recognition.clip_reader import Box, ClipReader, reader_of, video_source
from ..recognition.loading import run_watched
from .backbone import AKNet


class ActionKeypointResult(NamedTuple):
    """One view of a video and the points that an AK-Net selects of it.

    Letters: T frames, L points, H' W' cells of the map.

    Shape:
        - frames: (T, H, W, 3), uint8, RGB: the original frames; of a segment
          of several frames (TDN) the middle one.
        - numbers: (T,), their places in the video, from 0.
        - box: (x1, y1, x2, y2): the part of the frames that the network
          sees and the map covers, in pixels from the left and top edge; with
          ThreeCrop the first crop.
        - points: (L, 3), int64, (t, y, x) in cells from 0, in the order in
          which the network gets them.
        - places: (L, 2), (x, y): the centres of these cells in the original
          frames, in pixels from the left and top edge.
        - point_scores: (L,), the heatmap at the points.
        - heatmap: (T, H', W'), without bounds.
        - scores: (num_classes,), as the head gives them; with
          ``average_clips='prob'`` probabilities.
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


def _reader(model: nn.Module, config: Config) -> ClipReader:
    """Reader of a model on AKNet.

    Raises:
        TypeError: If the backbone of the model is not `AKNet`.
    """
    backbone = getattr(model, 'backbone', None)
    if not isinstance(backbone, AKNet):
        raise TypeError(
            'infer_action_keypoints: the model has the backbone '
            f'{type(backbone).__name__}, which selects no points; choose a '
            "config with backbone=dict(type='AKNet', ...)."
        )
    return reader_of(config, backbone.num_segments)


def clips_with_keypoints(model: nn.Module, config: Config, video: str) -> int:
    """Clips after which the whole video has been seen.

    Args and errors: as `infer_action_keypoints`.

    Returns:
        int: 1, where the test pipeline spreads a clip over the whole video.
    """
    source = video_source(video, config.test_dataloader.dataset)
    return _reader(model, config).clips_to_cover(source)


def infer_action_keypoints(
    model: nn.Module, config: Config, video: str, clip: int = 0, num_clips: int = 1
) -> ActionKeypointResult:
    """Run an AK-Net on a video, or on a part of it.

    A cell stands for its share of the crop: cell i of W goes from i / W to
    (i + 1) / W of its width.

    Args:
        model (nn.Module): Recognizer on `AKNet`, as
            `mmvkp.apis.load_recognizer` returns it.
        config (Config): Its config; the test pipeline is used, with one view
            instead of several. With ThreeCrop the points are those of the
            first crop, the scores those of all three.
        video (str): Path of a video file, or of a folder of frames where the
            test pipeline reads these.
        clip (int): Part of the video, from 0.
        num_clips (int): Equal parts that the video is cut into; each is
            sampled as a video of its own.

    Returns:
        ActionKeypointResult: Frames, points and their scores.

    Raises:
        TypeError: If the backbone of the model is not `AKNet`.
        FileNotFoundError: If there is no such file.
        ValueError: If the test pipeline cannot load it, or does something to
            the frames that cannot be followed back.
    """
    reader = _reader(model, config)
    part = reader.read(
        video_source(video, config.test_dataloader.dataset), clip, num_clips
    )
    seen = run_watched(model, part.sample, model.backbone)
    points, point_scores, heatmap = (
        each[0].float().cpu().numpy()
        for each in (seen.returned.points, seen.returned.scores, seen.returned.heatmap)
    )
    points = points.astype(np.int64)
    run = len(part.frames) // len(heatmap)
    middles = slice(run // 2, None, run)
    places = cells_to_frame(points[:, :0:-1], heatmap.shape[:0:-1], part.box)
    return ActionKeypointResult(
        part.frames[middles],
        part.numbers[middles],
        part.box,
        points,
        places,
        point_scores,
        heatmap,
        seen.scores,
    )
