"""Bounds of annotation and detection files, checked before anything is built.

A file of a few hundred bytes must not take gigabytes or hours: compressed zeros, a
frame number of 10**9, an array header without content, or a million nested elements.
"""

import json
import os
import re
import zipfile
import zlib
from os import PathLike
from typing import IO, Any, Dict, Union

import numpy as np

from .. import files
from ..checks import shorten

Path = Union[str, PathLike]

# Nine hours at 30 frames per second.
MAX_FRAMES = 1_000_000
MAX_CLASSES = 100_000
# Side of a frame in pixels.
MAX_SIDE = 100_000
# Boxes of one frame; linking takes the square of this number.
MAX_BOXES_PER_FRAME = 1_000
# Rows of all tubes of a file. UCF101-24 has 0.6 million.
MAX_ROWS = 20_000_000
MAX_NAME = 1_000
MAX_XML_DEPTH = 50
MAX_JSON_BYTES = 512 << 20
MAX_TEXT_BYTES = 256 << 20
MAX_MAT_BYTES = 1 << 30
# Compressed files may grow to this size plus this multiple of their own size.
FREE_BYTES, MAX_RATIO = 64 << 20, 100


def check_size(path: Path, limit: int) -> None:
    """Refuse a file that is too large.

    Args:
        path (str | PathLike): The file.
        limit (int): Largest allowed size in bytes.

    Raises:
        FileNotFoundError: If the file does not exist.
        ValueError: If it is larger.
    """
    size = os.path.getsize(path)
    if size > limit:
        raise ValueError(
            f'{path}: has {size >> 20} MiB; up to {limit >> 20} MiB are read. Split it '
            'into several files.'
        )


def read_text(path: Path) -> str:
    """Read a text file (UTF-8) of bounded size.

    Raises:
        FileNotFoundError: If the file does not exist.
        ValueError: If it is too large or not UTF-8.
    """
    check_size(path, MAX_TEXT_BYTES)
    return files.read_text(path)


def read_json(path: Path) -> Any:
    """Read a JSON file of bounded size and depth.

    Raises:
        FileNotFoundError: If the file does not exist.
        ValueError: If it is too large, nested too deeply, or not JSON.
    """
    check_size(path, MAX_JSON_BYTES)
    with open(path, encoding='utf-8-sig') as file:
        try:
            return json.load(file)
        except RecursionError as error:
            raise ValueError(
                f'{path}: not readable as JSON: too many nested lists or dicts.'
            ) from error
        except ValueError as error:
            raise ValueError(
                f'{path}: not readable as JSON: {short_text(error)}'
            ) from error


def short_text(text: Any, limit: int = 200) -> str:
    """Text on one line, cut in the middle if it is long."""
    line = ' '.join(str(text).split())
    if len(line) <= limit:
        return line
    half = (limit - 3) // 2
    return f'{line[:half]}...{line[-half:]}'


def whole_number(what: str, value: Any, low: int, high: int) -> int:
    """Convert an integer of a file, which may be stored as a float or a string.

    Args:
        what (str): Description for messages.
        value (Any): The value.
        low (int): Smallest allowed number.
        high (int): Largest allowed number.

    Raises:
        ValueError: If it is not an integer, or outside [`low`, `high`].
    """
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        number = float('nan')
    if not number.is_integer():
        raise ValueError(f'{what} is {shorten(value)}; an integer is required.')
    if not low <= number <= high:
        raise ValueError(f'{what} is {shorten(value)}, outside [{low}, {high}].')
    return int(number)


class BoundedArrays:
    """Arrays of an `.npz` file; no array is larger than its entry in the file.

    Args:
        path (str | PathLike): The file.

    Raises:
        FileNotFoundError: If the file does not exist.
        ValueError: If it is not an `.npz` file, or grows too much.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        limit = FREE_BYTES + MAX_RATIO * os.path.getsize(path)
        try:
            self.file = zipfile.ZipFile(path)
        except FileNotFoundError:
            raise
        except (
            zipfile.BadZipFile,
            ValueError,
            EOFError,
            NotImplementedError,
            OSError,  # an offset outside the file
        ) as error:
            raise ValueError(f'{path}: not a readable .npz file ({error}).') from error
        self.entries: Dict[str, zipfile.ZipInfo] = {
            re.sub(r'\.npy$', '', entry.filename): entry
            for entry in self.file.infolist()
        }
        total = sum(entry.file_size for entry in self.entries.values())
        if total > limit:
            raise ValueError(
                f'{path}: its arrays have {total >> 20} MiB; a file of this size may '
                f'hold {limit >> 20} MiB.'
            )

    def __contains__(self, name: str) -> bool:
        return name in self.entries

    def read(self, name: str) -> np.ndarray:
        """Read one array of numbers or strings.

        Args:
            name (str): Its name.

        Returns:
            np.ndarray: The array, with the shape in its header.

        Raises:
            KeyError: If the file has no such array.
            ValueError: If the array is damaged or holds objects.
        """
        entry = self.entries[name]
        try:
            with self.file.open(entry) as stream:
                self._check_header(stream, entry.file_size)
            with self.file.open(entry) as stream:
                return np.lib.format.read_array(stream, allow_pickle=False)
        except (
            zipfile.BadZipFile,
            zlib.error,
            EOFError,
            NotImplementedError,
            OSError,  # an offset outside the file
            RuntimeError,  # an encrypted entry
            ValueError,
        ) as error:
            raise ValueError(
                f'{self.path}: the array {name} cannot be read ({short_text(error)}).'
            ) from error

    @staticmethod
    def _check_header(stream: IO[bytes], size: int) -> None:
        """Refuse a header that promises more than the entry holds."""
        version = np.lib.format.read_magic(stream)
        readers = {
            (1, 0): np.lib.format.read_array_header_1_0,
            (2, 0): np.lib.format.read_array_header_2_0,
        }
        if version not in readers:
            raise ValueError(f'version {version} of the format is not known')
        shape, _, dtype = readers[version](stream)
        if dtype.kind not in 'biufcU':
            raise ValueError(f'an array of {dtype.name}; numbers are required')
        count = 1
        for length in shape:  # Python integers do not overflow
            count *= length
        # The size of a long string overflows in NumPy.
        if min((*shape, dtype.itemsize)) < 0 or count * dtype.itemsize > size:
            raise ValueError(
                f'a header of {shorten(shape)} for an entry of {size} bytes'
            )
