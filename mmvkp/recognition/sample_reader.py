"""Input of a recognizer for whole videos, parts of videos and single frames."""

import os.path as osp
from typing import Any, Dict

import numpy as np
from mmengine.config import Config
from mmengine.dataset import Compose

from .clip_reader import test_pipeline_of
from .clips import video_source
from .footage import Footage


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
