"""The table of commands, their help and one-line errors."""

import importlib
import os
import platform
import re
import shlex
import subprocess
import sys
import warnings

import click
import pytest

import mmvkp_cli
from mmvkp.console import Command

from .cli import check, run


def command_of(words):
    module, _, name = mmvkp_cli.COMMANDS[words].target.partition(':')
    return getattr(importlib.import_module(module), name)


@pytest.mark.parametrize('words', mmvkp_cli.COMMANDS)
def test_each_command_has_complete_help(words):
    command = command_of(words)
    # The doctor runs where the package does not.
    assert isinstance(command, Command) or words == 'doctor'
    text = command.get_help(click.Context(command, info_name=f'mmvkp {words}'))
    for title in ('Inputs:', 'Outputs:', 'Example:'):
        assert title in text
    example = re.search(r'Example:\n +(.*)', text)[1]
    assert example.startswith(f'mmvkp {words}')
    check(shlex.split(example)[1:])


@pytest.mark.parametrize(
    'words, message',
    [
        (['daat'], "unknown command 'daat'; did you mean data"),
        (['data', 'chekc'], "unknown command 'chekc'; did you mean check"),
        (['draw', 'key-points'], "Missing argument 'VIDEO'"),
        (['draw', 'key-points', '--chanel', '1'], 'No such option'),
    ],
)
def test_usage_errors_are_one_line(capsys, words, message):
    assert run(*words) == 1
    said = capsys.readouterr().err
    assert message in said and said.count('\n') == 1 and said.startswith('mmvkp')
    assert re.search(r'[.?!] See mmvkp.* --help\.$', said.strip())


@pytest.mark.parametrize('words', ['draw key-points a b', 'data check a --frmes b'])
def test_a_check_refuses_wrong_arguments(words):
    with pytest.raises(click.UsageError):
        check(words.split())


def test_help_imports_no_package():
    code = (
        'import sys, mmvkp_cli; mmvkp_cli.main(["--help"]); '
        'sys.exit("torch" in sys.modules or "mmvkp" in sys.modules)'
    )
    assert subprocess.run([sys.executable, '-c', code]).returncode == 0


def test_each_group_lists_its_commands(capsys):
    assert run('--help') == 0
    said = capsys.readouterr().out
    for group in filter(None, mmvkp_cli.GROUPS):
        assert f'\n  {group} ' in said
        assert run(group, '--help') == 0
        listed = capsys.readouterr().out
        for words in mmvkp_cli.COMMANDS:
            if words.startswith(f'{group} '):
                assert f'\n  {words.split()[1]} ' in listed


@pytest.mark.parametrize(
    'error, code, message',
    [
        (ValueError('two\nlines'), 1, 'mmvkp list: error: two lines'),
        (KeyError('no such key'), 1, 'mmvkp list: error: no such key'),
        (FileNotFoundError('no file a'), 1, 'mmvkp list: error: no file a'),
        (KeyboardInterrupt(), 130, 'interrupted'),
    ],
)
def test_errors_of_a_command_are_one_line(monkeypatch, capsys, error, code, message):
    def fail(**options):
        raise error

    monkeypatch.setattr(command_of('list'), 'callback', fail)
    assert run('list') == code
    assert capsys.readouterr().err.strip() == message


@pytest.mark.parametrize('error', [AssertionError, RuntimeError])
def test_a_bug_keeps_its_traceback(monkeypatch, error):
    def fail(**options):
        raise error

    monkeypatch.setattr(command_of('list'), 'callback', fail)
    with pytest.raises(error):
        run('list')


def test_a_user_error_has_a_traceback_on_request(monkeypatch):
    def fail(**options):
        raise ValueError('where from')

    monkeypatch.setattr(command_of('list'), 'callback', fail)
    monkeypatch.setenv('MMVKP_TRACEBACK', '1')
    with pytest.raises(ValueError, match='where from'):
        run('list')


def test_expected_warnings_of_the_hosts_are_hidden():
    """Others are shown."""
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter('always')
        assert run('--help') == 0
        warnings.warn('pkg_resources is deprecated as an API. See', stacklevel=1)
        warnings.warn('another', stacklevel=1)
    assert [str(each.message) for each in seen] == ['another']


# Pages that an array of 64 MB gives back.
_FREES = """
pages = lambda: int(open('/proc/self/statm').read().split()[1])
array = bytearray(2 ** 26)
before = pages()
del array
print('freed', before - pages(), flush=True)
"""
_COMMAND = f"""
import subprocess, sys, mmvkp_cli
sys.argv = ['mmvkp', '--help']
mmvkp_cli.main()
{_FREES}
subprocess.run([sys.executable, '-c', {_FREES!r}])
"""


@pytest.mark.skipif(
    sys.platform != 'linux' or platform.libc_ver()[0] != 'glibc', reason='needs glibc'
)
@pytest.mark.parametrize('own, kept', [({}, True), ({'MALLOC_TOP_PAD_': '1'}, False)])
def test_a_command_and_its_children_keep_freed_memory(own, kept):
    names = mmvkp_cli._DECIDED
    env = {key: value for key, value in os.environ.items() if key not in names}
    command = [sys.executable, '-c', _COMMAND]
    out = subprocess.run(command, env=dict(env, **own), capture_output=True, text=True)
    freed = [int(each) for each in re.findall(r'freed (-?\d+)', out.stdout)]
    size = os.sysconf('SC_PAGE_SIZE')
    # Settings of the user win.
    assert [each * size < 2**20 for each in freed] == [kept, kept], out.stderr


def test_a_call_from_python_leaves_the_memory_alone(monkeypatch):
    monkeypatch.setattr(mmvkp_cli, '_keep_memory', lambda: pytest.fail('called'))
    assert mmvkp_cli.main(['--help']) == 0
