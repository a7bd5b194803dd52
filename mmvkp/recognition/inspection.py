"""Inspection: a model runs on a clip of a video and its attention is recorded."""

from typing import Any, List, NamedTuple, Optional, Protocol

import numpy as np
from mmengine.config import Config
from torch import nn

from .clip_reader import reader_of
from .clips import Box, Clip, video_source
from .loading import Watched, run_watched


class Inspection(Protocol):
    """Result for one clip of a video; methods add their attention."""

    # Properties, because the fields of a named tuple cannot be assigned.
    @property
    def frames(self) -> np.ndarray:
        """Original frames, (T, H, W, 3), uint8, RGB."""

    @property
    def numbers(self) -> np.ndarray:
        """Positions of the frames in the video, (T,), from 0."""

    @property
    def box(self) -> Box:
        """Part of the frames that the network sees.

        (x1, y1, x2, y2) in pixels from the left and top edge; with ThreeCrop the
        first crop.
        """

    @property
    def scores(self) -> np.ndarray:
        """Scores of the head, with shape (num_classes,)."""


class Row(NamedTuple):
    """Drawn frames of a clip.

    Args:
        text (str): Caption; `'  |  '` separates parts that may be on lines of
            their own.
        frames (np.ndarray): (T, H, W, 3), uint8, RGB.
        legend (np.ndarray, optional): (H, W', 3), right of the frames.
    """

    text: str
    frames: np.ndarray
    legend: Optional[np.ndarray] = None


class Drawing(Protocol):
    """Function that draws an inspection."""

    def __call__(
        self, result: Any, title: str, height: int = 256, **options: Any
    ) -> List[Row]:
        """Draw a clip.

        Args:
            result (Inspection): Result of the inspector of the same method.
            title (str): Start of the captions.
            height (int): Height of the drawn frames in pixels.
            **options: Options of the method.

        Returns:
            list[Row]: One row for each kind of picture.
        """


class Inspector:
    """Base class: a recognizer and the module whose data are inspected.

    A method implements `find_module` and `collect`.

    Args:
        model (nn.Module): Model in evaluation mode, as `load_recognizer`
            returns it.
        config (Config): Its config. The test pipeline is used, with one view
            instead of several; with ThreeCrop the scores are the mean of three
            crops, everything else belongs to the first.

    Raises:
        TypeError: If the model does not belong to this method.
        ValueError: If the test pipeline changes frames in an unknown way.
    """

    def __init__(self, model: nn.Module, config: Config) -> None:
        self.model = model
        self.module = self.find_module(model)
        self.dataset = config.test_dataloader.dataset
        self.reader = reader_of(config, getattr(self.module, 'num_segments', None))

    def find_module(self, model: nn.Module) -> nn.Module:
        """Part of the model whose input and output are recorded.

        Raises:
            TypeError: If the model does not belong to this method.
        """
        raise NotImplementedError

    def collect(self, clip: Clip, seen: Watched) -> Inspection:
        """Build the result of a clip.

        Args:
            clip (Clip): Frames, and output of the pipeline.
            seen (Watched): Scores, and input and output of the module.
        """
        raise NotImplementedError

    def clips_to_cover(self, video: str) -> int:
        """Number of clips that cover a whole video.

        Returns:
            int: 1 if the test pipeline spreads a clip over the whole video.
        """
        return self.reader.clips_to_cover(video_source(video, self.dataset))

    def __call__(self, video: str, clip: int = 0, num_clips: int = 1) -> Inspection:
        """Run the model on one clip of a video.

        Args:
            video (str): Video file, or folder of frames if the test pipeline
                reads these.
            clip (int): Part of the video, from 0.
            num_clips (int): Equal parts that the video is cut into; each is
                sampled as a video of its own.

        Returns:
            Inspection: Scores, frames and attention of the method.

        Raises:
            FileNotFoundError: If the file is missing.
            ValueError: If the test pipeline cannot load it.
        """
        part = self.reader.read(video_source(video, self.dataset), clip, num_clips)
        return self.collect(part, run_watched(self.model, part.sample, self.module))
