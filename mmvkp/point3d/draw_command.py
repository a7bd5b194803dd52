"""Draw what the Point Head of a Point3D sees in clips (Fig. 6 of Point3D).

Usage::

    python tools/visualizations/vis_point_heatmaps.py CONFIG CHECKPOINT
        (--index N [N ...] | --video-id ID [--frame F]) --out PICTURE.png

For each clip of the test data: some of its frames with the true boxes in
blue and those that were found, red if they are right by the rule of the
frame-mAP at 0.5, else green; below them the heatmap of the centres; below
these the one of the joints, if the model has any. Of several classes or
joints the largest value is shown.
"""

import argparse
import sys
from typing import List, Optional, Sequence

import numpy as np
from mmaction.registry import DATASETS
from mmengine.config import Config
from torch import nn

from ..recognition.loading import load_config
from ..tubes.average_precision import Boxes
from ..tubes.dataset import TubeDataset
from ..video.files import run_tool, write_picture
from ..video.text import evenly, one_below_the_other
from .draw import draw_point_clip
from .inspect import PointMaps, clip_of_frame, infer_point_maps
from .streaming.inferencer import load_detector


def parse_args(argv: Optional[Sequence[str]] = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    add = parser.add_argument
    add('config', help='config of a Point3D')
    add('checkpoint', help='its checkpoint')
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument(
        '--index', type=int, nargs='+', help='clips of the test data, from 0'
    )
    source.add_argument('--video-id', help='test video, instead of clips')
    add(
        '--frame',
        type=int,
        help='with --video-id: frame, from 1, whose clip is drawn (default: '
        'the one in the middle)',
    )
    add(
        '--out',
        default='point_heatmaps.png',
        help='picture to write (default: %(default)s)',
    )
    add(
        '--score-thr',
        type=float,
        default=0.3,
        help='leave out found boxes with a lower score (default: %(default)s)',
    )
    add(
        '--frames',
        type=int,
        default=5,
        help='frames of a clip, evenly spread (default: %(default)s)',
    )
    add(
        '--height',
        type=int,
        default=320,
        help='height of the drawn frames (default: %(default)s)',
    )
    add('--device', default='cpu', help='default: %(default)s')
    args = parser.parse_args(argv)
    if args.frame is not None and args.video_id is None:
        parser.error('--frame needs --video-id')
    if args.frames < 1:
        parser.error(f'--frames {args.frames} must be at least 1')
    if not 64 <= args.height <= 2048:
        parser.error(f'--height {args.height} must be from 64 to 2048')
    return args


def load_data(config: Config, model: nn.Module) -> TubeDataset:
    """Test data of a config.

    Raises:
        TypeError: If they are no tubes.
        ValueError: If they have other classes than the model.
    """
    dataset = (config.get('test_dataloader') or {}).get('dataset') or {}
    if dataset.get('type') != 'TubeDataset':
        raise TypeError(
            f'the test data of the config are {dataset.get("type")}; the '
            'frame-mAP of tubes needs a TubeDataset.'
        )
    data = DATASETS.build(dataset)
    own = (model.cls_head or model.point_head).num_classes
    if len(data.annotations.labels) != own:
        raise ValueError(
            f'{data.ann_file} has '
            f'{len(data.annotations.labels)} classes, the model '
            f'has {own}; give the config of these data.'
        )
    return data


def draw_clip(
    clip: PointMaps, names: Sequence[str], args: argparse.Namespace
) -> np.ndarray:
    """Draw some frames of a clip, see the head of this file.

    Returns:
        np.ndarray: (H, W, 3), uint8, RGB.
    """
    shown = evenly(len(clip.numbers), args.frames)
    rows = [('heatmap of the centres', clip.center_heatmap[shown])]
    if clip.knot_heatmap is not None:
        rows.append(
            (
                'heatmap of the joints, the largest of each cell',
                clip.knot_heatmap[shown],
            )
        )
    found = clip.found
    enough = found.scores >= args.score_thr
    title = (
        f'{clip.video}, clip of frames {clip.numbers[0]} to '
        f'{clip.numbers[-1]}; boxes with a score of {args.score_thr:g} '
        'or more'
    )
    return draw_point_clip(
        title,
        clip.frames[shown],
        clip.numbers[shown],
        clip.truths,
        Boxes(*(each[enough] for each in found.boxes)),
        found.scores[enough],
        found.right[enough],
        names,
        rows,
        args.height,
        clip.area,
    )


def main(args: argparse.Namespace) -> None:
    """Run the model on the clips and write the picture."""
    config = load_config(args.config)
    model = load_detector(config, args.checkpoint, args.device)
    data = load_data(config, model)
    indices: List[int] = args.index or [clip_of_frame(data, args.video_id, args.frame)]
    pictures = []
    for index in indices:
        clip = infer_point_maps(model, data, index)
        pictures.append(draw_clip(clip, data.annotations.labels, args))
        enough = clip.found.scores >= args.score_thr
        print(
            f'clip {index}, {clip.video}, frames {clip.numbers[0]} to '
            f'{clip.numbers[-1]}: {len(clip.truths.labels)} true boxes, '
            f'{(enough & clip.found.right).sum()} found, '
            f'{(enough & ~clip.found.right).sum()} wrong'
        )
    write_picture(args.out, one_below_the_other(pictures, 12))
    print(f'-> {args.out}')


if __name__ == '__main__':
    options = parse_args()
    sys.exit(run_tool('vis_point_heatmaps.py', lambda: main(options)))
