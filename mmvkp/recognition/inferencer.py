"""Prediction with a recognizer or a detector of action tubes, by name."""

import copy
import logging
from typing import Any, Dict, List, Optional, Sequence, Union

import numpy as np
import torch
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from mmengine.logging import print_log

from ..methods import methods_of, resolve
from .accelerate import accelerate
from .footage import Footage
from .loading import class_names_of, load_config, load_recognizer
from .sample_reader import SampleReader
from .shipped_weights import shipped_for
from .video_inferencer import VideoInferencer


def detector_of(config: Config) -> Optional[str]:
    """Entry point that builds a detector of action tubes with this config.

    Returns:
        str, optional: `package:attribute`; None for a recognizer.
    """
    found = [each.detector for each in methods_of(config) if each.detector]
    return found[0] if found else None


def check_classifier(owner: str, kind: str, model: Any) -> Any:
    """Refuse a model without a classifier of known size.

    Args:
        owner (str): Name for the error.
        kind (str): Type of the model, for the error.
        model (nn.Module): The model.

    Returns:
        nn.Module: Its `cls_head`.

    Raises:
        ValueError: If it has no `cls_head` with `num_classes`.
    """
    head = getattr(model, 'cls_head', None)
    if not isinstance(getattr(head, 'num_classes', None), int):
        raise ValueError(
            f'{owner}: a {kind} has no cls_head with num_classes; '
            'give a recognizer, or a detector of action tubes.'
        )
    return head


class Inferencer(VideoInferencer):
    """A model that classifies videos, or finds action tubes in them.

    Args:
        model (str | Config): Name of a recipe or of shipped weights, path of a config,
            or a config.
        weights (str, optional): Checkpoint, or `mmvkp://NAME`. None: the shipped
            weights of a model that is given by name, else random weights, with a
            warning.
        device (str): Device of the model.
        classes (str, optional): File with one class name per line. Default: names in
            the checkpoint, else in the config, else numbers.
        fast (bool): Use `accelerate(keep=True)` for a recognizer on a CPU; the results
            differ by rounding.
        tube_options (dict, optional): Options of a detector, see
            `mmvkp.tubes.streaming.predictor.TubeOptions`.

    Attributes: `classes` (list[str]), names by label; `finds_tubes` (bool), True for a
    detector.

    Raises:
        FileNotFoundError: If a file is missing.
        TypeError: If an option of a detector is unknown.
        ValueError: If the weights or names do not fit the model, or a recognizer is
            given options of a detector.

    Example:
        >>> from mmvkp.recognition import Inferencer
        >>> for result in Inferencer('my_config.py', 'epoch_6.pth')('my/videos'):
        ...     print(result.video, result.top(5))
    """

    def __init__(
        self,
        model: Union[str, Config],
        weights: Optional[str] = None,
        device: str = 'cpu',
        classes: Optional[str] = None,
        fast: bool = True,
        tube_options: Optional[Dict[str, Any]] = None,
    ) -> None:
        # A copy: the host removes `pretrained` when it builds a model.
        config = (
            copy.deepcopy(model) if isinstance(model, Config) else load_config(model)
        )
        if weights is None and isinstance(model, str):
            shipped = shipped_for(model)
            weights = shipped and shipped.url
        if weights is None:
            print_log(
                'Inferencer: without weights the predictions are random. Give a '
                'checkpoint of `mmvkp train`.',
                'current',
                logging.WARNING,
            )
        entry = detector_of(config)
        self.finds_tubes = entry is not None
        if entry is not None:
            options = tube_options or {}
            self.together = bool(options.get('together'))
            self.detector = resolve(entry)(config, weights, device, classes, **options)
            self.classes: List[str] = self.detector.classes
            return
        if tube_options:
            raise ValueError(
                f'Inferencer: {", ".join(tube_options)}: a {config.model.type} finds '
                'no tubes; give a detector, or remove these options.'
            )
        self.reader = SampleReader(config)
        self.model = load_recognizer(config, weights, device)
        head = check_classifier('Inferencer', config.model.type, self.model)
        head.average_clips = 'prob'
        self.classes = class_names_of(config, head.num_classes, classes, self.model)
        if fast and str(device) == 'cpu':
            accelerate(self.model, keep=True)

    def read(self, footage: Footage) -> Dict[str, Any]:
        """See `SampleReader.read`."""
        return self.reader.read(footage)

    def read_part(self, footage: Footage, first: int, last: int) -> Dict[str, Any]:
        """See `SampleReader.read_part`."""
        return self.reader.read_part(footage, first, last)

    def scores(self, contents: Sequence[Dict[str, Any]]) -> List[np.ndarray]:
        """Probabilities of samples; see `VideoInferencer`."""
        with torch.no_grad():
            results = self.model.test_step(pseudo_collate(list(contents)))
        return [each.pred_score.float().cpu().numpy() for each in results]
