"""Files of results that grow with each video: JSON lines and csv."""

import csv
import io
import json
import os
from types import TracebackType
from typing import Any, List, Optional, Sequence, TextIO, Type

from ..files import check_writable
from .predictions import Result

ENDINGS = ('.jsonl', '.csv')


class ResultFiles:
    """Context manager that writes results to files of different formats.

    A file is opened at the start of the `with` block and flushed after each result: a
    run that is stopped keeps its results. `.jsonl` has a line of JSON for each result,
    `.csv` a line for each class.

    Args:
        paths (Sequence[str]): Files; the ending selects the format.

    Raises:
        ValueError: If an ending is unknown, or a file cannot be written or is given
            twice.
    """

    def __init__(self, paths: Sequence[str]) -> None:
        for path in paths:
            if not path.lower().endswith(ENDINGS):
                raise ValueError(f'{path} must end in {" or ".join(ENDINGS)}.')
            check_writable(path)
        if len({os.path.realpath(path) for path in paths}) < len(paths):
            raise ValueError(f'{", ".join(paths)}: a file is given twice.')
        self.paths = list(paths)
        self.files: List[TextIO] = []
        self.started = False

    def __enter__(self) -> 'ResultFiles':
        # File names of any bytes are valid in JSON after this replacement.
        options: Any = dict(encoding='utf-8', errors='backslashreplace', newline='')
        self.files = [open(path, 'w', **options) for path in self.paths]
        return self

    def write(self, result: Result) -> None:
        """Add a result.

        Raises:
            OSError: If it cannot be written, as on a full disk.
        """
        for path, file in zip(self.paths, self.files):
            if path.lower().endswith('.csv'):
                header = [] if self.started else [result.columns]
                text = io.StringIO()
                csv.writer(text, lineterminator='\n').writerows(
                    [*header, *result.rows()]
                )
                file.write(text.getvalue())
            else:
                line = json.dumps(result.content(), ensure_ascii=False, allow_nan=False)
                file.write(f'{line}\n')
            file.flush()
        self.started = True

    def __exit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        for file in self.files:
            file.close()
