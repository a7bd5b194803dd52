"""Share of frames that each focal block keeps: table, figure and trend."""

from typing import Dict, List, Sequence

import numpy as np

from ..recognition.logs import named_runs, read_test
from ..video.palette import CHART_COLORS

_KEPT = 'cost/kept'


def read_shares(runs: Sequence[str]) -> Dict[str, np.ndarray]:
    """Read the shares of frames kept from finished tests.

    Args:
        runs (Sequence[str]): `[NAME=]RUN`, each a work dir or log of a test with
            `ComputeCostMetric`.

    Returns:
        dict[str, np.ndarray]: Shares by name of the run, each (M,), in [0, 1].

    Raises:
        FileNotFoundError: If a run is missing.
        ValueError: If a test has no such metric, or two runs have the same name.
    """
    shares = {}
    for name, path in named_runs(list(runs)):
        metrics = read_test(path, f'{_KEPT}_0')
        values: List[float] = []
        while f'{_KEPT}_{len(values)}' in metrics:
            values.append(metrics[f'{_KEPT}_{len(values)}'])
        shares[name] = np.array(values)
    return shares


def share_table(shares: Dict[str, np.ndarray]) -> str:
    """Format the shares as a Markdown table, one row for each block.

    Args:
        shares (dict[str, np.ndarray]): Shares by name of the run.

    Shape:
        - shares: (M,) each.
    """
    lines = [f'| block | {" | ".join(shares)} |', '| ---: |' + ' ---: |' * len(shares)]
    for block in range(max(map(len, shares.values()))):
        cells = [
            f'{values[block]:.3f}' if block < len(values) else ''
            for values in shares.values()
        ]
        lines.append(f'| {block} | {" | ".join(cells)} |')
    means = [f'{values.mean():.3f}' for values in shares.values()]
    return '\n'.join([*lines, f'| mean | {" | ".join(means)} |'])


def fit_trend(shares: np.ndarray, degree: int = 3) -> np.ndarray:
    """Fit a polynomial to the shares by least squares.

    Args:
        shares (np.ndarray): Share of each block, in their order.
        degree (int): Degree, at most M - 1. Paper: 3.

    Shape:
        - shares: (M,).
        - returns: (degree + 1,), coefficients, highest power first; the variable is
          the number of the block, from 0.
    """
    shares = np.asarray(shares, float)
    return np.polyfit(np.arange(len(shares)), shares, min(degree, len(shares) - 1))


def draw_selection_share(shares: Dict[str, np.ndarray]) -> np.ndarray:
    """Draw the shares of several models and cubic trends (Fig. 5 of AFNet).

    Args:
        shares (dict[str, np.ndarray]): Share of each block by name of the model;
            models may have different numbers of blocks.

    Shape:
        - shares: (M,) each, in [0, 1].
        - returns: (H, W, 3), uint8, RGB.

    Raises:
        ValueError: If a model has no shares or one outside [0, 1].
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure((7, 4.2), dpi=120)
    canvas = FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    sizes: List[int] = [1]
    for order, (name, each) in enumerate(shares.items()):
        values = np.asarray(each, float)
        inside = (values >= 0) & (values <= 1)
        if values.ndim != 1 or not len(values) or not inside.all():
            raise ValueError(
                f'draw_selection_share: {name} has {values.tolist()}; give '
                'one share in [0, 1] per block.'
            )
        color = CHART_COLORS[order % len(CHART_COLORS)]
        blocks = np.arange(len(values))
        axes.plot(blocks, values, 'o-', color=color, label=name, markersize=4)
        fine = np.linspace(0, len(values) - 1, 200)
        trend = np.polyval(fit_trend(values), fine)
        axes.plot(fine, trend, '--', color=color, linewidth=1, alpha=0.7)
        sizes.append(len(values))
    most = max(sizes)
    axes.set_xlim(-0.3, most - 0.7)
    axes.set_ylim(0, 1.04)
    axes.set_xticks(range(0, most, max(1, most // 14)))
    axes.set_xlabel('focal block, from 0; dashed: cubic fit')
    axes.set_ylabel('share of frames kept')
    axes.spines[['top', 'right']].set_visible(False)
    legend = axes.legend(frameon=False, fontsize=8)
    for text in legend.get_texts():
        text.set_parse_math(False)  # a dollar sign in a name does not start a formula
    figure.tight_layout()
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[..., :3].copy()
