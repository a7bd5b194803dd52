"""Check of annotations, files, model and metrics before a run."""

from typing import Any, Dict, Optional

from mmaction.registry import HOOKS
from mmengine.config import Config
from mmengine.dataset import BaseDataset, Compose
from mmengine.hooks import Hook
from mmengine.logging import print_log
from mmengine.model import is_model_wrapper
from mmengine.runner import Runner

from ..checks import check_flag, check_positive
from .config_check import check_config
from .run_checks import RunParts, base_datasets, find_problems
from .sample_checks import place_of


class _NamedPipeline(Compose):
    """Pipeline whose errors name the sample."""

    def __init__(self, pipeline: Compose, dataset: BaseDataset) -> None:
        self.transforms = pipeline.transforms
        self.dataset = dataset

    def __call__(self, data: dict) -> Optional[dict]:
        """Run the transforms; see `Compose`."""
        path = data.get('filename') or data.get('frame_dir') or ''
        index = data.get('sample_idx', -1)
        try:
            return super().__call__(data)
        except Exception as error:
            raise RuntimeError(
                f'{path} ({place_of(self.dataset, index)}) could not be loaded: '
                f'{type(error).__name__}: {error}. If the file is truncated '
                'or damaged, replace it or remove its line from the '
                'annotation file.'
            ) from error


@HOOKS.register_module()
class DataCheckHook(Hook):
    """Find wrong labels, files, metrics and options before a run.

    MMAction2 does not compare labels with the number of classes, and opens files
    only when they are needed: a label that is too large stops the training with an
    index error, or corrupts it, and a missing file stops it hours later. This hook
    checks all samples first and lists all problems, by annotation file and line. A
    file that cannot be decoded is found when it is read; that error names it, too.
    Rotated videos are refused for decoders that do not rotate; up to 200 videos of a
    data set, evenly spread, are opened for this.

    Checked are labels against the classes of the head; data with several labels
    against the head and its loss; class names; files, and the last frame of folders;
    the number of sampled frames against `num_segments`; metrics against the results
    of the model; the parts of the model. `mmvkp data check CONFIG` does the same
    without a run.

    Args:
        check_files (bool): Check that the files of all samples exist, and their
            rotation. Set it to False if this takes too long (remote storage).
        max_listed (int): Maximum number of listed problems.
        decode_videos (bool): Decode all videos in parallel before the first epoch;
            results are stored, so that the next run is fast.

    Raises:
        ValueError: Before training, validation or testing, with all problems. The
            label -1 and no label are allowed in tests.
    """

    priority = 'VERY_HIGH'

    def __init__(
        self,
        check_files: bool = True,
        max_listed: int = 10,
        decode_videos: bool = False,
    ) -> None:
        owner = type(self).__name__
        check_flag(owner, check_files=check_files, decode_videos=decode_videos)
        check_positive(owner, max_listed=max_listed)
        self.check_files, self.decode_videos = check_files, decode_videos
        self.max_listed = max_listed
        self._checked: set = set()

    def describe_all(self, config: Config) -> str:
        """Text of all problems of a config whose weights are missing, before a run."""
        return list_problems(check_config(config).problems, self.max_listed)

    def before_train(self, runner: Runner) -> None:
        """Check the data of training and validation."""
        loops = {'train': None, 'val': runner.val_loop}
        datasets = {'train': runner.train_dataloader.dataset}
        if runner.val_loop is not None:
            datasets['val'] = runner.val_loop.dataloader.dataset
        self._check(runner, datasets, loops)

    def before_val(self, runner: Runner) -> None:
        """Check the data of validation."""
        loop = getattr(runner, 'val_loop', None)
        self._check(runner, {'val': runner.val_dataloader.dataset}, {'val': loop})

    def before_test(self, runner: Runner) -> None:
        """Check the data of testing."""
        loop = getattr(runner, 'test_loop', None)
        self._check(runner, {'test': runner.test_dataloader.dataset}, {'test': loop})

    def _check(
        self, runner: Runner, datasets: Dict[str, Any], loops: Dict[str, Any]
    ) -> None:
        """Check data sets that were not checked before, and the model with them."""
        new = {k: each for k, each in datasets.items() if id(each) not in self._checked}
        if not new:
            return
        metrics = {
            stage: getattr(getattr(loop, 'evaluator', None), 'metrics', ())
            for stage, loop in loops.items()
        }
        model = runner.model.module if is_model_wrapper(runner.model) else runner.model
        parts = RunParts(model, new, metrics, getattr(runner, 'cfg', None))
        problems, notes = find_problems(parts, self.check_files, self.decode_videos)
        for note in notes:
            print_log(f'DataCheckHook: {note}', logger='current')
        if problems:
            raise ValueError(list_problems(problems, self.max_listed))
        self._checked.update(map(id, new.values()))
        for dataset in new.values():
            for part in base_datasets(dataset):
                if isinstance(getattr(part, 'pipeline', None), Compose):
                    part.pipeline = _NamedPipeline(part.pipeline, part)


def list_problems(problems: list, limit: int) -> str:
    """Text of all problems of a run.

    Args:
        problems (list[str]): At least one.
        limit (int): Number of listed problems; the others are counted.
    """
    lines = [f'{len(problems)} problem(s) before the run:']
    lines += [f'  {problem}' for problem in problems[:limit]]
    if len(problems) > limit:
        lines.append(f'  ... and {len(problems) - limit} more')
    lines.append(
        'Correct the annotation files, or num_classes of model.cls_head and '
        'data_prefix of the data set. `mmvkp data check CONFIG` lists all problems.'
    )
    return '\n'.join(lines)
