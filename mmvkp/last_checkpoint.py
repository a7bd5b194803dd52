"""Checkpoints that an interrupted training has left.

`mmvkp.compat` puts these functions in the place of MMEngine's.
"""

import os
import os.path as osp
import pickle
import re
import struct
import zipfile
import zlib
from pathlib import Path
from typing import List, Optional, Union

import torch
from mmengine.logging import print_log

# Checkpoints of `CheckpointHook`; best_*.pth lack the optimiser.
_NAME = re.compile(r'(epoch|iter)_(\d+)\.pth')
_LONGEST_PATH = 4096


def is_readable(path: str) -> bool:
    """True if a checkpoint is complete: all parts and their checksums are right.

    Args:
        path (str): Local file. Since version 1.6 torch writes zip archives, which
            have checksums; a file of the older format is loaded.
    """
    try:
        with open(path, 'rb') as file:
            start = file.read(2)
        if start[:1] == b'\x80':
            return _loads(path)
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            return any(name.endswith('data.pkl') for name in names) and (
                archive.testzip() is None
            )
    except (OSError, zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError):
        return False


def _loads(path: str) -> bool:
    """True if a file of torch's older format is complete."""
    try:
        torch.load(path, map_location='cpu', weights_only=True)
    except pickle.UnpicklingError as error:
        # Complete files with other types are refused later, by name.
        return 'truncated' not in str(error)
    except (EOFError, RuntimeError, IndexError, struct.error):
        return False
    return True


def find_last_checkpoint(folder: str) -> Optional[str]:
    """Checkpoint from which a training continues.

    `last_checkpoint` names it. If this file is empty, or the checkpoint is missing
    or damaged, the newest readable `epoch_N.pth` or `iter_N.pth` is taken and a
    warning names both.

    Args:
        folder (str): The work folder of the run.

    Returns:
        str | None: Its path; None without `last_checkpoint`.

    Raises:
        ValueError: If none of the checkpoints can be read.
    """
    pointer = osp.join(folder, 'last_checkpoint')
    if not osp.exists(pointer):
        print_log('Did not find last_checkpoint to be resumed.')
        return None
    with open(pointer, 'rb') as file:
        named = file.read(_LONGEST_PATH).decode('utf-8', 'replace').strip('\0 \r\n\t')
    if re.match(r'\w{2,}:', named) or (named and is_readable(named)):
        return named
    problem = _problem(pointer, named)
    candidates = _checkpoints(folder)
    for path in candidates:
        if is_readable(path):
            print_log(
                f'{problem} The training continues from {path}, the newest readable '
                'checkpoint.',
                logger='current',
                level=30,
            )
            return path
    damaged = ', '.join(map(repr, candidates[:5])) or 'none'
    raise ValueError(
        f'{problem} {folder} has no readable checkpoint (found: {damaged}). Resume '
        f'from another file (--resume FILE), or remove {pointer} to start again.'
    )


def _problem(pointer: str, named: str) -> str:
    """Fault of the file last_checkpoint."""
    if not named:
        return f'{pointer} is empty.'
    named = named if len(named) <= 200 else f'{named[:200]}...'
    state = 'is damaged' if osp.isfile(named) else 'does not exist'
    return f'{pointer} names {named!r}, which {state}.'


def _checkpoints(folder: str) -> List[str]:
    """Checkpoints of a work folder, the newest first."""
    found = []
    for name in os.listdir(folder):
        match = _NAME.fullmatch(name)
        if match:
            path = osp.join(folder, name)
            found.append((osp.getmtime(path), int(match[2]), path))
    return [path for *_, path in sorted(found, reverse=True)]


def check_resumed(path: Optional[str]) -> None:
    """Refuse a damaged checkpoint that was given by name.

    Args:
        path (str, optional): Local file; other places are not checked.

    Raises:
        ValueError: If it is damaged.
    """
    if path and osp.isfile(path) and not is_readable(path):
        raise ValueError(
            f'{path} is damaged or incomplete, and no training can continue from it. '
            'Use --resume without a file for the newest readable checkpoint of the '
            'work folder, or give another file.'
        )


def write_whole(data: bytes, path: Union[str, Path]) -> None:
    """Write a file that appears complete or not at all.

    An interrupted write leaves the earlier file, and beside it a temporary file that
    the next write replaces.

    Args:
        data (bytes): Content.
        path (str | Path): The file. Its folder is created; a link is followed;
            anything but a regular file is written directly.
    """
    path = osp.realpath(path)
    os.makedirs(osp.dirname(path), exist_ok=True)
    whole = osp.isfile(path) or not osp.exists(path)
    target = f'{path}.part' if whole else path
    with open(target, 'wb') as file:
        file.write(data)
        if whole:
            file.flush()
            os.fsync(file.fileno())
    if whole:
        os.replace(target, path)
