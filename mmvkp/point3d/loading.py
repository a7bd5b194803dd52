"""Loading of detectors and of the names of their classes."""

import os.path as osp
from typing import Any, Dict, List, Optional

from mmengine.config import Config

from ..recognition.checkpoint_file import load_tensors
from ..recognition.loading import class_names_of, load_recognizer
from .detector import Point3D


def load_detector(
    config: Config, checkpoint: Optional[str] = None, device: str = 'cpu'
) -> Point3D:
    """Build a Point3D that returns boxes of frames in pixels of the video.

    Args:
        config (Config): Its config.
        checkpoint (str, optional): Its weights; random ones if None.
        device (str): Device of the model.

    Returns:
        Point3D: The detector in evaluation mode.

    Raises:
        FileNotFoundError: If the checkpoint is missing.
        TypeError: If the config does not build a Point3D.
        ValueError: If the checkpoint belongs to another model, or cannot be
            read without running code.
    """
    # Not at the top: it imports the inferencers and SciPy.
    from mmaction.apis import init_recognizer

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


def detector_classes(
    config: Config,
    num_classes: int,
    checkpoint: Optional[str] = None,
    path: Optional[str] = None,
) -> List[str]:
    """Names of the classes of a detector.

    Args:
        config (Config): Its config.
        num_classes (int): Required number of names.
        checkpoint (str, optional): Source of the names if the config has none.
        path (str, optional): File of names that replaces both.

    Returns:
        list[str]: Names by label; `class 0`, `class 1`, ... without a source.

    Raises:
        FileNotFoundError: If `path` is missing.
        ValueError: If `path` has another number of names.
    """
    names = class_names_of(config, num_classes, path)
    if (
        path is not None
        or names[0] != 'class 0'
        or not (checkpoint and osp.isfile(checkpoint))
    ):
        return names
    state: Dict[str, Any] = load_tensors(checkpoint)
    meta = state.get('meta') or {}
    known = (meta.get('dataset_meta') or {}).get('classes') or ()
    return list(known) if len(known) == num_classes else names
