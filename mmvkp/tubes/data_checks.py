"""Checks of tube annotations.

All problems are collected before anything is refused. Each names the video and,
if it has one, the frame. Frames count from 1; boxes are pixels from 0, ends
inclusive.
"""

from typing import Dict, Iterable, Iterator, List, NamedTuple, Optional, Tuple

import numpy as np

from ..files import is_inside_name
from .annotations import TubeAnnotations
from .degenerate import usable_boxes

# Boxes may leave the image by one pixel of rounding; chosen here.
TOLERANCE = 1.0


class Problem(NamedTuple):
    """A problem of a data set.

    Args:
        video (str): Name of the video; empty for the whole data set.
        frame (int, optional): Frame, from 1.
        text (str): Description.
    """

    video: str
    frame: Optional[int]
    text: str

    def __str__(self) -> str:
        place = self.video
        if self.frame is not None:
            place += f', frame {self.frame}'
        return f'{place}: {self.text}' if place else self.text


def describe_problems(problems: List[Problem], source: str, limit: int) -> str:
    """Format a list of problems.

    Args:
        problems (list[Problem]): At least one.
        source (str): The file of the annotations.
        limit (int): Number of listed problems; the others are counted.

    Returns:
        str: A heading and one line for each problem.
    """
    lines = [f'{source}: {len(problems)} problem(s)']
    lines += [f'  {problem}' for problem in problems[:limit]]
    if len(problems) > limit:
        lines.append(f'  ... and {len(problems) - limit} more')
    return '\n'.join(lines)


def all_videos(annotations: TubeAnnotations) -> List[str]:
    """Videos of all splits and annotations, each once."""
    names: Dict[str, None] = dict.fromkeys(annotations.gttubes)
    for splits in (annotations.train_videos, annotations.test_videos):
        for split in splits:
            names.update(dict.fromkeys(split))
    return list(names)


def videos_of_split(annotations: TubeAnnotations, split: int, source: str) -> List[str]:
    """Test videos of a split, each once.

    Args:
        annotations (TubeAnnotations): All splits.
        split (int): Number of the split, from 1.
        source (str): File of the annotations, for messages.

    Raises:
        ValueError: If the split does not exist or is empty, or its videos cannot
            be evaluated.
    """
    splits = annotations.test_videos
    if not 1 <= split <= len(splits):
        raise ValueError(
            f'split={split}, but {source} has {len(splits)} split(s), counted from 1.'
        )
    videos = list(dict.fromkeys(splits[split - 1]))
    if not videos:
        raise ValueError(f'split {split} of {source} has no test videos.')
    num_classes = len(annotations.labels)
    for video in videos:
        labels = annotations.gttubes.get(video, {})
        last = annotations.nframes.get(video, 0)
        if (
            video not in annotations.nframes
            or any(not 0 <= label < num_classes for label in labels)
            or not all(
                _frames_inside(tube, last) for each in labels.values() for tube in each
            )
        ):
            raise ValueError(
                f'{source}: video {video!r} has no number of frames, a label outside '
                f'[0, {num_classes - 1}], or a frame outside the video; `mmvkp data '
                'check` lists all problems.'
            )
    return videos


def _frames_inside(tube: np.ndarray, last: int) -> bool:
    """True if all frame numbers of a tube (n, 5) are integers in [1, `last`]."""
    frames = tube[:, 0]
    return bool(((frames >= 1) & (frames <= last) & (frames % 1 == 0)).all())


def check_annotations(
    annotations: TubeAnnotations, videos: Optional[Iterable[str]] = None
) -> List[Problem]:
    """Find contradictions in annotations.

    Checked are labels; frame numbers (integers inside the video, strictly
    rising); boxes (not degenerate, inside the image up to `TOLERANCE`);
    names of videos; empty tubes; missing annotations, lengths and resolutions;
    videos that are twice in a split.

    Args:
        annotations (TubeAnnotations): The annotations.
        videos (Iterable[str], optional): Check these videos only, and not the
            lists of the splits.

    Returns:
        list[Problem]: Empty for valid annotations.
    """
    problems: List[Problem] = []
    if videos is None:
        videos = all_videos(annotations)
        problems += _check_splits(annotations)
    for video in videos:
        problems += _check_video(annotations, video)
    return problems


def _check_splits(annotations: TubeAnnotations) -> Iterator[Problem]:
    """Find videos that are listed twice, and lists without a partner."""
    train, test = annotations.train_videos, annotations.test_videos
    if len(train) != len(test):
        text = f'train_videos has {len(train)} split(s), test_videos {len(test)}'
        yield Problem('', None, text)
    for number, (first, second) in enumerate(zip(train, test), 1):
        seen: Dict[str, str] = {}
        for name, videos in (('training', first), ('test', second)):
            for video in videos:
                if video in seen:
                    text = (
                        f'is in the {name} list of split {number} and already in its '
                        f'{seen[video]} list'
                    )
                    yield Problem(video, None, text)
                seen[video] = name


