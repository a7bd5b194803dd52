"""Checks of a run: its data sets, model, metrics and class names against each other.

Each problem is a line of text. All problems are collected before anything is refused.
"""

from typing import (
    Any,
    Dict,
    Iterator,
    List,
    Mapping,
    NamedTuple,
    Optional,
    Sequence,
    Tuple,
)

from mmaction.models.recognizers import BaseRecognizer
from mmengine.config import Config
from mmengine.dataset import BaseDataset
from torch.utils.data import Dataset

from ..annotation_lists import layout_of
from ..checks import check_parts
from .loading import configured_class_names
from .sample_checks import (
    check_labels,
    check_paths,
    check_rotation,
    check_videos,
    short_samples,
    source_of,
)

# Metrics of one score per class and video, and metrics of boxes with the format that
# they take.
SCORE_METRICS = ('AccMetric', 'PairAccMetric', 'ConfusionMatrix')
BOX_METRICS = dict(AVAMetric='ava', TubeMetric='video')


class RunParts(NamedTuple):
    """Parts of a run.

    Args:
        model (nn.Module, optional): The model without wrapper.
        datasets (dict[str, Dataset]): Data sets by stage: train, val, test.
        metrics (Mapping[str, Sequence]): Metrics by stage.
        config (Config, optional): Its class names are compared with the model.
    """

    model: Any
    datasets: Dict[str, Dataset]
    metrics: Mapping[str, Sequence[Any]]
    config: Optional[Config] = None


class Findings(NamedTuple):
    """Result of a check.

    Args:
        problems (list[str]): Reasons to refuse the run.
        notes (list[str]): Facts that may be intended.
    """

    problems: List[str]
    notes: List[str]


def find_problems(parts: RunParts, files: bool, decode: bool) -> Findings:
    """Check a run.

    Args:
        parts (RunParts): The run.
        files (bool): Check that all files exist.
        decode (bool): Decode all videos completely, in parallel.

    Returns:
        Findings: Without repetitions: stages often share a data set.
    """
    problems, notes = list(_check_model(parts)), []
    for stage, dataset in parts.datasets.items():
        for part in base_datasets(dataset):
            own = _check_dataset(parts.model, part, stage, files, decode)
            problems += own.problems
            notes += own.notes
    return Findings(list(dict.fromkeys(problems)), list(dict.fromkeys(notes)))


def base_datasets(dataset: Dataset) -> Iterator[BaseDataset]:
    """Yield the data sets inside concatenating and repeating wrappers."""
    if isinstance(dataset, BaseDataset):
        dataset.full_init()
        yield dataset
        return
    for inner in getattr(dataset, 'datasets', [getattr(dataset, 'dataset', None)]):
        if inner is not None:
            yield from base_datasets(inner)


def _check_model(parts: RunParts) -> Iterator[str]:
    """Problems of the model with its parts, its metrics and its class names."""
    model, head = parts.model, getattr(parts.model, 'cls_head', None)
    if model is None:
        return
    try:
        check_parts(model)
    except (TypeError, ValueError) as error:
        yield str(error)
    for stage, metrics in parts.metrics.items():
        for metric in metrics:
            yield from _check_metric(model, head, metric, stage)
    classes = getattr(head, 'num_classes', None)
    try:
        names, where = configured_class_names(parts.config)
    except (FileNotFoundError, ValueError) as error:
        yield str(error)
        return
    if names is not None and classes and len(names) != classes:
        yield (
            f'{where} has names for {len(names)} classes, {type(head).__name__} has '
            f'num_classes={classes}'
        )


