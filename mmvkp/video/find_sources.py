"""Videos in files, folders and patterns."""

import glob
import logging
import os
import os.path as osp
from typing import Any, Dict, List, Sequence, Union

from ..host_stack import print_log
from .source import IMAGES, VIDEOS
from .urls import is_url

Source = Union[int, str]


def find_sources(inputs: Union[Source, Sequence[Source]]) -> List[Source]:
    """Expand folders and patterns to single videos.

    A file is taken whatever its ending is. A folder is searched with all its folders:
    files with one of `VIDEOS`, and folders with pictures but no videos, which
    are the frames of one video. Hidden files are skipped. A video that is given twice
    is taken once.

    Args:
        inputs (int | str | Sequence): Files, folders, patterns such as `a/*.mp4` (`**`
            for all folders), URLs and numbers of cameras.

    Returns:
        list[int | str]: Files, folders of frames, URLs and cameras, those of a folder
        or pattern in the order of their names.

    Raises:
        FileNotFoundError: If nothing has this name, or nothing fits a pattern.
        TypeError: If an input is not a path or number.
        ValueError: If a folder has no videos, or nothing is given.
    """
    if isinstance(inputs, (int, str, os.PathLike)):
        inputs = [inputs]
    found: List[Source] = []
    for each in inputs:
        found += _expand(each)
    if not found:
        raise ValueError('no videos are given; name files, folders or a camera.')
    once: Dict[Source, Source] = {}
    for each in found:
        known = isinstance(each, str) and osp.exists(each)
        once.setdefault(osp.abspath(str(each)) if known else each, each)
    return list(once.values())


def is_camera(source: Any) -> bool:
    """True for the number of a camera, or a URL.

    Args:
        source (Any): A number, a string of digits if no file has that name, a URL, or
            a path.
    """
    if isinstance(source, str):
        return not osp.exists(source) and (source.isdigit() or is_url(source))
    return isinstance(source, int)


def _expand(source: Any) -> List[Source]:
    """Videos of one input."""
    if isinstance(source, os.PathLike):
        source = os.fspath(source)
    if isinstance(source, bool) or not isinstance(source, (int, str)) or source == '':
        raise TypeError(
            f'{source!r} is not a video; give a path, a URL or the number of a camera.'
        )
    if isinstance(source, int) or is_camera(source) or osp.isfile(source):
        return [source]
    if osp.isdir(source):
        return [*_search(source)]
    matches = sorted(glob.glob(source, recursive=True))
    if not matches:
        kind = 'fits the pattern' if glob.has_magic(source) else 'is named'
        raise FileNotFoundError(
            f'no video file {source}: no file or folder {kind} like this.'
        )
    single = [each for each in matches if not osp.isdir(each)]
    inside = [video for each in matches if osp.isdir(each) for video in _walk(each)]
    if not single and not inside:
        raise ValueError(f'the folders {source} contain no videos or pictures.')
    return [*single, *inside]


def _search(folder: str) -> List[str]:
    """Videos of a folder.

    Raises:
        ValueError: If nothing is found.
    """
    found = _walk(folder)
    if not found:
        raise ValueError(
            f'the folder {folder} holds no frames ({", ".join(IMAGES)}) and no videos '
            f'({", ".join(VIDEOS)}).'
        )
    return found


def _walk(folder: str) -> List[str]:
    """Videos and folders of frames below a folder; a warning counts other files."""
    found, others = [], []
    for root, folders, names in os.walk(folder):
        folders[:] = sorted(each for each in folders if not each.startswith('.'))
        names = sorted(each for each in names if not each.startswith('.'))
        videos = [each for each in names if each.lower().endswith(VIDEOS)]
        pictures = [each for each in names if each.lower().endswith(IMAGES)]
        if videos:
            found += [osp.normpath(osp.join(root, each)) for each in videos]
            names = [each for each in names if each not in set(videos)]
        elif pictures:
            found.append(osp.normpath(root))
            names = [each for each in names if each not in set(pictures)]
        others += [osp.normpath(osp.join(root, each)) for each in names]
    if others and found:
        print_log(
            f'{folder}: {len(others)} files without the ending of a video are skipped, '
            f'the first is {others[0]}.',
            'current',
            logging.WARNING,
        )
    return found
