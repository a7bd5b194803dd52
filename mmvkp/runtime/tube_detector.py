"""Action tubes with an exported Point3D."""

from typing import Any, Optional, Sequence, Union

from ..recognition.video_inferencer import VideoInferencer
from ..tubes.online_tubes import LinkOptions
from ..tubes.streaming.tube_stream import TubeStream
from .tube_network import ExportedTubes


class TubeDetector(TubeStream):
    """An exported Point3D on a stream; used like `mmvkp.point3d.TubeInferencer`.

    Args:
        path (str): OUT of `mmvkp export`; OUT without `.onnx` and with `.frame.onnx`
            and `.clip.onnx` are its files.
        link (LinkOptions, optional): Options of the linking of boxes. Default: those
            in the exported files, the defaults of `mmvkp predict`.
        classes (str, optional): File with one class name per line. Default: names in
            the exported files.
        delay (int | str): Frames that results are late, see `frames_of_delay`.
        num_threads (int, optional): Threads of ONNX Runtime. Default: its choice.
        providers (Sequence[str]): Execution providers of ONNX Runtime.

    Attributes: See `TubeStream`.

    Raises:
        FileNotFoundError: If a file is missing.
        ImportError: If onnxruntime is missing.
        ValueError: If a file is not a part of an exported detector, or both do not
            belong together; see also `TubeStream`.

    Example:
        >>> from mmvkp.runtime import TubeDetector
        >>> for frame, tubes in TubeDetector('point3d.onnx').stream('video.mp4'):
        ...     print(tubes.frame, tubes.ids, tubes.labels, tubes.boxes)
    """

    def __init__(
        self,
        path: str,
        link: Optional[LinkOptions] = None,
        classes: Optional[str] = None,
        delay: Union[int, str] = 0,
        num_threads: Optional[int] = None,
        providers: Sequence[str] = ('CPUExecutionProvider',),
    ) -> None:
        network = ExportedTubes(path, classes, delay, num_threads, providers)
        self.description = network.description
        super().__init__(network, link or LinkOptions(**self.description['link']))


class TubeFinder(VideoInferencer):
    """An exported Point3D as `mmvkp predict` uses it.

    Args:
        path (str): See `TubeDetector`.
        **options (Any): `classes`, `num_threads` and `providers`, see `TubeDetector`.

    Raises:
        FileNotFoundError, ImportError, ValueError: See `TubeDetector`.
    """

    finds_tubes = True

    def __init__(self, path: str, **options: Any) -> None:
        self.path, self.given = path, options
        self.configure(**options)

    def configure(self, classes: Optional[str] = None, **options: Any) -> None:
        """Set names and options.

        Args:
            classes (str, optional): See `TubeDetector`.
            **options (Any): Fields of
                `mmvkp.tubes.streaming.predictor.TubeOptions` and options of the class.

        Raises:
            TypeError: If an option is unknown.
            ValueError: If an option is out of range or has no effect.
        """
        from ..tubes.streaming.predictor import TubeOptions, TubePredictor

        keys = ('num_threads', 'providers')
        self.given.update({key: options.pop(key) for key in keys if key in options})
        fixed = {key: self.given[key] for key in keys if key in self.given}
        tube = TubeOptions(**options)
        tube.check()
        if tube.size is not None:
            raise ValueError(
                'TubeDetector: size has no effect on an exported network; export it '
                'with --size.'
            )
        stream = TubeDetector(self.path, tube.link(), classes, tube.delay, **fixed)
        self.detector = TubePredictor(stream, tube)
        self.classes, self.together = stream.classes, tube.together
