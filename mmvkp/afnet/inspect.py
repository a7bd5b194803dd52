"""Frames of a video that an AFNet selects."""

from typing import NamedTuple

import numpy as np
from mmengine.config import Config
from torch import nn

from ..recognition.clip_reader import Box, reader_of, video_source
from ..recognition.loading import run_watched
from .mobilenet_v3 import AFMobileNetV3
from .resnet import AFResNet


class FrameSelectionResult(NamedTuple):
    """A video and what each focal block computes of it.

    Shape:
        - frames: (T, H, W, 3), uint8, RGB: the original frames.
        - numbers: (T,), their places in the video, from 0.
        - box: (x1, y1, x2, y2): the part of the frames that the network
          sees, in pixels from the left and top edge; with ThreeCrop the
          first crop.
        - masks: (T, M), 1 where block m computes frame t, 0 where it skips
          it; with soft weights the weights. With ThreeCrop those of the
          first crop.
        - scores: (num_classes,), as the head gives them.
    """

    frames: np.ndarray
    numbers: np.ndarray
    box: Box
    masks: np.ndarray
    scores: np.ndarray


def infer_frame_selection(
    model: nn.Module, config: Config, video: str, clip: int = 0, num_clips: int = 1
) -> FrameSelectionResult:
    """Run an AFNet on a video, or on a part of it.

    Args:
        model (nn.Module): Recognizer on `AFResNet` or `AFMobileNetV3`, as
            `mmvkp.apis.load_recognizer` returns it.
        config (Config): Its config; the test pipeline is used, with one view
            instead of several.
        video (str): Path of a video file, or of a folder of frames where the
            test pipeline reads these.
        clip (int): Part of the video, from 0.
        num_clips (int): Equal parts that the video is cut into; each is
            sampled as a video of its own.

    Returns:
        FrameSelectionResult: Frames and masks.

    Raises:
        TypeError: If the backbone selects no frames.
        FileNotFoundError: If there is no such file.
        ValueError: If the test pipeline cannot load it, or does something to
            the frames that cannot be followed back.
    """
    backbone = getattr(model, 'backbone', None)
    if not isinstance(backbone, (AFResNet, AFMobileNetV3)):
        raise TypeError(
            'infer_frame_selection: the model has the backbone '
            f'{type(backbone).__name__}, which selects no frames; choose a '
            'config with AFResNet or AFMobileNetV3.'
        )
    reader = reader_of(config, backbone.num_segments)
    part = reader.read(
        video_source(video, config.test_dataloader.dataset), clip, num_clips
    )
    seen = run_watched(model, part.sample, backbone)
    return FrameSelectionResult(
        part.frames,
        part.numbers,
        part.box,
        seen.returned[-1][: backbone.num_segments].float().cpu().numpy(),
        seen.scores,
    )
