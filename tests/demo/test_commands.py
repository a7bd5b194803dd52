"""The command `mmvkp demo` without Gradio."""

import importlib.util

from ..cli import run


def test_missing_gradio_is_named(monkeypatch, capsys):
    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util,
        'find_spec',
        lambda name, *rest: None if name == 'gradio' else find(name, *rest),
    )
    assert run('demo') == 1
    said = capsys.readouterr().err
    assert 'needs Gradio' in said and 'pip install "mmvkp[demo]"' in said
    assert run('demo', '--port', '0') == 1
    assert '0 is not in the range' in capsys.readouterr().err
