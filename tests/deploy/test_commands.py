"""The commands of exports: how they call their functions, and their errors."""

import mmvkp  # noqa: F401, isort: skip
import pytest

from mmvkp.deploy import benchmark, export, export_table

from ..cli import run


@pytest.fixture
def given(monkeypatch):
    """Arguments of each call; the functions are replaced and return two lines."""
    calls = []

    def replaced(*arguments):
        calls.append(arguments)
        return ['first line', 'second line']

    for module, name in (
        (export, 'export_model'),
        (benchmark, 'benchmark_deploy'),
        (export_table, 'export_table'),
    ):
        monkeypatch.setattr(module, name, replaced)
    return calls


def test_export(given, capsys):
    words = ('export', 'a.py', 'a.pth', 'a.onnx')
    assert run(*words) == 0
    assert capsys.readouterr().out == 'first line\nsecond line\n'
    options = ('--precision', 'fp16', '--batch', 2, '--video', 'a.mp4')
    more = ('--size', 64, 48, '--classes', 'names.txt')
    assert run(*words, *options, *more) == 0
    assert given == [
        ('a.py', 'a.pth', 'a.onnx', 'fp32', None, None, None, None),
        ('a.py', 'a.pth', 'a.onnx', 'fp16', 2, 'a.mp4', (64, 48), 'names.txt'),
    ]


def test_benchmark_deploy(given, capsys):
    """A row brings the row that it is compared with."""
    assert run('benchmark', 'deploy') == 0
    assert capsys.readouterr().out == 'first line\nsecond line\n'
    (cases, *rest) = given.pop()
    assert list(cases) == list(benchmark.default_cases())
    assert rest == [benchmark.MODES, 224, (1, 2), 5]
    name, base = next(
        (name, case.base) for name, case in cases.items() if case.base != name
    )
    options = ('--mode', 'onnx', '--threads', 3, '--size', 64, '--repeats', 1)
    assert run('benchmark', 'deploy', '--model', name, *options) == 0
    (chosen, *rest) = given.pop()
    assert set(chosen) == {name, base}
    assert rest == [('onnx',), 64, (3,), 1]


def test_benchmark_export(given, capsys):
    """Weights belong to the models in their order; without models they are random."""
    assert run('benchmark', 'export') == 0
    assert capsys.readouterr().out == 'first line\nsecond line\n'
    models = [(recipe, None) for recipe in export_table.RECIPES]
    assert given.pop() == (models, None, (64, 64), 20)
    words = ('a.py', 'b.py', '--weights', 'a.pth', '--weights', 'b.pth')
    more = ('--out', 'x', '--size', 80, 60, '--repeats', 2)
    assert run('benchmark', 'export', *words, *more) == 0
    pairs = [('a.py', 'a.pth'), ('b.py', 'b.pth')]
    assert given.pop() == (pairs, 'x', (80, 60), 2)


@pytest.mark.parametrize(
    'words, message',
    [
        (('benchmark', 'deploy', '--model', 'VGG'), "'VGG'"),
        (('benchmark', 'deploy', '--mode', 'slow'), "'slow' is not one of"),
        (('benchmark', 'deploy', '--size', 16), '16 is not in the range x>=32'),
        (
            ('benchmark', 'export', 'a.py', '--weights', 'a', '--weights', 'b'),
            '2 --weights for 1 models; give one for each',
        ),
        (('benchmark', 'export', '--weights', 'a'), '1 --weights for 0 models'),
        (('export', 'a.py', 'a.pth'), "Missing argument 'OUT'"),
        (('export', 'a', 'b', 'c.onnx', '--precision', 'int8'), "'int8' is not one of"),
        (('export', 'a', 'b', 'c.onnx', '--batch', 0), '0 is not in the range'),
    ],
)
def test_errors_are_one_line(given, capsys, words, message):
    assert run(*words) == 1
    error = capsys.readouterr().err
    assert message in error and error.count('\n') == 1
    assert not given
