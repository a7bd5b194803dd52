"""Find the actors of a video or camera, and what they do, while it runs.

Usage::

    python tools/demo_tubes.py VIDEO_OR_FOLDER_OR_CAMERA CONFIG CHECKPOINT \\
        [--out tubes.mp4] [--json tubes.json] [--show]

The source is a video file, a folder of frames, the number of a camera or a
URL. ``--out`` is the video with boxes in the colour of their id, classes,
scores and joints as they are known at that moment. Ctrl-C ends it; what was
done until then is written.

``--json`` is what `tools/visualizations/vis_tubes.py --tubes` reads:
``labels`` (names of the classes); ``videos``, by the name of the source a list
of tubes by rising id, each with ``id`` (from 1), ``label`` (from 0), ``score``
(mean over its boxes), ``frames`` (numbers from 1, without gaps), ``boxes``
(``x1, y1, x2, y2`` in pixels from 0, ends inside) and, if there are any,
``joints`` (x and y of each, in pixels) and ``joint_scores`` of each frame;
``info`` with ``fps``, ``size`` (width, height), ``num_frames`` that were
looked at and ``num_dropped``.
"""

import argparse
import contextlib
import json
import os
import sys
import time
from typing import Any, Dict, List, Optional, Sequence, Tuple

import cv2
from mmengine.utils import ProgressBar

from ...tubes.draw import draw_frame_tubes
from ...tubes.online_tubes import FrameTubes, LinkedTube, LinkOptions, merge_pieces
from ...video.files import VideoFile, run_tool, temporary_name
from ...video.source import Frame, open_source
from .inferencer import TubeInferencer

_WINDOW = 'mmvkp'


