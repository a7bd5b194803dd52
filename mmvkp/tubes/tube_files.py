"""Files of linked tubes, and tubes ready to draw.

The JSON file has `labels`, the class names, and `videos`: for each video a list
of tubes, best first, with `id` (from 1), `label` (from 0), `score`, and for each
frame `frames` (from 1), `boxes` (`x1, y1, x2, y2` in pixels from 0, ends
inclusive) and `scores`. `joints` are optional.
"""

import difflib
import json
from pathlib import Path, PurePath
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple

import numpy as np

from ..checks import shorten
from ..files import replacing
from .annotations import load_tube_annotations
from .draw import DrawnTube
from .evaluation import VideoResult
from .joints import find_joints, load_tube_joints
from .limits import MAX_FRAMES, read_json, short_text, whole_number
from .options import TubeOptions


def write_tubes(
    path: Path,
    labels: Sequence[str],
    videos: Sequence[str],
    results: Sequence[VideoResult],
    options: TubeOptions,
) -> None:
    """Write the tubes that remain after suppression as JSON.

    Args:
        path (Path): The file.
        labels (Sequence[str]): Class names.
        videos (Sequence[str]): Names of the videos.
        results (Sequence[VideoResult]): Result of each video.
        options (TubeOptions): Settings; the linker's are stored in the file.
    """
    content: Dict[str, Any] = dict(
        labels=list(labels), linker=options.linker._asdict(), videos={}
    )
    for video, result in zip(videos, results):
        tubes = [
            (tube.score, label, tube.rows)
            for label, found in enumerate(result.tubes)
            for tube in found
        ]
        tubes.sort(key=lambda each: (-each[0], each[1]))
        content['videos'][video] = [
            dict(
                id=number,
                label=label,
                score=round(score, 6),
                frames=rows[:, 0].astype(int).tolist(),
                boxes=rows[:, 1:5].astype(float).round(4).tolist(),
                scores=rows[:, 5].astype(float).round(6).tolist(),
            )
            for number, (score, label, rows) in enumerate(tubes, 1)
        ]
    with replacing(path) as temporary:
        Path(temporary).write_text(json.dumps(content), encoding='utf-8')


def _entry_of(videos: Mapping[str, Any], name: str, source: str) -> Any:
    """Entry of a video; an error suggests similar names."""
    if name not in videos:
        near = difflib.get_close_matches(name, videos, 3, 0) or ['none']
        raise ValueError(
            f'{source} has no video {name!r}; it has {len(videos)}, such as '
            f'{", ".join(near)}.'
        )
    return videos[name]


def read_tubes(path: str, video: str) -> Tuple[List[DrawnTube], List[str]]:
    """Read the linked tubes of a video.

    Args:
        path (str): JSON file, see `write_tubes`.
        video (str): Name of the video. A name with folders, as in annotations, also
            stands for its last part, by which `mmvkp predict` names videos.

    Returns:
        tuple[list[DrawnTube], list[str]]: Tubes and class names.

    Raises:
        ValueError: If the file has another format or lacks the video.
    """
    content = read_json(path)
    labels, videos = (
        content.get(key) if isinstance(content, dict) else None
        for key in ('labels', 'videos')
    )
    if not isinstance(labels, list) or not isinstance(videos, dict):
        raise ValueError(
            f'{path}: not a file of linked tubes; it must be JSON with the list '
            '"labels" and the dict "videos".'
        )
    labels = [str(label) for label in labels if isinstance(label, (str, int))]
    if video not in videos and PurePath(video).name in videos:
        video = PurePath(video).name
    entries = _entry_of(videos, video, path)
    if not isinstance(entries, list):
        raise ValueError(f'{path}: {video} is {shorten(entries)}; a list is required.')
    tubes = []
    for number, entry in enumerate(entries):
        try:
            tubes.append(_read_tube(entry, len(labels)))
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise ValueError(
                f'{path}: tube {number} of {video} cannot be read '
                f'({short_text(repr(error))}).'
            ) from error
    return tubes, labels


def _read_tube(entry: Mapping[str, Any], num_classes: int) -> DrawnTube:
    """Read one tube of a JSON file."""
    tube = DrawnTube(
        whole_number('label', entry['label'], 0, num_classes - 1),
        np.array(entry['frames'], int).reshape(-1),
        np.array(entry['boxes'], float).reshape(-1, 4),
        float(entry['score']),
        int(entry['id']),
    )
    if len(tube.frames) != len(tube.boxes):
        raise ValueError(f'{len(tube.frames)} frames and {len(tube.boxes)} boxes')
    if not np.isfinite(tube.boxes).all():
        raise ValueError('a box is not finite')
    if (
        len(tube.frames)
        and not 1 <= tube.frames.min() <= tube.frames.max() <= MAX_FRAMES
    ):
        raise ValueError(f'a frame is outside [1, {MAX_FRAMES}]')
    if entry.get('joints') is not None:
        tube.joints = np.array(entry['joints'], float)
        if tube.joints.ndim != 3 or tube.joints.shape[::2] != (len(tube.frames), 2):
            raise ValueError(
                f'joints of shape {tube.joints.shape}; (frames, joints, 2) is required'
            )
    return tube


def read_ground_truth(
    path: str, video: str, joints: Optional[str] = None
) -> Tuple[List[DrawnTube], List[str]]:
    """Read the annotated tubes of a video.

    Args:
        path (str): Annotations, see `load_tube_annotations`.
        video (str): Name of the video.
        joints (str, optional): Folder of the joints of all videos.

    Returns:
        tuple[list[DrawnTube], list[str]]: Tubes and class names.

    Raises:
        FileNotFoundError: If the video has no joints.
        ValueError: If the files do not fit together.
    """
    truth = load_tube_annotations(path)
    tubes = [
        DrawnTube(label, rows[:, 0].astype(int), rows[:, 1:])
        for label, arrays in sorted(_entry_of(truth.gttubes, video, path).items())
        for rows in arrays
    ]
    for number, tube in enumerate(tubes):
        tube.number = number
    if joints is None:
        return tubes, truth.labels
    source = find_joints(joints, video)
    if source is None:
        raise FileNotFoundError(f'--joints {joints} has no joints of {video}.')
    points, visible = load_tube_joints(source)
    last = max((tube.frames.max() for tube in tubes), default=0)
    if len(points) != len(tubes) or points.shape[1] < last:
        raise ValueError(
            f'{source} has joints of {len(points)} tubes in {points.shape[1]} frames; '
            f'{video} has {len(tubes)} tubes up to frame {last}.'
        )
    points = np.where(visible[..., None], points, np.nan)
    for tube, places in zip(tubes, points):
        tube.joints = places[tube.frames - 1]
    return tubes, truth.labels
