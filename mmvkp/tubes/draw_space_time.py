"""Action tubes in space and time."""

from typing import TYPE_CHECKING, Dict, List, Optional, Sequence, Tuple

import cv2
import numpy as np

from ..video.palette import CHART_COLORS
from .draw import DrawnTube, tube_text

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from mpl_toolkits.mplot3d import Axes3D

TRUTH_COLOR, RIGHT_COLOR, WRONG_COLOR = '#1f5fff', '#e02020', '#1a9a3a'
# By number of the tube, without what is near to the colour of the truth.
TUBE_COLORS = CHART_COLORS[1:]
# Cells of the longer side of a frame that stands in the volume.
_PICTURE_CELLS = 96
# Names in the legend; more make it longer than the plot.
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
    """Draw the outlines of a tube's boxes, and its four edges along time."""
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
    """Write above the first or last box of a tube."""
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
    """Put a frame upright into the volume."""
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
    """`draw_space_time` as a figure of matplotlib; arguments as there."""
    from matplotlib.figure import Figure

    tubes = [*truths, *found]
    for tube in tubes:
        if not 0 <= tube.label < len(labels):
            raise ValueError(
                f'draw_space_time: a tube has label {tube.label}, but the '
                f'{len(labels)} names of labels are for 0 to '
                f'{len(labels) - 1}.'
            )
    if right is not None and len(right) != len(found):
        raise ValueError(
            f'draw_space_time: {len(found)} found tubes, but '
            f'{len(right)} marks of right or wrong; give one '
            'for each.'
        )
    figure = Figure((11, 5.6), dpi=120)
    axes = figure.add_axes((-0.07, -0.01, 0.84, 1.02), projection='3d')
    # Else a frame would hide the tubes behind it.
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
    figure.text(0.36, 0.95, title, ha='center', fontsize=11, parse_math=False)
    _add_legend(figure, axes, len(styles))
    return figure


def _add_legend(figure: 'Figure', axes: 'Axes3D', count: int) -> None:
    """Name the tubes at the right."""
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
    """Draw tubes in the volume of a video, time to the right.

    Truths are blue and dashed, with number and class above their first box.
    Found tubes have an outline for each frame, with number and score above
    their last box; they are red if they are right and green if they are
    wrong, or if that is not known have the colour of their number. Tubes are
    never hidden by the frames, even where they are behind them.

    Args:
        size (tuple[int, int]): Width and height of the video in pixels.
        num_frames (int): Its length.
        labels (Sequence[str]): Names of the classes.
        truths (Sequence[DrawnTube]): True tubes.
        found (Sequence[DrawnTube]): Tubes of a detector.
        right (Sequence[bool], optional): Whether each of these is right.
        pictures (dict[int, np.ndarray], optional): Frames (H, W, 3), RGB,
            uint8, by their numbers, which stand in the volume.
        title (str): What stands above.

    Returns:
        np.ndarray: (H, W, 3), uint8, RGB.

    Raises:
        ValueError: If a label has no name, or there are more or fewer marks
            than found tubes.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    canvas = FigureCanvasAgg(
        plot_space_time(size, num_frames, labels, truths, found, right, pictures, title)
    )
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[..., :3].copy()
