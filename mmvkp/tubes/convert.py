"""Conversion of tube annotations to the layout of UCF101v2-GT.pkl."""

import re
from pathlib import Path
from typing import Dict, List, Sequence, Tuple

import numpy as np

from ..checks import shorten
from ..console import say
from .annotations import TubeAnnotations, save_tube_annotations
from .data_checks import check_annotations, describe_problems
from .degenerate import usable_tubes
from .formats import FORMATS, FormatOptions, Found
from .limits import MAX_FRAMES, read_text
from .video_files import VIDEO_SUFFIXES


def read_list(path: Path, videos: Sequence[str]) -> List[str]:
    """Read the videos of a split.

    Args:
        path (Path): One video per line. Text after the first space or comma and
            the suffix of a video file are ignored.
        videos (Sequence[str]): Known videos.

    Returns:
        list[str]: Each video once.

    Raises:
        ValueError: If a name is not in `videos`.
    """
    names: Dict[str, None] = {}
    known = set(videos)
    for number, line in enumerate(read_text(path).splitlines(), 1):
        if not line.strip():
            continue
        name = re.split(r'[,\s]', line.strip())[0]
        if name not in known and name.endswith(VIDEO_SUFFIXES):
            name = name.rpartition('.')[0]
        if name not in known:
            raise ValueError(
                f'{path}, line {number}: the annotations have no video {shorten(name)}.'
            )
        names[name] = None
    return list(names)


def _set_splits(
    truth: TubeAnnotations, found: Found, train: Sequence[Path], test: Sequence[Path]
) -> None:
    """Fill the lists of training and test videos."""
    if found.splits:
        truth.train_videos, truth.test_videos = found.splits
        return
    videos = list(truth.gttubes)
    trained, tested = (
        [read_list(path, videos) for path in each] for each in (train, test)
    )
    truth.train_videos = trained or [_others(videos, each) for each in tested]
    truth.test_videos = tested or [_others(videos, each) for each in trained]


def _others(videos: Sequence[str], listed: Sequence[str]) -> List[str]:
    """Videos that are not listed."""
    skipped = set(listed)
    return [video for video in videos if video not in skipped]


def _assemble(found: Found, options: FormatOptions, clip: bool) -> TubeAnnotations:
    """Combine the records with the sizes and lengths of the videos."""
    truth = TubeAnnotations(labels=list(found.labels))
    for video in sorted({*found.num_frames, *(tube[0] for tube in found.tubes)}):
        truth.gttubes[video] = {}
    for video, label, tube in found.tubes:
        truth.gttubes[video].setdefault(label, []).append(tube)
    guessed = outside = 0
    for video, classes in truth.gttubes.items():
        tubes = [tube for each in classes.values() for tube in each]
        count = options.media.num_frames(video) or found.num_frames.get(video)
        if count is None:
            guessed += 1
            count = max(int(tube[-1, 0]) for tube in tubes)
        if not 0 < count <= MAX_FRAMES:
            found.faults.append(
                f'{video}: {count} frames; a video has 1 to {MAX_FRAMES}.'
            )
        truth.nframes[video] = count
        height, width = found.resolution.get(video) or options.media.resolution(video)
        truth.resolution[video] = (int(height), int(width))
        if clip:
            outside += _clip(classes, (int(height), int(width)))
    if outside:
        found.notes.append(f'{outside} boxes outside the image were dropped')
    if guessed:
        found.notes.append(
            f'{guessed} videos are assumed to end at their last box; give --frames '
            'or --videos to read their lengths'
        )
    return truth


def _clip(classes: Dict[int, List[np.ndarray]], size: Tuple[int, int]) -> int:
    """Clip the boxes of a video, and drop those outside; returns their number."""
    height, width = size
    dropped = 0
    for label, tubes in classes.items():
        for tube in tubes:
            tube[:, 1::2] = np.clip(tube[:, 1::2], 0, width - 1)
            tube[:, 2::2] = np.clip(tube[:, 2::2], 0, height - 1)
        kept = usable_tubes(tubes, size)
        dropped += sum(map(len, tubes)) - sum(map(len, kept))
        classes[label] = [tube for tube in kept if len(tube)]
    return dropped


def check_split_options(
    train: Sequence[Path], test: Sequence[Path], options: FormatOptions
) -> None:
    """Refuse missing or contradictory lists of splits.

    Args:
        train (Sequence[Path]): Lists of training videos.
        test (Sequence[Path]): Lists of test videos.
        options (FormatOptions): `jhmdb_splits` replaces both.

    Raises:
        ValueError: If the lists do not fit together.
    """
    if options.jhmdb_splits and (train or test):
        raise ValueError(
            '--jhmdb-splits already defines the test videos; omit --train and --test.'
        )
    if not (train or test or options.jhmdb_splits):
        raise ValueError('give --test, --train or both: the videos of each split.')
    if train and test and len(train) != len(test):
        raise ValueError(
            f'{len(train)} lists of --train and {len(test)} of --test; give one of '
            'each per split.'
        )


def convert(
    name: str,
    sources: Sequence[Path],
    out: Path,
    options: FormatOptions,
    train: Sequence[Path] = (),
    test: Sequence[Path] = (),
    clip: bool = False,
) -> List[str]:
    """Read, check and write annotations.

    Args:
        name (str): Key of `FORMATS`.
        sources (Sequence[Path]): Files or folders of that format.
        out (Path): File to write, see `save_tube_annotations`.
        options (FormatOptions): Options of the reader.
        train (Sequence[Path]): List of training videos for each split; see
            `read_list`. Default: all videos that are not in the list of `test`.
        test (Sequence[Path]): Likewise for test videos.
        clip (bool): Clip boxes to the image, and drop boxes outside.

    Returns:
        list[str]: Faults of the source; empty if the file was written.

    Raises:
        OSError: If a file is missing.
        ValueError: If a file cannot be read, or the lists do not fit together.
    """
    check_split_options(train, test, options)
    for source in sources:
        if not source.exists():
            raise FileNotFoundError(f'{source}: no such file or folder.')
    found = FORMATS[name].read(list(sources), options)
    if found.faults:
        return found.faults
    if not found.tubes:
        raise ValueError(f'{sources[0]}: holds no tubes.')
    truth = _assemble(found, options, clip)
    if found.faults:
        return [f'{sources[0]}, {fault}' for fault in found.faults]
    _set_splits(truth, found, train, test)
    problems = check_annotations(truth)
    if problems:
        return describe_problems(problems, str(sources[0]), 20).splitlines()
    save_tube_annotations(truth, out)
    for note in found.notes:
        say(f'note: {note}')
    splits = '; '.join(
        f'{len(trained)} training and {len(tested)} test videos'
        for trained, tested in zip(truth.train_videos, truth.test_videos)
    )
    say(
        f'{out}: {len(truth.gttubes)} videos, {len(found.tubes)} tubes of '
        f'{len(truth.labels)} classes; {splits}'
    )
    return []
