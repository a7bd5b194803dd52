"""Lines of the csv, from the files of a run and back."""

import json
from collections import OrderedDict

import pytest
from mmengine.config import Config
from mmengine.registry import DefaultScope

from mmvkp.recognition.clip_cost import clip_cost
from mmvkp.stick_action.learning_benchmark import Run
from mmvkp.stick_action.learning_configs import write_configs
from mmvkp.stick_action.learning_results import (
    Result,
    add_results,
    read_results,
    read_run,
    validation_curve,
)
from mmvkp.stick_action.learning_rows import select_rows
from mmvkp.stick_action.settings import make_settings

from ..recognition.dump_files import write_dump

SETTINGS = make_settings('tiny', 'crowd')


def scalars(folder, time, *lines):
    path = folder / time / 'vis_data/scalars.json'
    path.parent.mkdir(parents=True)
    path.write_text('\n'.join(lines))


def test_curve_of_an_interrupted_training(tmp_path):
    scalars(
        tmp_path,
        '20260101_000000',
        '{"loss": 2.0, "step": 50}',
        '{"acc/top1": 0.25, "step": 1}',
        '{"acc/top1": 0.3, "step": 2}',
        '{"acc/to',
    )
    scalars(tmp_path, '20260101_010000', '{"acc/top1": 0.5, "step": 2}')
    assert validation_curve(str(tmp_path)) == {1: 0.25, 2: 0.5}
    assert validation_curve(str(tmp_path / 'none')) == {}


def finished_run(out):
    """Files of a run with two test clips of two classes, one of them right."""
    (row,) = select_rows(patterns=['tsn'])
    config = write_configs([row], 'data', str(out))['tsn']
    folder = out / 'tsn_seed1'
    scalars(folder, '20260101_000000', '{"acc/top1": 0.25, "step": 1}')
    test = folder / '20260101_020000/20260101_020000.json'
    test.parent.mkdir()
    metrics = {'acc/top1': 0.5, 'pair/acc': 1.0, 'pair/order_blind_ceiling': 0.5}
    test.write_text(json.dumps(metrics))
    (folder / 'cpu_seconds.csv').write_text('1,2.25\n2,1.5\n')
    write_dump(folder / 'test.pkl', [0, 0], [0, 1], num_classes=16)
    return Run('tsn', config, 1, str(folder), 2)


def test_a_finished_run(tmp_path, monkeypatch):
    run = finished_run(tmp_path)
    # A command starts without the scope that the tests set.
    monkeypatch.setattr(DefaultScope, '_instance_dict', OrderedDict())
    result, classes = read_run(run, '', SETTINGS, 'results')
    parameters, macs = clip_cost(Config.fromfile(run.config).model, 8, 64)
    assert result == Result(
        row='tsn',
        seed=1,
        after='',
        top1=0.5,
        pair_accuracy=1.0,
        mmacs=round(macs / 1e6, 4),
        kept='',
        parameters=parameters,
        cpu_seconds=3.8,
        epochs=2,
        order_blind=0.5,
        actor_blind=result.actor_blind,
        train_clips=SETTINGS['train'],
        curve='0.2500',
        per_class='results/tsn_seed1.csv',
    )
    assert classes.split('\n')[:4] == [
        'class,clips,top1',
        'arms-squat,1,1.0000',
        'squat-arms,1,0.0000',
        'squat-kick,0,nan',
    ]


def line(row, seed, top1=0.5, **other):
    values = dict(
        after='',
        pair_accuracy=0.9,
        mmacs=10.0,
        kept='',
        parameters=5,
        cpu_seconds=60.0,
        epochs=6,
        order_blind=0.5,
        actor_blind=0.4,
        train_clips=1600,
        curve='0.1 0.4',
        per_class=f'results/{row}_seed{seed}.csv',
    )
    return Result(row=row, seed=seed, top1=top1, **{**values, **other})


def test_lines_are_added_and_replaced(tmp_path):
    path = str(tmp_path / 'results.csv')
    order = ['a', 'b']
    add_results(path, [(line('b', 0), 'x'), (line('z', 0), 'x')], order)
    add_results(path, [(line('a', 1), 'x'), (line('b', 0, 0.75), 'y')], order)
    found = read_results(path)
    assert found == [line('a', 1), line('b', 0, 0.75), line('z', 0)]
    assert (tmp_path / 'results/b_seed0.csv').read_text() == 'y'
    assert (tmp_path / 'results/a_seed1.csv').read_text() == 'x'


def test_damaged_csv(tmp_path):
    path = tmp_path / 'results.csv'
    add_results(str(path), [(line('a', 0), 'x')], ['a'])
    head, values, _ = path.read_text().split('\n')
    for text, message in (
        ('row,seed\na,0\n', 'has no column after, top1'),
        (f'{head}\n{values}\n{values}\n', 'line 3: the run a with seed 0 has two'),
        (f'{head}\n{values.replace("a,0", "a,x", 1)}\n', "line 2: .*'x'"),
        (f'{head}\na,0\n', 'line 2: '),
    ):
        path.write_text(text)
        with pytest.raises(ValueError, match=message):
            read_results(str(path))
