"""Evaluation of the detections that `TubeMetric(dump=...)` wrote."""

from pathlib import Path
from typing import Dict, List, Optional, Sequence, Tuple

import numpy as np

from ..console import say, track
from .annotations import TubeAnnotations, load_tube_annotations
from .data_checks import videos_of_split
from .degenerate import usable_truths
from .detection_files import DetectionReader
from .error_sources import find_error_sources, format_error_sources
from .evaluation import VideoResult, evaluate_video
from .moc_files import MocWriter
from .options import TubeOptions
from .summary import Summary, summarise
from .tube_files import write_tubes


def open_pair(
    ann: str, dump: str, split: int
) -> Tuple[TubeAnnotations, DetectionReader, List[str]]:
    """Open annotations and a dump of the same test.

    Args:
        ann (str): Annotations.
        dump (str): Detections.
        split (int): Split of the annotations, from 1.

    Returns:
        tuple: Annotations, reader of the dump, test videos.

    Raises:
        ValueError: If classes or videos differ, or a file has another format.
    """
    annotations, reader = load_tube_annotations(ann), DetectionReader(dump)
    videos = videos_of_split(annotations, split, ann)
    if reader.labels != annotations.labels:
        raise ValueError(
            f'{dump} and {ann} have different classes: {reader.labels[:3]}... and '
            f'{annotations.labels[:3]}...'
        )
    if set(reader.videos) != set(videos):
        different = sorted(set(reader.videos) ^ set(videos))
        raise ValueError(
            f'{dump} holds other videos than split {split} of {ann}: '
            f'{len(different)} are in only one of them, such as {different[0]!r}. '
            'Was another --split tested?'
        )
    return annotations, reader, videos


def evaluate_dump(
    ann: str,
    dump: str,
    split: int,
    options: TubeOptions,
    empty_classes: str = 'skip',
    out: Optional[Path] = None,
    moc_out: Optional[Path] = None,
    error_sources: bool = False,
) -> Tuple[Summary, List[str]]:
    """Link and evaluate the detections of one dump.

    Args:
        ann (str): Annotations of the test.
        dump (str): Detections, see `DetectionWriter`.
        split (int): Split of the annotations, from 1.
        options (TubeOptions): Settings.
        empty_classes (str): See `summarise`.
        out (Path, optional): File for the linked tubes, see `write_tubes`.
        moc_out (Path, optional): Folder for the detections in MOC's layout.
        error_sources (bool): Print the result of `find_error_sources`.

    Returns:
        tuple[Summary, list[str]]: AP, and class names.

    Raises:
        ValueError: If the files do not fit together.
    """
    annotations, reader, videos = open_pair(ann, dump, split)
    results: List[VideoResult] = []
    moc = MocWriter(moc_out, reader.labels) if moc_out else None
    truths, dropped = usable_truths(annotations, videos)
    say(f'{dump}: {len(videos)} videos, split {split}')
    if dropped:
        say(f'note: {dropped} degenerate boxes of {ann} are ignored')
    for video in track(videos, 'videos'):
        detections, frames = reader.read(video), annotations.nframes[video]
        _check_range(dump, video, 'frame', detections.frames, 1, frames)
        _check_range(dump, video, 'label', detections.label, 0, len(reader.labels) - 1)
        results.append(
            evaluate_video(
                detections.tubelets(),
                truths[video],
                frames,
                len(reader.labels),
                options,
            )
        )
        if moc:
            moc.add(video, detections, frames)
    if moc:
        moc.finish()
    if out:
        write_tubes(out, reader.labels, videos, results, options)
    if error_sources:
        say(
            format_error_sources(
                *find_error_sources(annotations, reader, videos, options)
            )
        )
    return summarise(results, options, empty_classes), reader.labels


def _check_range(
    dump: str, video: str, name: str, values: np.ndarray, low: int, high: int
) -> None:
    """Refuse frames or labels outside the video."""
    wrong = values[(values < low) | (values > high)]
    if len(wrong):
        raise ValueError(
            f'{dump}: video {video!r} has a detection with {name} {wrong[0]}, outside '
            f'[{low}, {high}].'
        )


def average(summaries: Sequence[Summary]) -> Summary:
    """Mean over splits; a class counts in the splits with ground truth of it.

    Args:
        summaries (Sequence[Summary]): One for each split.
    """
    names = list(summaries[0].means)
    per_class: Dict[str, List[float]] = {}
    for name in names:
        columns = zip(*(summary.per_class[name] for summary in summaries))
        known = [[x for x in column if not np.isnan(x)] for column in columns]
        per_class[name] = [
            float(np.mean(values)) if values else float('nan') for values in known
        ]
    means = {
        name: float(np.mean([summary.means[name] for summary in summaries]))
        for name in names
    }
    return Summary(means, per_class)


def evaluate_dumps(
    pairs: Sequence[Tuple[str, str]],
    splits: Sequence[int],
    options: TubeOptions,
    empty_classes: str = 'skip',
    out: Optional[Path] = None,
    moc_out: Optional[Path] = None,
    error_sources: bool = False,
) -> None:
    """Evaluate dumps, and print a table for each and for their average.

    Args:
        pairs (Sequence[tuple[str, str]]): Annotations and dump of each test.
        splits (Sequence[int]): Split of each test; one value serves all.
        options (TubeOptions): Settings.
        empty_classes (str): See `summarise`.
        out (Path, optional): See `evaluate_dump`; for one dump only.
        moc_out (Path, optional): Likewise.
        error_sources (bool): See `evaluate_dump`.

    Raises:
        ValueError: If the arguments or files do not fit together.
    """
    if len(splits) == 1:
        splits = list(splits) * len(pairs)
    if len(splits) != len(pairs):
        raise ValueError(
            f'--split has {len(splits)} values for {len(pairs)} dumps; give one, or '
            'one for each.'
        )
    if len(pairs) > 1 and (out or moc_out):
        raise ValueError('--out and --moc-out take one dump.')
    summaries: List[Summary] = []
    num_classes = None
    for (ann, dump), split in zip(pairs, splits):
        summary, labels = evaluate_dump(
            ann, dump, split, options, empty_classes, out, moc_out, error_sources
        )
        if num_classes not in (None, len(labels)):
            raise ValueError(
                f'{dump} has {len(labels)} classes, the dump before it {num_classes}; '
                'dumps of different classes cannot be averaged.'
            )
        num_classes = len(labels)
        summaries.append(summary)
        say(f'\n{summary.table(labels)}\n')
    if len(summaries) > 1:
        say(f'average of {len(summaries)}\n{average(summaries).table(labels)}')
