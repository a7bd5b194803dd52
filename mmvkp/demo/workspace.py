"""Temporary files of the demo, with a limit."""

import os
import shutil
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Optional, Type

# Results of the last runs that stay available for downloads.
KEPT_RUNS = 8
MAX_BYTES = 500_000_000


class Workspace:
    """Context manager of a folder that is removed at the end.

    Args:
        kept (int): Runs whose files stay; older ones are removed.
        max_bytes (int): Largest size of all files, with uploads. The oldest are
            removed.

    Attributes: `root` (Path), the folder; `uploads` and `examples` (Path), its parts.
    """

    def __init__(self, kept: int = KEPT_RUNS, max_bytes: int = MAX_BYTES) -> None:
        self.kept, self.max_bytes, self.number = kept, max_bytes, 0

    def __enter__(self) -> 'Workspace':
        self.root = Path(tempfile.mkdtemp(prefix='mmvkp-demo-'))
        self.uploads, self.examples = self.root / 'uploads', self.root / 'examples'
        self.runs = self.root / 'runs'
        for each in (self.uploads, self.examples, self.runs):
            each.mkdir()
        return self

    def __exit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        shutil.rmtree(self.root, ignore_errors=True)

    def new_run(self) -> Path:
        """Folder of a new run; the oldest files are removed."""
        self.number += 1
        folder = self.runs / f'{self.number:06d}'
        folder.mkdir()
        for old in sorted(self.runs.iterdir())[: -self.kept]:
            shutil.rmtree(old, ignore_errors=True)
        self._bound(folder)
        return folder

    def _bound(self, current: Path) -> None:
        """Remove the oldest uploads and results above the limit."""
        files = []
        for part in (self.uploads, self.runs):
            for folder, _, names in os.walk(part):
                if Path(folder) != current:
                    files += [Path(folder, name) for name in names]
        files.sort(key=lambda file: file.stat().st_mtime)
        total = sum(file.stat().st_size for file in files)
        while files and total > self.max_bytes:
            oldest = files.pop(0)
            total -= oldest.stat().st_size
            oldest.unlink()
