"""Manifest of a finished data set: size and checksum of each file.

It is written last. A folder whose files agree with its manifest is complete.
"""

import hashlib
import json
import os
import os.path as osp
from os import PathLike
from typing import Dict, Iterable, Iterator, List, NamedTuple, Union

from .checks import shorten
from .files import is_inside_name, read_text, write_text

MANIFEST = 'manifest.json'
_CHUNK = 1 << 20
Folder = Union[str, PathLike]


class FileRecord(NamedTuple):
    """Size in bytes and SHA-256 (hexadecimal) of a file."""

    size: int
    sha256: str


class Differences(NamedTuple):
    """Files of a folder that differ from its manifest, sorted.

    Args:
        missing (list[str]): Files of the manifest that do not exist.
        changed (list[str]): Files with another size or checksum.
        extra (list[str]): Files that the manifest does not list.
    """

    missing: List[str]
    changed: List[str]
    extra: List[str]

    def __str__(self) -> str:
        return '\n'.join(
            f'  {kind}: {name}'
            for kind, names in zip(self._fields, self)
            for name in names
        )


def write_manifest(folder: Folder, names: Iterable[str]) -> None:
    """Write the manifest of a finished data set.

    Args:
        folder (str | PathLike): Folder of the data set.
        names (Iterable[str]): Its files, and folders whose files belong to it, relative
            to `folder`, with `/`.

    Raises:
        FileNotFoundError: If a file is missing.
    """
    files = sorted({each for name in names for each in _files_below(folder, name)})
    records = {name: _record(osp.join(folder, name))._asdict() for name in files}
    content = dict(version=1, files=records)
    write_text(osp.join(folder, MANIFEST), json.dumps(content, indent=1) + '\n')


def read_manifest(folder: Folder) -> Dict[str, FileRecord]:
    """Records of the manifest of a folder by file.

    Args:
        folder (str | PathLike): Folder of the data set.

    Raises:
        FileNotFoundError: If the folder has no manifest.
        ValueError: If it is not a manifest, or names files outside the folder.
    """
    path = osp.join(folder, MANIFEST)
    if not osp.isfile(path):
        raise FileNotFoundError(
            f'{os.fspath(folder)} has no {MANIFEST}: it is not a finished data set of '
            'mmvkp. Repeat the command that makes it; existing files are kept.'
        )
    try:
        content = json.loads(read_text(path))
        if content['version'] != 1:
            raise ValueError(f'version {shorten(content["version"])} is unknown')
        return {name: _parse(name, each) for name, each in content['files'].items()}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(
            f'{path} is not a manifest of mmvkp ({type(error).__name__}: '
            f'{shorten(str(error))}). Repeat the command that makes the data set.'
        ) from error


def compare_manifest(folder: Folder) -> Differences:
    """Compare the files of a folder with its manifest.

    Args:
        folder (str | PathLike): Folder of the data set.

    Raises:
        FileNotFoundError: If the folder has no manifest.
        ValueError: If the manifest cannot be read.
    """
    records = read_manifest(folder)
    existing = set(_files_below(folder, '')) - {MANIFEST}
    changed = [
        name
        for name in records.keys() & existing
        if not _agrees(osp.join(folder, name), records[name])
    ]
    missing, extra = records.keys() - existing, existing - records.keys()
    return Differences(sorted(missing), sorted(changed), sorted(extra))


def _files_below(folder: Folder, name: str) -> Iterator[str]:
    """A file itself, or all files below a folder, relative to `folder`.

    Hidden files, such as stored numbers of frames, do not belong to the data.
    """
    place = osp.join(folder, name)
    if not osp.isdir(place):
        yield name
        return
    for root, _, names in os.walk(place):
        for each in names:
            if not each.startswith('.'):
                yield osp.relpath(osp.join(root, each), folder).replace(os.sep, '/')


def _record(path: str) -> FileRecord:
    """Size and checksum of a file."""
    digest, size = hashlib.sha256(), 0
    with open(path, 'rb') as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
            size += len(chunk)
    return FileRecord(size, digest.hexdigest())


def _agrees(path: str, record: FileRecord) -> bool:
    """True if a regular file has the recorded size and checksum."""
    return (
        osp.isfile(path)
        and osp.getsize(path) == record.size
        and _record(path) == record
    )


def _parse(name: str, record: Dict) -> FileRecord:
    """Check one entry of a manifest."""
    if not is_inside_name(name):
        raise ValueError(f'{shorten(name)} leads out of the folder')
    parsed = FileRecord(**record)
    if not isinstance(parsed.size, int) or not isinstance(parsed.sha256, str):
        raise TypeError(f'{shorten(record)} is not the record of a file')
    return parsed
