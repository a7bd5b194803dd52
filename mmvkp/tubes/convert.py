"""Convert annotations of action tubes to the layout of UCF101v2-GT.pkl.

Usage::

    python tools/dataset_converters/convert_tubes.py FORMAT SOURCE ... OUT.pkl
        --test LIST.txt [--train LIST.txt] [--frames FOLDER]

FORMAT and SOURCE are

=============  ==========================================================
pyannot        ``pyannot.pkl`` of the corrected UCF101-24
final-annots   ``finalAnnots.mat`` of the same
txt-folders    folder of ``<class>/<video>/00001.txt`` with lines ``class
               x1 y1 x2 y2``
ava-csv        tables of AVA; needs ``--labels action_list.pbtxt``
coco-video     JSON of COCO for videos (CocoVID)
cvat-xml       files of CVAT, "CVAT for video 1.1", or a folder of them
jhmdb-puppet   folder ``puppet_mask`` of JHMDB; ``--jhmdb-splits`` names the
               folder ``splits``
=============  ==========================================================

In OUT, frames count from 1, and boxes are pixels from 0 with both edges
inside. The joints of JHMDB (``joint_positions.mat``) need no conversion.
"""

import argparse
import re
import sys
from pathlib import Path
from typing import Dict, List, Optional, Sequence

import numpy as np

from .annotations import TubeAnnotations, save_tube_annotations
from .data_checks import VIDEO_SUFFIXES, check_annotations, describe_problems
from .formats import FORMATS
from .formats.found import Found, read_labels
from .formats.media import Media


def parse_args(argv: Optional[Sequence[str]]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__.split('\n')[0],
        epilog='The text at the top of this file says more.',
    )
    parser.add_argument('format', choices=sorted(FORMATS))
    parser.add_argument('sources', type=Path, nargs='+', metavar='SOURCE')
    parser.add_argument('out', type=Path, metavar='OUT.pkl')
    lists = parser.add_argument_group(
        'splits',
        'a video in each line; what is behind the first space or '
        'comma, and the suffix of a video file, do not count',
    )
    for split in ('train', 'test'):
        lists.add_argument(
            f'--{split}',
            type=Path,
            nargs='+',
            default=[],
            metavar='LIST',
            help=f'{split} videos, one list for each split; without it all '
            'videos that are not in the other list',
        )
    media = parser.add_argument_group(
        'videos', 'where the source does not say how large and long they are'
    )
    media.add_argument(
        '--frames', type=Path, help='folder with a folder of frames per video'
    )
    media.add_argument('--videos', type=Path, help='folder with a file per video')
    media.add_argument(
        '--resolution',
        type=int,
        nargs=2,
        metavar=('HEIGHT', 'WIDTH'),
        help='of all videos',
    )
    media.add_argument('--nframes', type=int, help='of all videos')
    parser.add_argument('--labels', type=Path, help='names of the classes, a line each')
    parser.add_argument(
        '--max-gap',
        type=int,
        default=0,
        help='so many frames without a box are interpolated; after more of '
        'them a new tube begins (default: %(default)s)',
    )
    parser.add_argument('--clip', action='store_true', help='clip boxes to the image')
    _add_format_options(parser)
    args = parser.parse_args(argv)
    for name in ('max_gap', 'start', 'first_frame'):
        if getattr(args, name) < 0:
            parser.error(
                f'--{name.replace("_", "-")} {getattr(args, name)} '
                'must not be negative.'
            )
    for name in ('fps', 'nframes', 'resolution'):
        value = getattr(args, name)
        if value is not None and np.min(value) < 1:
            parser.error(f'--{name} {value} must be positive.')
    if args.jhmdb_splits and (args.train or args.test):
        parser.error(
            '--jhmdb-splits says which videos are for testing; leave '
            '--train and --test out.'
        )
    if not (args.train or args.test or args.jhmdb_splits):
        parser.error(
            'give --test, --train or both: which videos are for '
            'testing and which for training.'
        )
    if args.train and args.test and len(args.train) != len(args.test):
        parser.error(
            f'{len(args.train)} lists of --train and '
            f'{len(args.test)} of --test; each split has one of '
            'both.'
        )
    return args


def _add_format_options(parser: argparse.ArgumentParser) -> None:
    """Options of single formats."""
    special = parser.add_argument_group('single formats')
    special.add_argument(
        '--fps', type=int, default=30, help='ava-csv: frames per second (30)'
    )
    special.add_argument(
        '--start',
        type=int,
        default=900,
        help='ava-csv: second of the first frame (900)',
    )
    special.add_argument(
        '--exclude',
        type=Path,
        nargs='+',
        default=[],
        metavar='CSV',
        help='ava-csv: excluded timestamps',
    )
    special.add_argument(
        '--first-frame',
        type=int,
        default=0,
        help='coco-video: frame_id of the first frame (0)',
    )
    special.add_argument(
        '--link-iou',
        type=float,
        default=0.3,
        help='txt-folders: overlap that joins boxes of successive frames (0.3)',
    )
    special.add_argument(
        '--attribute',
        help='cvat-xml: attribute of the boxes that names the class, instead '
        'of the label of the track',
    )
    special.add_argument(
        '--jhmdb-splits',
        type=Path,
        metavar='FOLDER',
        help='jhmdb-puppet: folder of <class>_test_split1.txt',
    )


