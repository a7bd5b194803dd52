"""Figure of the accuracies of single classes under two models."""

from typing import TYPE_CHECKING, Optional, Sequence, Tuple

import numpy as np

from ..console import say
from ..video.files import write_picture
from ..video.fonts import font_families
from .class_gain import ClassGain, choose_classes, class_gain, table
from .dump_pairs import read_dumps
from .loading import class_names_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BASELINE_COLOR, METHOD_COLOR = '#9aa7b5', '#d1495b'


def draw_class_gain(
    result: ClassGain,
    chosen: np.ndarray,
    names: Sequence[str],
    legend: Tuple[str, str],
    upright: bool = False,
) -> np.ndarray:
    """Draw pairs of bars, the accuracies of some classes.

    Args:
        result (ClassGain): Accuracies.
        chosen (np.ndarray): (K,), classes from top to bottom, or left to right.
        names (Sequence[str]): Names of all classes.
        legend (tuple[str, str]): Names of baseline and method.
        upright (bool): True: vertical bars (Fig. 4 of AK-Net), for many classes.
            False: horizontal bars with the gains written beside them (Fig. 7 of
            KPSEM).

    Returns:
        np.ndarray: Figure of shape (H, W, 3), uint8, RGB.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    chosen = np.asarray(chosen, int)
    size = (8.0, 1.4 + 0.42 * len(chosen))
    if upright:
        size = (max(6.0, 2 + 0.24 * len(chosen)), 4.2)
    figure = Figure(size, dpi=120)
    canvas = FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    places = np.arange(len(chosen))
    draw = axes.bar if upright else axes.barh
    parts = (
        (-0.2, result.baseline, BASELINE_COLOR, legend[0]),
        (0.2, result.method, METHOD_COLOR, legend[1]),
    )
    for shift, values, color, name in parts:
        draw(places + shift, 100 * values[chosen], 0.38, color=color, label=name)
    if not upright:
        _write_gains(axes, result, chosen)
    _label_axes(axes, [names[i] for i in chosen], upright)
    legend_box = figure.legend(
        *axes.get_legend_handles_labels(), loc='upper center', ncols=2, frameon=False
    )
    for text in legend_box.get_texts():
        text.set_parse_math(False)
    figure.tight_layout(rect=(0, 0, 1, 1 - 0.35 / figure.get_figheight()))
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[..., :3].copy()


def _write_gains(axes: 'Axes', result: ClassGain, chosen: np.ndarray) -> None:
    """Write the gain of each class beside its horizontal bars."""
    ends = 100 * np.maximum(result.baseline, result.method)[chosen]
    for row, end, gain in zip(range(len(chosen)), ends, 100 * result.gain[chosen]):
        axes.text(end + 1, row, f'{gain:+.1f}', va='center', fontsize=8)


def _label_axes(axes: 'Axes', names: Sequence[str], upright: bool) -> None:
    """Label classes and percentages; a dollar sign in a name is not a formula."""
    if upright:
        axes.set_xticks(
            range(len(names)), names, parse_math=False, rotation=90, fontsize=8
        )
        axes.set_xlim(-0.7, len(names) - 0.3)
        axes.set_ylim(0, 100)
        axes.set_ylabel('accuracy of the class in %')
        axes.grid(axis='y', alpha=0.25)
        axes.set_axisbelow(True)
    else:
        axes.set_yticks(range(len(names)), names, parse_math=False)
        axes.set_ylim(len(names) - 0.5, -0.5)
        axes.set_xlim(0, 112)
        axes.set_xticks(range(0, 101, 20))
        axes.set_xlabel('accuracy of the class in %; numbers: gain in points')
    axes.spines[['top', 'right']].set_visible(False)


def compare_classes(
    dumps: Tuple[str, str],
    out: str,
    names: Tuple[str, str] = ('baseline', 'method'),
    classes: Optional[str] = None,
    min_gain: Optional[float] = None,
    top: int = 0,
    bottom: int = 0,
) -> None:
    """Draw the gains of a method over a baseline, and print them.

    Without `min_gain`, `top` and `bottom`, all classes with samples are drawn in
    the order of their labels.

    Args:
        dumps (tuple[str, str]): Dumps of baseline and method on the same list.
        out (str): Picture to write.
        names (tuple[str, str]): Names of baseline and method.
        classes (str, optional): File with one class name per line.
        min_gain (float, optional): See `choose_classes`, in points.
        top (int): See `choose_classes`.
        bottom (int): See `choose_classes`.

    Raises:
        FileNotFoundError: If a file is missing.
        ValueError: If the dumps do not belong together, or no class is chosen.
    """
    from matplotlib import rc_context

    scores, labels = read_dumps(dict(zip(names, dumps)))
    baseline, method = scores.values()
    class_names = class_names_of(None, baseline.shape[1], classes)
    result = class_gain(baseline, method, labels)
    least = None if min_gain is None else min_gain / 100
    every = min_gain is None and not top and not bottom
    chosen = choose_classes(result.gain, least, top, bottom)
    if every:
        chosen = np.flatnonzero(result.counts)
    overall = [100 * (each.argmax(1) == labels).mean() for each in (baseline, method)]
    better, worse = (result.gain > 0).sum(), (result.gain < 0).sum()
    summary = (
        f'{names[0]} {overall[0]:.1f} %, {names[1]} {overall[1]:.1f} %; '
        f'{better} class(es) better, {worse} worse'
    )
    if not len(chosen):
        raise ValueError(
            f'no class gains {min_gain:g} points ({summary}); lower --min-gain, '
            'or give --top and --bottom.'
        )
    say(table(result, chosen, class_names, names))
    with rc_context({'font.family': font_families(''.join(class_names))}):
        picture = draw_class_gain(result, chosen, class_names, names, every)
    write_picture(out, picture)
    say(f'\n{summary} -> {out}')