def parse_args(argv: Optional[Sequence[str]] = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument(
        'source', help='video file, folder of frames, camera number or URL'
    )
    parser.add_argument('config', help='config of a Point3D')
    parser.add_argument('checkpoint', help='its weights')
    parser.add_argument('--out', help='video to write (.mp4)')
    parser.add_argument('--json', help='file for the tubes (.json)')
    parser.add_argument('--show', action='store_true', help='open a window')
    parser.add_argument('--device', default='cpu')
    parser.add_argument(
        '--score-thr',
        type=float,
        default=LinkOptions().start_score,
        help='score of an actor that begins a tube (default: %(default)s)',
    )
    parser.add_argument(
        '--max-gap',
        type=int,
        default=LinkOptions().max_gap,
        help='frames that a tube may miss (default: %(default)s)',
    )
    parser.add_argument('--max-frames', type=int, help='frames to look at')
    parser.add_argument(
        '--size',
        type=int,
        nargs=2,
        metavar=('WIDTH', 'HEIGHT'),
        help="size of frames for the network, in place of the config's",
    )
    parser.add_argument('--labels', help='file of class names, one per line')
    parser.add_argument(
        '--height', type=int, help='of the drawn frames; 256 or more if '
        'it is not given')  # yapf: disable
    parser.add_argument(
        '--drop',
        default='oldest',
        choices=('oldest', 'none'),
        help='what happens to frames of a camera that come too fast',
    )
    args = parser.parse_args(argv)
    for name in ('max_frames', 'height'):
        value = getattr(args, name)
        if value is not None and value <= 0:
            parser.error(f'--{name.replace("_", "-")} {value} must be positive.')
    if args.size is not None and min(args.size) <= 0:
        parser.error(f'--size {args.size} must be positive.')
    if not (args.out or args.json or args.show):
        parser.error('nothing to do; give --out, --json or --show.')
    if args.out and not args.out.lower().endswith('.mp4'):
        parser.error(f'--out {args.out} must end in .mp4.')
    return args


def link_options(args: argparse.Namespace) -> LinkOptions:
    """Parameters of the linking."""
    keep = min(args.score_thr, LinkOptions().keep_score)
    return LinkOptions(
        start_score=args.score_thr, keep_score=keep, max_gap=args.max_gap
    )


def tube_entry(tube: LinkedTube) -> Dict[str, Any]:
    """A tube as it is written; see the text of this module."""
    entry = dict(
        id=tube.id,
        label=tube.label,
        score=round(tube.score, 5),
        frames=tube.frames.tolist(),
        boxes=_rounded(tube.boxes, 2),
    )
    if tube.joints is not None:
        entry['joints'] = _rounded(tube.joints, 2)
        entry['joint_scores'] = _rounded(tube.joint_scores, 3)
    return entry


def _rounded(values: Any, digits: int) -> List:
    """An array as lists of short numbers."""
    return values.astype(float).round(digits).tolist()


def write_json(path: str, content: Dict[str, Any]) -> None:
    """Write a file that appears as a whole or not at all.

    Raises:
        ValueError: If it cannot be put there.
    """
    text = json.dumps(content)
    temporary = temporary_name(path)
    try:
        with open(temporary, 'w', encoding='utf-8') as file:
            file.write(text)
        os.replace(temporary, path)
    except OSError as error:
        with contextlib.suppress(OSError):
            os.remove(temporary)
        raise ValueError(f'{path} cannot be written: {error}.') from error


def source_name(source: str) -> str:
    """Name of a source in the file of tubes."""
    if '://' in source or source.isdigit():
        return source
    name = os.path.basename(os.path.abspath(source))
    return name if os.path.isdir(source) else os.path.splitext(name)[0]


class Output:
    """Where drawn frames go.

    Args:
        args (argparse.Namespace): The command line.
        classes (list[str]): Names of the classes.
        fps (float): Frames per second of the video.
    """

    def __init__(
        self, args: argparse.Namespace, classes: List[str], fps: float
    ) -> None:
        self.args, self.classes = args, classes
        self.video = VideoFile(args.out, max(1, round(fps))) if args.out else None

    def __enter__(self) -> 'Output':
        if self.video is not None:
            self.video.__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        if self.video is not None:
            self.video.__exit__(*error)
        if self.args.show:
            with contextlib.suppress(cv2.error):
                cv2.destroyAllWindows()

    def add(self, frame: Frame, tubes: FrameTubes) -> bool:
        """Draw and hand on one frame.

        Returns:
            bool: Whether to go on: not after q or Escape in the window.

        Raises:
            ValueError: If there is no screen for a window.
        """
        if self.video is None and not self.args.show:
            return True
        height = self.args.height or max(256, len(frame.image))
        picture = draw_frame_tubes(frame.image, tubes, self.classes, height)
        if self.video is not None:
            self.video.write(picture)
        if not self.args.show:
            return True
        try:
            cv2.imshow(_WINDOW, picture[..., ::-1])
            return cv2.waitKey(1) not in (27, ord('q'))
        except cv2.error as error:
            raise ValueError(
                'no window can be opened here; leave out --show and give --out.'
            ) from error


def watch(
    inferencer: TubeInferencer,
    source: Any,
    output: Output,
    bar: ProgressBar,
    tubes: List[LinkedTube],
    max_frames: Optional[int],
) -> Tuple[int, Tuple[int, int]]:
    """Go through the source until it ends or Ctrl-C is pressed.

    Args:
        inferencer (TubeInferencer): Finds the tubes.
        source (object): What `open_source` returned.
        output (Output): Where drawn frames go.
        bar (ProgressBar): Shows how far it is.
        tubes (list[LinkedTube]): Takes up the tubes.
        max_frames (int, optional): Frames after which it ends.

    Returns:
        tuple[int, tuple[int, int]]: Frames seen; their width and height.
    """
    count, size = 0, (0, 0)
    with contextlib.suppress(KeyboardInterrupt):
        for frame, result in inferencer.stream(source, max_frames=max_frames):
            count, size = count + 1, frame.image.shape[1::-1]
            tubes += result.ended
            bar.update()
            if not output.add(frame, result):
                break
    tubes += inferencer.finish()
    return count, size


def demo(args: argparse.Namespace) -> None:
    """Find the tubes, draw and write them.

    Raises:
        OSError: If a file cannot be read or written.
        TypeError: If the config is of something else.
        ValueError: If the parts do not fit each other.
    """
    source = open_source(args.source, args.drop)
    inferencer = TubeInferencer(
        args.config,
        args.checkpoint,
        args.device,
        link_options(args),
        args.size,
        classes=args.labels,
    )
    total = min(source.count or 0, args.max_frames or source.count or 0)
    tubes: List[LinkedTube] = []
    start = time.perf_counter()
    with Output(args, inferencer.classes, source.fps) as output:
        count, size = watch(
            inferencer, source, output, ProgressBar(total), tubes, args.max_frames
        )
    seconds = time.perf_counter() - start
    tubes = merge_pieces(tubes)
    print()
    if args.json:
        write_json(
            args.json,
            dict(
                labels=inferencer.classes,
                videos={source_name(args.source): [tube_entry(tube) for tube in tubes]},
                info=dict(
                    fps=source.fps,
                    size=list(size),
                    num_frames=count,
                    num_dropped=source.dropped,
                ),
            ),
        )
    names = ' and '.join(name for name in (args.out, args.json) if name)
    print(
        f'{len(tubes)} tubes on {count} frames, {source.dropped} frames '
        f'dropped, {count / seconds:.1f} frames per second'
        f'{" -> " if names else ""}{names}'
    )


def main(argv: Optional[Sequence[str]] = None) -> int:
    """Run the command line; returns the exit status."""
    args = parse_args(argv)
    return run_tool('demo_tubes.py', lambda: demo(args))


if __name__ == '__main__':
    sys.exit(main())
