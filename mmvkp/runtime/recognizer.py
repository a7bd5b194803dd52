"""Classification of videos with an exported recognizer."""

from typing import Any, Dict, List, Optional, Sequence

import numpy as np

from ..recognition.footage import Footage
from ..recognition.video_inferencer import VideoInferencer
from .preparation import prepare
from .sampling import frame_numbers
from .session import Session, class_names


def read_views(
    footage: Footage, first: int, last: int, description: Dict[str, Any]
) -> np.ndarray:
    """Read a part of a video as an exported recognizer sees it.

    Args:
        footage (Footage): The video.
        first (int): Number of the first frame, from 0.
        last (int): Number of the frame after the last one.
        description (dict): Metadata of the exported file.

    Shape:
        - returns: see `prepare`.

    Raises:
        ValueError: If it cannot be read, or its frames are too small.
    """
    numbers = first + frame_numbers(description['sampling'], last - first, footage.fps)
    try:
        return prepare(list(footage.read(numbers)), description)
    except (IndexError, ValueError) as error:
        raise ValueError(f'{footage.path} could not be loaded: {error}') from error


class Recognizer(VideoInferencer):
    """An exported recognizer; used like `mmvkp.recognition.Inferencer`.

    Videos are read by `mmvkp.video`. Sampling, scaling, crops and normalisation are
    as in the test pipeline of the config that was exported.

    Args:
        path (str): File of `mmvkp export`.
        classes (str, optional): File with one class name per line. Default: names in
            the exported file.
        num_threads (int, optional): Threads of ONNX Runtime. Default: its choice.
        providers (Sequence[str]): Execution providers of ONNX Runtime.

    Attributes: `classes` (list[str]), names by label; `description` (dict), the
    metadata of the file; `session`, the graph.

    Raises:
        FileNotFoundError: If a file is missing.
        ImportError: If onnxruntime is missing.
        ValueError: If the file is not an exported recognizer, or names do not fit.

    Example:
        >>> from mmvkp.runtime import Recognizer
        >>> for result in Recognizer('model.onnx')('my/videos'):
        ...     print(result.video, result.top(5))
    """

    def __init__(
        self,
        path: str,
        classes: Optional[str] = None,
        num_threads: Optional[int] = None,
        providers: Sequence[str] = ('CPUExecutionProvider',),
    ) -> None:
        self.session = Session(path, num_threads, providers)
        self.description = self.session.description
        if self.description['kind'] != 'recognizer':
            raise ValueError(
                f'Recognizer: {path} is a {self.description["kind"]}; open it with '
                'mmvkp.runtime.open_model.'
            )
        self.configure(classes)

    def configure(self, classes: Optional[str] = None) -> None:
        """Set the names of the classes.

        Args:
            classes (str, optional): See the class.
        """
        self.classes = class_names(self.description, classes)

    def read(self, footage: Footage) -> np.ndarray:
        """Views of a whole video; see `prepare`."""
        return self.read_part(footage, 0, len(footage.times))

    def read_part(self, footage: Footage, first: int, last: int) -> np.ndarray:
        """Views of a part of a video; see `read_views`."""
        return read_views(footage, first, last, self.description)

    def scores(self, contents: Sequence[np.ndarray]) -> List[np.ndarray]:
        """Probabilities of videos; the views of a video are averaged.

        Args:
            contents (Sequence[np.ndarray]): N results of `read` or `read_part`.

        Shape:
            - returns: N of (num_classes,).
        """
        logits = self.session.run(np.concatenate(contents))['logits']
        logits = logits.reshape(len(contents), -1, logits.shape[1])
        return list(average_views(logits, self.description['average']))


def average_views(logits: np.ndarray, kind: str) -> np.ndarray:
    """Probabilities of videos from the logits of their views.

    Args:
        logits (np.ndarray): Logits of V views.
        kind (str): `'prob'`, mean of the probabilities, or `'score'`, softmax of the
            mean logits.

    Shape:
        - logits: (..., V, C).
        - returns: (..., C).
    """
    if kind == 'score':
        return softmax(logits.mean(-2))
    return softmax(logits).mean(-2)


def softmax(x: np.ndarray) -> np.ndarray:
    """Softmax along the last axis.

    Shape:
        - x, returns: (..., C).
    """
    x = np.exp(x - x.max(-1, keepdims=True))
    return x / x.sum(-1, keepdims=True)
