"""Evaluate dumped detections of tubes again, with any settings.

Usage::

    python tools/analysis_tools/eval_tubes.py ANN DUMP [ANN DUMP ...] \\
        [--split N ...] [--linker greedy max_gap=3] [--out tubes.json] \\
        [--moc-out FOLDER]

``DUMP`` is a file that ``TubeMetric(dump='DUMP.npz')`` wrote, ``ANN`` the
annotations of its test. With several pairs, each with its ``--split``, the
average over them is printed as well: what is reported for the three splits
of JHMDB. Detections that the metric left out (``max_per_frame_class``) are
not in the dump.

``--out`` writes the linked tubes as JSON, as vis_tubes.py reads it:
``labels``, names of the classes, and ``videos``, which has for each video a
list of tubes, best first, with ``id`` (from 1), ``label`` (from 0),
``score``, and for each frame ``frames`` (from 1), ``boxes`` (x1, y1, x2, y2 in
pixels from 0 on, ends inclusive) and ``scores``. ``--moc-out`` writes the
detections as MOC's own evaluation reads them: a file
``FOLDER/<video>/<frame, five digits>.pkl`` for each (first) frame, a dict
from class (counted from 1) to an array (N, 4K + 1), K boxes and the score.
"""

import argparse
import ast
import json
import os
import pickle
import shutil
import sys
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence, Tuple, Union

import numpy as np
from mmengine.utils import track_iter_progress

from .annotations import TubeAnnotations, load_tube_annotations
from .detections import DetectionReader, Detections, videos_of_split
from .evaluation import Summary, VideoResult, evaluate_video, summarise
from .options import TubeOptions, make_options


def parse_args(argv: Optional[Sequence[str]]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description='Evaluate dumped detections of tubes again.'
    )
    parser.add_argument(
        'pairs',
        nargs='+',
        metavar='ANN DUMP',
        help='annotations and dump, once or more',
    )
    parser.add_argument(
        '--split',
        type=int,
        nargs='+',
        default=[1],
        help='split of the annotations, from 1 on; one for all or for each',
    )
    parser.add_argument('--protocol', default='act', help='act or voc')
    parser.add_argument('--preset', default='moc', help='moc or act')
    parser.add_argument(
        '--linker',
        nargs='+',
        default=['greedy'],
        metavar=('TYPE', 'NAME=VALUE'),
        help='greedy or viterbi, and parameters of it',
    )
    for kind, values in (('frame', [0.5]), ('video', [0.2, 0.5, 0.75, '0.5:0.95'])):
        parser.add_argument(
            f'--{kind}-iou-thrs',
            nargs='+',
            type=read_threshold,
            default=values,
            help=f"overlaps for {kind}-mAP, or ranges like '0.5:0.95'",
        )
    parser.add_argument('--tube-nms-threshold', type=float, default=0.3)
    parser.add_argument(
        '--empty-classes',
        choices=('skip', 'zero'),
        default='skip',
        help='classes without truth do not count, or as 0 if predicted',
    )
    parser.add_argument('--out', type=Path, help='file for the tubes (.json)')
    parser.add_argument('--moc-out', type=Path, help='new folder for the layout of MOC')
    args = parser.parse_args(argv)
    check_args(parser, args)
    return args


def check_args(parser: argparse.ArgumentParser, args: argparse.Namespace) -> None:
    """Pair the files, read the settings, and end with a message where that
    cannot be done."""
    if len(args.pairs) % 2:
        parser.error('give annotations and dump in turns: ANN DUMP ...')
    args.pairs = list(zip(args.pairs[::2], args.pairs[1::2]))
    if len(args.split) == 1:
        args.split = args.split * len(args.pairs)
    if len(args.split) != len(args.pairs):
        parser.error(
            f'--split has {len(args.split)} values for '
            f'{len(args.pairs)} dumps; give one, or one for each'
        )
    if len(args.pairs) > 1 and (args.out or args.moc_out):
        parser.error('--out and --moc-out take one dump')
    try:
        args.options = make_options(
            args.protocol,
            args.preset,
            read_linker(args.linker),
            args.frame_iou_thrs,
            args.video_iou_thrs,
            args.tube_nms_threshold,
        )
    except ValueError as error:
        parser.error(str(error))


