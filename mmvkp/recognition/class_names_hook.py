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
