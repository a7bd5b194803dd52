"""Action tubes of videos, cameras and single frames, while they come."""

import os.path as osp
from typing import Any, Dict, Iterator, List, Optional, Tuple, Union

import numpy as np
import torch
from mmaction.apis import init_recognizer
from mmengine.config import Config
from mmengine.registry import init_default_scope
from torch import Tensor, nn

from ...recognition.loading import class_names_of, load_config, load_recognizer
from ...tubes.online_linker import OnlineLinker
from ...tubes.online_tubes import (
    FrameDetections,
    FrameTubes,
    LinkedTube,
    LinkOptions,
    detections_of,
    merge_pieces,
)
from ...video.source import (
    CameraSource,
    FolderSource,
    Frame,
    FrameSource,
    VideoSource,
    open_source,
)
from ..detector import Point3D
from ..results import collect_results
from .feature_ring import FeatureRing
from .frame_pipeline import FramePipeline, clip_shape_of

# Networks may fill frames up to a multiple of this.
_LARGEST_STRIDE = 64


class TubeInferencer:
    """Point3D on a stream: one frame in, the tubes that pass through it out.

    The features of the last frames are kept, so that a new frame costs one
    run of the 2D network and of the Point Head, and then the attention and
    the 3D Head on the clip that ends with it. This gives what the detector
    says about the last frame of that clip when it sees the clip as a whole.
    Before the first frame of a stream there is the first frame again.

    Args:
        config (str | Config): Config of a `Point3D`. Frames are prepared as
            its test pipeline says behind the decoder (LoadTubes, Resize,
            FormatShape, PackTubeInputs) and by its ``data_preprocessor``.
        checkpoint (str, optional): Its weights. None: random ones, to try
            out how fast it is.
        device (str): Where the network runs.
        link (LinkOptions, optional): How boxes become tubes.
        size (tuple[int, int], optional): Width and height that frames are
            resized to, in place of the Resize of the pipeline; boxes stay in
            pixels of the given frames.
        clip_len (int, optional): Frames of a clip; that of the config.
        frame_interval (int, optional): Distance of the frames of a clip;
            that of the config. Features of all frames in between are kept.
        classes (str, optional): File of class names, one per line. Without
            it they are those of the config, of the checkpoint, or numbers.

    Attributes: ``classes`` (list[str]), names by label; ``model``;
    ``pipeline``, ``ring`` and ``linker``, its parts.

    Raises:
        FileNotFoundError: If a file is missing.
        TypeError: If the config is not that of a Point3D.
        ValueError: If something does not fit; at run time if frames change
            their size in the middle of a stream, are no pictures, or the
            network's maps have another stride than the Point Head.

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
        self.linker = OnlineLinker(link)
        self.model = load_detector(config, checkpoint, device)
        head = self.model.cls_head or self.model.point_head
        self.classes = names_of(config, head.num_classes, checkpoint, classes)
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
            timestamp (float): Passed on to the result.
            number (int, optional): Of the frame, from 1 and rising; larger
                by more than 1 than the one before if frames were dropped.
                One more than the one before if it is not given.
            dropped (int): Passed on to the result.

        Returns:
            FrameTubes: What is in it.
        """
        number = self.number + 1 if number is None else number
        found = self.detect(image, number)
        return self.linker.update(number, found, timestamp, dropped)

    def detect(
        self, image: np.ndarray, number: Optional[int] = None
    ) -> FrameDetections:
        """Take the next frame of the stream, without linking.

        Args:
            image (np.ndarray): As in `push`.
            number (int, optional): As in `push`.

        Returns:
            FrameDetections: All boxes that ``test_cfg`` of the model leaves.
        """
        number = self.number + 1 if number is None else number
        self._check(image)
        packed = self.pipeline(image, number)
        with torch.no_grad():
            data = self.model.data_preprocessor(
                dict(inputs=[packed['inputs']], data_samples=[packed['data_samples']])
            )
            inputs, samples = data['inputs'], data['data_samples']
            size = inputs.shape[3:]
            feats = self.model.extract_frames(inputs[:, :, 0])
            if not self.number:
                self._check_stride(feats[-1], size)
            self.ring.push(number, feats[-1][0])
            self.number = number
            mixed, clips = self.model.mix_frames([self.ring.clip()], self.ring.clip_len)
            if self.model.point_input == 'twa':
                feats = [each[-1:] for each in mixed]
            collect_results(self.model, feats, clips, samples, size)
        return detections_of(self.model, samples[0])

    def finish(self) -> List[LinkedTube]:
        """End the stream; the next frame begins another one.

        Returns:
            list[LinkedTube]: The tubes that were open. Ids of the next
            stream count on.
        """
        self.ring.reset()
        self.number, self.frame_shape = 0, None
        return self.linker.finish()

    def stream(
        self, source: Any, drop: str = 'oldest', max_frames: Optional[int] = None
    ) -> Iterator[Tuple[Frame, FrameTubes]]:
        """Go through a video, a folder of frames or a camera.

        Args:
            source (int | str | object): As for `open_source`, or what that
                returned. It is closed at the end.
            drop (str): What a camera does with frames that come too fast:
                ``'oldest'`` drops them, ``'none'`` lets them wait.
            max_frames (int, optional): Frames after which it ends.

        Yields:
            tuple[Frame, FrameTubes]: Each frame and what is in it. Call
            `finish` behind the loop for the tubes that are open at the end.
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

    def _check(self, image: np.ndarray) -> None:
        """Refuse what is no frame of this stream."""
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
        if self.frame_shape not in (None, image.shape):
            raise ValueError(
                f'TubeInferencer: frame {self.number + 1} has '
                f'{image.shape[1]} x {image.shape[0]} pixels, those before '
                f'{self.frame_shape[1]} x {self.frame_shape[0]}. Scale it, or '
                'call finish() to begin another stream.'
            )
        self.frame_shape = image.shape

    def _check_stride(self, feature: Tensor, size: Tuple[int, ...]) -> None:
        """Refuse maps that the Point Head would take for others."""
        stride = self.model.point_head.stride
        for side, cells in zip(size, feature.shape[2:]):
            if not side <= cells * stride < side + _LARGEST_STRIDE:
                raise ValueError(
                    f'TubeInferencer: frames of {size[1]} x {size[0]} pixels '
                    f'give maps of {feature.shape[3]} x {feature.shape[2]} '
                    f'cells, but the stride of the Point Head is {stride}. '
                    'Choose a backbone and a neck with that stride.'
                )


def load_detector(
    config: Config, checkpoint: Optional[str] = None, device: str = 'cpu'
) -> nn.Module:
    """Build a Point3D whose boxes are pixels of the video.

    Args:
        config (Config): Its config.
        checkpoint (str, optional): Its weights; random ones without it.
        device (str): Where it goes.

    Returns:
        nn.Module: The detector in evaluation mode.

    Raises:
        FileNotFoundError: If there is no such checkpoint.
        TypeError: If the config is not that of a Point3D.
        ValueError: If the checkpoint is of another model, or cannot be read
            without running code.
    """
    if checkpoint is None:
        model = init_recognizer(config, None, device)
    else:
        model = load_recognizer(config, checkpoint, device)
    if not isinstance(model, Point3D):
        raise TypeError(
            f'the config builds a {type(model).__name__}; it must be a Point3D.'
        )
    model.test_cfg = dict(model.test_cfg, box_format='video', emit='frame')
    return model


def names_of(
    config: Config,
    num_classes: int,
    checkpoint: Optional[str] = None,
    path: Optional[str] = None,
) -> List[str]:
    """Names of the classes of a detector.

    Args:
        config (Config): Its config.
        num_classes (int): How many there must be.
        checkpoint (str, optional): Asked where the config gives no names.
        path (str, optional): File of names that is used instead.

    Returns:
        list[str]: By label; ``class 0``, ``class 1``, ... if nobody knows.

    Raises:
        FileNotFoundError: If ``path`` does not exist.
        ValueError: If it has names for more or fewer classes.
    """
    names = class_names_of(config, num_classes, path)
    if (
        path is not None
        or names[0] != 'class 0'
        or not (checkpoint and osp.isfile(checkpoint))
    ):
        return names
    state: Dict = torch.load(checkpoint, map_location='cpu', weights_only=True)
    meta = state.get('meta') or {}
    known = (meta.get('dataset_meta') or {}).get('classes') or ()
    return list(known) if len(known) == num_classes else names
