"""Table of times in torch and ONNX Runtime, with small networks."""

import mmvkp  # noqa: F401, isort: skip
import re

import pytest
import torch

from mmvkp.deploy.benchmark import Case, benchmark_deploy, default_cases

from .small_models import small_config


def small_case(name, base, share=None):
    model = small_config(name).model.to_dict()
    model.pop('data_preprocessor')
    return Case(base, model, 4, share=share)


def rows_of(lines):
    """Rows as cells, after the settings and two lines of the header."""
    return [[cell.strip() for cell in line.split('|')[1:-1]] for line in lines[3:]]


def test_rows_and_ratios():
    cases = {
        'TSM': small_case('tsm', 'TSM'),
        'AK-Net': small_case('aknet', 'TSM'),
        'AFNet r=1': small_case('afnet', 'AFNet r=1', 1.0),
        'AFNet r=0.5': small_case('afnet', 'AFNet r=1', 0.5),
    }
    lines = list(benchmark_deploy(cases, ('eager', 'accelerated'), 32, (1,), repeats=2))
    rows = rows_of(lines)
    assert [row[1] for row in rows] == list(cases)
    macs = [float(row[4]) for row in rows]
    assert macs[0] == macs[2] == 1 and 0.5 < macs[3] < 1
    for row in rows:
        assert row[0] == '1' and len(row) == 7
        assert all(re.fullmatch(r'[\d.]+ \([\d.]+\)', cell) for cell in row[5:])
    assert rows[0][5].endswith('(1.000)')


def test_a_network_that_torch_cannot_compile(monkeypatch, capsys):
    def fail(*_):
        raise RuntimeError('no kernel\nmore')

    def compiled(network, dynamic):
        assert not dynamic  # each network has its own size
        return fail if network.model.backbone.__class__.__name__ == 'AKNet' else network

    monkeypatch.setattr(torch, 'compile', compiled)
    cases = {'TSM': small_case('tsm', 'AK-Net'), 'AK-Net': small_case('aknet', 'TSM')}
    rows = rows_of(list(benchmark_deploy(cases, ('compiled',), 32, (1,), repeats=1)))
    # Without its base a row has no ratio.
    assert re.fullmatch(r'[\d.]+', rows[0][5]) and rows[1][5] == '-'
    assert capsys.readouterr().err == 'torch.compile of AKNet failed: no kernel\n'


def test_each_compiled_network_has_its_program(monkeypatch):
    """More networks than torch compiles for one function by default."""
    programs = []

    def backend(graph, inputs):
        programs.append(graph)
        return graph

    compile_ = torch.compile
    monkeypatch.setattr(
        torch, 'compile', lambda net, dynamic: compile_(net, backend=backend)
    )
    cases = {str(i): small_case('tsm', '0') for i in range(10)}
    for i, case in enumerate(cases.values()):
        case.model['cls_head']['num_classes'] = 2 + i
    list(benchmark_deploy(cases, ('compiled',), 32, (1,), repeats=1))
    assert len(programs) >= len(cases)


def test_wrong_options():
    with pytest.raises(ValueError, match='add the base TSM'):
        list(benchmark_deploy({'a': small_case('tsm', 'TSM')}, ('eager',)))
    with pytest.raises(ValueError, match="mode='slow'"):
        list(benchmark_deploy({}, ('slow',)))


def test_the_published_cases():
    cases = default_cases()
    assert {each.base for each in cases.values()} <= set(cases)
    assert [each.share for each in cases.values() if each.share] == [1, 0.8, 0.5, 0.25]
