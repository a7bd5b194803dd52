"""Plot of action tubes in space and time."""

from typing import TYPE_CHECKING, Dict, List, Optional, Sequence, Tuple, cast

import cv2
import numpy as np

from ..video.fonts import font_families
from ..video.palette import CHART_COLORS
from .draw import DrawnTube, tube_text

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from mpl_toolkits.mplot3d import Axes3D

TRUTH_COLOR, RIGHT_COLOR, WRONG_COLOR = '#1f5fff', '#e02020', '#1a9a3a'
# By number of the tube; the colour of the ground truth is excluded.
TUBE_COLORS = CHART_COLORS[1:]
# Cells of the longer side of a frame in the volume.
_PICTURE_CELLS = 96
# Most names in the legend; more exceed the height of the plot.
_MOST_NAMES = 14


def _corners(boxes: np.ndarray) -> np.ndarray:
    """Corners (n, 4, 2) of boxes at the outer edges of their pixels."""
    x1, y1, x2, y2 = np.asarray(boxes, float).T
    x2, y2 = x2 + 1, y2 + 1
    return np.stack(
        [np.stack(pair, -1) for pair in ((x1, y1), (x2, y1), (x2, y2), (x1, y2))], 1
    )


def _add_tube(
    axes: 'Axes3D', tube: DrawnTube, color: str, name: str, is_truth: bool
) -> None:
    """Draw the boxes of a tube and its four edges along time."""
    from mpl_toolkits.mplot3d.art3d import Line3DCollection, Poly3DCollection

    frames = np.asarray(tube.frames, float)
    corners = _corners(tube.boxes)
    place = np.concatenate(
        [np.broadcast_to(frames[:, None, None], (*corners.shape[:2], 1)), corners], -1
    )
    closed = np.concatenate([place, place[:, :1]], 1)
    ends = [0, len(frames) - 1]
    lines = [*closed[ends], *place.transpose(1, 0, 2)]
    axes.add_collection3d(
        Line3DCollection(
            lines,
            colors=color,
            linewidths=1.6,
            linestyles='--' if is_truth else '-',
            label=name,
            zorder=3,
        )
    )
    if not is_truth:
        axes.add_collection3d(
            Line3DCollection(
                list(closed), colors=color, linewidths=0.5, alpha=0.45, zorder=2
            )
        )
    axes.add_collection3d(
        Poly3DCollection(
            place[ends], facecolors=color, alpha=0.18 if is_truth else 0.3, zorder=2
        )
    )


def _add_tag(
    axes: 'Axes3D', tube: DrawnTube, text: str, color: str, at_end: bool
) -> None:
    """Write a text above the first or last box of a tube."""
    row = -1 if at_end else 0
    x1, y1, x2, _ = np.asarray(tube.boxes, float)[row]
    axes.text(
        float(tube.frames[row]),
        (x1 + x2 + 1) / 2,
        y1,
        text,
        color=color,
        fontsize=9,
        fontweight='bold',
        ha='center',
        va='bottom',
        zorder=5,
        parse_math=False,
        bbox=dict(boxstyle='round,pad=0.15', fc='white', ec=color, lw=0.6, alpha=0.85),
    )


def _add_picture(axes: 'Axes3D', frame: int, image: np.ndarray) -> None:
    """Draw a frame upright in the volume."""
    height, width = image.shape[:2]
    share = min(1.0, _PICTURE_CELLS / max(height, width))
    small = cv2.resize(
        image,
        (max(1, round(share * width)), max(1, round(share * height))),
        interpolation=cv2.INTER_AREA,
    )
    x, y = np.meshgrid(
        np.linspace(0, width, small.shape[1] + 1),
        np.linspace(0, height, small.shape[0] + 1),
    )
    axes.plot_surface(
        np.full(x.shape, float(frame)),
        x,
        y,
        facecolors=small / 255.0,
        rstride=1,
        cstride=1,
        shade=False,
        antialiased=False,
        zorder=1,
        label=f'frame {frame}',
    )


def _styles(
    truths: Sequence[DrawnTube],
    found: Sequence[DrawnTube],
    right: Optional[Sequence[bool]],
    labels: Sequence[str],
) -> List[Tuple[DrawnTube, str, str, str, bool]]:
    """Tube, colour, tag, name in the legend and True for ground truth."""
    styles = []
    for tube in truths:
        text = tube_text(tube, labels)
        styles.append((tube, TRUTH_COLOR, text, f'truth {text}', True))
    for order, tube in enumerate(found):
        number = order if tube.number is None else tube.number
        color = TUBE_COLORS[number % len(TUBE_COLORS)]
        mark = ''
        if right is not None:
            color = RIGHT_COLOR if right[order] else WRONG_COLOR
            mark = ', right' if right[order] else ', wrong'
        tag = str(number) if tube.score is None else f'{number}: {tube.score:.2f}'
        styles.append(
            (tube, color, tag, f'found {tube_text(tube, labels)}{mark}', False)
        )
    return styles


