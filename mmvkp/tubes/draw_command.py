"""Draw action tubes onto their video.

Usage::

    python tools/visualizations/vis_tubes.py VIDEO_OR_FRAMES --video-id ID
        (--ann GT.pkl | --tubes tubes.json) --out tubes.mp4

writes the video with the boxes, classes, numbers, scores and joints of its
tubes; with an ``--out`` that ends in ``.png`` or ``.jpg`` a strip of frames.
``--plot space-time`` draws the tubes in the volume of the video into such a
picture, with both ``--ann`` and ``--tubes`` those that are right at an overlap
of 0.5 in red, the others in green.
"""

import argparse
import difflib
import json
import os
import sys
from pathlib import Path
from typing import Any, Dict, Iterator, List, Optional, Sequence, Tuple

import cv2
import numpy as np
from mmengine.utils import ProgressBar

from ..console import say
from ..video.files import write_picture
from ..video.text import evenly, side_by_side
from .annotations import load_tube_annotations
from .average_precision import match_tubes
from .draw import DrawnTube, draw_tubes
from .draw_space_time import draw_space_time
from .joints import find_joints, load_tube_joints

IMAGES = ('.png', '.jpg', '.jpeg', '.bmp')


def parse_args(argv: Optional[Sequence[str]]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('video', type=Path, help='video file, or folder of frames')
    parser.add_argument(
        '--video-id', required=True, help='name of the video in the tubes'
    )
    parser.add_argument('--ann', help='ground truth, as JHMDB-GT.pkl')
    parser.add_argument(
        '--tubes', help='linked tubes, .json; with --plot space-time beside --ann'
    )
    parser.add_argument(
        '--plot',
        choices=('frames', 'space-time'),
        default='frames',
        help='what to draw (default: %(default)s)',
    )
    parser.add_argument(
        '--out',
        type=Path,
        default=Path('tubes.mp4'),
        help='video or picture to write (default: %(default)s)',
    )
    parser.add_argument(
        '--joints', help='folder with the joints of all videos, with --ann'
    )
    parser.add_argument(
        '--score-thr',
        type=float,
        default=0.0,
        help='leave out tubes with a lower score (default: %(default)s)',
    )
    parser.add_argument(
        '--height', type=int, help='height of the drawn frames; without it 256 or more'
    )
    parser.add_argument(
        '--num-frames',
        type=int,
        default=8,
        help='frames of a strip, evenly spread (default: %(default)s)',
    )
    parser.add_argument(
        '--fps', type=float, help='frames per second of the video written'
    )
    args = parser.parse_args(argv)
    if not (args.ann or args.tubes):
        parser.error('one of the arguments --ann --tubes is required')
    if args.ann and args.tubes and args.plot == 'frames':
        parser.error('--ann and --tubes together need --plot space-time')
    for name in ('height', 'num_frames', 'fps'):
        value = getattr(args, name)
        if value is not None and value <= 0:
            parser.error(f'--{name.replace("_", "-")} {value} must be positive.')
    return args


def pick_video(videos: Dict[str, Any], name: str, source: str) -> Any:
    """What a file says about one video.

    Raises:
        ValueError: If it says nothing; names that look alike are given.
    """
    if name not in videos:
        near = difflib.get_close_matches(name, videos, 3, 0) or ['none']
        raise ValueError(
            f'{source} has no video {name!r}; it has '
            f'{len(videos)}, such as {", ".join(near)}.'
        )
    return videos[name]


def read_ground_truth(
    path: str, video: str, folder: Optional[str]
) -> Tuple[List[DrawnTube], List[str]]:
    """Tubes and names of classes from a ground truth.

    Args:
        path (str): In the layout of JHMDB-GT.pkl.
        video (str): Name of the video.
        folder (str, optional): Of the joints of all videos.

    Raises:
        FileNotFoundError: If there are no joints of the video.
        ValueError: If the files do not fit each other.
    """
    truth = load_tube_annotations(path)
    tubes = [
        DrawnTube(label, rows[:, 0].astype(int), rows[:, 1:])
        for label, arrays in sorted(pick_video(truth.gttubes, video, path).items())
        for rows in arrays
    ]
    for number, tube in enumerate(tubes):
        tube.number = number
    if folder is None:
        return tubes, truth.labels
    source = find_joints(folder, video)
    if source is None:
        raise FileNotFoundError(f'--joints {folder} has no joints of {video}.')
    points, visible = load_tube_joints(source)
    last = max((tube.frames.max() for tube in tubes), default=0)
    if len(points) != len(tubes) or points.shape[1] < last:
        raise ValueError(
            f'{source} has joints of {len(points)} tubes in '
            f'{points.shape[1]} frames; {video} has {len(tubes)} tubes up to '
            f'frame {last}.'
        )
    points = np.where(visible[..., None], points, np.nan)
    for tube, joints in zip(tubes, points):
        tube.joints = joints[tube.frames - 1]
    return tubes, truth.labels


def read_tubes(path: str, video: str) -> Tuple[List[DrawnTube], List[str]]:
    """Tubes and names of classes from linked tubes.

    Raises:
        ValueError: If the file does not fit.
    """
    with open(path, encoding='utf-8') as file:
        try:
            content = json.load(file)
            labels, videos = content['labels'], content['videos']
        except (ValueError, TypeError, KeyError) as error:
            raise ValueError(
                f'{path}: not a file of linked tubes ({error!r}); it must be '
                'JSON with the keys "labels" and "videos".'
            ) from error
    tubes = []
    for number, entry in enumerate(pick_video(videos, video, path)):
        try:
            tube = DrawnTube(
                int(entry['label']),
                np.array(entry['frames'], int),
                np.array(entry['boxes'], float).reshape(-1, 4),
                float(entry['score']),
                int(entry['id']),
            )
            if 'joints' in entry:
                tube.joints = np.array(entry['joints'], float)
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(
                f'{path}: tube {number} of {video} cannot be read ({error!r}).'
            ) from error
        if len(tube.frames) != len(tube.boxes):
            raise ValueError(
                f'{path}: tube {number} of {video} has '
                f'{len(tube.frames)} frames and '
                f'{len(tube.boxes)} boxes.'
            )
        tubes.append(tube)
    return tubes, labels


def open_video(path: Path) -> Tuple[Iterator[np.ndarray], int, float]:
    """Frames (H, W, 3) BGR of a video, their number and frames per second.

    Raises:
        FileNotFoundError: If there is no such video or folder.
        ValueError: If it holds no frames.
    """
    if path.is_dir():
        names = sorted(p for p in path.iterdir() if p.suffix.lower() in IMAGES)
        if not names:
            raise ValueError(f'{path} holds no frames ({", ".join(IMAGES)}).')
        return (_read_image(name) for name in names), len(names), 12.0
    if not path.is_file():
        raise FileNotFoundError(f'{path}: no such video or folder of frames.')
    capture = cv2.VideoCapture(str(path))
    count = int(capture.get(cv2.CAP_PROP_FRAME_COUNT))
    if not capture.isOpened() or count < 1:
        raise ValueError(f'{path} cannot be read as a video.')
    return _decode(capture), count, capture.get(cv2.CAP_PROP_FPS) or 25.0


def _read_image(path: Path) -> np.ndarray:
    """One frame, BGR."""
    image = cv2.imread(str(path))
    if image is None:
        raise ValueError(f'{path} cannot be read as a picture.')
    return image


def _decode(capture: cv2.VideoCapture) -> Iterator[np.ndarray]:
    """The frames of an open video, BGR."""
    while True:
        there, image = capture.read()
        if not there:
            capture.release()
            return
        yield image


class VideoFile:
    """A video that appears at its name when it is complete.

    Args:
        path (Path): Ends in ``.mp4``.
        fps (float): Frames per second.
    """

    def __init__(self, path: Path, fps: float) -> None:
        self.path, self.fps = path, fps
        self.temporary = path.with_name(f'.{path.stem}.tmp{path.suffix}')
        self.writer: Optional[cv2.VideoWriter] = None

    def add(self, picture: np.ndarray) -> None:
        """Write one picture (H, W, 3) BGR.

        Raises:
            OSError: If the file cannot be written.
        """
        if self.writer is None:
            self.writer = cv2.VideoWriter(
                str(self.temporary),
                cv2.VideoWriter_fourcc(*'mp4v'),
                self.fps,
                picture.shape[1::-1],
            )
            if not self.writer.isOpened():
                raise OSError(f'{self.path} could not be written.')
        self.writer.write(picture)

    def close(self) -> None:
        """Give the file its name."""
        self.writer.release()
        os.replace(self.temporary, self.path)


def find_right(truths: Sequence[DrawnTube], found: Sequence[DrawnTube]) -> List[bool]:
    """Which tubes the video-mAP at 0.5 takes as right."""

    def rows(tubes: Sequence[DrawnTube], label: int) -> List[np.ndarray]:
        return [
            np.column_stack([tube.frames, tube.boxes])
            for tube in tubes
            if tube.label == label
        ]

    right = np.zeros(len(found), bool)
    for label in {tube.label for tube in found}:
        places = [i for i, tube in enumerate(found) if tube.label == label]
        right[places] = match_tubes(
            rows(found, label),
            [found[i].score for i in places],
            rows(truths, label),
            [0.5],
        )[0]
    return right.tolist()


def plot(args: argparse.Namespace) -> str:
    """Draw the tubes in space and time; as `run`."""
    if args.out.suffix.lower() not in IMAGES:
        raise ValueError(
            f'--out {args.out} must end in one of '
            f'{", ".join(IMAGES)} for --plot space-time.'
        )
    truths, found, right = [], [], None
    if args.ann:
        truths, labels = read_ground_truth(args.ann, args.video_id, None)
    if args.tubes:
        found, names = read_tubes(args.tubes, args.video_id)
        found = [tube for tube in found if tube.score >= args.score_thr]
        if args.ann and list(names) != list(labels):
            raise ValueError(
                f'{args.ann} and {args.tubes} have other '
                'classes; give those of one data set.'
            )
        labels = names
        right = find_right(truths, found) if args.ann else None
    images = open_video(args.video)[0]
    first = image = next(images, None)
    if first is None:
        raise ValueError(f'{args.video} has no frame that can be read.')
    frame = 1
    for image in images:  # noqa: B007
        frame += 1
    drawn = draw_space_time(
        first.shape[1::-1],
        frame,
        labels,
        truths,
        found,
        right,
        {1: first[..., ::-1], frame: image[..., ::-1]},
        args.video_id,
    )
    args.out.parent.mkdir(parents=True, exist_ok=True)
    write_picture(str(args.out), drawn)
    return (
        f'{len(truths)} true and {len(found)} found tubes on {frame} '
        f'frames -> {args.out}'
    )


def run(args: argparse.Namespace) -> str:
    """Read, draw and write; returns what to tell the user.

    Raises:
        OSError: If a file cannot be read or written.
        ValueError: If the arguments do not fit each other.
    """
    if args.plot == 'space-time':
        return plot(args)
    if args.ann:
        tubes, labels = read_ground_truth(args.ann, args.video_id, args.joints)
    else:
        tubes, labels = read_tubes(args.tubes, args.video_id)
        tubes = [tube for tube in tubes if tube.score >= args.score_thr]
    images, count, fps = open_video(args.video)
    strip = args.out.suffix.lower() in IMAGES
    if not strip and args.out.suffix.lower() != '.mp4':
        raise ValueError(
            f'--out {args.out} must end in .mp4, or for a strip '
            f'of frames in one of {", ".join(IMAGES)}.'
        )
    args.out.parent.mkdir(parents=True, exist_ok=True)
    chosen = set(evenly(count, args.num_frames) + 1)
    pictures, video = [], VideoFile(args.out, args.fps or fps)
    bar, frame = ProgressBar(count), 0
    for frame, image in enumerate(images, start=1):
        if not strip or frame in chosen:
            height = args.height or max(256, len(image))
            # mp4v wants even sides.
            drawn = draw_tubes(image[..., ::-1], frame, tubes, labels, height)[
                ..., ::-1
            ]
            if strip:
                pictures.append(drawn)
            else:
                even = drawn[: len(drawn) // 2 * 2, : drawn.shape[1] // 2 * 2]
                video.add(np.ascontiguousarray(even))
        bar.update()
    say('')
    if not strip:
        video.close()
    else:
        write_picture(str(args.out), side_by_side(pictures)[..., ::-1])
    last = max((int(tube.frames.max()) for tube in tubes), default=0)
    note = (
        ''
        if last <= frame
        else (f'; note: the tubes go to frame {last}, the video ends at {frame}')
    )
    return f'{len(tubes)} tubes on {frame} frames -> {args.out}{note}'


def main(argv: Optional[Sequence[str]] = None) -> int:
    """Run the command line; returns the exit status."""
    args = parse_args(argv)
    try:
        say(run(args))
    except (ValueError, OSError) as error:
        say(f'vis_tubes.py: error: {error}', err=True)
        return 2
    return 0


if __name__ == '__main__':
    sys.exit(main())
