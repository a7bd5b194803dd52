"""Generation of a StickAction data set in a folder.

A clip depends on the seed, its split and its number only: an interrupted run continues
with the missing clips, and any number of processes gives the same files. The manifest
is written last; files that differ from it are made again.
"""

import json
import os
import shutil
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any, Dict, List, Optional

from ..files import path_inside, write_text
from ..manifest import MANIFEST, compare_manifest, write_manifest
from . import tube_files, video_files
from .settings import CROWD, StickClip, all_clips
from .workers import map_clips

# Name of the settings during a run, and their name after it.
UNFINISHED, FINISHED = 'settings.unfinished.json', 'settings.json'
FOLDERS = sorted({*video_files.FOLDERS, *tube_files.FOLDERS})


def layout_of(settings: Dict[str, Any]) -> ModuleType:
    """Module that writes the files of a data set.

    Returns:
        module: `video_files` or `tube_files`, with the same functions.
    """
    return video_files if settings.get('variant', CROWD) == CROWD else tube_files


def make_one(clip: StickClip, out: Path, settings: Dict[str, Any]) -> Any:
    """Write the missing files of one clip.

    Args:
        clip (StickClip): The clip.
        out (Path): Folder of the data set.
        settings (dict): Result of `make_settings`.

    Returns:
        object: Data of the clip for the tables, or None.
    """
    return layout_of(settings).make_one(clip, out, settings)


def clear(out: Path) -> None:
    """Remove the files of a StickAction from a folder, and no others."""
    write_text(out / UNFINISHED, '{"generator": "StickAction"}\n')
    tables = (*video_files.FILES, *tube_files.FILES)
    for name in (MANIFEST, FINISHED, 'classes.txt', *tables):
        (out / name).unlink(missing_ok=True)
    for name in FOLDERS:
        shutil.rmtree(out / name, ignore_errors=True)


def read_settings(out: Path) -> Optional[Dict[str, Any]]:
    """Settings of the StickAction in a folder.

    Returns:
        dict, optional: None if the folder is empty or missing.

    Raises:
        ValueError: If the folder holds anything else.
    """
    for name in (UNFINISHED, FINISHED):
        try:
            stored = json.loads((out / name).read_text(encoding='utf-8'))
            if stored['generator'] == 'StickAction':
                return stored
        except (FileNotFoundError, NotADirectoryError):
            continue
        except (ValueError, KeyError, TypeError):
            break
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise ValueError(
            f'{out} is not empty and does not hold a StickAction; give a new or '
            'empty folder.'
        )
    return None


def _clip_paths(settings: Dict[str, Any]) -> List[str]:
    """Paths of all clips below the folder of the data set."""
    paths = layout_of(settings).clip_paths
    return [path for clip in all_clips(settings) for path in paths(clip.stem, settings)]


def _all_names(settings: Dict[str, Any]) -> List[str]:
    """Files of a finished data set without its manifest, and its folders of frames."""
    tables = layout_of(settings).file_names(settings)
    return [FINISHED, *tables, *_clip_paths(settings)]


def _is_complete(out: Path) -> bool:
    """True if the folder holds a finished data set that agrees with its manifest."""
    if (out / UNFINISHED).exists():
        return False
    try:
        found = compare_manifest(out)
    except (FileNotFoundError, ValueError):  # interrupted, or of an older version
        return False
    return not found.missing and not found.changed


def _remove_changed(out: Path) -> None:
    """Remove the clips that differ from the manifest, so that they are made again."""
    try:
        changed = compare_manifest(out).changed
    except (FileNotFoundError, ValueError):
        return
    for name in changed:
        if name.split('/')[0] in FOLDERS:
            Path(path_inside(out, name)).unlink()


def prepare(out: Path, settings: Dict[str, Any], overwrite: bool) -> bool:
    """Prepare a folder for a run.

    Args:
        out (Path): The folder.
        settings (dict): Result of `make_settings`.
        overwrite (bool): Remove a StickAction in the folder first.

    Returns:
        bool: False if the data set is complete already.

    Raises:
        ValueError: If the folder holds a StickAction with other settings, or
            anything else.
    """
    stored = read_settings(out)
    if stored is not None:
        begun = len(stored) > 1  # else an overwriting run was interrupted
        changed = sorted(
            key
            for key in stored.keys() | settings.keys()
            if stored.get(key) != settings.get(key)
        )
        if begun and changed and not overwrite:
            differences = '; '.join(
                f'{key}: {stored.get(key)} in the folder, {settings.get(key)} given'
                for key in changed
            )
            raise ValueError(
                f'{out} holds a StickAction with other settings ({differences}). '
                'Give another folder, or --overwrite.'
            )
        if overwrite or not begun:
            clear(out)
        elif _is_complete(out):
            return False
        _remove_changed(out)
    (out / MANIFEST).unlink(missing_ok=True)
    for name in _clip_paths(settings):
        (out / name).parent.mkdir(parents=True, exist_ok=True)
    write_text(out / UNFINISHED, json.dumps(settings, indent=2) + '\n')
    for name in (FINISHED, *layout_of(settings).file_names(settings)):
        (out / name).unlink(missing_ok=True)
    return True


def finish(out: Path, settings: Dict[str, Any], records: List[Any]) -> None:
    """Write the tables, mark the run as finished and write the manifest.

    Args:
        out (Path): Folder of the data set.
        settings (dict): Result of `make_settings`.
        records (list): Result of `make_one` for each clip.
    """
    for kind in FOLDERS:
        for rest in list((out / kind).rglob('.*.tmp*')):
            shutil.rmtree(rest) if rest.is_dir() else rest.unlink()
    layout_of(settings).write_tables(out, settings, all_clips(settings), records)
    os.replace(out / UNFINISHED, out / FINISHED)
    write_manifest(out, _all_names(settings))


def make_dataset(
    out: Path, settings: Dict[str, Any], workers: int = 1, overwrite: bool = False
) -> bool:
    """Make a data set; an interrupted run continues.

    Args:
        out (Path): Folder of the data set.
        settings (dict): Result of `make_settings`.
        workers (int): Number of processes.
        overwrite (bool): Replace a StickAction in the folder.

    Returns:
        bool: False if the data set was complete already.

    Raises:
        ValueError: If the folder holds anything else.
        OSError: If a file cannot be written, or a process was killed.
    """
    if not prepare(out, settings, overwrite):
        return False
    work = partial(make_one, out=out, settings=settings)
    try:
        records = map_clips(work, all_clips(settings), workers)
    except BrokenProcessPool as error:
        raise OSError(
            'a process was killed (out of memory?); run the command again to '
            'continue, if necessary with --workers 1.'
        ) from error
    finish(out, settings, records)
    return True
