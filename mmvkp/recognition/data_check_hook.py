"""Check of annotations and files before a run, and names in its errors."""

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


class _NamedPipeline(Compose):
    """A pipeline whose errors say which sample they come from."""

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
                'or damaged, replace it or take its line out of the '
                'annotation file.'
            ) from error


@HOOKS.register_module()
class DataCheckHook(Hook):
    """Find wrong labels and missing files before a run, not during it.

    MMAction2 reads labels without looking at the number of classes, and
    opens files when they are needed: a label that is too large ends a
    training with an index error, or trains the wrong thing, and a missing
    file ends it hours later. This hook looks at all samples first and lists
    what is wrong by annotation file and line. A file that cannot be decoded
    is found when it is read; the error then names it, too.

    Args:
        check_files (bool): Whether to look for the files of all samples.
            Turn it off where that takes too long (remote storage).
        max_listed (int): Problems that are listed by name.

    Raises:
        ValueError: Before training, validation or testing, if a label is
            outside ``[0, num_classes)`` of the model's ``cls_head`` or a
            file is missing. Labels of -1 (no label) are allowed in tests.
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

    def before_val(self, runner: Runner) -> None:
        """Check the data of validation."""
        self._check(runner, runner.val_dataloader.dataset, False)

    def before_test(self, runner: Runner) -> None:
        """Check the data of testing."""
        self._check(runner, runner.test_dataloader.dataset, True)

    def _check(self, runner: Runner, dataset: Dataset, test: bool) -> None:
        """List the problems of a data set and of those it wraps."""
        if id(dataset) in self._checked:
            return
        self._checked.add(id(dataset))
        model = runner.model.module if is_model_wrapper(runner.model) else runner.model
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
        """Yield (path, what is wrong) of each bad sample."""
        lowest = -1 if test else 0
        for index in range(len(dataset)):
            # The host's own method turns labels into tensors on the way.
            info = BaseDataset.get_data_info(dataset, index)
            path = _path_of(info)
            for label in _labels_of(info):
                if num_classes and not lowest <= label < num_classes:
                    yield path, (f'label {label} is outside [0, {num_classes - 1}]')
            if self.check_files and _is_file(dataset, info) and not _exists(path):
                yield path, 'no such file or folder'

    def _refuse(
        self, dataset: BaseDataset, problems: Sequence[Tuple[str, str]]
    ) -> None:
        """Raise an error that names the first problems."""
        listed = problems[: self.max_listed]
        lines = _line_numbers(dataset.ann_file, [path for path, _ in listed])
        text = [
            f'  line {lines.get(path, "?")}: {path}: {what}' for path, what in listed
        ]
        if len(problems) > len(listed):
            text.append(f'  ... and {len(problems) - len(listed)} more')
        raise ValueError(
            f'{dataset.ann_file}: {len(problems)} problem(s) in '
            f'{len(dataset)} samples:\n' + '\n'.join(text) + '\nMend the '
            'annotation file, or set num_classes of model.cls_head and '
            'data_prefix of the data set to what the file says.'
        )


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
    """Video file or folder of frames of a sample; empty if it has none."""
    return info.get('filename') or info.get('frame_dir') or ''


def _is_file(dataset: BaseDataset, info: Dict[str, Any]) -> bool:
    """Whether a sample is read from its path.

    The samples of skeleton data sets have the name of a folder as their name,
    but hold their data themselves.
    """
    if 'filename' in info:
        return True
    return bool('frame_dir' in info and dataset.data_prefix.get('img'))


def _labels_of(info: Dict[str, Any]) -> List[int]:
    """Labels of a sample, which may have one, several or none."""
    label = info.get('label')
    labels = label if isinstance(label, (list, tuple)) else [label]
    return [int(each) for each in labels if isinstance(each, Integral)]


def _exists(path: str) -> bool:
    """Whether a local path is there; other storage is not asked."""
    if re.match(r'\w{2,}:', path):
        return True
    # MMAction2's video readers add the extension where there is none.
    return osp.exists(path) or osp.isfile(path + '.mp4')


def _line_numbers(ann_file: str, paths: Sequence[str]) -> Dict[str, int]:
    """Numbers, from 1, of the lines that name the given files."""
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
