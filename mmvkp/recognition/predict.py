"""Classification of videos with a trained recognizer."""

from typing import Iterator, List, NamedTuple, Optional, Sequence, Tuple

import numpy as np
import torch
from mmengine.config import Config
from mmengine.dataset import Compose, pseudo_collate

from ..methods import methods_of
from .accelerate import accelerate
from .clip_reader import test_pipeline_of
from .clips import video_source
from .loading import class_names_of, load_recognizer


class Prediction(NamedTuple):
    """Classes of a video.

    Args:
        video (str): Its path.
        scores (np.ndarray): (num_classes,), probabilities.
        names (list[str]): Names of the classes, by label.
    """

    video: str
    scores: np.ndarray
    names: List[str]

    def top(self, count: int = 5) -> List[Tuple[str, float]]:
        """Names and probabilities of the most likely classes."""
        order = np.argsort(-self.scores, kind='stable')[:count]
        return [(self.names[i], float(self.scores[i])) for i in order]


def detector_of(config: Config) -> Optional[str]:
    """Entry point of the function that finds action tubes with this config.

    Returns:
        str, optional: `package:attribute`; None for a recognizer.
    """
    found = [each.detector for each in methods_of(config) if each.detector]
    return found[0] if found else None


def predict_videos(
    videos: Sequence[str],
    config: Config,
    checkpoint: str,
    classes: Optional[str] = None,
    device: str = 'cpu',
    fast: bool = True,
) -> Iterator[Prediction]:
    """Classify videos with all views of the test pipeline.

    Args:
        videos (Sequence[str]): Video files, or folders of frames if the test
            pipeline reads these.
        config (Config): Config of a recognizer.
        checkpoint (str): Its checkpoint.
        classes (str, optional): File with one class name per line.
        device (str): Device of the model.
        fast (bool): Use `accelerate` on a CPU; the results differ by rounding.

    Yields:
        Prediction: Probabilities of each video.

    Raises:
        FileNotFoundError: If a file is missing.
        ValueError: If a file cannot be read, or does not belong to the config.
    """
    pipeline = Compose(test_pipeline_of(config))
    dataset = config.test_dataloader.dataset
    sources = [video_source(each, dataset) for each in videos]
    model = load_recognizer(config, checkpoint, device)
    model.cls_head.average_clips = 'prob'
    if fast and device == 'cpu':
        accelerate(model)
    for video, source in zip(videos, sources):
        try:
            sample = pipeline(source)
        except Exception as error:
            raise ValueError(
                f'{video} could not be loaded: {type(error).__name__}: {error}.'
            ) from error
        with torch.no_grad():
            result = model.test_step(pseudo_collate([sample]))[0]
        scores = result.pred_score.cpu().numpy()
        yield Prediction(video, scores, class_names_of(config, len(scores), classes))
