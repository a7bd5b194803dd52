"""Action tubes of videos, cameras and single frames by a Point3D."""

from typing import Optional, Tuple, Union

from mmengine.config import Config

from ...tubes.online_tubes import LinkOptions
from ...tubes.streaming import TubeStream
from .stream_network import StreamNetwork


class TubeInferencer(TubeStream):
    """Point3D on a stream: takes one frame, returns the tubes in it.

    The features of the last frames are kept. A new frame costs one run of the
    2D network and of the point head, and one run of the attention and the 3D
    head on the clip that ends with it. The detector gives the same result for
    the last frame of this clip. Clips that start before the stream repeat its
    first frame. With a delay, later frames of the clip show how an action goes on;
    at the end of a stream its last frame is repeated. If the detector has a (causal)
    bank, the rows of the last frames are kept as well; they come from the same run of
    the 2D network.

    Args:
        config (str | Config): Config of a `Point3D`. Frames are prepared by
            the steps of its test pipeline after the decoder (LoadTubes,
            Resize, FormatShape, PackTubeInputs) and by its
            `data_preprocessor`.
        checkpoint (str, optional): Its weights. None: random weights, to
            measure the speed.
        device (str): Device of the network.
        link (LinkOptions, optional): Options of the linking of boxes;
            `class_thresholds` may be whatever `class_thresholds_of` takes. Seconds
            are converted at the frame rate of the source, else at `linker.fps`.
        size (tuple[int, int], optional): Width and height that frames are
            resized to, instead of the Resize of the pipeline; boxes stay in
            pixels of the given frames.
        clip_len (int, optional): Frames of a clip. Default: from the config.
        frame_interval (int, optional): Distance of the frames of a clip.
            Default: from the config. Features of the frames between them are
            kept as well.
        classes (str, optional): File of class names, one per line. Default:
            names of the checkpoint or the config, else numbers.
        delay (int | str): Frames that results are late. The class of frame t is that
            of the clip that ends with frame t + `delay`; `'centered'`: the clip
            around the frame, as in tests with `test_clips='centered'`.

    Attributes: `classes` (list[str]), names by label; `delay` (int); `model`,
    `pipeline`, `ring` and `linker`, its parts.

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
        delay: Union[int, str] = 0,
    ) -> None:
        network = StreamNetwork(
            config, checkpoint, device, size, clip_len, frame_interval, classes, delay
        )
        super().__init__(network, link)
        self.model, self.pipeline = network.model, network.pipeline