def read_list(path: Path, videos: Sequence[str]) -> List[str]:
    """Names of videos, each once.

    Raises:
        ValueError: If a name is not one of `videos`.
    """
    names: Dict[str, None] = {}
    known = set(videos)
    for number, line in enumerate(path.read_text('utf-8').splitlines(), 1):
        if not line.strip():
            continue
        name = re.split(r'[,\s]', line.strip())[0]
        if name not in known and name.endswith(VIDEO_SUFFIXES):
            name = name.rpartition('.')[0]
        if name not in known:
            raise ValueError(
                f'{path}, line {number}: the annotations have no video {name!r}.'
            )
        names[name] = None
    return list(names)


def make_splits(args: argparse.Namespace, truth: TubeAnnotations, found: Found) -> None:
    """Fill the lists of training and test videos.

    Raises:
        ValueError: If a list has an unknown video.
    """
    if found.splits:
        truth.train_videos, truth.test_videos = found.splits
        return
    videos = list(truth.gttubes)
    given = {
        split: [read_list(path, videos) for path in getattr(args, split)]
        for split in ('train', 'test')
    }
    for split, other in (('train', 'test'), ('test', 'train')):
        if not given[split]:
            given[split] = [
                [v for v in videos if v not in set(listed)] for listed in given[other]
            ]
    truth.train_videos, truth.test_videos = given['train'], given['test']


def assemble(found: Found, args: argparse.Namespace) -> TubeAnnotations:
    """Bring together what was found and what the videos say.

    Raises:
        OSError: If a video is not there.
        ValueError: If the size of a video is not known.
    """
    truth = TubeAnnotations(labels=list(found.labels))
    for video in sorted({*found.nframes, *(tube[0] for tube in found.tubes)}):
        truth.gttubes[video] = {}
    for video, label, tube in found.tubes:
        truth.gttubes[video].setdefault(label, []).append(tube)
    ends = 0
    for video, classes in truth.gttubes.items():
        count = args.media.nframes(video) or found.nframes.get(video)
        if count is None:
            ends += 1
            count = max(
                int(tube[-1, 0]) for tubes in classes.values() for tube in tubes
            )
        truth.nframes[video] = count
        height, width = found.resolution.get(video) or args.media.resolution(video)
        truth.resolution[video] = (int(height), int(width))
        if args.clip:
            for tube in (t for tubes in classes.values() for t in tubes):
                tube[:, 1::2] = np.clip(tube[:, 1::2], 0, width - 1)
                tube[:, 2::2] = np.clip(tube[:, 2::2], 0, height - 1)
    if ends:
        found.notes.append(
            f'{ends} videos are taken to end with their last '
            'box; --frames or --videos would tell'
        )
    return truth


def convert(args: argparse.Namespace) -> List[str]:
    """Read, check and write.

    Returns:
        List[str]: What is wrong; nothing was written then.

    Raises:
        OSError: If a file is not there.
        ValueError: If a file cannot be read at all.
    """
    for source in args.sources:
        if not source.exists():
            raise FileNotFoundError(f'{source}: no such file or folder.')
    args.media = Media(args.frames, args.videos, args.resolution, args.nframes)
    args.label_map = args.labels and read_labels(args.labels)
    args.labels = args.label_map and list(args.label_map.values())
    found = FORMATS[args.format](args.sources, args)
    if found.faults:
        return found.faults
    if not found.tubes:
        raise ValueError(f'{args.sources[0]}: holds no tubes.')
    truth = assemble(found, args)
    make_splits(args, truth, found)
    problems = check_annotations(truth)
    if problems:
        text = describe_problems(problems, str(args.sources[0]), 20)
        return text.splitlines()
    args.out.parent.mkdir(parents=True, exist_ok=True)
    save_tube_annotations(truth, args.out)
    for note in found.notes:
        print(f'note: {note}')
    print(
        f'{args.out}: {len(truth.gttubes)} videos, {len(found.tubes)} tubes '
        f'of {len(truth.labels)} classes; '
        + '; '.join(
            f'{len(train)} training and {len(test)} test videos'
            for train, test in zip(truth.train_videos, truth.test_videos)
        )
    )
    return []


def main(argv: Optional[Sequence[str]] = None) -> int:
    """Run the command line; returns the exit status."""
    args = parse_args(argv)
    try:
        faults = convert(args)
    except (ValueError, OSError) as error:
        print(f'convert_tubes.py: error: {error}', file=sys.stderr)
        return 2
    if faults:
        for fault in faults[:20]:
            print(fault, file=sys.stderr)
        more = f' ({len(faults) - 20} more)' if len(faults) > 20 else ''
        print(
            f'convert_tubes.py: error: nothing was written{more}; correct the above.',
            file=sys.stderr,
        )
        return 1
    return 0


if __name__ == '__main__':
    sys.exit(main())
