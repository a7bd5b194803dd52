"""What is wrong with annotations of tubes and with the files beside them.

All problems are collected before anything is refused, and each says which
video and, where there is one, which frame it is about. Frames are counted
from 1, boxes from 0 with their ends included.
"""

import os
import os.path as osp
from typing import Dict, Iterable, Iterator, List, NamedTuple, Optional

import numpy as np

from .annotations import TubeAnnotations
from .joints import TubeJoints, find_joints, load_tube_joints

# Boxes may stick out by rounding: by one pixel, chosen here.
TOLERANCE = 1.0
VIDEO_SUFFIXES = ('.avi', '.mp4', '.mkv', '.mov', '.webm')


class Problem(NamedTuple):
    """One thing that is wrong.

    Args:
        video (str): Name of the video; empty if it is about none.
        frame (int, optional): Frame, from 1.
        what (str): The problem in words.
    """

    video: str
    frame: Optional[int]
    what: str

    def __str__(self) -> str:
        place = self.video
        if self.frame is not None:
            place += f', frame {self.frame}'
        return f'{place}: {self.what}' if place else self.what


def describe_problems(problems: List[Problem], source: str, limit: int) -> str:
    """A list of problems as a text.

    Args:
        problems (List[Problem]): At least one.
        source (str): The file with the annotations.
        limit (int): Problems that are named; the others are counted.

    Returns:
        str: One line for each, after a heading.
    """
    lines = [f'{source}: {len(problems)} problem(s)']
    lines += [f'  {problem}' for problem in problems[:limit]]
    if len(problems) > limit:
        lines.append(f'  ... and {len(problems) - limit} more')
    return '\n'.join(lines)


def all_videos(annotations: TubeAnnotations) -> List[str]:
    """Names of the videos of all splits and annotations, each once."""
    names: Dict[str, None] = dict.fromkeys(annotations.gttubes)
    for splits in (annotations.train_videos, annotations.test_videos):
        for split in splits:
            names.update(dict.fromkeys(split))
    return list(names)


def check_annotations(
    annotations: TubeAnnotations, videos: Optional[Iterable[str]] = None
) -> List[Problem]:
    """Find contradictions in annotations.

    Args:
        annotations (TubeAnnotations): What to look at.
        videos (Iterable[str], optional): Look at these videos only, and not
            at the lists of the splits. None: look at everything.

    Returns:
        List[Problem]: Labels that are no class; frames that are no whole
        number, outside the video, unordered or twice in a tube; boxes that
        are no numbers, inverted, or stick out of the image by more than
        `TOLERANCE`; empty tubes; videos without annotations, number of
        frames or resolution; videos that are twice in a split.
    """
    problems = []
    if videos is None:
        videos = all_videos(annotations)
        problems += _check_splits(annotations)
    for video in videos:
        problems += _check_video(annotations, video)
    return problems


def _check_splits(annotations: TubeAnnotations) -> Iterator[Problem]:
    """Videos that are listed twice, and lists that do not match."""
    train, test = annotations.train_videos, annotations.test_videos
    if len(train) != len(test):
        yield Problem(
            '', None, f'train_videos has {len(train)} split(s), test_videos {len(test)}'
        )
    for number, (first, second) in enumerate(zip(train, test), 1):
        seen: Dict[str, str] = {}
        for name, videos in (('training', first), ('test', second)):
            for video in videos:
                if video in seen:
                    yield Problem(
                        video,
                        None,
                        f'is in the {name} list of split '
                        f'{number} and already in its {seen[video]} list',
                    )
                seen[video] = name


def _check_video(annotations: TubeAnnotations, video: str) -> Iterator[Problem]:
    """Problems of one video and its tubes."""
    if video not in annotations.gttubes:
        yield Problem(video, None, 'has no annotations (gttubes)')
    nframes = annotations.nframes.get(video, 0)
    if nframes < 1:
        yield Problem(
            video,
            None,
            f'has {nframes} frames (nframes)'
            if video in annotations.nframes
            else 'has no number of frames (nframes)',
        )
    size = annotations.resolution.get(video)
    if size is None or min(size) < 1:
        yield Problem(
            video,
            None,
            'has no resolution' if size is None else f'has the resolution {size}',
        )
        size = None
    names = annotations.labels
    for label, tubes in annotations.gttubes.get(video, {}).items():
        if not 0 <= label < len(names):
            yield Problem(
                video,
                None,
                f'label {label} is outside [0, '
                f'{len(names) - 1}]; there are {len(names)} labels, counted '
                'from 0',
            )
        for number, tube in enumerate(tubes):
            name = f'tube {number} of class {label}'
            yield from _check_frames(video, name, tube[:, 0], nframes)
            yield from _check_boxes(video, name, tube, size)


def _check_frames(
    video: str, name: str, frames: np.ndarray, nframes: int
) -> Iterator[Problem]:
    """Problems of the frame numbers of a tube."""
    if not len(frames):
        yield Problem(video, None, f'{name} is empty')
    whole = np.isfinite(frames) & (np.floor(frames) == frames)
    for frame in frames[~whole]:
        yield Problem(video, None, f'{name}: frame {frame} is no whole number')
    outside = whole & (nframes > 0) & ((frames < 1) | (frames > nframes))
    for frame in frames[outside]:
        yield Problem(video, int(frame), f'{name}: frame is outside [1, {nframes}]')
    for i in np.flatnonzero(np.diff(frames) <= 0):
        word = (
            'is there twice'
            if frames[i] == frames[i + 1]
            else f'comes after frame {frames[i]:.0f}'
        )
        yield Problem(video, int(frames[i + 1]), f'{name}: frame {word}')


