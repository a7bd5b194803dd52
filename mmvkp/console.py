"""What all commands share: their help, their output and progress bars."""

import inspect
from typing import Any, Callable, Dict, Iterable, Iterator, Optional, TypeVar

import click
from rich.console import Console
from rich.progress import track as _track

T = TypeVar('T')
# Results go to the standard output, everything else to the standard error.
say = click.echo
_PROGRESS = Console(stderr=True)


class Command(click.Command):
    """A command whose help ends in its inputs, its outputs and an example.

    Args:
        inputs (str): Files and folders that are read.
        outputs (str): Files that are written, or what is printed.
        example (str): A command line that works.
        **kwargs: Those of `click.Command`.
    """

    def __init__(self, inputs: str, outputs: str, example: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.sections: Dict[str, str] = dict(
            Inputs=inputs, Outputs=outputs, Example=example
        )

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the three sections."""
        for title, text in self.sections.items():
            with formatter.section(title):
                if title == 'Example':
                    formatter.write(f'{"":{formatter.current_indent}}{text}\n')
                else:
                    formatter.write_text(text)


def command(
    inputs: str, outputs: str, example: str, **kwargs: Any
) -> Callable[[Callable[..., Any]], Command]:
    """Make a command of a function; its docstring is the help.

    Options are added by `click.argument` and `click.option` below it. Errors are
    raised as ValueError, TypeError, KeyError or OSError, or as
    `click.UsageError` where options do not go together; `mmvkp_cli.main` writes
    them in one line.

    Args:
        inputs (str): See `Command`.
        outputs (str): See `Command`.
        example (str): See `Command`.
        **kwargs: Those of `click.Command`.

    Returns:
        Callable: Decorator.

    Example:
        >>> @command('A text file.', 'Its lines.', 'mmvkp show a.txt')
        ... @click.argument('path')
        ... def show(path: str) -> None:
        ...     '''Print a file.'''
    """

    def decorate(function: Callable[..., Any]) -> Command:
        text = inspect.cleandoc(function.__doc__ or '')
        made = click.command(
            cls=Command,
            inputs=inputs,
            outputs=outputs,
            example=example,
            help=text,
            **kwargs,
        )(function)
        return made

    return decorate


def track(
    items: Iterable[T], description: str, total: Optional[int] = None
) -> Iterator[T]:
    """Go through items with a progress bar on the standard error.

    Without a terminal nothing is drawn.

    Args:
        items (Iterable): The items.
        description (str): Text before the bar.
        total (int, optional): Number of items, where `len` does not know it.

    Yields:
        object: Each item.
    """
    yield from _track(
        items,
        description,
        total=total,
        console=_PROGRESS,
        transient=True,
        disable=not _PROGRESS.is_terminal,
    )
