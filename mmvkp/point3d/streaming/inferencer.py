"""Action tubes of videos, cameras and single frames, online."""

from typing import Any, Iterator, List, Optional, Tuple, Union

import numpy as np
import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope

from ...recognition.loading import class_names_of, load_config
from ...tubes.online_linker import OnlineLinker
from ...tubes.online_tubes import (
    FrameDetections,
    FrameTubes,
    LinkedTube,
    LinkOptions,
    merge_pieces,
)
from ...video import (
    CameraSource,
    FolderSource,
    Frame,
    FrameSource,
    VideoSource,
    open_source,
)
from ..loading import load_detector
from ..results import detections_of
from .feature_ring import FeatureRing
from .frame_pipeline import FramePipeline, clip_shape_of


class TubeInferencer:
    """Point3D on a stream: takes one frame, returns the tubes in it.

    The features of the last frames are kept. A new frame costs one run of the
    2D network and of the point head, and one run of the attention and the 3D
    head on the clip that ends with it. The detector gives the same result for
    the last frame of this clip. Clips that start before the stream repeat its
    first frame.

    Args:
        config (str | Config): Config of a `Point3D`. Frames are prepared by
            the steps of its test pipeline after the decoder (LoadTubes,
            Resize, FormatShape, PackTubeInputs) and by its
            `data_preprocessor`.
        checkpoint (str, optional): Its weights. None: random weights, to
            measure the speed.
        device (str): Device of the network.
        link (LinkOptions, optional): Options of the linking of boxes.
        size (tuple[int, int], optional): Width and height that frames are
            resized to, instead of the Resize of the pipeline; boxes stay in
            pixels of the given frames.
        clip_len (int, optional): Frames of a clip. Default: from the config.
        frame_interval (int, optional): Distance of the frames of a clip.
            Default: from the config. Features of the frames between them are
            kept as well.
        classes (str, optional): File of class names, one per line. Default:
            names of the checkpoint or the config, else numbers.

    Attributes: `classes` (list[str]), names by label; `model`; `pipeline`,
    `ring` and `linker`, its parts.

    Raises:
        FileNotFoundError: If a file is missing.
        TypeError: If the config does not build a Point3D.
        ValueError: If parts do not fit each other; at run time if a frame is
            not an image, frames change their size within a stream, detections are
            not finite, or maps and point head have different strides.

    Example:
        >>> inferencer = TubeInferencer('point3d.py', 'point3d.pth')
        >>> for frame, tubes in inferencer.stream('video.mp4'):
        ...     print(tubes.frame, tubes.ids, tubes.labels, tubes.boxes)
        >>> open_at_the_end = inferencer.finish()
    """

    def __init__(
        self,
        config: Union[str, Config],
        checkpoint: Optional[str] = None,
        device: str = 'cpu',
        link: Optional[LinkOptions] = None,
        size: Optional[Tuple[int, int]] = None,
        clip_len: Optional[int] = None,
        frame_interval: Optional[int] = None,
        classes: Optional[str] = None,
    ) -> None:
        if not isinstance(config, Config):
            config = load_config(config)
        init_default_scope(config.get('default_scope', 'mmaction'))
        if config.model.type != 'Point3D':
            raise TypeError(
                f'TubeInferencer: the model of the config is a '
                f'{config.model.type}; it must be a Point3D, as in '
                'configs/detection/point3d.'
            )
        self.pipeline = FramePipeline(config, size)
        shape = clip_shape_of(config, clip_len, frame_interval)
        self.ring = FeatureRing(*shape)
        self.linker = OnlineLinker(link or LinkOptions())
        self.model = load_detector(config, checkpoint, device)
        self.classes = class_names_of(
            config, self.model.num_classes, classes, self.model
        )
        self.number = 0
        self.frame_shape: Optional[Tuple[int, ...]] = None

    def push(
        self,
        image: np.ndarray,
        timestamp: float = float('nan'),
        number: Optional[int] = None,
        dropped: int = 0,
    ) -> FrameTubes:
        """Take the next frame of the stream.

        Args:
            image (np.ndarray): (H, W, 3), uint8, RGB.
            timestamp (float): Copied to the result.
            number (int, optional): Number of the frame, from 1 and rising; a
                step larger than 1 means dropped frames. Default: the next one.
            dropped (int): Copied to the result.

        Returns:
            FrameTubes: The tubes in this frame.
        """
        number = self.number + 1 if number is None else number
        found = self.detect(image, number)
        return self.linker.update(number, found, timestamp, dropped)

    def detect(
        self, image: np.ndarray, number: Optional[int] = None
    ) -> FrameDetections:
        """Take the next frame of the stream, without linking.

        Args:
            image (np.ndarray): As in `push`, shape (H, W, 3).
            number (int, optional): As in `push`.

        Returns:
            FrameDetections: All boxes that pass the `test_cfg` of the model.
        """
        number = self.number + 1 if number is None else number
        self._check(image)
        packed = self.pipeline(image, number)
        with torch.no_grad():
            data = self.model.data_preprocessor(
                dict(inputs=[packed['inputs']], data_samples=[packed['data_samples']])
            )
            inputs, samples = data['inputs'], data['data_samples']
            feats = self.model.extract_frames(inputs[:, :, 0])
            self.ring.push(number, feats[-1][0])
            self.number = number
            self.model.detect(feats, samples, inputs.shape[3:], self.ring.clip())
        found = detections_of(
            samples[0], self.model.num_classes, self.model.multi_label
        )
        values = (found.boxes, found.scores, found.class_scores)
        if not all(np.isfinite(each).all() for each in values):
            raise ValueError(
                f'TubeInferencer: detections in frame {number} are not finite. Check '
                'the weights, and use single precision.'
            )
        return found

    def finish(self) -> List[LinkedTube]:
        """End the stream; the next frame starts another one.

        Returns:
            list[LinkedTube]: The open tubes. Ids continue in the next stream.
        """
        self.ring.reset()
        self.number, self.frame_shape = 0, None
        return self.linker.finish()

    def stream(
        self, source: Any, drop: str = 'oldest', max_frames: Optional[int] = None
    ) -> Iterator[Tuple[Frame, FrameTubes]]:
        """Process a video, a folder of frames or a camera.

        Args:
            source (int | str | object): As for `open_source`, or its result,
                which is closed at the end.
            drop (str): Frames of a camera that arrive too fast are dropped
                (`'oldest'`) or wait (`'none'`).
            max_frames (int, optional): Stop after this number of frames.

        Yields:
            tuple[Frame, FrameTubes]: Each frame and its tubes. Call `finish`
            after the loop for the tubes that are open at the end.
        """
        known = (VideoSource, FolderSource, CameraSource)
        opened: FrameSource = (
            source if isinstance(source, known) else open_source(source, drop)
        )
        self.finish()
        try:
            for count, frame in enumerate(opened, 1):
                yield (
                    frame,
                    self.push(
                        frame.image, frame.timestamp, frame.number, opened.dropped
                    ),
                )
                if count == max_frames:
                    break
        finally:
            opened.close()

    def infer(
        self, source: Any, drop: str = 'oldest', max_frames: Optional[int] = None
    ) -> List[LinkedTube]:
        """All tubes of a video; arguments as in `stream`.

        Returns:
            list[LinkedTube]: By rising id.
        """
        tubes: List[LinkedTube] = []
        for _, result in self.stream(source, drop, max_frames):
            tubes += result.ended
        return merge_pieces(tubes + self.finish())

    def _check(self, image: Any) -> None:
        """Refuse values that are not a frame of this stream."""
        if (
            not isinstance(image, np.ndarray)
            or image.dtype != np.uint8
            or image.ndim != 3
            or image.shape[2] != 3
            or not image.size
        ):
            kind = (
                f'{image.dtype} {image.shape}'
                if isinstance(image, np.ndarray)
                else type(image).__name__
            )
            raise ValueError(
                f'TubeInferencer: a frame is {kind}; give '
                'uint8 arrays (H, W, 3) in RGB.'
            )
        if self.frame_shape is not None and self.frame_shape != image.shape:
            raise ValueError(
                f'TubeInferencer: frame {self.number + 1} has '
                f'{image.shape[1]} x {image.shape[0]} pixels, those before '
                f'{self.frame_shape[1]} x {self.frame_shape[0]}. Resize it, or '
                'call finish() to start another stream.'
            )
        self.frame_shape = image.shape
