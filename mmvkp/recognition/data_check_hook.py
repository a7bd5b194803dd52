"""Check of annotations and files before a run."""

import os.path as osp
import re
from numbers import Integral
from typing import Any, Dict, Iterator, List, Optional, Sequence, Tuple

from mmaction.registry import HOOKS
from mmengine.dataset import BaseDataset, Compose
from mmengine.hooks import Hook
from mmengine.model import is_model_wrapper
from mmengine.runner import Runner
from torch.utils.data import Dataset

from ..checks import check_parts
from ..video.decoder import rotation_of

# Decoders of MMAction2 that ignore the display rotation, or fail on rotated files.
_WITHOUT_ROTATION = ('DecordInit', 'OpenCVInit', 'PIMSInit', 'PyAVInit')
# Videos of a data set whose rotation is checked: each is opened.
_MAX_OPENED = 200


class _NamedPipeline(Compose):
    """Pipeline whose errors name the sample."""

    def __init__(self, pipeline: Compose, ann_file: str) -> None:
        self.transforms = pipeline.transforms
        self.ann_file = ann_file

    def __call__(self, data: dict) -> Optional[dict]:
        """Run the transforms; see `Compose`."""
        path = _path_of(data)
        try:
            return super().__call__(data)
        except Exception as error:
            line = _line_numbers(self.ann_file, [path]).get(path, '?')
            raise RuntimeError(
                f'{path} ({self.ann_file}, line {line}) could not be loaded: '
                f'{type(error).__name__}: {error}. If the file is truncated '
                'or damaged, replace it or remove its line from the '
                'annotation file.'
            ) from error


