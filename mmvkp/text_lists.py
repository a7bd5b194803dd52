"""Lists of names in text files.

All lists are UTF-8, with or without byte order mark, with any line ends. Names may
contain blanks and commas, and may be quoted as in CSV.
"""

import csv
import io
import re
from os import PathLike
from typing import Dict, Iterable, List, Optional, Sequence, Tuple, Union

from .files import read_text

Path = Union[str, PathLike]

MAX_LIST_BYTES = 64 << 20
QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"|\'(?:[^\'\\]|\\.)*\'')


def read_lines(path: Path) -> List[Tuple[int, str]]:
    """Read the lines of a list.

    Args:
        path (str | PathLike): Text file.

    Returns:
        list[tuple[int, str]]: Number, from 1, and text of each line that is not
        blank, without blanks at its ends.

    Raises:
        FileNotFoundError: If the file is missing.
        ValueError: If it is not UTF-8, or too large for a list.
    """
    lines = read_text(path, MAX_LIST_BYTES).split('\n')
    return [(i, line.strip()) for i, line in enumerate(lines, 1) if line.strip()]


def read_rows(path: Path) -> List[Tuple[int, List[str]]]:
    """Read the rows of a table with commas.

    Args:
        path (str | PathLike): CSV file.

    Returns:
        list[tuple[int, list[str]]]: Line, from 1, and cells of each row that is not
        empty.

    Raises:
        FileNotFoundError: If the file is missing.
        ValueError: If it is not readable as CSV.
    """
    reader = csv.reader(io.StringIO(read_text(path), newline=''))
    try:
        return [(reader.line_num, row) for row in reader if any(map(str.strip, row))]
    except csv.Error as error:
        raise ValueError(
            f'{path}, line {reader.line_num}: not readable as CSV: {error}.'
        ) from error


class KnownNames:
    """Names that lines of a list refer to.

    Args:
        names (Iterable[str]): The names, such as the videos of a data set.
        suffixes (Sequence[str]): Endings that a name may have or lack, such as
            `.mp4`.
    """

    def __init__(self, names: Iterable[str], suffixes: Sequence[str] = ()) -> None:
        self.names = list(names)
        self.suffixes = tuple(suffixes)
        self.known = set(self.names)
        self.stems: Dict[str, List[str]] = {}
        for name in self.names:
            self.stems.setdefault(self._stem(name), []).append(name)

    def _stem(self, name: str) -> str:
        """Name without a suffix of the list."""
        if name.lower().endswith(self.suffixes):
            return name.rpartition('.')[0]
        return name

    def find(self, line: str) -> Optional[str]:
        """Name at the start of a line, with or without folders before it.

        The longest start of the line that is a name is taken, so names may have
        blanks and commas although a label may follow.

        Args:
            line (str): Line of a list, such as `my clip (1).mp4 3` or `"a, b",7`.

        Returns:
            str, optional: The name as in `names`; None if no name fits.
        """
        starts = [line]
        if line.startswith('"'):
            starts += next(csv.reader([line], skipinitialspace=True))[:1]
            starts += [match[0][1:-1] for match in [QUOTED.match(line)] if match]
        cuts = [match.start() for match in re.finditer(r'[\s,;]+', line)]
        starts += [line[:cut] for cut in reversed(cuts)]
        for start in starts:
            parts = start.replace('\\', '/').split('/')
            # The list may have the folder of all videos before the name.
            for name in [start, *('/'.join(parts[i:]) for i in range(1, len(parts)))]:
                if name in self.known:
                    return name
                fitting = self.stems.get(self._stem(name), [])
                if len(fitting) == 1:
                    return fitting[0]
        return None

    def similar(self, line: str) -> Optional[str]:
        """Name that differs from a line in case and blanks only."""
        plain = _plain(self._stem(line))
        for name in self.names:
            if _plain(self._stem(name)) == plain:
                return name
        return None


def _plain(name: str) -> str:
    """Name without differences of case and of blanks."""
    return ' '.join(name.split()).casefold()


def similar_names(names: Iterable[str]) -> List[Tuple[str, str]]:
    """Pairs of names that differ in case or blanks only.

    Args:
        names (Iterable[str]): Names of classes or videos.

    Returns:
        list[tuple[str, str]]: The first such name, and each later one.
    """
    first: Dict[str, str] = {}
    pairs = []
    for name in dict.fromkeys(names):
        if first.setdefault(_plain(name), name) != name:
            pairs.append((first[_plain(name)], name))
    return pairs
