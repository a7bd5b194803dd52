"""Files that appear complete or not at all, and paths made from names."""

import os
import re
import stat
from contextlib import contextmanager
from os import PathLike
from typing import Any, Callable, Iterator, Optional, Union

from .checks import shorten

MAX_READ = 2**31


@contextmanager
def replacing(path: Union[str, PathLike]) -> Iterator[str]:
    """Write a file under a temporary name and rename it at the end.

    After an error the temporary file is removed, and an existing file is not
    changed. The folder is created.

    Args:
        path (str | PathLike): The file.

    Yields:
        str: Temporary path in the same folder and with the same ending.

    Raises:
        ValueError: If the path is a folder, or cannot be written.

    Example:
        >>> with replacing('out/table.csv') as temporary:
        ...     Path(temporary).write_text('a,b')
    """
    temporary = temporary_name(path)
    try:
        yield temporary
        os.replace(temporary, path)
    except FileNotFoundError as error:
        raise ValueError(f'{path} cannot be written: {error}.') from error
    finally:
        if os.path.exists(temporary):
            os.remove(temporary)


def temporary_name(path: Union[str, PathLike]) -> str:
    """Name beside a file with the same ending; its folder is created.

    Args:
        path (str | PathLike): The file.

    Returns:
        str: Path in the same folder, different for each process.

    Raises:
        ValueError: If the path is a folder, or its folder cannot be created.
    """
    path = check_path('files', 'path', path)
    folder, name = os.path.split(os.path.abspath(path))
    if os.path.isdir(path):
        raise ValueError(f'{path} is a folder; give the name of a file.')
    try:
        os.makedirs(folder, exist_ok=True)
    except OSError as error:
        raise ValueError(f'{path} cannot be written: {error}.') from error
    return os.path.join(folder, f'.{os.getpid()}.tmp.{name}')


def check_writable(path: Union[str, PathLike]) -> None:
    """Refuse a file that cannot be written, before the work that leads to it.

    The folder is created; an existing file is not changed.

    Args:
        path (str | PathLike): The file.

    Raises:
        ValueError: If the path is a folder, or cannot be written.
    """
    temporary = temporary_name(path)
    try:
        with open(temporary, 'w', encoding='utf-8'):
            pass
        os.remove(temporary)
        if os.path.exists(path):
            with open(path, 'a', encoding='utf-8'):
                pass
    except OSError as error:
        raise ValueError(f'{path} cannot be written: {error}.') from error


@contextmanager
def locked(
    path: Union[str, PathLike], waiting: Optional[Callable[[], None]] = None
) -> Iterator[int]:
    """Wait until no other process holds a lock, and hold it for a block.

    The system releases the lock when all processes that inherited it have ended, also
    after `kill -9`.

    Args:
        path (str | PathLike): File of the lock; it stays.
        waiting (Callable, optional): Called before a wait.

    Yields:
        int: File descriptor of the lock, to be passed to commands that inherit it.
    """
    import fcntl  # Unix only, as the commands that share folders

    with open(path, 'w', encoding='utf-8') as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            if waiting is not None:
                waiting()
            fcntl.flock(file, fcntl.LOCK_EX)
        yield file.fileno()


def write_text(path: Union[str, PathLike], text: str) -> None:
    """Write a text file (UTF-8) that appears complete or not at all.

    Args:
        path (str | PathLike): The file.
        text (str): Its content.

    Raises:
        ValueError: If the path is a folder, or cannot be written.
    """
    with replacing(path) as temporary, open(temporary, 'w', encoding='utf-8') as file:
        file.write(text)


def read_text(path: Union[str, PathLike], limit: int = MAX_READ) -> str:
    """Read a text file (UTF-8, with or without byte order mark).

    Args:
        path (str | PathLike): The file.
        limit (int): Largest size in bytes.

    Raises:
        FileNotFoundError: If the file does not exist.
        ValueError: If it has another encoding.
    """
    try:
        text = read_bytes(path, limit).decode('utf-8-sig')
        return text.replace('\r\n', '\n').replace('\r', '\n')
    except UnicodeDecodeError as error:
        raise ValueError(
            f'{path} is not text in UTF-8 ({error.reason} at byte {error.start}); '
            'save it in this encoding.'
        ) from error


def is_inside_name(name: Any) -> bool:
    """True if a name cannot lead out of the folder that it is appended to.

    Refused are absolute paths, drives of Windows, `..`, null characters and names
    of the folder itself. Links in the folder are followed: data sets may be links.

    Args:
        name (Any): Name from a file, such as a video id, with `/` for subfolders.
    """
    if not isinstance(name, str) or '\0' in name or re.match(r'[/\\]|\w:', name):
        return False
    parts = [part for part in re.split(r'[/\\]', name) if part not in ('', '.')]
    return bool(parts) and '..' not in parts


def path_inside(folder: Union[str, PathLike], name: Any) -> str:
    """Path of a name in a folder.

    Every path that is made from a name in a file, such as a video id or a class, is
    made by this function: a name like `../../a` would otherwise read or write files
    anywhere.

    Args:
        folder (str | PathLike): The folder.
        name (Any): See `is_inside_name`.

    Returns:
        str: The joined path.

    Raises:
        ValueError: If the name leads out of the folder.
    """
    if not is_inside_name(name):
        raise ValueError(
            f'{shorten(name)} is not a name inside the folder {os.fspath(folder)}; '
            'absolute paths and ".." are refused. Rename it in the annotations.'
        )
    return os.path.join(folder, os.path.normpath(name))


def check_path(owner: str, name: str, value: Any) -> str:
    """Refuse a path that is not a string or a `PathLike` of one.

    `open(1)` opens a file descriptor, and `open(True)` the same one.

    Args:
        owner (str): Class, function or command that has the argument.
        name (str): Name of the argument.
        value (Any): Given value.

    Returns:
        str: The path.

    Raises:
        TypeError: If it is another type.
        ValueError: If it is empty or contains a null character.
    """
    path = os.fspath(value) if isinstance(value, (str, os.PathLike)) else value
    if not isinstance(path, str):
        raise TypeError(
            f'{owner}: {name}={shorten(path)} is a {type(value).__name__}; give the '
            'path of a file as a string.'
        )
    if not path or '\0' in path:
        raise ValueError(
            f'{owner}: {name}={shorten(path)} is not a path; give the path of a file.'
        )
    return path


def read_bytes(path: Union[str, PathLike], limit: int = MAX_READ) -> bytes:
    """Content of a regular file of a bounded size.

    Args:
        path (str | PathLike): The file.
        limit (int): Largest size in bytes.

    Raises:
        FileNotFoundError: If the file is missing.
        TypeError: If the path is not a string.
        ValueError: If it is not a regular file, or larger.
    """
    with open(check_path('read_bytes', 'path', path), 'rb', opener=_open_now) as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise ValueError(f'{path} is a device or a pipe; give a regular file.')
        if status.st_size > limit:
            raise ValueError(
                f'{path} has {status.st_size} bytes; at most {limit} are read. Give a '
                'smaller file, or split it.'
            )
        return file.read(status.st_size)


def _open_now(path: str, flags: int) -> int:
    """Open without waiting for the writer of a pipe."""
    return os.open(path, flags | getattr(os, 'O_NONBLOCK', 0))