def _check_boxes(
    video: str, name: str, tube: np.ndarray, size: Optional[tuple]
) -> Iterator[Problem]:
    """Problems of the boxes of a tube."""
    boxes = tube[:, 1:]
    finite = np.isfinite(boxes).all(1)
    inverted = (boxes[:, 2:] < boxes[:, :2]).any(1)
    outside = np.zeros(len(boxes), dtype=bool)
    if size is not None:
        end = np.array(size[::-1]) - 1 + TOLERANCE
        outside = ((boxes[:, :2] < -TOLERANCE) | (boxes[:, 2:] > end)).any(1)
    for i in np.flatnonzero(~finite | inverted | outside):
        box = ', '.join(f'{value:g}' for value in boxes[i])
        if not finite[i]:
            word = 'has values that are no numbers'
        elif inverted[i]:
            word = 'is inverted: x1 > x2 or y1 > y2'
        else:
            height, width = size
            word = f'is outside the image of {width}x{height} pixels'
        number = tube[i, 0]
        frame = int(number) if np.isfinite(number) else None
        yield Problem(video, frame, f'{name}: box ({box}) {word}')


def check_joints(
    annotations: TubeAnnotations,
    folder: str,
    videos: Iterable[str],
    found: Dict[str, TubeJoints],
) -> List[Problem]:
    """Read the joints of videos, and find those that do not fit.

    Args:
        annotations (TubeAnnotations): What they have to fit.
        folder (str): Folder of all joints; see `tube_joints.find_joints`.
        videos (Iterable[str]): Videos to look at.
        found (Dict[str, TubeJoints]): Gets the joints of each video.

    Returns:
        List[Problem]: For videos with tubes, missing or damaged files, and
        joints of another number of frames or tubes, or other joints than the
        first video has.
    """
    problems, first = [], 0
    for video in videos:
        tubes = sum(map(len, annotations.gttubes.get(video, {}).values()))
        if not tubes:
            continue
        path = find_joints(folder, video)
        if path is None:
            problems.append(
                Problem(
                    video,
                    None,
                    'there are no joints: neither '
                    f'{osp.join(folder, video, "joint_positions.mat")} nor '
                    f'{osp.join(folder, video)}.npz',
                )
            )
            continue
        try:
            joints = load_tube_joints(path)
        except ValueError as error:
            problems.append(Problem(video, None, str(error)))
            continue
        first = first or joints.points.shape[2]
        wanted = (tubes, annotations.nframes.get(video, 0), first)
        for what, given, needed in zip(
            ('tube(s)', 'frames', 'joints'), joints.points.shape, wanted
        ):
            if given != needed:
                problems.append(
                    Problem(
                        video,
                        None,
                        f'{path} has joints of {given} {what}; there are {needed}',
                    )
                )
        found[video] = joints
    return problems


def find_video(folder: str, video: str) -> Optional[str]:
    """Path of a video file by its name without the suffix.

    Args:
        folder (str): Folder of all videos.
        video (str): Name of the video, with or without its suffix.

    Returns:
        str, optional: The file; None if there is none with a suffix of
        `VIDEO_SUFFIXES`.
    """
    for suffix in ('', *VIDEO_SUFFIXES):
        path = osp.join(folder, video + suffix)
        if osp.isfile(path):
            return path
    return None


def check_files(
    annotations: TubeAnnotations,
    folder: str,
    videos: Iterable[str],
    filename_tmpl: Optional[str],
    every: bool = True,
) -> Iterator[Problem]:
    """Find missing frames or video files, video by video.

    Args:
        annotations (TubeAnnotations): Numbers of frames.
        folder (str): Folder with a folder of frames, or a file, per video.
        videos (Iterable[str]): Videos to look at.
        filename_tmpl (str, optional): Name of a frame file, as ``{:05}.jpg``.
            None: look for video files.
        every (bool): Whether to look for all frames, or only for the first
            and the last one.

    Yields:
        Problem: Each missing file.
    """
    for video in videos:
        place = osp.join(folder, video)
        if filename_tmpl is None:
            if find_video(folder, video) is None:
                suffixes = ', '.join(VIDEO_SUFFIXES)
                yield Problem(
                    video,
                    None,
                    f'there is no file {place} with one of the suffixes {suffixes}',
                )
            continue
        nframes = annotations.nframes.get(video, 0)
        if not osp.isdir(place):
            yield Problem(video, None, f'there is no folder {place}')
            continue
        frames = range(1, nframes + 1) if every else sorted({1, nframes})
        there = set(os.listdir(place)) if every else None
        for frame in frames if nframes > 0 else ():
            name = filename_tmpl.format(frame)
            if name not in there if every else not osp.isfile(osp.join(place, name)):
                yield Problem(video, frame, f'there is no file {osp.join(place, name)}')
