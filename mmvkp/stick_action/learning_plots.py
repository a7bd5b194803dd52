"""Figures of the learning benchmark."""

import csv
import io
import os.path as osp
from typing import TYPE_CHECKING, Callable, Dict, List, NamedTuple, Sequence, Tuple

import numpy as np

from ..files import read_text, replacing
from ..video.palette import CHART_COLORS
from .learning_results import Result
from .learning_rows import Row

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_SIZE = (10, 6)
_STYLES = ('-', '--', ':', '-.')


class Group(NamedTuple):
    """Runs of one row."""

    row: Row
    runs: List[Result]

    @property
    def mean(self) -> float:
        """Mean top-1 accuracy in percent."""
        return 100 * float(np.mean([each.top1 for each in self.runs]))


def draw_plots(
    results: Sequence[Result], rows: Sequence[Row], classes: str, folder: str
) -> Dict[str, str]:
    """Draw all figures.

    Args:
        results (Sequence[Result]): All runs, at least one.
        rows (Sequence[Row]): Rows in order.
        classes (str): Folder that the paths `per_class` start from.
        folder (str): Folder of the figures.

    Returns:
        dict[str, str]: Title by name of the file.

    Raises:
        FileNotFoundError: If a file of classes is missing.
        ValueError: If a file of classes cannot be read.
    """
    groups = [Group(row, [x for x in results if x.row == row.key]) for row in rows]
    groups = [group for group in groups if group.runs]
    totals = {(each.row, each.seed): each.cpu_seconds for each in results}

    def seconds(run: Result) -> float:
        return run.cpu_seconds + totals.get((run.after, run.seed), 0.0)

    figures: Dict[str, Tuple[str, Callable[[Axes], None]]] = {
        'macs.png': (
            'Top-1 accuracy against MACs of a test clip',
            lambda axes: _scatter(axes, groups, lambda x: x.mmacs, 'MMACs per clip'),
        ),
        'time.png': (
            'Top-1 accuracy against the CPU time of the training',
            lambda axes: _scatter(axes, groups, seconds, 'CPU seconds, all stages'),
        ),
        'curves.png': (
            'Learning curves: validation accuracy, mean over the seeds',
            lambda axes: _curves(axes, groups),
        ),
        'classes.png': (
            'Top-1 accuracy of each class in percent, mean over the seeds',
            lambda axes: _class_map(axes, groups, classes),
        ),
    }
    for name, (_, draw) in figures.items():
        height = 1.5 + 0.3 * len(groups) if name == 'classes.png' else _SIZE[1]
        _save(osp.join(folder, name), draw, (_SIZE[0], height))
    return {name: title for name, (title, _) in figures.items()}


def _save(path: str, draw: Callable[['Axes'], None], size: Tuple[float, float]) -> None:
    """Draw one figure and write it."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(size, dpi=100)
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    draw(axes)
    figure.tight_layout()
    with replacing(path) as temporary:
        figure.savefig(temporary, metadata={'Software': None})


def _frame(axes: 'Axes', x: str, results: Sequence[Result]) -> None:
    """Labels, grid, legend and ceilings of a figure with accuracies on the y-axis."""
    for value, name in (
        (results[0].order_blind, 'order-blind'),
        (results[0].actor_blind, 'actor-blind'),
    ):
        axes.axhline(100 * value, color='#8a8f98', linestyle=':', linewidth=1)
        axes.annotate(
            f'{name} ceiling',
            (1, 100 * value),
            (-2, 2),
            xycoords=('axes fraction', 'data'),
            textcoords='offset points',
            ha='right',
            fontsize=7,
            color='#8a8f98',
        )
    axes.set_ylim(0, 102)
    axes.set_xlabel(x)
    axes.set_ylabel('top-1 accuracy in %')
    axes.grid(alpha=0.25)
    axes.spines[['top', 'right']].set_visible(False)
    axes.legend(frameon=False, fontsize=7, loc='upper left', bbox_to_anchor=(1, 1))


def _scatter(
    axes: 'Axes', groups: Sequence[Group], cost: Callable[[Result], float], x: str
) -> None:
    """Mean accuracy of each row against a cost; small dots are single runs.

    Points have the numbers of the legend, because names overlap.
    """
    for i, group in enumerate(groups):
        color = CHART_COLORS[i % len(CHART_COLORS)]
        costs = [cost(run) for run in group.runs]
        values = [100 * run.top1 for run in group.runs]
        axes.plot(costs, values, '.', color=color, alpha=0.4, markersize=4)
        place = (float(np.mean(costs)), group.mean)
        axes.plot(*place, 'o', color=color, label=f'{i + 1}  {group.row.label}')
        axes.annotate(
            str(i + 1),
            place,
            (4, 4),
            textcoords='offset points',
            fontsize=8,
            color=color,
        )
    _frame(axes, x, groups[0].runs)


def _curves(axes: 'Axes', groups: Sequence[Group]) -> None:
    """Mean validation accuracy of each row after each epoch."""
    for i, group in enumerate(groups):
        values = [[float(x) for x in run.curve.split()] for run in group.runs]
        length = min(map(len, values))
        if not length:
            continue
        axes.plot(
            range(1, length + 1),
            100 * np.mean([each[:length] for each in values], 0),
            _STYLES[i // len(CHART_COLORS) % len(_STYLES)],
            color=CHART_COLORS[i % len(CHART_COLORS)],
            label=group.row.label,
        )
    _frame(axes, 'epoch', groups[0].runs)


def read_classes(path: str) -> Dict[str, float]:
    """Top-1 accuracy by class, from the file of one run.

    Args:
        path (str): A file `per_class` of the csv.

    Raises:
        FileNotFoundError: If it is missing.
        ValueError: If it has other columns.
    """
    lines = csv.DictReader(io.StringIO(read_text(path)))
    try:
        return {line['class']: float(line['top1']) for line in lines}
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(
            f'{path} is not a file of classes with the columns class, clips and top1 '
            f'({error}).'
        ) from error


def _class_map(axes: 'Axes', groups: Sequence[Group], folder: str) -> None:
    """Accuracy of each class for each row."""
    tables = [
        [read_classes(osp.join(folder, run.per_class)) for run in group.runs]
        for group in groups
    ]
    names = list(tables[0][0])
    values = 100 * np.array(
        [[np.mean([t[name] for t in each]) for name in names] for each in tables]
    )
    axes.imshow(values, vmin=0, vmax=100, cmap='viridis', aspect='auto')
    for (y, x), value in np.ndenumerate(values):
        color = 'black' if value > 60 else 'white'
        axes.text(
            x, y, f'{value:.0f}', ha='center', va='center', fontsize=6, color=color
        )
    axes.set_xticks(range(len(names)), names, rotation=60, ha='right', fontsize=7)
    axes.set_yticks(range(len(groups)), [g.row.label for g in groups], fontsize=7)
