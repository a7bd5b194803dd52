"""Accuracy of models against what they cost."""

from typing import TYPE_CHECKING, Dict, List, NamedTuple, Sequence

import numpy as np

from ..video.palette import CHART_COLORS

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ALONE_COLOR = '#8a8f98'


class CostPoint(NamedTuple):
    """One model on one test.

    Args:
        name (str): What is written beside it; may be empty.
        curve (str): Points of one curve are joined and share a colour. Those
            without, with an empty one, stand alone in grey.
        gmacs (float): 10^9 multiply-accumulates per video, positive.
        accuracy (float): Accuracy or mean average precision, in [0, 1].
        published (bool): Whether the numbers are taken from a publication;
            such points are hollow.
    """

    name: str
    curve: str
    gmacs: float
    accuracy: float
    published: bool = False


def by_curve(points: Sequence[CostPoint]) -> Dict[str, List[CostPoint]]:
    """Points of each curve, the cheapest first; curves as they come."""
    curves: Dict[str, List[CostPoint]] = {}
    for point in points:
        curves.setdefault(point.curve, []).append(point)
    return {
        name: sorted(parts, key=lambda part: part.gmacs)
        for name, parts in curves.items()
    }


def _draw_points(axes: 'Axes', points: Sequence[CostPoint], color: str) -> None:
    """Draw discs with their names, hollow for published ones."""
    for point in points:
        place = (point.gmacs, 100 * point.accuracy)
        axes.plot(
            *place,
            'o',
            color=color,
            markerfacecolor='white' if point.published else color,
        )
        if point.name:
            axes.annotate(
                point.name,
                place,
                (5, -11),
                textcoords='offset points',
                fontsize=8,
                color=color,
                parse_math=False,
            )


def draw_accuracy_cost(
    points: Sequence[CostPoint], metric: str = 'top-1 accuracy'
) -> np.ndarray:
    """Draw accuracy against GMACs per video (as Fig. 4 of AFNet and Fig. 5 of
    AK-Net do).

    Args:
        points (Sequence[CostPoint]): Models.
        metric (str): Name of the accuracy.

    Returns:
        np.ndarray: (H, W, 3), uint8, RGB.

    Raises:
        ValueError: If there is no point, or one is out of range.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    if not points:
        raise ValueError('draw_accuracy_cost: there is no point to draw.')
    for point in points:
        if not (
            np.isfinite(point.gmacs) and point.gmacs > 0 and 0 <= point.accuracy <= 1
        ):
            raise ValueError(
                f'draw_accuracy_cost: {point.name or point.curve} has '
                f'{point.gmacs} GMACs and an accuracy of {point.accuracy}; '
                'GMACs must be positive, the accuracy in [0, 1].'
            )
    figure = Figure((7, 4.6), dpi=120)
    canvas = FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    curves = by_curve(points)
    alone = curves.pop('', [])
    colors = [CHART_COLORS[i % len(CHART_COLORS)] for i in range(len(curves))]
    for color, (curve, parts) in zip(
        [*colors, ALONE_COLOR], [*curves.items(), ('', alone)]
    ):
        if curve:
            axes.plot(
                [part.gmacs for part in parts],
                [100 * part.accuracy for part in parts],
                '-',
                color=color,
                linewidth=1.2,
                label=curve,
            )
        _draw_points(axes, parts, color)
    axes.margins(0.14)
    axes.set_xlabel('GMACs per video')
    hollow = any(point.published for point in points)
    axes.set_ylabel(f'{metric} in %' + ('; hollow: as published' if hollow else ''))
    axes.grid(alpha=0.25)
    axes.spines[['top', 'right']].set_visible(False)
    if curves:
        legend = axes.legend(frameon=False, fontsize=9)
        for text in legend.get_texts():
            text.set_parse_math(False)
    figure.tight_layout()
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[..., :3].copy()
