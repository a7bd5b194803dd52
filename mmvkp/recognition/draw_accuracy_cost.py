"""Figure of accuracy against cost (Fig. 4 of AFNet, Fig. 5 of AK-Net)."""

from typing import TYPE_CHECKING, Sequence

import numpy as np

from ..video.palette import CHART_COLORS
from .accuracy_cost import CostPoint, by_curve

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SINGLE_COLOR = '#8a8f98'


def _draw_points(axes: 'Axes', points: Sequence[CostPoint], color: str) -> None:
    """Draw discs with their names, hollow for published numbers."""
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


def _check_points(points: Sequence[CostPoint]) -> None:
    """Refuse an empty figure and values out of range."""
    if not points:
        raise ValueError('draw_accuracy_cost: no points to draw.')
    for point in points:
        if not (
            np.isfinite(point.gmacs) and point.gmacs > 0 and 0 <= point.accuracy <= 1
        ):
            raise ValueError(
                f'draw_accuracy_cost: {point.name or point.curve} has '
                f'{point.gmacs} GMACs and an accuracy of {point.accuracy}; '
                'GMACs must be positive, the accuracy in [0, 1].'
            )


def draw_accuracy_cost(
    points: Sequence[CostPoint], metric: str = 'top-1 accuracy'
) -> np.ndarray:
    """Draw accuracy against GMACs per video.

    Args:
        points (Sequence[CostPoint]): Models.
        metric (str): Name of the accuracy.

    Returns:
        np.ndarray: Figure of shape (H, W, 3), uint8, RGB.

    Raises:
        ValueError: If the list is empty, or a point is out of range.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    _check_points(points)
    figure = Figure((7, 4.6), dpi=120)
    canvas = FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    curves = by_curve(points)
    single = curves.pop('', [])
    for i, (curve, parts) in enumerate(curves.items()):
        color = CHART_COLORS[i % len(CHART_COLORS)]
        axes.plot(
            [part.gmacs for part in parts],
            [100 * part.accuracy for part in parts],
            '-',
            color=color,
            linewidth=1.2,
            label=curve,
        )
        _draw_points(axes, parts, color)
    _draw_points(axes, single, SINGLE_COLOR)
    axes.margins(0.14)
    axes.set_xlabel('GMACs per video')
    hollow = any(point.published for point in points)
    axes.set_ylabel(f'{metric} in %' + ('; hollow: published' if hollow else ''))
    axes.grid(alpha=0.25)
    axes.spines[['top', 'right']].set_visible(False)
    if curves:
        legend = axes.legend(frameon=False, fontsize=9)
        for text in legend.get_texts():
            text.set_parse_math(False)
    figure.tight_layout()
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[..., :3].copy()
