"""Positions and colours of tubes in the volume."""

import warnings

import numpy as np
import pytest
from matplotlib.colors import to_hex
from mpl_toolkits.mplot3d.art3d import Line3DCollection, Poly3DCollection

from mmvkp.tubes.draw import DrawnTube
from mmvkp.tubes.draw_space_time import (
    RIGHT_COLOR,
    TRUTH_COLOR,
    TUBE_COLORS,
    WRONG_COLOR,
    draw_space_time,
    plot_space_time,
)
from mmvkp.video import fonts

from ..video.test_fonts import write_font

LABELS = ['run', 'cost in $ and $']


def tube(first, last, box, label=0, **options):
    frames = np.arange(first, last + 1)
    return DrawnTube(
        label, frames, np.tile(np.float32(box), (len(frames), 1)), **options
    )


TRUTH = tube(2, 8, (10, 5, 30, 40), number=0)
FOUND = [
    tube(2, 9, (11, 5, 31, 40), score=0.75, number=4),
    tube(4, 6, (50, 5, 60, 20), 1, score=0.5, number=7),
]


def named(figure, kind=Line3DCollection):
    """Collections that the legend names, and their colours."""
    return {
        each.get_label(): to_hex(each.get_edgecolor()[0])
        for each in figure.axes[0].collections
        if isinstance(each, kind) and not each.get_label().startswith('_')
    }


@pytest.mark.parametrize('name', ['run', 'carry a heavy box up the stairs of a house'])
def test_the_legend_is_beside_the_axes(name):
    figure = plot_space_time((64, 64), 20, [name], [TRUTH], FOUND[:1], [True])
    figure.draw_without_rendering()
    label = figure.axes[0].zaxis.label.get_window_extent()
    legend = figure.legends[0].get_window_extent()
    assert label.x1 < legend.x0 and legend.x1 <= figure.bbox.x1
    position = figure.axes[0].get_position(original=True)
    assert position.width * figure.get_figwidth() > 9


def test_every_tube_has_its_lines_and_colour():
    figure = plot_space_time((64, 48), 10, LABELS, [TRUTH], FOUND, [True, False])
    assert named(figure) == {
        'truth 0 run, frames 2 to 8': TRUTH_COLOR,
        'found 4 run 0.75, right, frames 2 to 9': RIGHT_COLOR,
        'found 7 cost in $ and $ 0.50, wrong, frames 4 to 6': WRONG_COLOR,
    }
    texts = [text.get_text() for text in figure.axes[0].texts]
    assert texts == ['0 run', '4: 0.75', '7: 0.50']
    legend = [text.get_text() for text in figure.legends[0].get_texts()]
    assert legend == list(named(figure))


def test_lines_are_where_the_boxes_are():
    figure = plot_space_time((64, 48), 10, LABELS, [TRUTH])
    (lines,) = (
        each
        for each in figure.axes[0].collections
        if each.get_label().startswith('truth')
    )
    points = np.concatenate([np.array(each) for each in lines._segments3d])
    # The last pixel is inside.
    assert points.min(0).tolist() == [2, 10, 5]
    assert points.max(0).tolist() == [8, 31, 41]
    axes = figure.axes[0]
    assert axes.get_xlim() == (1, 10) and axes.get_ylim() == (0, 64)
    assert axes.get_zlim() == (48, 0)  # rows go down
    assert sum(isinstance(each, Poly3DCollection) for each in axes.collections) == 1


def test_without_marks_the_colour_is_that_of_the_number():
    figure = plot_space_time((64, 48), 10, LABELS, found=FOUND)
    count = len(TUBE_COLORS)
    assert list(named(figure).values()) == [
        TUBE_COLORS[4 % count],
        TUBE_COLORS[7 % count],
    ]


def test_frames_stand_in_the_volume():
    red = np.full((48, 64, 3), (250, 10, 10), np.uint8)
    figure = plot_space_time((64, 48), 10, LABELS, [TRUTH], pictures={1: red})
    (surface,) = (
        each for each in figure.axes[0].collections if each.get_label() == 'frame 1'
    )
    assert len(surface.get_facecolor()) == 48 * 64
    with_it = draw_space_time((64, 48), 10, LABELS, pictures={1: red})
    assert ((with_it == (250, 10, 10)).all(-1).sum()) > 5000


def test_the_picture_has_all_colours():
    drawn = draw_space_time(
        (64, 48), 10, LABELS, [TRUTH], FOUND, [True, False], title='cost $ and $'
    )
    assert drawn.dtype == np.uint8 and drawn.shape[2] == 3
    for color in (TRUTH_COLOR, RIGHT_COLOR, WRONG_COLOR):
        rgb = [int(color[i : i + 2], 16) for i in (1, 3, 5)]
        assert ((drawn == rgb).all(-1).sum()) > 50


def test_many_tubes_and_none():
    many = [tube(1, 2, (0, 0, 9, 9), number=i) for i in range(20)]
    figure = plot_space_time((64, 48), 10, LABELS, found=many)
    assert figure.legends[0].get_title().get_text() == '14 of 20 tubes'
    assert not plot_space_time((64, 48), 1, LABELS).legends


def test_bad_input():
    with pytest.raises(ValueError, match='label 2, but there are 2 class names'):
        plot_space_time((64, 48), 9, LABELS, [tube(1, 2, (0, 0, 9, 9), 2)])
    with pytest.raises(ValueError, match='2 found tubes, but 1 values'):
        plot_space_time((64, 48), 9, LABELS, found=FOUND, right=[True])


def test_letters_of_another_script(monkeypatch, tmp_path):
    """The figure takes the font that has them."""
    write_font(tmp_path / 'square.ttf', '走')
    own = fonts._font_files()[0]
    monkeypatch.setattr(
        fonts, '_font_files', lambda: (own, str(tmp_path / 'square.ttf'))
    )
    fonts.fonts_for.cache_clear()
    with warnings.catch_warnings():
        warnings.filterwarnings('error', message='Glyph .* missing')
        draw_space_time(
            (64, 48), 9, ['走'], found=[tube(2, 8, (10, 5, 30, 40))], title='走'
        )
    fonts.fonts_for.cache_clear()
