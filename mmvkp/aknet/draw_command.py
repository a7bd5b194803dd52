"""Draw the points of videos that an AK-Net selects (Fig. 6 of AK-Net).

Usage::

    python tools/visualizations/vis_action_keypoints.py VIDEO [VIDEO ...]
        CONFIG CHECKPOINT [--out FILE.png FILE.mp4] [--what both]
        [--frames 5] [--clips 3]

A strip (``.png``) shows one clip of each video, or with ``--clips`` as many
rows; an ``.mp4`` shows successive clips that cover the videos, one video after
the other. Each selected cell is marked at its place in the original frame, in
the colour of its score, and below each frame stands how many there are.
``--what heatmap`` shows the scores of all cells. What the network does not see
of the frame is darkened.
"""

import argparse
import sys
from typing import List, Optional, Sequence

from ..recognition.draw_clips import (
    Row,
    Source,
    add_clip_options,
    check_clip_options,
    draw_videos,
)
from ..recognition.heatmap import draw_heatmap, draw_score_bar
from ..video.files import run_tool
from ..video.text import put_text, text_size
from .draw import draw_action_keypoints
from .inspect import ActionKeypointResult, clips_with_keypoints, infer_action_keypoints


def parse_args(argv: Optional[Sequence[str]] = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    add = parser.add_argument
    add(
        'video',
        nargs='+',
        help='video files (folders of frames, if the config reads these)',
    )
    add('config', help='config of a recognizer on AKNet')
    add('checkpoint', help='its checkpoint')
    add_clip_options(
        parser, 'action_keypoints.png', 'points are chosen over all frames of a clip'
    )
    add(
        '--what',
        choices=('points', 'heatmap', 'both'),
        default='points',
        help='what to draw onto the frames (default: %(default)s)',
    )
    args = parser.parse_args(argv)
    check_clip_options(parser, args)
    return args


def draw_clip(
    result: ActionKeypointResult, title: str, args: argparse.Namespace
) -> List[Row]:
    """Draw the points of a clip, its heatmap, or both.

    Returns:
        list[Row]: Caption, frames and legend of each.
    """
    rows, heat = [], result.heatmap
    if args.what != 'heatmap':
        scores = result.point_scores
        drawn = draw_action_keypoints(
            result.frames,
            result.points,
            scores,
            result.map_size,
            height=args.height,
            box=result.box,
        )
        rows.append(
            Row(
                f'{title}  |  {len(scores)} of {heat.size} points in '
                f'{len(heat)} frames',
                drawn,
                draw_score_bar(scores.min(), scores.max(), drawn.shape[1]),
            )
        )
    if args.what != 'points':
        drawn = draw_heatmap(result.frames, heat, height=args.height, box=result.box)
        rows.append(
            Row(
                f'{title}  |  heatmap',
                drawn,
                draw_score_bar(heat.min(), heat.max(), drawn.shape[1]),
            )
        )
    for row in rows:
        for frame, number in zip(row.frames, result.numbers):
            put_text(
                frame, str(number), (4, 4), text_size(args.height), (255,) * 3, True
            )
    return rows


def main(args: argparse.Namespace) -> None:
    """Run the model on the clips of the videos and write the pictures."""
    draw_videos(
        args.video,
        Source(clips_with_keypoints, infer_action_keypoints, draw_clip),
        args,
    )


if __name__ == '__main__':
    options = parse_args()
    sys.exit(run_tool('vis_action_keypoints.py', lambda: main(options)))
