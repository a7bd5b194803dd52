"""Share of frames that each block keeps, and its trend."""

from typing import Dict

import numpy as np

from ..video.palette import CHART_COLORS


def fit_trend(shares: np.ndarray, degree: int = 3) -> np.ndarray:
    """Coefficients of a polynomial through the shares, least squares.

    Args:
        shares (np.ndarray): Share of each block, in their order.
        degree (int): Degree. Paper: 3. With fewer blocks than coefficients
            it is one less than the number of blocks.

    Shape:
        - shares: (M,).
        - returns: (degree + 1,), highest power first, of the block's number
          counted from 0.
    """
    shares = np.asarray(shares, float)
    return np.polyfit(np.arange(len(shares)), shares, min(degree, len(shares) - 1))


def draw_selection_share(shares: Dict[str, np.ndarray]) -> np.ndarray:
    """Shares of several models and their cubic trends (Fig. 5 of AFNet).

    Args:
        shares (dict[str, np.ndarray]): Share of each block by name of the
            model; numbers of blocks may differ.

    Shape:
        - shares: (M,) each, in [0, 1].
        - returns: (H, W, 3), uint8, RGB.

    Raises:
        ValueError: If a share is outside [0, 1] or there is none.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure((7, 4.2), dpi=120)
    canvas = FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    most = 1
    for order, (name, values) in enumerate(shares.items()):
        values = np.asarray(values, float)
        if (
            values.ndim != 1
            or not len(values)
            or not ((values >= 0) & (values <= 1)).all()
        ):
            raise ValueError(
                f'draw_selection_share: {name} has {values.tolist()}; give '
                'one share in [0, 1] per block.'
            )
        color = CHART_COLORS[order % len(CHART_COLORS)]
        blocks = np.arange(len(values))
        axes.plot(blocks, values, 'o-', color=color, label=name, markersize=4)
        fine = np.linspace(0, len(values) - 1, 200)
        axes.plot(
            fine,
            np.polyval(fit_trend(values), fine),
            '--',
            color=color,
            linewidth=1,
            alpha=0.7,
        )
        most = max(most, len(values))
    axes.set_xlim(-0.3, most - 0.7)
    axes.set_ylim(0, 1.04)
    axes.set_xticks(range(0, most, max(1, most // 14)))
    axes.set_xlabel('focal block, from 0; dashed: cubic fit')
    axes.set_ylabel('share of frames kept')
    axes.spines[['top', 'right']].set_visible(False)
    legend = axes.legend(frameon=False, fontsize=8)
    for text in legend.get_texts():
        text.set_parse_math(False)  # a dollar sign in a name is no formula
    figure.tight_layout()
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[..., :3].copy()
