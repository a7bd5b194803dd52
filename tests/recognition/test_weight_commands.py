"""The commands `mmvkp weights list`, `verify` and `pack`."""

import shutil

import pytest

from mmvkp.recognition import shipped_weights as shipped

from ..cli import run


def test_list(capsys):
    assert run('weights', 'list') == 0
    lines = capsys.readouterr().out.splitlines()
    weights = shipped.shipped_weights()
    assert len(lines) == 2 * len(weights)
    for line, entry in zip(lines[::2], weights.values()):
        assert line.startswith(f'{entry.url}  ') and entry.precision in line


def test_verify(tmp_path, monkeypatch, capsys):
    name, *_ = shipped.shipped_weights()
    assert run('weights', 'verify', name) == 0
    assert f'mmvkp://{name}: ok, SHA-256 ' in capsys.readouterr().out
    shutil.copytree(shipped.FOLDER, tmp_path / 'weights')
    monkeypatch.setattr(shipped, 'FOLDER', tmp_path / 'weights')
    (tmp_path / f'weights/{name}.pth').write_bytes(b'PK')
    assert run('weights', 'verify', name) == 1
    assert f'error: mmvkp://{name}: ' in capsys.readouterr().err
    assert run('weights', 'verify', 'unknown') == 1
    assert 'mmvkp has no weights with this name' in capsys.readouterr().err


@pytest.mark.parametrize('option', ['--recipe', '--seed', '--commit'])
def test_pack_needs_the_source(option, capsys):
    given = {'--recipe': 'a', '--seed': 0, '--commit': 'abc'}
    del given[option]
    words = [word for pair in given.items() for word in pair]
    assert run('weights', 'pack', 'a.pth', 'name', *words) == 1
    assert f"Missing option '{option}'" in capsys.readouterr().err
