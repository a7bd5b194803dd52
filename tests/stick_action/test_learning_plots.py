"""Figures of the learning benchmark: their values by hand, and one file."""

import cv2
import numpy as np
import pytest
from matplotlib.figure import Figure

from mmvkp.stick_action import learning_plots
from mmvkp.stick_action.learning_plots import Group, draw_plots, read_classes
from mmvkp.stick_action.learning_rows import Row

from .test_learning_results import line

ROWS = (
    Row('host', 'Host', ''),
    Row('none', 'Without runs', ''),
    Row('ours', 'Ours', '', 'host', 'host'),
)
RUNS = [
    line('host', 0, 0.5, mmacs=10.0, cpu_seconds=60.0, curve='0.1 0.4'),
    line('host', 1, 0.7, mmacs=10.0, cpu_seconds=80.0, curve='0.3 0.5 0.6'),
    line('ours', 0, 0.8, mmacs=6.0, cpu_seconds=30.0, curve='0.7', after='host'),
    line('ours', 1, 0.9, mmacs=8.0, cpu_seconds=10.0, curve='0.9', after='host'),
]
# Top-1 accuracy of both classes in each run.
CLASSES = {
    'host_seed0': (0.25, 0.75),
    'host_seed1': (0.75, 0.25),
    'ours_seed0': (1.0, 0.5),
    'ours_seed1': (1.0, 0.75),
}


@pytest.fixture
def axes(tmp_path, monkeypatch):
    """Axes of each figure; nothing is written."""
    drawn, sizes = {}, {}

    def save(path, draw, size):
        name = path.rsplit('/', 1)[1]
        sizes[name] = size
        drawn[name] = Figure().add_subplot()
        draw(drawn[name])

    monkeypatch.setattr(learning_plots, '_save', save)
    (tmp_path / 'results').mkdir()
    for name, (kick, push) in CLASSES.items():
        text = f'class,clips,top1\nkick,4,{kick}\npush,4,{push}\n'
        (tmp_path / f'results/{name}.csv').write_text(text)
    titles = draw_plots(RUNS, ROWS, str(tmp_path), str(tmp_path))
    assert list(titles) == list(drawn)
    assert list(drawn) == ['macs.png', 'time.png', 'curves.png', 'classes.png']
    # 0.3 inches for each row with runs.
    assert sizes['macs.png'] == (10, 6)
    assert sizes['classes.png'] == (10, pytest.approx(2.1))
    return drawn


def lines_of(axes, marker=None):
    """Points of lines by label: of one marker, or all labelled ones."""
    return {
        each.get_label(): np.stack(each.get_data(), 1).round(6).tolist()
        for each in axes.get_lines()
        if not each.get_label().startswith('_') and marker in (None, each.get_marker())
    }


def test_mean_of_a_row():
    assert Group(ROWS[0], RUNS[:2]).mean == pytest.approx(60)


def test_accuracy_against_macs(axes):
    """Means of the rows with their numbers; small dots are the runs."""
    assert lines_of(axes['macs.png'], 'o') == {
        '1  Host': [[10, 60]],
        '2  Ours': [[7, 85]],
    }
    dots = [
        np.stack(each.get_data(), 1).round(6).tolist()
        for each in axes['macs.png'].get_lines()
        if each.get_marker() == '.'
    ]
    assert dots == [[[10, 50], [10, 70]], [[6, 80], [8, 90]]]
    texts = [each.get_text() for each in axes['macs.png'].texts]
    assert texts[:2] == ['1', '2']
    assert axes['macs.png'].get_xlabel() == 'MMACs per clip'


def test_time_of_both_stages(axes):
    """60 and 80 s; 30 + 60 and 10 + 80 s after the first stage of the same seed."""
    assert lines_of(axes['time.png'], 'o') == {
        '1  Host': [[70, 60]],
        '2  Ours': [[90, 85]],
    }


def test_curves_end_with_the_shortest_one(axes):
    assert lines_of(axes['curves.png']) == {
        'Host': [[1, 20], [2, 45]],
        'Ours': [[1, 80]],
    }


def test_a_run_without_validation_has_no_curve():
    drawn = Figure().add_subplot()
    groups = [Group(ROWS[0], RUNS[:2]), Group(ROWS[2], [line('ours', 0, curve='')])]
    learning_plots._curves(drawn, groups)
    assert list(lines_of(drawn)) == ['Host']


def test_ceilings(axes):
    """Dotted lines over the whole width; all accuracies are in percent."""
    for name in ('macs.png', 'time.png', 'curves.png'):
        dotted = [
            each.get_ydata()[0]
            for each in axes[name].get_lines()
            if each.get_linestyle() == ':' and each.get_color() == '#8a8f98'
        ]
        assert dotted == pytest.approx([50, 40])
        texts = [each.get_text() for each in axes[name].texts]
        assert texts[-2:] == ['order-blind ceiling', 'actor-blind ceiling']
        assert axes[name].get_ylim() == (0, 102)


def test_accuracy_of_each_class(axes):
    drawn = axes['classes.png']
    (image,) = drawn.get_images()
    assert image.get_array().tolist() == [[50, 50], [100, 62.5]]
    assert [each.get_text() for each in drawn.texts] == ['50', '50', '100', '62']
    assert [each.get_text() for each in drawn.get_xticklabels()] == ['kick', 'push']
    assert [each.get_text() for each in drawn.get_yticklabels()] == ['Host', 'Ours']
    # Dark cells have white numbers.
    assert [each.get_color() for each in drawn.texts] == [
        *('white', 'white', 'black', 'black')
    ]


def test_a_file(tmp_path):
    """4 x 3 inches; an error leaves no file."""
    path = tmp_path / 'a.png'
    learning_plots._save(str(path), lambda axes: axes.plot([0, 1], [0, 1]), (4, 3))
    assert cv2.imread(str(path)).shape == (300, 400, 3)

    def fail(axes):
        raise ValueError('no data')

    with pytest.raises(ValueError, match='no data'):
        learning_plots._save(str(tmp_path / 'b.png'), fail, (4, 3))
    assert [each.name for each in tmp_path.iterdir()] == ['a.png']


def test_files_of_classes(tmp_path):
    path = tmp_path / 'a.csv'
    path.write_text('class,clips,top1\nkick,4,0.25\npush,0,nan\n')
    found = read_classes(str(path))
    assert list(found) == ['kick', 'push'] and found['kick'] == 0.25
    assert np.isnan(found['push'])
    for text in ('name\nx\n', 'class,clips,top1\nkick,4,high\n', 'class,top1\nkick\n'):
        path.write_text(text)
        with pytest.raises(
            ValueError, match='a.csv is not a file of classes with the columns class'
        ):
            read_classes(str(path))
    with pytest.raises(FileNotFoundError):
        read_classes(str(tmp_path / 'none.csv'))
