"""Reader of JHMDB's puppet masks and splits.

`puppet_mask/CLASS/CLIP/puppet_mask.mat` has `part_mask` (H, W, n), nonzero on
the person. Boxes enclose the mask tightly, as in the public annotations.
`splits/CLASS_test_split1.txt` has lines `clip.avi 1` for training and
`clip.avi 2` for testing; clips with 0 are skipped.

Source: Jhuang et al., "Towards Understanding Action Recognition", ICCV 2013,
and the page of the data set, http://jhmdb.is.tue.mpg.de.
"""

import re
from pathlib import Path
from typing import Dict, List, Optional

import numpy as np

from ...checks import shorten
from ...console import track
from ...text_lists import read_lines
from ..limits import MAX_FRAMES
from ..mat_files import load_mat_variable
from .found import Found
from .options import FormatOptions

SPLIT_FILE = re.compile(r'(?P<name>.+)_test_split(?P<number>\d+)\.txt')
TRAIN, TEST = '1', '2'


def read_jhmdb_puppet(sources: List[Path], options: FormatOptions) -> Found:
    """Read masks, and the splits if `options.jhmdb_splits` is given.

    Args:
        sources (list[Path]): Folders `puppet_mask`.
        options (FormatOptions): `label_map`, `max_gap` and `jhmdb_splits` are used.

    Raises:
        ValueError: If a folder has no such files.
    """
    found = Found()
    masks: Dict[str, Path] = {}
    for source in sources:
        here = sorted(source.glob('*/*/puppet_mask.mat'))
        if not here:
            raise ValueError(
                f'{source}: files <class>/<clip>/puppet_mask.mat are missing.'
            )
        masks.update(
            {path.parent.relative_to(source).as_posix(): path for path in here}
        )
    names = sorted({video.split('/')[0] for video in masks})
    found.name_classes({name: name for name in options.labels or names})
    unknown = sorted(set(names) - set(found.labels))
    if unknown:
        found.faults.append(f'{sources[0]}: the folders {unknown} are not in --labels.')
        return found
    for video, path in track(list(masks.items()), 'masks'):
        mask = _read_mask(path, found)
        if mask is None:
            continue
        height, width, found.num_frames[video] = mask.shape
        found.resolution[video] = height, width
        boxes = boxes_of_masks(mask)
        if not boxes:
            found.faults.append(f'{path}: the mask is empty in all frames.')
            continue
        found.add(video, video.split('/')[0], boxes, options.max_gap)
    if options.jhmdb_splits:
        _read_splits(options.jhmdb_splits, list(masks), found)
    return found


def boxes_of_masks(mask: np.ndarray) -> Dict[int, np.ndarray]:
    """Bounding boxes of masks.

    Args:
        mask (np.ndarray): (H, W, n), nonzero inside.

    Returns:
        dict[int, np.ndarray]: Box of shape (4,) by frame, from 1: `x1, y1, x2,
        y2` in pixels from 0, ends inclusive. Frames with an empty mask are
        skipped.
    """
    boxes = {}
    for number in range(mask.shape[2]):
        rows, columns = np.nonzero(mask[:, :, number])
        if len(rows):
            boxes[number + 1] = np.array(
                [columns.min(), rows.min(), columns.max(), rows.max()], float
            )
    return boxes


def _read_mask(path: Path, found: Found) -> Optional[np.ndarray]:
    """Read the mask (H, W, n) of a clip; None after a fault."""
    try:
        mask = load_mat_variable(path, 'part_mask')
    except ValueError as error:
        found.faults.append(str(error))
        return None
    if mask is not None and mask.ndim == 2:  # MATLAB drops a last axis of one
        mask = mask[:, :, None]
    if mask is None or mask.dtype.kind not in 'biuf' or mask.ndim != 3:
        found.faults.append(f'{path}: has no part_mask (H, W, frames) of numbers.')
        return None
    if mask.shape[2] > MAX_FRAMES:
        found.faults.append(
            f'{path}: part_mask has {mask.shape[2]} frames, more than {MAX_FRAMES}.'
        )
        return None
    return mask


def _read_splits(folder: Path, videos: List[str], found: Found) -> None:
    """Read the splits of all classes; invalid lines are faults."""
    found_files = (
        (path, SPLIT_FILE.fullmatch(path.name))
        for path in sorted(folder.glob('*_test_split*.txt'))
    )
    files = [(path, match) for path, match in found_files if match]
    numbers = sorted({int(match['number']) for _, match in files})
    if not numbers:
        raise ValueError(f'{folder}: files <class>_test_split1.txt are missing.')
    known, unused = set(videos), 0
    train: List[List[str]] = [[] for _ in numbers]
    test: List[List[str]] = [[] for _ in numbers]
    for path, match in files:
        place = numbers.index(int(match['number']))
        for number, line in read_lines(path):
            # Names of clips may have blanks.
            parts = line.rsplit(None, 1)
            video = f'{match["name"]}/{parts[0].strip(chr(34)).rpartition(".")[0]}'
            if len(parts) != 2 or parts[1] not in ('0', TRAIN, TEST):
                found.faults.append(
                    f'{path}, line {number}: {shorten(line)} '
                    'is not "clip.avi 1" or "clip.avi 2".'
                )
            elif video not in known:
                found.faults.append(
                    f'{path}, line {number}: the mask of {video} is missing.'
                )
            elif parts[1] == '0':
                unused += 1
            else:
                (train if parts[1] == TRAIN else test)[place].append(video)
    found.splits = (train, test)
    if unused:
        found.notes.append(f'{unused} lines of the splits have 0: in no list')