@HOOKS.register_module()
class DataCheckHook(Hook):
    """Find wrong labels and missing files before a run.

    MMAction2 does not compare labels with the number of classes, and opens files
    only when they are needed: a label that is too large stops the training with an
    index error, or corrupts it, and a missing file stops it hours later. This hook
    checks all samples first and lists all problems by annotation file and line. A
    file that cannot be decoded is found when it is read; that error names it, too.
    Rotated videos are refused for decoders that do not rotate; up to 200 videos of a
    data set, evenly spread, are opened for this.
    Backbone and neck check that they fit into the model.

    Args:
        check_files (bool): Check that the files of all samples exist, and their
            rotation. Set it to False if this takes too long (remote storage).
        max_listed (int): Maximum number of listed problems.

    Raises:
        ValueError: Before training, validation or testing, if a label is outside
            [0, num_classes) of the model's `cls_head` or a file is missing, or if
            parts of the model or its metrics do not fit. The label -1 (no label) is
            allowed in tests.
    """

    priority = 'VERY_HIGH'

    def __init__(self, check_files: bool = True, max_listed: int = 10) -> None:
        self.check_files = check_files
        self.max_listed = max_listed
        self._checked: set = set()

    def before_train(self, runner: Runner) -> None:
        """Check the data of training and validation."""
        self._check(runner, runner.train_dataloader.dataset, False)
        if runner.val_loop is not None:
            self._check(runner, runner.val_loop.dataloader.dataset, False)
            self._check_metrics(runner, runner.val_loop)

    def before_val(self, runner: Runner) -> None:
        """Check the data of validation."""
        self._check(runner, runner.val_dataloader.dataset, False)
        self._check_metrics(runner, getattr(runner, 'val_loop', None))

    def before_test(self, runner: Runner) -> None:
        """Check the data of testing."""
        self._check(runner, runner.test_dataloader.dataset, True)
        self._check_metrics(runner, getattr(runner, 'test_loop', None))

    @staticmethod
    def _check_metrics(runner: Runner, loop: Any) -> None:
        """Refuse metrics of videos for a head that returns scores of clips."""
        head = getattr(_model_of(runner), 'cls_head', None)
        metrics = getattr(getattr(loop, 'evaluator', None), 'metrics', ())
        wrong = [
            type(each).__name__
            for each in metrics
            if {'AccMetric', 'PairAccMetric'} & {x.__name__ for x in type(each).mro()}
        ]
        if wrong and getattr(head, 'average_clips', '') is None:
            raise ValueError(
                f'{type(head).__name__}: average_clips=None returns the scores of each '
                f'clip; {", ".join(wrong)} needs one score per class and video. Set '
                "average_clips='prob' or 'score' in model.cls_head, or remove the "
                'metric.'
            )

    def _check(self, runner: Runner, dataset: Dataset, test: bool) -> None:
        """Check a data set and the data sets that it wraps."""
        if id(dataset) in self._checked:
            return
        self._checked.add(id(dataset))
        model = runner.model.module if is_model_wrapper(runner.model) else runner.model
        check_parts(model)
        num_classes = getattr(getattr(model, 'cls_head', None), 'num_classes', None)
        for part in _base_datasets(dataset):
            problems = list(self._problems(part, num_classes, test))
            if problems:
                self._refuse(part, problems)
            pipeline = getattr(part, 'pipeline', None)
            if isinstance(pipeline, Compose):
                part.pipeline = _NamedPipeline(pipeline, part.ann_file)

    def _problems(
        self, dataset: BaseDataset, num_classes: Optional[int], test: bool
    ) -> Iterator[Tuple[str, str]]:
        """Yield path and problem of each bad sample."""
        lowest = -1 if test else 0
        reader = _reader_without_rotation(dataset)
        step = -(-len(dataset) // _MAX_OPENED)
        for index in range(len(dataset)):
            # The method of the host converts labels to tensors.
            info = BaseDataset.get_data_info(dataset, index)
            path = _path_of(info)
            for label in _labels_of(info):
                if num_classes and not lowest <= label < num_classes:
                    yield path, (f'label {label} is outside [0, {num_classes - 1}]')
            if self.check_files and _is_file(dataset, info) and not _exists(path):
                yield path, 'no such file or folder'
            elif self.check_files and reader and index % step == 0:
                rotation = _rotation(path)
                if rotation:
                    yield (
                        path,
                        f'it is rotated by {rotation} degrees for display, which '
                        f'{reader} does not handle; use UprightVideoInit and '
                        'UprightVideoDecode in the pipeline',
                    )

    def _refuse(
        self, dataset: BaseDataset, problems: Sequence[Tuple[str, str]]
    ) -> None:
        """Raise an error that names the first problems."""
        listed = problems[: self.max_listed]
        lines = _line_numbers(dataset.ann_file, [path for path, _ in listed])
        text = [
            f'  line {lines.get(path, "?")}: {path}: {problem}'
            for path, problem in listed
        ]
        if len(problems) > len(listed):
            text.append(f'  ... and {len(problems) - len(listed)} more')
        raise ValueError(
            f'{dataset.ann_file}: {len(problems)} problem(s) in '
            f'{len(dataset)} samples:\n' + '\n'.join(text) + '\nCorrect the '
            'annotation file, or num_classes of model.cls_head and data_prefix of '
            'the data set.'
        )


def _model_of(runner: Runner) -> Any:
    """Model without its wrapper."""
    return runner.model.module if is_model_wrapper(runner.model) else runner.model


def _base_datasets(dataset: Dataset) -> Iterator[BaseDataset]:
    """Yield the data sets inside concatenating and repeating wrappers."""
    if isinstance(dataset, BaseDataset):
        dataset.full_init()
        yield dataset
        return
    for inner in getattr(dataset, 'datasets', [getattr(dataset, 'dataset', None)]):
        if inner is not None:
            yield from _base_datasets(inner)


def _path_of(info: Dict[str, Any]) -> str:
    """Video file or folder of frames of a sample; empty without one."""
    return info.get('filename') or info.get('frame_dir') or ''


def _is_file(dataset: BaseDataset, info: Dict[str, Any]) -> bool:
    """True if a sample is read from its path.

    Samples of skeleton data sets contain their data, although they have the name of
    a folder.
    """
    if 'filename' in info:
        return True
    return bool('frame_dir' in info and dataset.data_prefix.get('img'))


def _labels_of(info: Dict[str, Any]) -> List[int]:
    """Labels of a sample: one, several or none."""
    label = info.get('label')
    labels = label if isinstance(label, (list, tuple)) else [label]
    return [int(each) for each in labels if isinstance(each, Integral)]


def _exists(path: str) -> bool:
    """True if a local path exists; remote paths are not checked."""
    if re.match(r'\w{2,}:', path):
        return True
    # MMAction2's video readers add a missing extension.
    return osp.exists(path) or osp.isfile(path + '.mp4')


def _reader_without_rotation(dataset: BaseDataset) -> str:
    """First transform of a pipeline that reads videos as they are stored."""
    transforms = getattr(getattr(dataset, 'pipeline', None), 'transforms', [])
    names = [type(each).__name__ for each in transforms]
    return next((name for name in names if name in _WITHOUT_ROTATION), '')


def _rotation(path: str) -> int:
    """Display rotation of a video; 0 if it cannot be opened: reading it names it."""
    if not osp.isfile(path):
        return 0
    try:
        return rotation_of(path)
    except ValueError:
        return 0


def _line_numbers(ann_file: str, paths: Sequence[str]) -> Dict[str, int]:
    """Line numbers, from 1, of the given files."""
    found: Dict[str, int] = {}
    if not osp.isfile(ann_file):
        return found
    with open(ann_file, encoding='utf-8', errors='replace') as lines:
        for number, line in enumerate(lines, 1):
            named = line.split()[:1]
            for path in paths:
                if (
                    named
                    and path not in found
                    and (path == named[0] or path.endswith('/' + named[0]))
                ):
                    found[path] = number
    return found
