"""Draw clips of a test with their most likely classes (Fig. 8 of KPSEM).

Usage::

    python tools/visualizations/vis_predictions.py CONFIG --method DUMP
        [--baseline DUMP] [--names MF-KPSEM MFNet]
        [--samples 3 17 | --where gained] [--out FILE.png]

Each row shows frames of one clip and, to the right, the most likely classes
of the method and of the baseline; the true class has a star. The test data set
of CONFIG says which video is which sample of the dumps, and reads it. The
dumps are those of ``tools/test.py CONFIG CHECKPOINT --dump DUMP``.
"""

import argparse
import os.path as osp
import sys
from typing import List, Optional, Sequence

import numpy as np
from mmaction.registry import DATASETS
from mmengine.config import Config
from mmengine.dataset import BaseDataset
from mmengine.utils import track_iter_progress

from ..video.files import run_tool, write_picture
from ..video.text import evenly, one_below_the_other
from .clip_reader import reader_of
from .draw_predictions import draw_predictions
from .dump_pairs import as_probabilities, read_dumps
from .loading import class_names_of, load_config

# Whether method and baseline are right; None: does not matter.
CHOICES = dict(
    all=(None, None),
    right=(True, None),
    wrong=(False, None),
    gained=(True, False),
    lost=(False, True),
)


def make_parser() -> argparse.ArgumentParser:
    """The options and their texts."""
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    add = parser.add_argument
    add('config', help='config whose test data set the dumps are of')
    add('--method', required=True, help='dump of the method')
    add('--baseline', help='dump of the baseline')
    add(
        '--names',
        nargs='+',
        default=['method', 'baseline'],
        help='what the two are called in the picture',
    )
    add('--samples', type=int, nargs='+', help='samples to draw, from 0')
    add(
        '--where',
        choices=sorted(CHOICES),
        default='all',
        help='gained: right by the method and wrong by the baseline; lost: '
        'the other way round (default: %(default)s)',
    )
    add(
        '--num',
        type=int,
        default=6,
        help='rows at most, spread over the fitting samples (default: %(default)s)',
    )
    add(
        '--frames',
        type=int,
        default=4,
        help='frames of each clip (default: %(default)s)',
    )
    add('--classes', help='file with a class name per line')
    add(
        '--height', type=int, default=144, help='height of a row (default: %(default)s)'
    )
    add(
        '--out',
        default='predictions.png',
        help='picture to write (default: %(default)s)',
    )
    return parser


def parse_args(argv: Optional[Sequence[str]] = None) -> argparse.Namespace:
    """Read the command line."""
    parser = make_parser()
    args = parser.parse_args(argv)
    if args.num < 1 or args.frames < 1:
        parser.error('--num and --frames must be at least 1')
    if not 96 <= args.height <= 1024:
        parser.error(f'--height {args.height} must be from 96 to 1024')
    if args.samples and args.where != 'all':
        parser.error('--samples and --where exclude each other')
    if args.where in ('gained', 'lost') and not args.baseline:
        parser.error(f'--where {args.where} needs --baseline')
    dumps = [args.method] + ([args.baseline] if args.baseline else [])
    if len(set(args.names)) < len(args.names) or len(args.names) < len(dumps):
        parser.error(
            f'--names {" ".join(args.names)}: give a name of its own to each dump'
        )
    if not args.out.lower().endswith('.png'):
        parser.error(f'--out {args.out} must end in .png')
    args.dumps = dict(zip(args.names, dumps))
    return args


def choose_samples(where: str, right: Sequence[np.ndarray], count: int) -> np.ndarray:
    """Samples of one kind, spread over the test.

    Args:
        where (str): One of `CHOICES`.
        right (Sequence[np.ndarray]): For method and baseline, whether each
            of the N samples is classified rightly.
        count (int): How many at most.
    """
    fitting = np.ones(len(right[0]), bool)
    for wanted, got in zip(CHOICES[where], right):
        if wanted is not None:
            fitting &= got == wanted
    found = np.nonzero(fitting)[0]
    return found[evenly(len(found), count)] if len(found) else found


def open_dataset(config: Config, path: str, labels: np.ndarray) -> BaseDataset:
    """The test data set of the dumps.

    Raises:
        ValueError: If it is another one.
    """
    dataset = DATASETS.build(config.test_dataloader.dataset)
    if len(dataset) != len(labels):
        raise ValueError(
            f'{path}: its test data set has {len(dataset)} '
            f'samples, the dumps have {len(labels)}.'
        )
    for i, label in enumerate(labels):
        if dataset.get_data_info(i)['label'] != label:
            raise ValueError(
                f'{path}: sample {i} of its test data set is of class '
                f'{dataset.get_data_info(i)["label"]}, that of the dumps of '
                f'class {label}; the dumps are of another list.'
            )
    return dataset


def main(args: argparse.Namespace) -> None:
    """Choose the samples, read their frames and write the picture."""
    config = load_config(args.config)
    scores, labels = read_dumps(args.dumps)
    for name, path in args.dumps.items():
        as_probabilities(path, scores[name])
    first = next(iter(scores.values()))
    names = class_names_of(config, first.shape[1], args.classes)
    reader = reader_of(config)
    dataset = open_dataset(config, args.config, labels)
    right = [each.argmax(1) == labels for each in scores.values()]
    chosen = args.samples
    if chosen is None:
        chosen = choose_samples(args.where, right, args.num)
    if not len(chosen):
        raise ValueError(f'no sample fits --where {args.where}.')
    for index in chosen:
        if not 0 <= index < len(labels):
            raise ValueError(
                f'--samples {index} is outside [0, {len(labels) - 1}] of the dumps.'
            )
    rows: List[np.ndarray] = []
    for index in track_iter_progress([int(each) for each in chosen]):
        source = dataset.get_data_info(index)
        name = source.get('filename', source.get('frame_dir', ''))
        rows.append(
            draw_predictions(
                reader.decode(source)['imgs'],
                {key: each[index] for key, each in scores.items()},
                int(labels[index]),
                names,
                f'  |  {index}: {osp.basename(name)}',
                num_frames=args.frames,
                height=args.height,
            )
        )
    write_picture(args.out, one_below_the_other(rows))
    print(
        f'{len(rows)} sample(s): {", ".join(str(int(i)) for i in chosen)} -> {args.out}'
    )


if __name__ == '__main__':
    options = parse_args()
    sys.exit(run_tool('vis_predictions.py', lambda: main(options)))
