"""Sections of the help, and progress without a terminal."""

import click
import pytest
from mmengine.logging import print_log

from mmvkp.console import Command, command, say, track


@pytest.fixture()
def show():
    @command('A text file.', 'Its lines.', 'mmvkp show a.txt --upper')
    @click.argument('path')
    @click.option('--upper', is_flag=True, help='Use capitals.')
    def show(path, upper):
        """Print a file.

        Line by line.
        """
        return path, upper

    return show


def test_help_has_three_sections_at_its_end(show):
    assert isinstance(show, Command) and show.name == 'show'
    text = show.get_help(click.Context(show, info_name='mmvkp show'))
    assert text.startswith('Usage: mmvkp show [OPTIONS] PATH\n\n  Print a file.')
    assert text.endswith(
        'Inputs:\n  A text file.\n\nOutputs:\n  Its lines.\n\n'
        'Example:\n  mmvkp show a.txt --upper'
    )


def test_the_function_gets_its_options(show):
    assert show.main(['a.txt', '--upper'], standalone_mode=False) == ('a.txt', True)


def test_long_examples_are_not_wrapped():
    line = 'mmvkp show ' + ' '.join(f'file_{i}.txt' for i in range(20))

    @command('Files.', 'Lines.', line)
    def show():
        """Print files."""

    assert f'  {line}' in show.get_help(click.Context(show))


def test_progress_is_silent_without_a_terminal(capsys):
    assert list(track(range(3), 'reading')) == [0, 1, 2]
    assert list(track(iter('ab'), 'reading', total=2)) == ['a', 'b']
    assert capsys.readouterr() == ('', '')


def test_the_log_leaves_the_standard_output_alone(capsys):
    """Results of a command can be piped."""

    @command('No files.', 'A line.', 'mmvkp warn')
    def warn():
        """Print a line and a warning."""
        print_log('careful', 'current')
        say('result')

    warn.main([], standalone_mode=False)
    said = capsys.readouterr()
    assert said.out == 'result\n' and 'careful' in said.err
