"""Loading of detectors."""

from typing import Optional

from mmengine.config import Config

from ..recognition.loading import load_recognizer
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
    model = load_recognizer(config, checkpoint, device)
    if not isinstance(model, Point3D):
        raise TypeError(
            f'the config builds a {type(model).__name__}; it must be a Point3D.'
        )
    model.test_cfg = dict(model.test_cfg, box_format='video', emit='frame')
    return model
