"""Non-finite values in losses and predictions, and the videos they belong to."""

from typing import Any, Dict, List, Sequence

import torch
from mmengine.structures import BaseDataElement, InstanceData
from torch import Tensor
from torch.utils.data import Dataset

# Metainfo that names a video; set by the data sets of MMAction2 and by TubeDataset.
PATH_KEYS = ('filename', 'frame_dir')
_NAME_KEYS = (*PATH_KEYS, 'video_id', 'img_key')


def all_finite(values: Any) -> bool:
    """True if all values are finite; one transfer from the device.

    Args:
        values (Tensor | list): Tensors of any shape, or lists of them. Integers are
            finite.
    """
    tensors = [x for x in _tensors(values) if x.is_floating_point() and x.numel()]
    if not tensors:
        return True
    device = tensors[0].device
    flags = [x.detach().isfinite().all().to(device) for x in tensors]
    return bool(torch.stack(flags).all())


def _tensors(values: Any) -> List[Tensor]:
    """Tensors in nested lists, dicts and data elements."""
    if isinstance(values, Tensor):
        return [values]
    if isinstance(values, BaseDataElement):
        values = dict(values.items())
    if isinstance(values, dict):
        values = list(values.values())
    if isinstance(values, (list, tuple)):
        return [each for value in values for each in _tensors(value)]
    return []


def _predictions(sample: Any) -> Dict[str, Any]:
    """Predictions of a sample by their names."""
    items = sample.items() if isinstance(sample, (dict, BaseDataElement)) else ()
    return {name: value for name, value in items if name.startswith('pred_')}


def count_as_wrong(sample: Any, change: bool) -> bool:
    """Find a prediction that is not finite, and make it wrong.

    The scores become 0, and -1 for the true classes: the last ones of any ranking.
    Instances are removed: nothing was found.

    Args:
        sample (BaseDataElement | dict): Prediction, with `gt_label` if it is known.
        change (bool): Change it in place.

    Returns:
        bool: True if it is not finite.
    """
    found = {k: x for k, x in _predictions(sample).items() if not all_finite(x)}
    if not change:
        return bool(found)
    label = sample.get('gt_label')
    for name, value in found.items():
        if isinstance(value, InstanceData):
            sample.set_field(value[:0], name)
        elif isinstance(value, dict):
            for key, scores in value.items():
                value[key] = _wrong_scores(scores, label)
        elif isinstance(value, Tensor):
            _set(sample, name, _wrong_scores(value, label))
    if 'pred_score' in found and sample.get('pred_label') is not None:
        scores = sample.get('pred_score')
        if isinstance(scores, Tensor):
            _set(sample, 'pred_label', scores.argmax(-1, keepdim=True))
    return bool(found)


def _set(sample: Any, name: str, value: Tensor) -> None:
    """Replace a field; a data element forbids another type only."""
    if isinstance(sample, dict):
        sample[name] = value
    else:
        sample.set_field(value, name)


def _wrong_scores(scores: Tensor, label: Any) -> Tensor:
    """Scores that rank the true classes last.

    Shape:
        - scores: (..., classes).
        - returns: as `scores`.
    """
    wrong = torch.zeros_like(scores)
    if isinstance(label, Tensor):
        true = label.flatten().long().to(scores.device)
        wrong[..., true[(true >= 0) & (true < scores.shape[-1])]] = -1
    return wrong


def path_of(sample: Any) -> str:
    """Path or name of the video of a sample."""
    for key in _NAME_KEYS:
        value = sample.get(key) if hasattr(sample, 'get') else None
        if value is not None:
            return str(value)
    return 'an unnamed video'


def add_paths(dataset: Dataset) -> None:
    """Let the transform that packs samples keep the path of the video.

    Args:
        dataset (Dataset): Data set with a pipeline, or a wrapper of data sets.
    """
    inner: Sequence[Any] = getattr(dataset, 'datasets', None) or [
        getattr(dataset, 'dataset', None)
    ]
    for each in inner:
        if each is not None:
            add_paths(each)
    pipeline = getattr(dataset, 'pipeline', None)
    for transform in getattr(pipeline, 'transforms', ()):
        keys = getattr(transform, 'meta_keys', None)
        if isinstance(keys, (list, tuple)):
            added = tuple(key for key in PATH_KEYS if key not in keys)
            transform.meta_keys = (*keys, *added)
