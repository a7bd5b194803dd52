"""Per-class accuracy of two models on the same test, and its picture."""

from typing import TYPE_CHECKING, NamedTuple, Optional, Sequence, Tuple

import numpy as np

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BASELINE_COLOR, METHOD_COLOR = '#9aa7b5', '#d1495b'


class ClassGain(NamedTuple):
    """Accuracy of each class, in [0, 1]; NaN where the test has no sample.

    Shape:
        - baseline, method: (C,).
        - counts: (C,), samples of each class.
    """

    baseline: np.ndarray
    method: np.ndarray
    counts: np.ndarray

    @property
    def gain(self) -> np.ndarray:
        """Method minus baseline, (C,)."""
        return self.method - self.baseline


def class_accuracy(
    scores: np.ndarray, labels: np.ndarray
) -> Tuple[np.ndarray, np.ndarray]:
    """Top-1 accuracy of each class.

    Args:
        scores (np.ndarray): Score of each class; of equal ones the first
            counts.
        labels (np.ndarray): True classes, from 0.

    Shape:
        - scores: (N, C).
        - labels: (N,).
        - returns: (C,) in [0, 1], NaN for classes without samples, and (C,)
          samples of each class.
    """
    num_classes = scores.shape[1]
    counts = np.bincount(labels, minlength=num_classes)
    right = np.bincount(labels[scores.argmax(1) == labels], minlength=num_classes)
    accuracy = np.full(num_classes, np.nan)
    np.divide(right, counts, out=accuracy, where=counts > 0)
    return accuracy, counts


def class_gain(
    baseline: np.ndarray, method: np.ndarray, labels: np.ndarray
) -> ClassGain:
    """Compare two models class by class.

    Args:
        baseline (np.ndarray): Scores of the baseline.
        method (np.ndarray): Scores of the method, for the same samples.
        labels (np.ndarray): True classes, from 0.

    Shape:
        - baseline, method: (N, C).
        - labels: (N,).
    """
    first, counts = class_accuracy(baseline, labels)
    return ClassGain(first, class_accuracy(method, labels)[0], counts)


def choose_classes(
    gain: np.ndarray, min_gain: Optional[float] = None, top: int = 0, bottom: int = 0
) -> np.ndarray:
    """Classes to show, the largest gain first.

    Args:
        gain (np.ndarray): Gain of each class; NaN is never chosen.
        min_gain (float, optional): Take all classes with at least this gain.
        top (int): Without it: as many with the largest gain.
        bottom (int): And as many with the smallest.

    Shape:
        - gain: (C,).
        - returns: class numbers; equal gains in class order.
    """
    order = np.argsort(-gain, kind='stable')
    order = order[~np.isnan(gain[order])]
    if min_gain is not None:
        # A difference of two shares may miss a round number by a little.
        return order[gain[order] >= min_gain - 1e-9]
    place = np.arange(len(order))
    return order[(place < top) | (place >= len(order) - bottom)]


def draw_class_gain(
    result: ClassGain,
    chosen: Sequence[int],
    names: Sequence[str],
    legend: Tuple[str, str],
    upright: bool = False,
) -> np.ndarray:
    """Pairs of bars, the accuracies of some classes.

    Args:
        result (ClassGain): What to draw.
        chosen (Sequence[int]): Classes from top to bottom, or from left to
            right.
        names (Sequence[str]): Names of all classes.
        legend (tuple[str, str]): Names of baseline and method.
        upright (bool): Whether the bars stand beside each other (as Fig. 4
            of AK-Net), which leaves room for many classes. Else they lie
            below each other with the gains written beside (Fig. 7 of KPSEM).

    Returns:
        np.ndarray: (H, W, 3), uint8, RGB.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    chosen = np.asarray(chosen, int)
    width, height = 8, 1.4 + 0.42 * len(chosen)
    if upright:
        width, height = max(6, 2 + 0.24 * len(chosen)), 4.2
    figure = Figure((width, height), dpi=120)
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
    """Write the gain of each class beside its lying bars."""
    ends = 100 * np.maximum(result.baseline, result.method)[chosen]
    for row, end, gain in zip(range(len(chosen)), ends, 100 * result.gain[chosen]):
        axes.text(end + 1, row, f'{gain:+.1f}', va='center', fontsize=8)


def _label_axes(axes: 'Axes', names: Sequence[str], upright: bool) -> None:
    """Name the classes and the percents."""
    # A name may hold a dollar sign, which is no formula.
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
        axes.set_xlabel('accuracy of the class in %; figures: gain in points')
    axes.spines[['top', 'right']].set_visible(False)
