"""Draw the frames of a video that an AFNet skips (Fig. 6 of AFNet).

Usage::

    python tools/visualizations/vis_frame_selection.py VIDEO CONFIG CHECKPOINT
        [--block 2 5] [--out FILE.png] [--classes FILE]

Each row shows the frames that the network gets, with a red cross over those
that one focal block does not compute (with soft weights: the weight of each
frame). What the network does not see of a frame is darkened. Blocks are
counted from 0, through all stages. The picture of the paper is the third
block, 2.
"""

import argparse
import os.path as osp
import sys
from typing import List, Optional, Sequence

import numpy as np

from ..recognition.loading import class_names_of, load_config, load_recognizer
from ..video.files import run_tool, write_picture
from ..video.text import caption, one_below_the_other, side_by_side
from .draw import draw_frame_selection
from .inspect import FrameSelectionResult, infer_frame_selection


def parse_args(argv: Optional[Sequence[str]] = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    add = parser.add_argument
    add('video', help='video file (a folder of frames, if the config reads these)')
    add('config', help='config of a recognizer on AFResNet or AFMobileNetV3')
    add('checkpoint', help='its checkpoint')
    add(
        '--block',
        type=int,
        nargs='+',
        default=[2],
        help='focal blocks to draw, from 0 (default: 2)',
    )
    add(
        '--out',
        default='frame_selection.png',
        help='picture to write (default: %(default)s)',
    )
    add('--classes', help='file with a class name per line')
    add(
        '--height',
        type=int,
        default=144,
        help='height of the drawn frames (default: %(default)s)',
    )
    add('--device', default='cpu', help='default: %(default)s')
    args = parser.parse_args(argv)
    if not 48 <= args.height <= 2048:
        parser.error(f'--height {args.height} must be from 48 to 2048')
    if not args.out.lower().endswith('.png'):
        parser.error(f'--out {args.out} must end in .png')
    return args


def rows(
    result: FrameSelectionResult,
    names: Sequence[str],
    title: str,
    args: argparse.Namespace,
) -> List[np.ndarray]:
    """One captioned strip per block.

    Raises:
        ValueError: If the model has no such block.
    """
    strips = []
    for block in args.block:
        if not 0 <= block < len(names):
            raise ValueError(
                f'--block {block} is outside [0, {len(names) - 1}] of this model.'
            )
        mask = result.masks[:, block]
        drawn = draw_frame_selection(
            result.frames, mask, result.numbers, args.height, result.box
        )
        row = side_by_side(drawn)
        stage = names[block].partition('.')[0]
        text = (
            f'{title}  |  block {block} ({stage}): '
            f'{int((mask != 0).sum())} of {len(mask)} frames'
        )
        bar = caption(text, row.shape[1], max(9, args.height // 12))
        strips.append(np.vstack([bar, row]))
    return strips


def main(args: argparse.Namespace) -> None:
    """Run the model on the video and write the picture."""
    config = load_config(args.config)
    model = load_recognizer(config, args.checkpoint, args.device)
    model.cls_head.average_clips = 'prob'
    result = infer_frame_selection(model, config, args.video)
    names = class_names_of(config, len(result.scores), args.classes)
    best = int(result.scores.argmax())
    title = (
        f'{osp.basename(args.video)}: {names[best]} {100 * result.scores[best]:.1f} %'
    )
    blocks = model.backbone.mask_names
    write_picture(args.out, one_below_the_other(rows(result, blocks, title, args)))
    kept = (result.masks != 0).mean()
    print(
        f'{title}; {100 * kept:.1f} % of frames kept, mean of '
        f'{len(blocks)} blocks -> {args.out}'
    )


if __name__ == '__main__':
    options = parse_args()
    sys.exit(run_tool('vis_frame_selection.py', lambda: main(options)))
