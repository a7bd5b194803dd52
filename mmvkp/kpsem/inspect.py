"""Key points of a video, seen through a trained recognizer."""

from typing import NamedTuple, Tuple

import numpy as np
import torch
from mmengine.config import Config
from torch import nn

from ..recognition.clip_reader import Box, ClipReader, reader_of, video_source
from ..recognition.loading import run_watched
from .neck import KPSEM
from .shift_extractor import KeyPointShifts


class KeyPointResult(NamedTuple):
    """One clip of a video and what KPSEM finds in it.

    Shape:
        - frames: (T', H, W, 3), uint8, RGB: the original frames.
        - numbers: (T',), their places in the video, from 0.
        - box: (x1, y1, x2, y2): the part of the frames that the network
          sees and the map covers, in pixels from the left and top edge.
        - shifts: `KeyPointShifts` with N = 1, on the CPU, in cells.
        - map_size: (W, H) of the map in cells.
        - scores: (num_classes,), as the head gives them.
    """

    frames: np.ndarray
    numbers: np.ndarray
    box: Box
    shifts: KeyPointShifts
    map_size: Tuple[int, int]
    scores: np.ndarray


def _reader(model: nn.Module, config: Config) -> ClipReader:
    """Reader of a model with KPSEM.

    Raises:
        TypeError: If the neck of the model is not `KPSEM`.
    """
    neck = getattr(model, 'neck', None)
    if not isinstance(neck, KPSEM):
        raise TypeError(
            f'infer_key_points: the model has the neck {type(neck).__name__};'
            ' key points come from KPSEM, choose a config with '
            "neck=dict(type='KPSEM', ...)."
        )
    return reader_of(config, neck.num_segments)


def clips_to_cover(model: nn.Module, config: Config, video: str) -> int:
    """Clips after which the whole video has been seen.

    Args and errors: as `infer_key_points`.

    Returns:
        int: 1, where the test pipeline spreads a clip over the whole video.
    """
    source = video_source(video, config.test_dataloader.dataset)
    return _reader(model, config).clips_to_cover(source)


def infer_key_points(
    model: nn.Module, config: Config, video: str, clip: int = 0, num_clips: int = 1
) -> KeyPointResult:
    """Run a recognizer with KPSEM on one clip of a video.

    Args:
        model (nn.Module): Recognizer whose neck is `KPSEM`, as
            `mmvkp.apis.load_recognizer` returns it.
        config (Config): Its config; the test pipeline is used, with one view
            instead of several. With ThreeCrop the key points are those of
            the first crop, the scores those of all three.
        video (str): Path of a video file, or of a folder of frames where the
            test pipeline reads these.
        clip (int): Part of the video, from 0.
        num_clips (int): Equal parts that the video is cut into; each is
            sampled as a video of its own.

    Returns:
        KeyPointResult: Key points of the clip.

    Raises:
        TypeError: If the neck of the model is not `KPSEM`.
        FileNotFoundError: If there is no such file.
        ValueError: If the test pipeline cannot load it, or does something to
            the frames that cannot be followed back.
    """
    reader = _reader(model, config)
    source = video_source(video, config.test_dataloader.dataset)
    part = reader.read(source, clip, num_clips)
    seen = run_watched(model, part.sample, model.neck)
    with torch.no_grad():
        temporal = model.neck.pick_maps(seen.given[0])[0][:1]
        shifts = model.neck.extract(temporal)
    return KeyPointResult(
        part.frames,
        part.numbers,
        part.box,
        KeyPointShifts(*(each.float().cpu() for each in shifts)),
        (temporal.shape[4], temporal.shape[3]),
        seen.scores,
    )
