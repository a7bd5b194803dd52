"""Class names in checkpoints."""

from typing import Any, Dict, List, Optional

from mmaction.registry import HOOKS
from mmengine.hooks import Hook
from mmengine.model import is_model_wrapper
from mmengine.runner import Runner

from .loading import configured_class_names


@HOOKS.register_module()
class ClassNamesHook(Hook):
    """Store the names of the classes in checkpoints.

    They are `meta['dataset_meta']['classes']`, where MMEngine stores them for data sets
    with names in their metainfo; MMAction2's VideoDataset has none. The names are those
    of `configured_class_names`. Without a source nothing is stored. If their number
    differs from the classes of the head, a warning is logged and nothing is stored.

    Weights of `load_from` that were trained on another number of classes do not fit the
    classifier; the layers that are left out are named in a warning.

    Raises:
        ValueError: Before the training, if `class_names` of the config has another
            number of names.
    """

    def __init__(self) -> None:
        self._names: Optional[List[str]] = None

    def before_train(self, runner: Runner) -> None:
        """Find the names."""
        names, where = configured_class_names(runner.cfg)
        count = _num_classes(runner.model)
        self._names = names
        if names is None or count in (None, len(names)):
            return
        text = (
            f'ClassNamesHook: {where} has names for {len(names)} classes, the model '
            f'has {count}; correct the names, or num_classes of the head.'
        )
        if runner.cfg.get('class_names'):
            raise ValueError(text)
        self._names = None
        runner.logger.warning(f'{text} Checkpoints will have no class names.')

    def after_load_checkpoint(self, runner: Runner, checkpoint: Dict) -> None:
        """Name the layers whose weights have another shape."""
        model = runner.model
        model = model.module if is_model_wrapper(model) else model
        state = checkpoint.get('state_dict', checkpoint)
        layers = _layers_left_out(model.state_dict(), state)
        if layers:
            runner.logger.warning(
                f'The loaded weights have another shape in {", ".join(layers)}, as for '
                'another number of classes. These layers are left out: they keep their '
                'initial values, and all other layers are loaded.'
            )

    def before_save_checkpoint(self, runner: Runner, checkpoint: Dict) -> None:
        """Add the names, unless the data set has given its own."""
        meta = checkpoint.setdefault('meta', {})
        known = dict(meta.get('dataset_meta') or {})
        if self._names is not None and not known.get('classes'):
            # A new dict: MMEngine stores the one of the data set itself.
            meta['dataset_meta'] = dict(known, classes=list(self._names))


def _num_classes(model: Any) -> Optional[int]:
    """Classes of a recognizer or detector, None if unknown."""
    model = model.module if is_model_wrapper(model) else model
    for part in (model, getattr(model, 'cls_head', None)):
        count = getattr(part, 'num_classes', None)
        if isinstance(count, int):
            return count
    return None


def _layers_left_out(own: Dict[str, Any], given: Dict[str, Any]) -> List[str]:
    """Modules of a model, by the state dicts, with parameters of another shape."""
    given = {key.removeprefix('module.'): value for key, value in given.items()}
    wrong = [
        key.rpartition('.')[0]
        for key, value in own.items()
        if key in given and getattr(given[key], 'shape', None) != value.shape
    ]
    return list(dict.fromkeys(wrong))