def _check_metric(model: Any, head: Any, metric: Any, stage: str) -> Iterator[str]:
    """Problems of a metric with the results of the model."""
    kinds = [each.__name__ for each in type(metric).__mro__]
    name, owner = f'{stage}_evaluator: {kinds[0]}', type(model).__name__
    scores = isinstance(model, BaseRecognizer)
    box_format = (getattr(model, 'test_cfg', None) or {}).get('box_format')
    if set(kinds) & set(SCORE_METRICS):
        if getattr(head, 'average_clips', '') is None:
            yield (
                f'{type(head).__name__}: average_clips=None returns the scores of each '
                f'clip; {kinds[0]} needs one score per class and video. Set '
                "average_clips='prob' or 'score' in model.cls_head, or remove the "
                'metric'
            )
        elif box_format is not None:
            yield (
                f'{name} needs one score per class and video, but {owner} returns '
                'boxes; use TubeMetric'
            )
        return
    for kind, needed in BOX_METRICS.items():
        if kind not in kinds:
            continue
        if scores:
            yield (
                f'{name} needs boxes, but {owner} returns scores of whole videos; use '
                'AccMetric'
            )
        elif box_format not in (None, needed):
            yield (
                f'{name} takes box_format={needed!r}, but {owner} has box_format='
                f'{box_format!r} in test_cfg; change one of them'
            )


def _check_dataset(
    model: Any, dataset: BaseDataset, stage: str, files: bool, decode: bool
) -> Findings:
    """Problems of a data set, alone and with the model."""
    head = getattr(model, 'cls_head', None)
    classes = getattr(head, 'num_classes', None)
    source = source_of(dataset)
    problems = list(check_labels(source, classes, required=stage != 'test'))
    if files:
        problems += check_paths(source)
        problems += check_rotation(source, dataset)
    if decode:
        broken, source = check_videos(source)
        problems += broken
    if layout_of(dataset) is not None:
        problems += _check_head(dataset, head, source.name)
    sampler = _sampler_of(dataset)
    if sampler is None:
        return Findings(problems, [])
    length, interval, clips = sampler
    problems += _check_segments(model, length, clips, stage)
    needed = max((length - 1) * interval + 1, clips)
    return Findings(problems, list(short_samples(source, needed)))


def _check_head(dataset: BaseDataset, head: Any, name: str) -> Iterator[str]:
    """Problems of the kind of labels with the kind of head."""
    loss = type(getattr(head, 'loss_cls', None)).__name__
    several = loss.startswith('BCE') or bool(getattr(head, 'multi_class', False))
    owner = f'{type(head).__name__} with {loss}'
    classes = getattr(head, 'num_classes', None)
    if dataset.multi_class and not several and loss == 'CrossEntropyLoss':
        yield (
            f'{name}: multi_class=True gives several labels per video, but {owner} '
            "takes one; set multi_class=True, loss_cls=dict(type='BCELossWithLogits') "
            'in model.cls_head, or remove multi_class from the data set'
        )
    elif not dataset.multi_class and several:
        yield (
            f'{name}: gives one label per video, but {owner} is for several; set '
            'multi_class=True and num_classes in the data set, or use '
            'CrossEntropyLoss and multi_class=False in model.cls_head'
        )
    if dataset.multi_class and classes and dataset.num_classes != classes:
        yield (
            f'{name}: num_classes={dataset.num_classes} of the data set differs from '
            f'num_classes={classes} of {type(head).__name__}'
        )


def _sampler_of(dataset: BaseDataset) -> Optional[Tuple[int, int, int]]:
    """Frames of a clip, their interval and number of clips; None if unknown."""
    pipeline = getattr(dataset, 'pipeline', None)
    for step in getattr(pipeline, 'transforms', ()) if pipeline else ():
        length, clips = (getattr(step, key, None) for key in ('clip_len', 'num_clips'))
        interval = getattr(step, 'frame_interval', 1)
        if isinstance(length, int) and isinstance(clips, int):
            return length, interval if isinstance(interval, int) else 1, clips
    return None


def _check_segments(model: Any, length: int, clips: int, stage: str) -> Iterator[str]:
    """Problems of the number of sampled frames with `num_segments` of a 2D network."""
    if 'Recognizer2D' not in [each.__name__ for each in type(model).__mro__]:
        return
    for name in ('backbone', 'neck'):
        part = getattr(model, name, None)
        segments = getattr(part, 'num_segments', None)
        if not isinstance(segments, int):
            continue
        # A test may have several views.
        views = (clips % segments, length * clips % segments)
        if stage == 'train':
            views = (clips - segments, length * clips - segments)
        if all(views):
            yield (
                f'{stage}_dataloader: the sampler takes num_clips={clips} with '
                f'clip_len={length}, but {type(part).__name__} has num_segments='
                f'{segments}; set num_clips={segments}'
            )