def read_threshold(text: str) -> Union[float, str]:
    """A number where it is one, else the text as it is."""
    try:
        return float(text)
    except ValueError:
        return text


def read_linker(words: Sequence[str]) -> Dict[str, Any]:
    """Type and parameters as a dict.

    Raises:
        ValueError: If a parameter is not ``NAME=VALUE``.
    """
    result: Dict[str, Any] = dict(type=words[0])
    for word in words[1:]:
        name, sign, value = word.partition('=')
        try:
            result[name] = ast.literal_eval(value)
        except (ValueError, SyntaxError):
            sign = ''
        if not sign:
            raise ValueError(
                f'--linker: {word!r} is not NAME=VALUE with a '
                'number, True, False or None.'
            )
    return result


def open_pair(
    ann: str, dump: str, split: int
) -> Tuple[TubeAnnotations, DetectionReader, List[str]]:
    """Annotations, detections and test videos that fit together.

    Raises:
        ValueError: If they do not, or a file holds something else.
    """
    annotations, reader = load_tube_annotations(ann), DetectionReader(dump)
    videos = videos_of_split(annotations, split, ann)
    if reader.labels != annotations.labels:
        raise ValueError(
            f'{dump} and {ann} have different classes: '
            f'{reader.labels[:3]}... and '
            f'{annotations.labels[:3]}...'
        )
    if set(reader.videos) != set(videos):
        other = sorted(set(reader.videos) ^ set(videos))
        raise ValueError(
            f'{dump} holds other videos than split {split} of {ann}: '
            f'{len(other)} are in one of them only, such as {other[0]!r}. '
            'Was another --split tested?'
        )
    return annotations, reader, videos


def evaluate(
    ann: str, dump: str, split: int, args: argparse.Namespace
) -> Tuple[Summary, List[str]]:
    """Evaluate one dump, and write what was asked for.

    Returns:
        tuple[Summary, list[str]]: AP, and names of the classes.
    """
    annotations, reader, videos = open_pair(ann, dump, split)
    results: List[VideoResult] = []
    moc = MocWriter(args.moc_out, reader.labels) if args.moc_out else None
    print(f'{dump}: {len(videos)} videos, split {split}')
    for video in track_iter_progress(videos):
        detections, frames = reader.read(video), annotations.nframes[video]
        check(dump, video, detections, frames, len(reader.labels))
        results.append(
            evaluate_video(
                detections.tubelets(),
                annotations.gttubes.get(video, {}),
                frames,
                len(reader.labels),
                args.options,
            )
        )
        if moc:
            moc.add(video, detections, frames)
    if moc:
        moc.finish()
    if args.out:
        write_tubes(args.out, reader.labels, videos, results, args.options)
    return summarise(results, args.options, args.empty_classes), reader.labels


def check(
    dump: str, video: str, detections: Detections, num_frames: int, num_classes: int
) -> None:
    """Refuse detections that do not fit the video.

    Raises:
        ValueError: If a frame or a label is out of range.
    """
    for name, array, low, high in (
        ('frame', detections.frames, 1, num_frames),
        ('label', detections.label, 0, num_classes - 1),
    ):
        wrong = array[(array < low) | (array > high)]
        if len(wrong):
            raise ValueError(
                f'{dump}: video {video!r} has a detection with '
                f'{name} {wrong[0]}, outside [{low}, {high}].'
            )


