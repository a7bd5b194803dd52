"""Stored results of decoding: one line for each video of a folder.

The file `.mmvkp_frames.jsonl` is beside the videos, or in the user's cache if their
folder is read-only. Processes append lines with single writes and skip lines that
they cannot read, so that any number of them can share the file.
"""

import hashlib
import json
import os
from functools import cache
from typing import Any, Dict, List, Optional

NAME = '.mmvkp_frames.jsonl'
# Increase it if the fields of a line or the numbering of frames change.
VERSION = 1


class FolderRecords:
    """Lines of the videos of one folder.

    A line is valid for a file with the same size and modification time.

    Args:
        folder (str): The folder.
    """

    def __init__(self, folder: str) -> None:
        key = hashlib.sha256(os.fsencode(folder)).hexdigest()[:32]
        cache = os.environ.get('XDG_CACHE_HOME') or os.path.expanduser('~/.cache')
        user = os.path.join(cache, 'mmvkp', 'frames', f'{key}.jsonl')
        # Bytes that were read of each file.
        self._files: Dict[str, int] = {os.path.join(folder, NAME): 0, user: 0}
        self._lines: Dict[str, bytes] = {}

    def find(self, path: str) -> Optional[Dict[str, Any]]:
        """Fields of the line of a video; None if no line is valid.

        Args:
            path (str): The video.
        """
        name, state = os.path.basename(path), file_state(path)
        for update in (self._do_nothing, self._read_news):
            update()
            fields = _fields(self._lines.get(name, b''))
            if fields and fields.get('state') == state:
                return fields
        return None

    def _do_nothing(self) -> None:
        """Look at the known lines only."""

    def _read_news(self) -> None:
        """Read the lines that were appended since the last call."""
        for file, start in self._files.items():
            try:
                with open(file, 'rb') as opened:
                    opened.seek(start)
                    content = opened.read()
            except OSError:
                continue
            end = content.rfind(b'\n') + 1
            self._files[file] = start + end
            for line in content[:end].splitlines():
                name = (_fields(line) or {}).get('name')
                if isinstance(name, str):
                    self._lines[name] = line

    def add(self, path: str, state: List[int], fields: Dict[str, Any]) -> None:
        """Store the line of a video.

        Args:
            path (str): The video.
            state (list[int]): Its `file_state` before it was read.
            fields (dict): Values that JSON can store.
        """
        name = os.path.basename(path)
        line = json.dumps(dict(name=name, state=state, **fields)).encode()
        self._lines[name] = line
        for file in self._files:
            if _append(file, line):
                return


@cache
def _folder(path: str) -> FolderRecords:
    """Lines of a folder, read once per process."""
    return FolderRecords(path)


def records_of(path: str) -> FolderRecords:
    """Lines of the folder of a video.

    Args:
        path (str): The video.
    """
    return _folder(os.path.dirname(os.path.abspath(path)))


def file_state(path: str) -> List[int]:
    """Values that change with the content of a file."""
    status = os.stat(path)
    return [VERSION, status.st_size, status.st_mtime_ns]


def _fields(line: bytes) -> Optional[Dict[str, Any]]:
    """Fields of a line; None if it is damaged."""
    try:
        fields = json.loads(line)
    except ValueError:
        return None
    return fields if isinstance(fields, dict) else None


def _append(file: str, line: bytes) -> bool:
    """Append a line with one write; returns False if the place is read-only.

    The line break before it ends a line that a stopped process left incomplete.
    """
    try:
        if not os.path.isdir(os.path.dirname(file)):
            os.makedirs(os.path.dirname(file), exist_ok=True)
        opened = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
    except OSError:
        return False
    try:
        return os.write(opened, b'\n' + line + b'\n') == len(line) + 2
    except OSError:
        return False
    finally:
        os.close(opened)
