"""Annotation lists of MMAction2, read line by line.

MMAction2 does not name the line of a mistake, takes a blank line for a video and a line
without a label for the label -1.
"""

from typing import Any, Iterator, List, NamedTuple, Optional, Sequence, Tuple

from mmengine.fileio import join_path, list_from_file

from .checks import shorten

MAX_LISTED = 20


class ListFormat(NamedTuple):
    """Format of an annotation list.

    Args:
        frames (bool): Lines of `RawframeDataset` (folder, frames, labels) instead of
            those of `VideoDataset` (file, labels).
        multi_class (bool): Lines have any number of labels instead of one.
        with_offset (bool): The number of the first frame is given before the number of
            frames.
        delimiter (str, optional): Separates the fields of `VideoDataset`; blanks of
            any length if None.
        prefix (str, optional): Folder of all files.
    """

    frames: bool = False
    multi_class: bool = False
    with_offset: bool = False
    delimiter: Optional[str] = ' '
    prefix: Optional[str] = None


class ListedSample(NamedTuple):
    """A video of an annotation list.

    Args:
        place (str): Its line, such as `line 3`, counted from 1.
        path (str): File or folder; empty without one.
        labels (tuple[int, ...]): Its labels; empty if it has none.
        num_frames (int, optional): Number of its frames, for folders of frames.
        offset (int): Its first frame, from 0.
    """

    place: str
    path: str
    labels: Tuple[int, ...]
    num_frames: Optional[int] = None
    offset: int = 0


class BadLine(NamedTuple):
    """A line that is not readable.

    Args:
        place (str): As in `ListedSample`.
        text (str): The problem.
    """

    place: str
    text: str


class BadListError(ValueError):
    """An annotation list has lines that are not readable.

    Args:
        message (str): The message.
        problems (Sequence[str]): All problems, with list and line.
    """

    def __init__(self, message: str, problems: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.problems = list(problems)


def read_list(path: str, layout: ListFormat) -> Iterator[Any]:
    """Read a list; each line gives one result, blank lines included.

    Args:
        path (str): The list.
        layout (ListFormat): Its format.

    Yields:
        ListedSample | BadLine: The lines in their order.

    Raises:
        FileNotFoundError: If the list is missing.
        ValueError: If it is not text in UTF-8.
    """
    try:
        lines = list_from_file(path)
    except UnicodeDecodeError as error:
        raise ValueError(f'{path} is not text in UTF-8; save it so.') from error
    for number, line in enumerate(lines, 1):
        place = f'line {number}'
        try:
            yield _parse(place, line.strip(), layout)
        except ValueError as error:
            yield BadLine(place, str(error))


def refuse_bad_lines(path: str, layout: ListFormat) -> None:
    """Refuse a list with lines that are not readable.

    Args:
        path (str): The list.
        layout (ListFormat): Its format.

    Raises:
        BadListError: With all these lines.
        FileNotFoundError: If the list is missing.
        ValueError: If it is not text in UTF-8.
    """
    problems = [
        f'{path}, {line.place}: {line.text}'
        for line in read_list(path, layout)
        if isinstance(line, BadLine)
    ]
    if problems:
        lines = [f'{len(problems)} line(s) are not readable:']
        lines += [f'  {problem}' for problem in problems[:MAX_LISTED]]
        if len(problems) > MAX_LISTED:
            lines.append(f'  ... and {len(problems) - MAX_LISTED} more')
        raise BadListError('\n'.join(lines), problems)


def layout_of(dataset: Any) -> Optional[ListFormat]:
    """Format of the list that a data set reads; None for other kinds of files.

    Args:
        dataset (BaseDataset): Data set with its options.
    """
    # Not at the top: `mmvkp.compat` repairs MMAction2 before it is imported.
    from mmaction.datasets import RawframeDataset, VideoDataset

    load = type(dataset).load_data_list
    if load is VideoDataset.load_data_list:
        return ListFormat(
            multi_class=dataset.multi_class,
            delimiter=dataset.delimiter,
            prefix=dataset.data_prefix['video'],
        )
    if load is RawframeDataset.load_data_list:
        return ListFormat(
            frames=True,
            multi_class=dataset.multi_class,
            with_offset=dataset.with_offset,
            prefix=dataset.data_prefix['img'],
        )
    return None


def _parse(place: str, line: str, layout: ListFormat) -> ListedSample:
    """Read one line."""
    if not line:
        raise ValueError('the line is blank; remove it')
    fields = line.split(None if layout.frames else layout.delimiter)
    path, rest = fields[0], fields[1:]
    if layout.prefix is not None:
        path = join_path(layout.prefix, path)
    counts: List[int] = []
    if layout.frames:
        names = ['offset', 'number of frames'][0 if layout.with_offset else 1 :]
        if len(rest) < len(names):
            raise ValueError(
                f'{shorten(line)} has no {names[len(rest)]}; expected the folder, '
                f'{", ".join(names)} and labels'
            )
        counts = [_integer(name, text) for name, text in zip(names, rest)]
        rest = rest[len(names) :]
    if len(rest) > 1 and not layout.multi_class:
        raise ValueError(
            f'{shorten(line)} has {len(rest)} fields after the path; expected one '
            'label. Set multi_class=True and num_classes for several labels, or '
            'remove blanks in the path'
        )
    if not rest and not layout.frames:
        _check_delimiter(line, layout.delimiter)
    labels = tuple(_integer('label', text) for text in rest)
    frames = counts[-1] if counts else None
    return ListedSample(place, path, labels, frames, counts[0] if counts[1:] else 0)


def _integer(name: str, text: str) -> int:
    """Convert a field."""
    try:
        return int(text)
    except ValueError:
        raise ValueError(f'the {name} {shorten(text)} is not an integer') from None


def _check_delimiter(line: str, delimiter: Optional[str]) -> None:
    """Refuse a line without a label that has one after another delimiter."""
    for other in (' ', '\t', ',', ';'):
        label = line.rpartition(other)[2].strip()
        if other != delimiter and other in line and label.isdecimal():
            raise ValueError(
                f'{shorten(line)} has no field after the delimiter {delimiter!r}; its '
                f'label seems to follow {other!r}: set delimiter={other!r}'
            )
