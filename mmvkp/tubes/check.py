"""Check annotations of action tubes and the files beside them.

Usage::

    python tools/dataset_converters/check_tubes.py JHMDB-GT.pkl \
        --frames Frames --joints joint_positions

lists everything that is wrong by video and frame and ends with exit code 1,
or says how many videos, tubes and frames each class has and ends with 0. The
file is a pickle in the layout of JHMDB-GT.pkl and UCF101v2-GT.pkl, or a .json
of the same structure.
"""

import argparse
import os.path as osp
import sys
from typing import List, Optional, Sequence, Tuple

import cv2
from mmengine.utils import track_iter_progress

from .annotations import TubeAnnotations, load_tube_annotations
from .data_checks import (
    Problem,
    all_videos,
    check_annotations,
    check_files,
    check_joints,
    describe_problems,
    find_video,
)

TEMPLATES = ('{:05}.jpg', '{:05}.png', '{:05}.jpeg', 'img_{:05}.jpg', 'img_{:05}.png')


def parse_args(argv: Optional[Sequence[str]]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description='Check annotations of action tubes.')
    parser.add_argument('ann_file', help='annotations, .pkl or .json')
    files = parser.add_mutually_exclusive_group()
    files.add_argument('--frames', help='folder with a folder of frames for each video')
    files.add_argument('--videos', help='folder with a video file for each video')
    parser.add_argument(
        '--filename-tmpl',
        help='name of frame files, counted from 1; found out if not given',
    )
    parser.add_argument('--joints', help='folder with the joints')
    parser.add_argument('--limit', type=int, default=50, help='problems that are named')
    args = parser.parse_args(argv)
    if args.limit < 1:
        parser.error(f'--limit {args.limit} must be at least 1.')
    for name in ('frames', 'videos', 'joints'):
        folder = getattr(args, name)
        if folder is not None and not osp.isdir(folder):
            parser.error(f'--{name} {folder} is not a folder.')
    return args


def find_template(annotations: TubeAnnotations, folder: str) -> str:
    """Name of the frame files: the first of `TEMPLATES` that any video has.

    Raises:
        ValueError: If no video has a first frame with such a name.
    """
    for video in all_videos(annotations):
        for template in TEMPLATES:
            if osp.isfile(osp.join(folder, video, template.format(1))):
                return template
    raise ValueError(
        f'--frames {folder}: no video has a first frame with a name like '
        f'{", ".join(template.format(1) for template in TEMPLATES)}. Give '
        'the folder that holds the folders of the videos, and the name as '
        "--filename-tmpl, as in 'frame_{:06}.jpg'."
    )


def look_into(path: str) -> Tuple[Optional[Tuple[int, int]], int]:
    """Size of an image or video.

    Returns:
        Tuple[Tuple[int, int] | None, int]: Height and width, None if the
        file cannot be read; frames, 0 where the file does not say.
    """
    if not osp.splitext(path)[1].lower() in ('.jpg', '.jpeg', '.png'):
        capture = cv2.VideoCapture(path)
        frames = int(max(0, capture.get(cv2.CAP_PROP_FRAME_COUNT)))
        done, image = capture.read()
        capture.release()
        return (image.shape[:2] if done else None), frames
    image = cv2.imread(path)
    return (None if image is None else image.shape[:2]), 1


def check_content(annotations: TubeAnnotations, video: str, path: str) -> List[Problem]:
    """Compare a file, or the first frame, with what is annotated."""
    size, frames = look_into(path)
    if size is None:
        return [Problem(video, None, f'{path} cannot be decoded')]
    problems = []
    nframes = annotations.nframes.get(video, 0)
    if (
        osp.splitext(path)[1].lower() not in ('.jpg', '.jpeg', '.png')
        and 0 < frames < nframes
    ):
        problems.append(
            Problem(
                video,
                frames + 1,
                f'{path} has {frames} frames, the annotations say {nframes}',
            )
        )
    resolution = annotations.resolution.get(video)
    if resolution is not None and tuple(resolution) != size:
        problems.append(
            Problem(
                video,
                None,
                f'{path} has {size[0]} rows and {size[1]} '
                f'columns, the annotations say {resolution}',
            )
        )
    return problems


def collect(args: argparse.Namespace, annotations: TubeAnnotations) -> List[Problem]:
    """All problems, with a progress bar where files are looked at."""
    problems = check_annotations(annotations)
    videos = all_videos(annotations)
    folder = args.frames or args.videos
    if folder is not None:
        template = None
        if args.frames:
            template = args.filename_tmpl or find_template(annotations, args.frames)
        for video in track_iter_progress(videos, file=sys.stderr):
            missing = list(check_files(annotations, folder, [video], template))
            problems += missing
            path = (
                find_video(folder, video)
                if template is None
                else osp.join(folder, video, template.format(1))
            )
            if path is not None and osp.isfile(path):
                problems += check_content(annotations, video, path)
        print(file=sys.stderr)
    if args.joints is not None:
        problems += check_joints(annotations, args.joints, videos, {})
    return problems


def summary(annotations: TubeAnnotations) -> str:
    """Videos, tubes and frames with a box, in all and of each class."""
    lines = [
        f'{len(all_videos(annotations))} videos, '
        f'{len(annotations.train_videos)} split(s)'
    ]
    for number, (train, test) in enumerate(
        zip(annotations.train_videos, annotations.test_videos), 1
    ):
        lines.append(f'split {number}: {len(train)} training, {len(test)} test videos')
    width = max(5, *map(len, annotations.labels)) if annotations.labels else 5
    lines.append(f'{"class":{width}}  videos   tubes  frames')
    for label, name in enumerate(annotations.labels):
        tubes = [classes.get(label, []) for classes in annotations.gttubes.values()]
        frames = sum(len(tube) for some in tubes for tube in some)
        lines.append(
            f'{name:{width}}  {sum(map(bool, tubes)):6d}  '
            f'{sum(map(len, tubes)):6d}  {frames:6d}'
        )
    return '\n'.join(lines)


def main(argv: Optional[Sequence[str]] = None) -> int:
    """Run the command line; returns the exit status."""
    args = parse_args(argv)
    try:
        annotations = load_tube_annotations(args.ann_file)
        problems = collect(args, annotations)
    except (ValueError, OSError) as error:
        print(f'check_tubes.py: error: {error}', file=sys.stderr)
        return 2
    if problems:
        print(describe_problems(problems, args.ann_file, args.limit))
        return 1
    print(f'{args.ann_file}: no problems\n{summary(annotations)}')
    return 0


if __name__ == '__main__':
    sys.exit(main())
