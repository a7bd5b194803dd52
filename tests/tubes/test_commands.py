"""Arguments that the commands of the tubes refuse."""

import re

import pytest

from ..cli import run
from .test_dump_evaluation import evaluate, write_case


@pytest.mark.parametrize(
    'change, message',
    [
        (['--split', '2'], 'split=2, but .* has 1 split'),
        (
            ['--linker', 'viterbi', '--link-option', 'max_gap=2'],
            'viterbi has no parameters',
        ),
        (
            ['--linker', 'greedy', '--link-option', 'max_gap'],
            "'max_gap' is not NAME=VALUE",
        ),
        (
            ['--linker', 'greedy', '--link-option', 'max_gap=two'],
            "'max_gap=two' is not NAME=VA",
        ),
        (['--linker', 'best'], "'best' is not one of 'greedy', 'viterbi'"),
        (['--protocol', 'coco'], "'coco' is not one of 'act', 'voc'"),
        (['--video-iou-threshold', 'half'], "'half' is not a threshold"),
        (['--split', '1', '--split', '2'], '--split has 2 values for 1 dumps'),
        (['more.json'], 'give annotations and dump in turns'),
    ],
)
def test_mistakes(change, message, tmp_path, capsys):
    ann, dump, _, _ = write_case(tmp_path, 'trimmed_k1')
    pair = [ann, dump]
    if change == ['more.json']:
        pair, change = pair + change, []
    status = evaluate(*pair, *change)
    error = capsys.readouterr().err
    assert status == 1 and re.search(message, error), error
    assert 'Traceback' not in error


def test_output_of_several_dumps(tmp_path, capsys):
    assert evaluate('a', 'b', 'a', 'b', '--out', 'x.json') == 1
    assert '--out and --moc-out take one dump' in capsys.readouterr().err


@pytest.mark.parametrize(
    'options, message',
    [
        (['--scale', '0'], '--scale 0.0 is outside'),
        (['--boxes', '0'], 'must be positive'),
        (['--frames', '90'], '--frames 90 is less than 20 for each of 914 videos'),
    ],
)
def test_sizes_of_the_benchmark(options, message, capsys):
    assert run('benchmark', 'tube-metric', *options) == 1
    assert message in capsys.readouterr().err
