"""Calls of `mmvkp data convert` for the tests of its formats."""

from pathlib import Path

from mmvkp.tubes.annotations import load_tube_annotations

from ..cli import run

CASES = Path(__file__).parents[1] / 'data/annotation_cases'


def write(name, text):
    """Write a file and the folders above it; returns its name."""
    Path(name).parent.mkdir(parents=True, exist_ok=True)
    Path(name).write_text(text)
    return name


def convert(*arguments, test='Walk/b'):
    """Run with a list of test videos; returns the annotations."""
    write('test.txt', f'{test}\n')
    assert run('data', 'convert', *arguments, '--test', 'test.txt') == 0
    return load_tube_annotations('out.pkl')


def faults(capsys, *arguments):
    """Run on something wrong; returns the messages."""
    write('test.txt', '')
    Path('out.pkl').unlink(missing_ok=True)
    assert run('data', 'convert', *arguments, '--test', 'test.txt') == 1
    assert not Path('out.pkl').exists()
    return capsys.readouterr().err
