"""Action tubes of videos and cameras by a Point3D, drawn and written."""

from typing import Any, List, Optional, Union

from mmengine.config import Config

from ...console import say
from ...tubes.online_tubes import LinkedTube
from ...tubes.streaming.predictor import TubeOptions, TubePredictor
from .inferencer import TubeInferencer


def open_predictor(
    config: Union[str, Config],
    checkpoint: Optional[str] = None,
    device: str = 'cpu',
    classes: Optional[str] = None,
    **options: Any,
) -> TubePredictor:
    """Build a detector that finds, draws and writes the tubes of videos.

    Args:
        config (str | Config): Config of a `Point3D`.
        checkpoint (str, optional): Its weights; random ones if None.
        device (str): Device of the network.
        classes (str, optional): File of class names, one per line.
        **options (Any): See `TubeOptions`.

    Raises:
        FileNotFoundError: If a file is missing.
        TypeError: If the config does not build a Point3D, or an option is unknown.
        ValueError: If an option is out of range or parts do not fit.
    """
    given = TubeOptions(**options)
    given.check()
    stream = TubeInferencer(
        *(config, checkpoint, device, given.link(), given.size),
        classes=classes,
        delay=given.delay,
    )
    return TubePredictor(stream, given)


def predict_tubes(
    source: str,
    config: str,
    checkpoint: str,
    device: str = 'cpu',
    classes: Optional[str] = None,
    **options: Any,
) -> List[LinkedTube]:
    """Find the tubes of one video and print them, or the names of written files.

    Args:
        source (str): See `TubePredictor.__call__`.
        config (str): See `open_predictor`, also for the following ones.
        checkpoint (str): Weights.
        device (str): Device of the network.
        classes (str, optional): File of class names.
        **options (Any): See `TubeOptions`.

    Returns:
        list[LinkedTube]: By rising id.

    Raises:
        OSError: If a file cannot be read or written, a camera is lost, or a signal
            ended the run.
        TypeError: See `open_predictor`.
        ValueError: See `open_predictor`.
    """
    result = open_predictor(config, checkpoint, device, classes, **options)(source)
    say('\n'.join(result.lines()))
    if result.failure is not None:
        raise result.failure
    return result.tubes