def plot_space_time(
    size: Tuple[int, int],
    num_frames: int,
    labels: Sequence[str],
    truths: Sequence[DrawnTube] = (),
    found: Sequence[DrawnTube] = (),
    right: Optional[Sequence[bool]] = None,
    pictures: Optional[Dict[int, np.ndarray]] = None,
    title: str = '',
) -> 'Figure':
    """Plot tubes in the volume of a video.

    Args:
        size (tuple[int, int]): See `draw_space_time`, also for the others.
        num_frames (int): Length of the video.
        labels (Sequence[str]): Class names.
        truths (Sequence[DrawnTube]): Annotated tubes.
        found (Sequence[DrawnTube]): Detected tubes.
        right (Sequence[bool], optional): True for correct tubes.
        pictures (dict[int, np.ndarray], optional): Frames of shape (H, W, 3).
        title (str): Title.

    Returns:
        Figure: Of matplotlib.

    Raises:
        ValueError: See `draw_space_time`.
    """
    from matplotlib.figure import Figure

    tubes = [*truths, *found]
    for tube in tubes:
        if not 0 <= tube.label < len(labels):
            raise ValueError(
                f'draw_space_time: a tube has label {tube.label}, but there are '
                f'{len(labels)} class names, for 0 to {len(labels) - 1}.'
            )
    if right is not None and len(right) != len(found):
        raise ValueError(
            f'draw_space_time: {len(found)} found tubes, but {len(right)} values of '
            'right; give one for each.'
        )
    figure = Figure((11, 5.6), dpi=120)
    area = (-0.07, -0.01, 0.84, 1.02)
    axes = cast('Axes3D', figure.add_axes(area, projection='3d'))
    # Otherwise frames hide tubes.
    axes.computed_zorder = False
    width, height = size
    last = max([num_frames, *(int(tube.frames.max()) for tube in tubes)])
    axes.set_xlim(1, max(last, 2))
    axes.set_ylim(0, width)
    axes.set_zlim(height, 0)
    longer = max(size)
    axes.set_box_aspect((2.2, width / longer, height / longer), zoom=1.15)
    axes.view_init(elev=18, azim=-52)
    for frame, image in (pictures or {}).items():
        _add_picture(axes, frame, image)
    styles = _styles(truths, found, right, labels)
    for tube, color, tag, name, is_truth in styles:
        frames = f'frames {tube.frames.min()} to {tube.frames.max()}'
        _add_tube(axes, tube, color, f'{name}, {frames}', is_truth)
        _add_tag(axes, tube, tag, color, not is_truth)
    axes.set_xlabel('frame', labelpad=14)
    axes.set_ylabel('x in pixels')
    axes.set_zlabel('y in pixels')
    heading = figure.text(0.36, 0.95, title, ha='center', fontsize=11, parse_math=False)
    _add_legend(figure, axes, len(styles))
    share = _widen(figure, axes)
    axes.set_position((area[0] * share, area[1], area[2] * share, area[3]))
    heading.set_x(0.36 * share)
    return figure


def _widen(figure: 'Figure', axes: 'Axes3D') -> float:
    """Widen a figure whose legend covers the labels of its axes.

    Returns:
        float: Old width divided by the new one, at most 1.
    """
    old = figure.get_figwidth()
    if figure.legends:
        figure.draw_without_rendering()
        end = axes.zaxis.label.get_window_extent().x1
        missing = end + 12 - figure.legends[0].get_window_extent().x0
        figure.set_figwidth(old + max(0.0, missing) / figure.dpi)
    return float(old / figure.get_figwidth())


def _add_legend(figure: 'Figure', axes: 'Axes3D', count: int) -> None:
    """Add the legend on the right."""
    pairs = [
        pair
        for pair in zip(*axes.get_legend_handles_labels())
        if not pair[1].startswith('frame ')
    ]
    if not pairs:
        return
    note = (
        f'{count} tubes' if count <= _MOST_NAMES else f'{_MOST_NAMES} of {count} tubes'
    )
    legend = figure.legend(
        *zip(*pairs[:_MOST_NAMES]),
        loc='center right',
        fontsize=8,
        frameon=False,
        title=note,
    )
    for text in legend.get_texts():
        text.set_parse_math(False)


def draw_space_time(
    size: Tuple[int, int],
    num_frames: int,
    labels: Sequence[str],
    truths: Sequence[DrawnTube] = (),
    found: Sequence[DrawnTube] = (),
    right: Optional[Sequence[bool]] = None,
    pictures: Optional[Dict[int, np.ndarray]] = None,
    title: str = '',
) -> np.ndarray:
    """Draw tubes in the volume of a video; time runs to the right.

    Ground truth is blue and dashed, with number and class above the first box.
    Detected tubes have an outline per frame, with number and score above the last
    box; correct tubes are red, wrong ones green, and others have the colour of
    their number. Frames never hide tubes.

    Args:
        size (tuple[int, int]): Width and height of the video in pixels.
        num_frames (int): Length of the video.
        labels (Sequence[str]): Class names.
        truths (Sequence[DrawnTube]): Annotated tubes.
        found (Sequence[DrawnTube]): Detected tubes.
        right (Sequence[bool], optional): True for correct tubes; one per detected
            tube.
        pictures (dict[int, np.ndarray], optional): Frames of shape (H, W, 3),
            RGB, uint8, by frame number, drawn in the volume.
        title (str): Title.

    Returns:
        np.ndarray: (H, W, 3), uint8, RGB.

    Raises:
        ValueError: If a label has no name, or the number of values of `right`
            differs from the number of detected tubes.
    """
    from matplotlib import rc_context
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    with rc_context({'font.family': font_families(''.join([title, *labels]))}):
        canvas = FigureCanvasAgg(
            plot_space_time(
                size, num_frames, labels, truths, found, right, pictures, title
            )
        )
        canvas.draw()
    return np.asarray(canvas.buffer_rgba())[..., :3].copy()
