"""Help, output and progress bars of all commands."""

import inspect
import logging
import sys
from contextlib import contextmanager
from typing import (
    Any,
    Callable,
    Dict,
    Iterable,
    Iterator,
    Mapping,
    Optional,
    Tuple,
    TypeVar,
)

import click
from rich.console import Console
from rich.progress import track as _track

from .host_stack import MISSING

T = TypeVar('T')
# Results are written to the standard output, all other text to the standard error.
say = click.echo
_PROGRESS = Console(stderr=True)


class Command(click.Command):
    """Command whose help ends with its inputs, its outputs and an example.

    Args:
        inputs (str): Files and folders that are read.
        outputs (str): Files that are written, or printed results.
        example (str): A command line that works.
        makes (Mapping[str, tuple[str, str]]): Of a converter, by the name of each
            file that recipes load: the public file and its page.
        **kwargs: Arguments of `click.Command`.
    """

    def __init__(
        self,
        inputs: str,
        outputs: str,
        example: str,
        makes: Optional[Mapping[str, Tuple[str, str]]] = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.makes = dict(makes or {})
        self.sections: Dict[str, str] = dict(
            Inputs=inputs, Outputs=outputs, Example=example
        )

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; the log does not mix with its results."""
        with log_to_stderr():
            return super().invoke(ctx)

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
    """Make a command from a function; its docstring is the help.

    Options are added with `click.argument` and `click.option` below it. User errors
    are raised as ValueError, TypeError, KeyError or OSError, or as
    `click.UsageError` for options that exclude each other; `mmvkp_cli.main` prints
    them in one line.

    Args:
        inputs (str): See `Command`.
        outputs (str): See `Command`.
        example (str): See `Command`.
        **kwargs: `makes` of `Command`, and arguments of `click.Command`.

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
        return click.command(
            cls=Command,
            inputs=inputs,
            outputs=outputs,
            example=example,
            help=text,
            **kwargs,
        )(function)

    return decorate


@contextmanager
def log_to_stderr() -> Iterator[None]:
    """Send the log of MMEngine to the standard error for the time of a block.

    Its logger writes to the standard output, where the results of commands are.
    """
    if MISSING:
        yield
        return
    from mmengine.logging import MMLogger

    handlers = [
        each
        for each in MMLogger.get_current_instance().handlers
        if type(each) is logging.StreamHandler
    ]
    streams = [each.stream for each in handlers]
    for each in handlers:
        each.stream = sys.stderr
    try:
        yield
    finally:
        for each, stream in zip(handlers, streams):
            each.stream = stream


def track(
    items: Iterable[T], description: str, total: Optional[int] = None
) -> Iterator[T]:
    """Iterate with a progress bar on the standard error.

    Without a terminal no bar is drawn.

    Args:
        items (Iterable): The items.
        description (str): Text before the bar.
        total (int, optional): Number of items, if `items` has no length.

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
