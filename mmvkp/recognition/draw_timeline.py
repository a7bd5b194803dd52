"""Scores of classes or tubes over the time of a video."""

from typing import TYPE_CHECKING, Dict, List, NamedTuple, Tuple

import numpy as np

from ..video.fonts import clean_text, font_families
from ..video.palette import CHART_COLORS

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Rows and panels of a figure that is still legible.
MAX_ROWS, MAX_PANELS = 24, 20
_NAME = 32


class Row(NamedTuple):
    """Row of a timeline.

    Attributes:
        name (str): Class, or number and class of a tube.
        spans (list[tuple]): Start and end in seconds and score in [0, 1] of each part.
    """

    name: str
    spans: List[Tuple[float, float, float]]


def draw_timeline(panels: Dict[str, List[Row]]) -> np.ndarray:
    """Draw one panel per video; a higher score has a darker colour.

    Args:
        panels (dict[str, list[Row]]): At most `MAX_PANELS` lists of rows by the name of
            the video; rows after the first `MAX_ROWS` are counted in the title.

    Shape:
        - returns: (H, W, 3), uint8, RGB.

    Raises:
        ValueError: If the number of panels is 0 or too large.
    """
    from matplotlib import rc_context
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    if not 0 < len(panels) <= MAX_PANELS:
        raise ValueError(
            f'draw_timeline: {len(panels)} videos; a figure shows 1 to {MAX_PANELS}.'
        )
    sizes = [1.3 + 0.26 * min(MAX_ROWS, len(rows)) for rows in panels.values()]
    names = [*panels, *(row.name for rows in panels.values() for row in rows)]
    text = clean_text(' '.join(names))
    with rc_context({'font.family': font_families(text)}):
        figure = Figure((9, sum(sizes)), dpi=110, layout='constrained')
        canvas = FigureCanvasAgg(figure)
        grid = figure.subplots(
            len(panels), squeeze=False, gridspec_kw=dict(height_ratios=sizes)
        )
        for axes, (name, rows) in zip(grid[:, 0], panels.items()):
            _draw_panel(axes, name, rows)
        canvas.draw()
    return np.asarray(canvas.buffer_rgba())[..., :3].copy()


def _shorten(name: str, limit: int) -> str:
    """Name with its middle cut out."""
    name, half = clean_text(name), limit // 2
    return name if len(name) <= limit else f'{name[: half - 1]}…{name[-half:]}'


def _draw_panel(axes: 'Axes', name: str, rows: List[Row]) -> None:
    """Draw the rows of one video, the first one at the top."""
    from matplotlib.colors import to_rgba

    shown = rows[:MAX_ROWS]
    more = f' ({len(rows) - MAX_ROWS} more rows)' if len(rows) > MAX_ROWS else ''
    axes.set_title(_shorten(name, 90) + more, fontsize=9, loc='left', parse_math=False)
    for number, row in enumerate(shown):
        color = CHART_COLORS[number % len(CHART_COLORS)]
        axes.broken_barh(
            [(start, end - start) for start, end, _ in row.spans],
            (number - 0.4, 0.8),
            facecolors=[to_rgba(color, 0.1 + 0.9 * s) for *_, s in row.spans],
            linewidth=0,
        )
        best = max((score for *_, score in row.spans), default=0.0)
        axes.annotate(
            f'{100 * best:.0f} %',
            (1.005, number),
            xycoords=('axes fraction', 'data'),
            va='center',
            fontsize=8,
        )
    axes.set_yticks(
        range(len(shown)), [_shorten(row.name, _NAME) for row in shown], fontsize=8
    )
    for label in axes.get_yticklabels():
        label.set_parse_math(False)
    axes.set_ylim(max(1, len(shown)) - 0.4, -0.6)
    axes.set_xlim(
        0, max((end for row in rows for _, end, _ in row.spans), default=1.0) or 1.0
    )
    axes.set_xlabel('seconds; right: highest score', fontsize=8)
    axes.tick_params(axis='x', labelsize=8)
    axes.spines[['top', 'right', 'left']].set_visible(False)
    axes.tick_params(axis='y', length=0)
    if not rows:
        axes.text(0.5, 0.5, 'nothing found', transform=axes.transAxes, ha='center')
