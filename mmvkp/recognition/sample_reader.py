"""Input of a recognizer for whole videos, parts of videos and single frames."""

import os.path as osp
from functools import partial
from typing import Any, Callable, Dict, List, NamedTuple, Sequence, Union

import cv2
import numpy as np
from mmengine.config import Config
from mmengine.dataset import Compose

from ..video import FolderSource, Frame, read_frames, video_info
from ..video.frame import to_rgb
from .clip_reader import test_pipeline_of
from .clips import video_source


class Footage(NamedTuple):
    """Frames of a video, read on demand.

    Attributes:
        path (str): File, or folder of pictures.
        times (np.ndarray): Seconds after the first frame.
        fps (float): Frames per second.
        damage (str): Sentence that names a damaged file; empty if it is complete.
        read (Callable): Function from numbers of frames, from 0, to frames.

    Shape:
        - times: (T,), float64.
        - read: (H, W, 3) each, uint8, RGB.
    """

    path: str
    times: np.ndarray
    fps: float
    damage: str
    read: Callable[[np.ndarray], Union[np.ndarray, Sequence[np.ndarray]]]


def footage_of(path: str) -> Footage:
    """Open a video file, or a folder of pictures.

    Args:
        path (str): The file or folder. Pictures are ordered by the numbers in their
            names; their frame rate is that of `FolderSource`.

    Raises:
        FileNotFoundError: If it is missing.
        ValueError: If it has no frames.
    """
    if not osp.isdir(path):
        info = video_info(path)
        read = partial(read_frames, path)
        return Footage(path, info.times, info.fps, info.damage, read)
    folder = FolderSource(path)
    times = np.arange(len(folder.files)) / folder.fps
    return Footage(path, times, folder.fps, '', partial(_read_pictures, folder.files))


def _read_pictures(files: List[str], numbers: np.ndarray) -> List[np.ndarray]:
    """Read some pictures of a folder, each once."""
    images: Dict[int, np.ndarray] = {}
    for number in np.unique(numbers).tolist():
        image = cv2.imread(files[number])
        if image is None:
            raise ValueError(f'{files[number]} cannot be read as a picture')
        images[number] = to_rgb(image)
    return [images[number] for number in numbers.tolist()]


def memory_footage(name: str, frames: Sequence[Frame], fps: float) -> Footage:
    """Footage of frames in memory.

    Args:
        name (str): Name of their source, for messages.
        frames (Sequence[Frame]): The frames.
        fps (float): Frames per second.
    """

    def read(numbers: np.ndarray) -> List[np.ndarray]:
        return [frames[number].image for number in numbers.tolist()]

    times = np.array([each.timestamp - frames[0].timestamp for each in frames])
    return Footage(name, times, fps, '', read)


class SampleReader:
    """Test pipeline with all its views.

    A whole file is read by the decoder of the pipeline. Folders, parts of videos, and
    files for a pipeline that reads folders are read by `mmvkp.video`; the sampler of
    the pipeline treats a part as a whole video.

    Args:
        config (Config): Config of a recognizer.

    Raises:
        ValueError: If the config has no test pipeline.
    """

    def __init__(self, config: Config) -> None:
        self.transforms = Compose(test_pipeline_of(config)).transforms
        self.dataset = config.test_dataloader.dataset
        names = [type(each).__name__ for each in self.transforms]
        decoders = [i for i, name in enumerate(names) if 'Decode' in name]
        samplers = [i for i, name in enumerate(names) if 'Sample' in name]
        self.can_cut = len(decoders) == len(samplers) == 1 and samplers < decoders
        self.decoder = decoders[0] if self.can_cut else 0
        self.sampler = samplers[0] if self.can_cut else 0
        self.steps = ' -> '.join(names)

    def read(self, footage: Footage) -> Dict[str, Any]:
        """Sample of a whole video.

        Args:
            footage (Footage): The video.

        Returns:
            dict: `inputs` and `data_samples`.

        Raises:
            ValueError: If it cannot be read.
        """
        if osp.isfile(footage.path) and (self.sampler > 0 or not self.can_cut):
            source = video_source(footage.path, self.dataset)
            return self._run(footage.path, source, 0, None)
        return self.read_part(footage, 0, len(footage.times))

    def read_part(self, footage: Footage, first: int, last: int) -> Dict[str, Any]:
        """Sample of a part of a video.

        Args:
            footage (Footage): The video.
            first (int): Number of the first frame, from 0.
            last (int): Number of the frame after the last one.

        Returns:
            dict: See `read`.

        Raises:
            ValueError: If it cannot be read.
        """
        if not self.can_cut:
            raise ValueError(
                f'the test pipeline is {self.steps}; one sampler and one decoder after '
                'it are needed for windows, folders and cameras.'
            )
        results = dict(
            filename=footage.path,
            total_frames=last - first,
            start_index=0,
            avg_fps=footage.fps,
            label=-1,
            modality='RGB',
        )
        results = self._run(footage.path, results, self.sampler, self.decoder)
        numbers = np.asarray(results['frame_inds']).reshape(-1)
        try:
            images = list(footage.read(first + numbers))
        except (IndexError, ValueError) as error:
            raise ValueError(f'{footage.path} could not be loaded: {error}') from error
        shape = images[0].shape[:2]
        results.update(
            imgs=images, frame_inds=numbers, original_shape=shape, img_shape=shape
        )
        return self._run(footage.path, results, self.decoder + 1, None)

    def _run(self, path: str, results: Dict, start: int, end: Any) -> Dict[str, Any]:
        """Run some transforms; an error names the video."""
        try:
            for transform in self.transforms[start:end]:
                results = transform(results)
        except Exception as error:
            raise ValueError(
                f'{path} could not be loaded: {type(error).__name__}: {error}.'
            ) from error
        return results
