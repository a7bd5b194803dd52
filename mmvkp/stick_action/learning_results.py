"""Results of the learning benchmark: one line of a csv for each run."""

import csv
import io
import json
import os.path as osp
from glob import escape, glob
from typing import Any, Dict, Iterable, List, NamedTuple, Sequence, Tuple

from mmengine.config import Config
from mmengine.registry import init_default_scope

from ..files import locked, read_text, write_text
from ..recognition.class_gain import class_accuracy
from ..recognition.clip_cost import clip_cost
from ..recognition.compare_runs import CEILING, KEPT, PAIR, SPENT
from ..recognition.cpu_time_hook import training_seconds
from ..recognition.dumps import read_dump
from ..recognition.logs import TOP1, read_test
from .learning_benchmark import Run, folder_name


class Result(NamedTuple):
    """Result of one run; a line of the csv.

    Args:
        row (str): Key of its row.
        seed (int): Seed of the training.
        after (str): Key of the row of the first stage, or empty.
        top1 (float): Top-1 accuracy on the test clips, in [0, 1].
        pair_accuracy (float): Accuracy of the pair, frame order ignored.
        mmacs (float): 10^6 MACs of a test clip; of a network that selects frames the
            mean over the test.
        kept (str): Share of frames that such a network keeps, or empty.
        parameters (int): Parameters that a test uses.
        cpu_seconds (float): CPU time of the training, of this stage only.
        epochs (int): Epochs, of this stage only.
        order_blind (float): Ceiling of a model that ignores frame order.
        actor_blind (float): Ceiling of a model that ignores the hat.
        train_clips (int): Training clips.
        curve (str): Validation top-1 after each epoch, separated by spaces.
        per_class (str): File of the accuracy of each class, beside the csv.
    """

    row: str
    seed: int
    after: str
    top1: float
    pair_accuracy: float
    mmacs: float
    kept: str
    parameters: int
    cpu_seconds: float
    epochs: int
    order_blind: float
    actor_blind: float
    train_clips: int
    curve: str
    per_class: str


def validation_curve(folder: str) -> Dict[int, float]:
    """Top-1 accuracy of each validation of a training, by epoch.

    Args:
        folder (str): Work dir; of epochs that were repeated after an interruption,
            the last one counts.
    """
    found: Dict[int, float] = {}
    for path in sorted(glob(osp.join(escape(folder), '*', 'vis_data', 'scalars.json'))):
        for line in read_text(path).split('\n'):
            try:
                content = json.loads(line)
            except ValueError:  # the last line of a killed process
                continue
            if TOP1 in content:
                found[int(content['step'])] = float(content[TOP1])
    return found


def read_run(
    run: Run, after: str, settings: Dict[str, Any], beside: str
) -> Tuple[Result, str]:
    """Result of a finished run.

    Args:
        run (Run): The run.
        after (str): Key of the row of its first stage, or empty.
        settings (dict): Settings of the data.
        beside (str): Folder of the files of classes, relative to the csv.

    Returns:
        tuple[Result, str]: The result, and the content of its file of classes.
    """
    init_default_scope('mmaction')
    config = Config.fromfile(run.config)
    frames = config.get('num_segments') or config.clip_len
    parameters, macs = clip_cost(config.model, frames, settings['frame_size'])
    metrics = read_test(run.folder, TOP1)
    scores, labels = read_dump(osp.join(run.folder, 'test.pkl'))
    accuracy, counts = class_accuracy(scores, labels)
    names = settings['classes']
    lines = [('class', 'clips', 'top1')]
    lines += [(n, str(c), f'{a:.4f}') for n, c, a in zip(names, counts, accuracy)]
    curve = validation_curve(run.folder)
    result = Result(
        row=run.name,
        seed=run.seed,
        after=after,
        top1=round(metrics[TOP1], 6),
        pair_accuracy=round(metrics[PAIR], 6),
        mmacs=round(1e3 * metrics.get(SPENT, macs / 1e9), 4),
        kept=f'{metrics[KEPT]:.4f}' if KEPT in metrics else '',
        parameters=parameters,
        cpu_seconds=round(training_seconds(run.folder), 1),
        epochs=run.epochs,
        order_blind=round(metrics[CEILING], 6),
        actor_blind=round(settings['actor_blind_ceiling'], 6),
        train_clips=settings['train'],
        curve=' '.join(f'{curve[epoch]:.4f}' for epoch in sorted(curve)),
        per_class=f'{beside}/{folder_name(run.name, run.seed)}.csv',
    )
    return result, _as_csv(lines)


def _as_csv(lines: Iterable[Sequence[Any]]) -> str:
    """Text of a csv."""
    text = io.StringIO()
    csv.writer(text, lineterminator='\n').writerows(lines)
    return text.getvalue()


def read_results(path: str) -> List[Result]:
    """Results of a csv.

    Args:
        path (str): The csv.

    Raises:
        FileNotFoundError: If it is missing.
        ValueError: If a column is missing, a value is not a number, or a run has two
            lines.
    """
    reader = csv.DictReader(io.StringIO(read_text(path)))
    missing = [name for name in Result._fields if name not in (reader.fieldnames or ())]
    if missing:
        raise ValueError(
            f'{path} has no column {", ".join(missing)}; give a file of '
            '`mmvkp benchmark learning --budget`.'
        )
    kinds = Result.__annotations__
    results: Dict[Tuple[str, int], Result] = {}
    for number, line in enumerate(reader, 2):
        try:
            values = {name: kinds[name](line[name]) for name in Result._fields}
        except (TypeError, ValueError) as error:
            raise ValueError(f'{path}, line {number}: {error}.') from error
        result = Result(**values)
        if (result.row, result.seed) in results:
            raise ValueError(
                f'{path}, line {number}: the run {result.row} with seed {result.seed} '
                'has two lines; delete one.'
            )
        results[result.row, result.seed] = result
    return list(results.values())


def add_results(
    path: str, new: Sequence[Tuple[Result, str]], order: Sequence[str]
) -> None:
    """Add runs to a csv, and write their files of classes.

    Lines of other runs are kept; lines of the same runs are replaced.

    Args:
        path (str): The csv; it may be missing.
        new (Sequence[tuple[Result, str]]): Results and files of classes.
        order (Sequence[str]): Keys of the rows in the order of the csv; other rows
            follow.

    Raises:
        ValueError: If the existing file cannot be read; see `read_results`.
    """
    place = {key: i for i, key in enumerate(order)}
    for result, classes in new:
        write_text(osp.join(osp.dirname(path), result.per_class), classes)
    # Other commands may add their runs to the same file.
    with locked(osp.join(osp.dirname(path), f'.{osp.basename(path)}.lock')):
        results = read_results(path) if osp.exists(path) else []
        known = {(each.row, each.seed): each for each in results}
        known.update({(each.row, each.seed): each for each, _ in new})
        ordered = sorted(
            known.values(),
            key=lambda each: (place.get(each.row, len(place)), each.seed),
        )
        write_text(path, _as_csv([Result._fields, *ordered]))
