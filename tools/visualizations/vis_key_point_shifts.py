"""Draw the key points of a video and where they go (Fig. 10 of KPSEM).

Usage::

    python tools/visualizations/vis_key_point_shifts.py VIDEO CONFIG CHECKPOINT
        [--out FILE.png] [--channels 3 17] [--set 0]

writes a strip of frames: separation lines, a cross for the key point of each
region (one colour per region) and an arrow to where it goes.
"""
import mmvkp  # noqa: F401, isort: skip
import argparse
import os.path as osp

import mmcv
import numpy as np
from mmaction.apis import init_recognizer
from mmengine.config import Config

from mmvkp.apis import infer_key_points
from mmvkp.visualization.key_point_shifts import (draw_key_point_shifts,
                                                  strongest_channels)


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('video', help='video file')
    parser.add_argument('config', help='config of a recognizer with KPSEM')
    parser.add_argument('checkpoint', help='its checkpoint')
    parser.add_argument(
        '--out',
        default='key_point_shifts.png',
        help='picture to write (default: %(default)s)')
    parser.add_argument(
        '--channels',
        type=int,
        nargs='+',
        help='channels to draw; without it those with the longest shifts')
    parser.add_argument(
        '--num-channels',
        type=int,
        default=1,
        help='how many, without --channels (default: %(default)s)')
    parser.add_argument(
        '--set',
        type=int,
        default=0,
        help='set of regions to draw, from 0 (default: %(default)s)')
    parser.add_argument(
        '--height',
        type=int,
        default=256,
        help='height of the drawn frames (default: %(default)s)')
    parser.add_argument('--device', default='cpu')
    return parser.parse_args()


def check_range(name: str, values: np.ndarray, size: int) -> None:
    """Refuse numbers of channels or sets that the model does not have."""
    for value in values:
        if not 0 <= value < size:
            raise ValueError(
                f'{name} {value} is outside [0, {size - 1}] of this model.')


def main() -> None:
    """Run the model on the video and write the picture."""
    args = parse_args()
    config = Config.fromfile(args.config)
    model = init_recognizer(config, args.checkpoint, device=args.device)
    result = infer_key_points(model, config, args.video)
    shifts = result.shifts
    check_range('--set', [args.set], shifts.points.shape[3])
    weighted = shifts.weighted[0, :, :, args.set].numpy()
    channels = args.channels or strongest_channels(weighted, args.num_channels)
    check_range('--channels', channels, len(weighted))
    drawn = draw_key_point_shifts(
        result.frames,
        shifts.points[0, :, :, args.set].numpy(),
        shifts.shifts[0, :, :, args.set].numpy(),
        shifts.lines[0, :, args.set].numpy(),
        result.map_size,
        channels,
        height=args.height)
    gap = np.full((args.height, 4, 3), 255, np.uint8)
    strip = np.hstack([part for frame in drawn for part in (frame, gap)])
    mmcv.imwrite(strip[:, :-4, ::-1].copy(), args.out)
    label = int(result.scores.argmax())
    print(f'{osp.basename(args.video)}: class {label} '
          f'({result.scores[label]:.2f}), channels '
          f'{[int(c) for c in channels]} of set {args.set} -> {args.out}')


if __name__ == '__main__':
    main()
