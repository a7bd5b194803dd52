"""The command line in this process: a subprocess takes seconds to import."""

import re
import shlex

import click
from mmengine.logging import MessageHub, MMLogger

import mmvkp_cli

# Options of a training or test that read the data in this process.
HERE = [
    option
    for loader in ('train_dataloader', 'val_dataloader', 'test_dataloader')
    for option in (f'{loader}.num_workers=0', f'{loader}.persistent_workers=False')
]


def run(*words: object) -> int:
    """Run `mmvkp WORDS` and return its exit code; use `capsys` for its output.

    The logs of earlier commands are forgotten, as in a new process: MMEngine names
    them by the second of their start, so two fast commands would share one.
    """
    MMLogger._instance_dict.clear()
    MessageHub._instance_dict.clear()
    return mmvkp_cli.main([str(each) for each in words])


def lines_of(text: str) -> list:
    """Command lines in the fenced blocks of a page, without comments."""
    lines = []
    for block in re.findall(r'```(?:bash|shell|console)\n(.*?)```', text, re.DOTALL):
        for line in block.replace('\\\n', ' ').splitlines():
            words = shlex.split(line, comments=True)
            if words:
                lines.append(words)
    return lines


def check(words: list) -> None:
    """Parse `WORDS` of a command line without running it.

    Raises:
        click.UsageError: If the command, an option or the number of arguments is
            wrong. Files need not exist.
    """
    context = click.Context(mmvkp_cli.cli, info_name='mmvkp')
    group, rest = mmvkp_cli.cli, list(words)
    while isinstance(group, click.Group):
        _, group, rest = group.resolve_command(context, rest)
    try:
        group.make_context(' '.join(words[:2]), rest, parent=context)
    except click.BadParameter as error:
        if 'does not exist' not in error.format_message():
            raise