def _check_video(annotations: TubeAnnotations, video: str) -> Iterator[Problem]:
    """Find the problems of one video and its tubes."""
    if not is_inside_name(video):
        yield Problem(
            video, None, 'the name leads out of its folder (absolute path or "..")'
        )
    if video not in annotations.gttubes:
        yield Problem(video, None, 'has no annotations (gttubes)')
    num_frames = annotations.nframes.get(video, 0)
    if video not in annotations.nframes:
        yield Problem(video, None, 'has no number of frames (nframes)')
    elif num_frames < 1:
        yield Problem(video, None, f'has {num_frames} frames (nframes)')
    size = annotations.resolution.get(video)
    if size is None:
        yield Problem(video, None, 'has no resolution')
    elif min(size) < 1:
        yield Problem(video, None, f'has the resolution {size}')
        size = None
    count = len(annotations.labels)
    for label, tubes in annotations.gttubes.get(video, {}).items():
        if not 0 <= label < count:
            text = (
                f'label {label} is outside [0, {count - 1}]; there are {count} labels, '
                'counted from 0'
            )
            yield Problem(video, None, text)
        for number, tube in enumerate(tubes):
            name = f'tube {number} of class {label}'
            yield from _check_frames(video, name, tube[:, 0], num_frames)
            yield from _check_boxes(video, name, tube, size)


def _check_frames(
    video: str, name: str, frames: np.ndarray, num_frames: int
) -> Iterator[Problem]:
    """Find the problems of the frame numbers of a tube."""
    if not len(frames):
        yield Problem(video, None, f'{name} is empty')
    whole = np.isfinite(frames) & (np.floor(frames) == frames)
    for frame in frames[~whole]:
        yield Problem(video, None, f'{name}: frame {frame} is not an integer')
    outside = whole & (num_frames > 0) & ((frames < 1) | (frames > num_frames))
    for frame in frames[outside]:
        yield Problem(video, int(frame), f'{name}: frame is outside [1, {num_frames}]')
    for i in np.flatnonzero(np.diff(frames) <= 0):
        order = (
            'occurs twice'
            if frames[i] == frames[i + 1]
            else f'comes after frame {frames[i]:.0f}'
        )
        yield Problem(video, int(frames[i + 1]), f'{name}: frame {order}')


def _check_boxes(
    video: str, name: str, tube: np.ndarray, size: Optional[Tuple[int, int]]
) -> Iterator[Problem]:
    """Find the problems of the boxes of a tube."""
    boxes = tube[:, 1:]
    finite = np.isfinite(boxes).all(1)
    inverted = (boxes[:, 2:] < boxes[:, :2]).any(1)
    usable = usable_boxes(boxes, size)
    outside = np.zeros(len(boxes), dtype=bool)
    height, width = size or (0, 0)
    if size is not None:
        end = np.array([width, height]) - 1 + TOLERANCE
        outside = ((boxes[:, :2] < -TOLERANCE) | (boxes[:, 2:] > end)).any(1)
    for i in np.flatnonzero(~usable | outside):
        box = ', '.join(f'{value:g}' for value in boxes[i])
        if not finite[i]:
            fault = 'has values that are not finite'
        elif inverted[i]:
            fault = 'is inverted: x1 > x2 or y1 > y2'
        elif (boxes[i, 2:] == boxes[i, :2]).any():
            fault = 'has no area: x1 == x2 or y1 == y2'
        else:
            fault = f'is outside the image of {width}x{height} pixels'
        number = tube[i, 0]
        frame = int(number) if np.isfinite(number) else None
        yield Problem(video, frame, f'{name}: box ({box}) {fault}')


def class_table(annotations: TubeAnnotations) -> str:
    """Count videos, tubes and annotated frames, in total and per class.

    Args:
        annotations (TubeAnnotations): The annotations.

    Returns:
        str: Lines of a table.
    """
    splits = list(zip(annotations.train_videos, annotations.test_videos))
    lines = [
        f'{len(all_videos(annotations))} videos, '
        f'{len(annotations.train_videos)} split(s)'
    ]
    for number, (train, test) in enumerate(splits, 1):
        lines.append(f'split {number}: {len(train)} training, {len(test)} test videos')
    width = max(map(len, ['class', *annotations.labels]))
    lines.append(f'{"class":{width}}  videos   tubes  frames')
    for label, name in enumerate(annotations.labels):
        tubes = [classes.get(label, []) for classes in annotations.gttubes.values()]
        frames = sum(len(tube) for some in tubes for tube in some)
        lines.append(
            f'{name:{width}}  {sum(map(bool, tubes)):6d}  '
            f'{sum(map(len, tubes)):6d}  {frames:6d}'
        )
    return '\n'.join(lines)
