"""Table of the methods, with their functions that inspect, draw or run a model.

This is the only list of methods: commands and shared packages use it instead of
importing a method.
"""

import importlib
from typing import TYPE_CHECKING, Any, Dict, List, NamedTuple, Optional

if TYPE_CHECKING:
    from mmengine.config import Config


class Method(NamedTuple):
    """Entry points of a method, as `package:attribute`.

    Args:
        inspector (str): Class with the interface of
            `mmvkp.recognition.inspection.Inspector`.
        drawing (str): Function with the interface of `Drawing` there.
        detector (str, optional): Function that builds a detector of action tubes,
            see `mmvkp.tubes.streaming.predictor.TubePredictor`. Its arguments are
            given in `mmvkp.recognition.inferencer`.
        cost (str, optional): Function that describes the cost of a config for an
            input shape, if MMAction2's `get_flops` cannot count it.
    """

    inspector: str
    drawing: str
    detector: Optional[str] = None
    cost: Optional[str] = None


_AFNET = Method(
    'mmvkp.afnet.inspect:FrameSelectionInspector',
    'mmvkp.afnet.draw:draw_inspection',
    cost='mmvkp.afnet.cost_report:shape_report',
)
_AKNET = Method(
    'mmvkp.aknet.inspect:ActionKeypointInspector', 'mmvkp.aknet.draw:draw_inspection'
)
# Registered type of a model, or of one of its parts.
METHODS: Dict[str, Method] = {
    'KPSEM': Method(
        'mmvkp.kpsem.inspect:KeyPointInspector', 'mmvkp.kpsem.draw:draw_inspection'
    ),
    'AFResNet': _AFNET,
    'AFMobileNetV3': _AFNET,
    'AKNet': _AKNET,
    'AKViT': _AKNET,
    'Point3D': Method(
        'mmvkp.point3d.inspect:PointMapInspector',
        'mmvkp.point3d.draw:draw_inspection',
        'mmvkp.point3d.streaming.predict:open_predictor',
        'mmvkp.recognition.clip_cost:shape_report',
    ),
}

# Method of `mmvkp data make-config` -> function that writes a config for own videos.
_RECOGNIZER = 'mmvkp.recognition.own_config:write_own_config'
CONFIG_WRITERS: Dict[str, str] = {
    'kpsem': _RECOGNIZER,
    'afnet': _RECOGNIZER,
    'aknet': _RECOGNIZER,
    'tsm': _RECOGNIZER,
    'point3d': 'mmvkp.tubes.own_config:write_own_config',
}

# Value of `mmvkp predict --runtime` -> function that opens an exported model.
RUNTIMES: Dict[str, str] = {'onnx': 'mmvkp.runtime:open_model'}


def methods_of(config: 'Config') -> List[Method]:
    """Methods that a config uses, the neck's before the backbone's.

    Args:
        config (Config): Config with a `model`.

    Returns:
        list[Method]: Empty if the config uses none.
    """
    model = config.model
    parts = (model, model.get('neck'), model.get('backbone'))
    types = [part.get('type') for part in parts if isinstance(part, dict)]
    found = [METHODS[each] for each in types if each in METHODS]
    return list(dict.fromkeys(found))


def resolve(target: str) -> Any:
    """Import an entry point.

    Args:
        target (str): `package:attribute`.

    Returns:
        object: The class or function.
    """
    module, _, name = target.partition(':')
    return getattr(importlib.import_module(module), name)