def write_tubes(
    path: Path,
    labels: List[str],
    videos: List[str],
    results: List[VideoResult],
    options: TubeOptions,
) -> None:
    """Write the tubes that are left after suppression as JSON."""
    content = dict(labels=labels, linker=options.linker._asdict(), videos=dict())
    for video, result in zip(videos, results):
        tubes = [
            (tube.score, label, tube.rows)
            for label, found in enumerate(result.tubes)
            for tube in found
        ]
        tubes.sort(key=lambda each: (-each[0], each[1]))
        content['videos'][video] = [
            dict(
                id=number,
                label=label,
                score=round(score, 6),
                frames=rows[:, 0].astype(int).tolist(),
                boxes=rows[:, 1:5].astype(float).round(4).tolist(),
                scores=rows[:, 5].astype(float).round(6).tolist(),
            )
            for number, (score, label, rows) in enumerate(tubes, 1)
        ]
    temporary = path.with_name(f'.{path.name}.tmp')
    temporary.write_text(json.dumps(content), encoding='utf-8')
    os.replace(temporary, path)


class MocWriter:
    """Write detections in the layout of MOC, see the text of this module.

    Args:
        folder (Path): Folder that is not there yet or empty; it appears when
            it is complete.
        labels (list[str]): Names of the classes.

    Raises:
        ValueError: If there is something in the folder.
    """

    def __init__(self, folder: Path, labels: List[str]) -> None:
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise ValueError(f'--moc-out {folder} is not empty; give a new folder.')
        self.folder, self.num_classes = folder, len(labels)
        self.temporary = folder.with_name(f'.{folder.name}.tmp')
        shutil.rmtree(self.temporary, ignore_errors=True)

    def add(self, video: str, detections: Detections, num_frames: int) -> None:
        """Write a video: a file for each frame that may begin a tubelet."""
        frames, boxes, labels, scores = detections.tubelets()
        length = boxes.shape[1]
        rows = np.concatenate(
            [boxes.reshape(len(boxes), 4 * length), scores[:, None]], 1
        ).astype(np.float32)
        order = np.lexsort((-scores, labels, frames))
        rows, labels, frames = rows[order], labels[order], frames[order]
        folder = self.temporary / video
        folder.mkdir(parents=True, exist_ok=True)
        for frame in range(1, max(1, num_frames - length + 1) + 1):
            begin, end = np.searchsorted(frames, [frame, frame + 1])
            ends = begin + np.searchsorted(
                labels[begin:end], np.arange(self.num_classes + 1)
            )
            content = {
                label + 1: rows[ends[label] : ends[label + 1]]
                for label in range(self.num_classes)
            }
            with open(folder / f'{frame:05d}.pkl', 'wb') as file:
                pickle.dump(content, file, protocol=2)

    def finish(self) -> None:
        """Give the folder its name."""
        if self.folder.exists():
            self.folder.rmdir()
        os.replace(self.temporary, self.folder)


def average(summaries: Sequence[Summary]) -> Summary:
    """Mean over splits; a class counts in the splits where it has truth."""
    names = list(summaries[0].means)
    per_class: Dict[str, List[float]] = {}
    for name in names:
        columns = zip(*(summary.per_class[name] for summary in summaries))
        known = [[x for x in column if not np.isnan(x)] for column in columns]
        per_class[name] = [
            float(np.mean(values)) if values else float('nan') for values in known
        ]
    return Summary(
        {
            name: float(np.mean([summary.means[name] for summary in summaries]))
            for name in names
        },
        per_class,
    )


def main(argv: Optional[Sequence[str]] = None) -> int:
    """Run the command line; returns the exit status."""
    args = parse_args(argv)
    summaries: List[Summary] = []
    try:
        for (ann, dump), split in zip(args.pairs, args.split):
            summary, labels = evaluate(ann, dump, split, args)
            if summaries and len(labels) != len(
                next(iter(summaries[0].per_class.values()))
            ):
                raise ValueError(
                    f'{dump} has other classes than the dump '
                    'before it; an average makes no sense.'
                )
            summaries.append(summary)
            print(f'\n{summary.table(labels)}\n')
    except (ValueError, OSError) as error:
        print(f'eval_tubes.py: error: {error}', file=sys.stderr)
        return 2
    if len(summaries) > 1:
        print(f'average of {len(summaries)}\n{average(summaries).table(labels)}')
    return 0


if __name__ == '__main__':
    sys.exit(main())
