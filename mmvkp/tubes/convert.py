"""Conversion of tube annotations to the layout of UCF101v2-GT.pkl."""

from pathlib import Path
from typing import Dict, List, Optional, Sequence

from ..checks import shorten
from ..console import say
from ..text_lists import KnownNames, read_lines
from .annotations import TubeAnnotations, parse_tube_annotations, save_tube_annotations
from .data_checks import check_annotations, describe_problems
from .formats import FORMATS, FormatOptions, Found
from .formats.assemble import assemble
from .own_splits import choose_test_videos, leave_out_damaged
from .video_files import VIDEO_SUFFIXES


def read_list(path: Path, videos: Sequence[str]) -> List[str]:
    """Read the videos of a split.

    Args:
        path (Path): One video per line, with or without the suffix of a video file
            and a label after a blank or comma; see `KnownNames.find`.
        videos (Sequence[str]): Known videos.

    Returns:
        list[str]: Each video once.

    Raises:
        ValueError: If a name is not in `videos`.
    """
    names: Dict[str, None] = {}
    known = KnownNames(videos, VIDEO_SUFFIXES)
    for number, line in read_lines(path):
        name = known.find(line)
        if name is None:
            similar = known.similar(line)
            hint = f'; {shorten(similar)} differs in case or blanks' if similar else ''
            raise ValueError(
                f'{path}, line {number}: the annotations have no video '
                f'{shorten(line)}{hint}.'
            )
        names[name] = None
    return list(names)


def _set_splits(
    truth: TubeAnnotations, found: Found, train: Sequence[Path], test: Sequence[Path]
) -> None:
    """Fill the lists of training and test videos."""
    if found.splits and not (train or test):
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


def check_split_options(
    train: Sequence[Path],
    test: Sequence[Path],
    options: FormatOptions,
    test_share: Optional[float] = None,
) -> None:
    """Refuse missing or contradictory lists of splits.

    Args:
        train (Sequence[Path]): Lists of training videos.
        test (Sequence[Path]): Lists of test videos.
        options (FormatOptions): `jhmdb_splits` replaces both.
        test_share (float, optional): Likewise.

    Raises:
        ValueError: If the lists do not fit together.
    """
    if test_share is not None:
        if train or test or options.jhmdb_splits:
            raise ValueError('--test-share and lists of videos exclude each other.')
        return
    if options.jhmdb_splits and (train or test):
        raise ValueError(
            '--jhmdb-splits already defines the test videos; omit --train and --test.'
        )
    if not (train or test or options.jhmdb_splits):
        raise ValueError(
            'give --test, --train or both: the videos of each split; or --test-share.'
        )
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
    strict: bool = False,
    *,
    test_share: Optional[float] = None,
    skip_damaged: bool = False,
) -> List[str]:
    """Read, check and write annotations; print the counts of items.

    Args:
        name (str): Key of `FORMATS`.
        sources (Sequence[Path]): Files or folders of that format.
        out (Path): File to write, see `save_tube_annotations`.
        options (FormatOptions): Options of the reader.
        train (Sequence[Path]): List of training videos for each split; see
            `read_list`. Default: all videos that are not in the list of `test`.
        test (Sequence[Path]): Likewise for test videos.
        clip (bool): Clip boxes to the image, and leave out boxes outside.
        strict (bool): Everything that is left out is a fault.
        test_share (float, optional): Choose the test videos, in place of the lists;
            see `choose_test_videos`.
        skip_damaged (bool): Leave out videos whose file is missing or damaged.

    Returns:
        list[str]: Faults of the source; empty if the file was written.

    Raises:
        OSError: If a file is missing.
        ValueError: If a file cannot be read, or the lists do not fit together.
    """
    if train or test or not FORMATS[name].has_splits:
        check_split_options(train, test, options, test_share)
    for source in sources:
        if not source.exists():
            raise FileNotFoundError(f'{source}: no such file or folder.')
        if source.suffix.lower() in ('.zip', '.tar', '.gz', '.7z', '.rar'):
            raise ValueError(f'{source}: is an archive; unpack it and give its files.')
    found = FORMATS[name].read(list(sources), options)
    if found.faults:
        return found.faults
    if not found.splits:
        check_split_options(train, test, options, test_share)
    if not found.tracks:
        reasons = '; '.join(found.tally.reasons())
        raise ValueError(f'{sources[0]}: holds no tubes. {reasons}'.strip())
    if skip_damaged:
        leave_out_damaged(found, options.media)
    truth = assemble(found, options, clip)
    if found.faults:
        return [f'{sources[0]}, {fault}' for fault in found.faults]
    if strict and found.tally.reasons():
        return found.tally.reasons()
    if test_share is None:
        _set_splits(truth, found, train, test)
    else:
        chosen = choose_test_videos(truth.gttubes, test_share)
        truth.train_videos = [_others(list(truth.gttubes), chosen)]
        truth.test_videos = [chosen]
    problems = check_annotations(truth)
    if problems:
        lines = describe_problems(problems, str(sources[0]), 20).splitlines()
        if not clip and any('outside the image' in each.text for each in problems):
            lines.insert(1, '  --clip clips boxes that leave the image')
        return lines
    # A file that cannot be loaded is not written.
    parse_tube_annotations(vars(truth), sources[0])
    save_tube_annotations(truth, out)
    _report(truth, found, out)
    return []


def _report(truth: TubeAnnotations, found: Found, out: Path) -> None:
    """Print the notes, the counts and the result."""
    for note in found.notes:
        say(f'note: {note}')
    say(found.tally.table())
    for reason in found.tally.reasons():
        say(reason)
    splits = '; '.join(
        f'{len(trained)} training and {len(tested)} test videos'
        for trained, tested in zip(truth.train_videos, truth.test_videos)
    )
    tubes = sum(
        len(each) for video in truth.gttubes.values() for each in video.values()
    )
    say(
        f'{out}: {len(truth.gttubes)} videos, {tubes} tubes of '
        f'{len(truth.labels)} classes; {splits}'
    )
