"""Check of a config or an annotation list without a run."""

import os.path as osp
from copy import deepcopy
from typing import Any, Callable, List, Optional, Tuple

from mmaction.registry import DATASETS, METRICS
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmengine.utils import is_list_of

from ..annotation_lists import ListFormat, read_list
from ..class_files import read_class_names
from ..missing_weights import describe, find_weights, missing_files
from ..text_lists import read_lines
from .clip_cost import weightless
from .loading import load_config
from .run_checks import Findings, RunParts, find_problems
from .sample_checks import SampleSource, check_labels, check_paths, check_videos

STAGES = ('train', 'val', 'test')
VIDEOS = ('.avi', '.mp4', '.mkv', '.mov', '.webm', '.m4v', '.flv', '.mpg', '.mpeg')


def check_config_file(name: str, decode: bool = False) -> Findings:
    """Check a config; see `check_config`.

    Args:
        name (str): A file, or the name of a recipe.
        decode (bool): Decode all videos completely, in parallel.

    Raises:
        FileNotFoundError: If the config is missing.
        ValueError: If it cannot be read, or has no model.
    """
    return check_config(load_config(name), decode)


def check_config(config: Config, decode: bool = False) -> Findings:
    """Check the data sets, model, metrics and weights of a config.

    The model is built without memory for its weights; nothing is written.

    Args:
        config (Config): With a model.
        decode (bool): Decode all videos completely, in parallel.

    Returns:
        Findings: All problems. Parts that cannot be built are problems, too.
    """
    init_default_scope(config.get('default_scope', 'mmaction'))
    problems: List[str] = []
    missing = missing_files(find_weights(config))
    problems += [describe({name: changes}) for name, changes in missing.items()]
    model = _try(problems, 'model', weightless, config.model)
    datasets, metrics = {}, {}
    for stage in STAGES:
        dataset = (config.get(f'{stage}_dataloader') or {}).get('dataset')
        if dataset is not None:
            label = f'{stage}_dataloader'
            built = _try(problems, label, DATASETS.build, deepcopy(dataset))
            datasets.update({} if built is None else {stage: built})
        evaluators = config.get(f'{stage}_evaluator') or []
        evaluators = [evaluators] if isinstance(evaluators, dict) else evaluators
        if is_list_of(evaluators, dict):
            label = f'{stage}_evaluator'
            each = [_try(problems, label, METRICS.build, cfg) for cfg in evaluators]
            metrics[stage] = [metric for metric in each if metric is not None]
    parts = RunParts(model, datasets, metrics, config)
    found = find_problems(parts, files=True, decode=decode)
    return Findings(list(dict.fromkeys(problems + found.problems)), found.notes)


def _try(
    problems: List[str], label: str, build: Callable[[Any], Any], config: Any
) -> Any:
    """Build a part of a config; None after an error, which becomes a problem."""
    try:
        return build(config)
    except Exception as error:  # any error of a part of the hosts
        text = ' '.join(str(error).split())
        problems += _listed(error) or [f'{label}: {type(error).__name__}: {text}']
        return None


def _listed(error: Optional[BaseException]) -> List[str]:
    """All problems of a `BadListError`, also of one that MMEngine has replaced."""
    while error is not None and not getattr(error, 'problems', None):
        error = error.__context__
    return list(getattr(error, 'problems', []))


def check_list_file(
    path: str,
    layout: ListFormat,
    num_classes: Optional[int] = None,
    template: Optional[str] = None,
    decode: bool = False,
) -> Tuple[List[str], int]:
    """Check an annotation list.

    Args:
        path (str): The list.
        layout (ListFormat): Its format; files are checked if it has a prefix.
        num_classes (int, optional): Number of classes. Default: the number of names
            in `classes.txt` beside the list; unknown without this file.
        template (str, optional): Names of the frames, see `RawframeDataset`.
        decode (bool): Decode all videos completely, in parallel.

    Returns:
        tuple[list[str], int]: All problems, and the number of samples.

    Raises:
        FileNotFoundError: If the list is missing.
        ValueError: If it is not text in UTF-8.
    """
    samples = list(read_list(path, layout))
    source = SampleSource(path, samples, layout.prefix is not None, template)
    beside = osp.join(osp.dirname(path), 'classes.txt')
    if num_classes is None and osp.isfile(beside):
        num_classes = len(read_class_names(beside))
    problems = list(check_labels(source, num_classes, required=True))
    problems += check_paths(source)
    if decode:
        problems += check_videos(source)[0]
    if not samples:
        problems.append(f'{path}: the list is empty')
    return problems, len(samples)


def is_video_list(path: str, delimiter: str) -> bool:
    """True if the first path of a list is a video file.

    Args:
        path (str): The list.
        delimiter (str): Separates its fields.

    Raises:
        FileNotFoundError: If the list is missing.
        ValueError: If it is not text in UTF-8.
    """
    for _, line in read_lines(path):
        return line.split(delimiter)[0].lower().endswith(VIDEOS)
    return True
