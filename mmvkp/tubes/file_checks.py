"""Checks of the files of a data set: frames, videos and joints."""

import os
import os.path as osp
from typing import Dict, Iterable, Iterator, List, Optional

from ..console import track
from ..files import is_inside_name, path_inside
from ..video import video_info
from .annotations import TubeAnnotations
from .data_checks import Problem, all_videos, check_annotations
from .joints import TubeJoints, find_joints, load_tube_joints
from .video_files import find_video, is_image, picture_size

TEMPLATES = ('{:05}.jpg', '{:05}.png', '{:05}.jpeg', 'img_{:05}.jpg', 'img_{:05}.png')


def check_joints(
    annotations: TubeAnnotations,
    folder: str,
    videos: Iterable[str],
    found: Dict[str, TubeJoints],
) -> List[Problem]:
    """Read the joints of videos and compare them with the annotations.

    Args:
        annotations (TubeAnnotations): The annotations.
        folder (str): Folder of all joints, see `find_joints`.
        videos (Iterable[str]): Videos to check.
        found (dict[str, TubeJoints]): The joints of each video are added.

    Returns:
        list[Problem]: Missing or damaged files of videos with tubes; a number of
        frames or tubes that differs from the annotations, or a number of joints
        that differs from the first video.
    """
    problems, first = [], 0
    for video in videos:
        tubes = sum(map(len, annotations.gttubes.get(video, {}).values()))
        if not tubes or not is_inside_name(video):
            continue
        path = find_joints(folder, video)
        if path is None:
            text = (
                'joints are missing: neither '
                f'{osp.join(folder, video, "joint_positions.mat")} nor '
                f'{osp.join(folder, video)}.npz exists'
            )
            problems.append(Problem(video, None, text))
            continue
        try:
            joints = load_tube_joints(path)
        except ValueError as error:
            problems.append(Problem(video, None, str(error)))
            continue
        first = first or joints.points.shape[2]
        wanted = (tubes, annotations.nframes.get(video, 0), first)
        for unit, given, needed in zip(
            ('tube(s)', 'frames', 'joints'), joints.points.shape, wanted
        ):
            if given != needed:
                text = f'{path} has joints of {given} {unit}; expected {needed}'
                problems.append(Problem(video, None, text))
        found[video] = joints
    return problems


def check_files(
    annotations: TubeAnnotations,
    folder: str,
    videos: Iterable[str],
    filename_tmpl: Optional[str],
    every: bool = True,
) -> Iterator[Problem]:
    """Find missing frames or video files, video by video.

    Videos whose name leads out of the folder are skipped; `check_annotations`
    reports them.

    Args:
        annotations (TubeAnnotations): Numbers of frames.
        folder (str): Folder with a folder of frames, or a file, per video.
        videos (Iterable[str]): Videos to check.
        filename_tmpl (str, optional): Name of a frame file, e.g. `{:05}.jpg`;
            video files are checked if None.
        every (bool): Check all frames instead of the first and the last one.

    Yields:
        Problem: Each missing file.
    """
    for video in filter(is_inside_name, videos):
        place = path_inside(folder, video)
        if filename_tmpl is None:
            if find_video(folder, video) is None:
                text = f'file {place} with the suffix of a video (.mp4, ...) is missing'
                yield Problem(video, None, text)
            continue
        num_frames = annotations.nframes.get(video, 0)
        if not osp.isdir(place):
            yield Problem(video, None, f'folder {place} is missing')
            continue
        frames = range(1, num_frames + 1) if every else sorted({1, num_frames})
        existing = set(os.listdir(place)) if every else set()
        for frame in frames if num_frames > 0 else ():
            name = filename_tmpl.format(frame)
            path = osp.join(place, name)
            if name not in existing if every else not osp.isfile(path):
                yield Problem(video, frame, f'file {path} is missing')


def find_template(annotations: TubeAnnotations, folder: str) -> str:
    """Name of the frame files: the first of `TEMPLATES` that a video has.

    Args:
        annotations (TubeAnnotations): Names of the videos.
        folder (str): Folder with a folder of frames per video.

    Raises:
        ValueError: If no video has a first frame with such a name.
    """
    for video in filter(is_inside_name, all_videos(annotations)):
        for template in TEMPLATES:
            if osp.isfile(osp.join(path_inside(folder, video), template.format(1))):
                return template
    raise ValueError(
        f'--frames {folder}: no video has a first frame named like '
        f'{", ".join(template.format(1) for template in TEMPLATES)}. Give the '
        'parent folder of the videos, and the names as --filename-tmpl, e.g. '
        "'frame_{:06}.jpg'."
    )


def check_content(annotations: TubeAnnotations, video: str, path: str) -> List[Problem]:
    """Compare a video file, or the first frame, with the annotations.

    Args:
        annotations (TubeAnnotations): Lengths and sizes.
        video (str): Name of the video.
        path (str): The file.
    """
    problems, rotation = [], 0
    size = picture_size(path) if is_image(path) else None
    if not is_image(path):
        try:
            info = video_info(path)
        except ValueError as error:
            return [Problem(video, None, str(error))]
        size, rotation = (info.height, info.width), info.rotation
        if not info.complete:
            problems.append(Problem(video, None, info.damage))
        if info.num_frames < annotations.nframes.get(video, 0):
            text = (
                f'{path} has {info.num_frames} frames, the annotations say '
                f'{annotations.nframes[video]}'
            )
            problems.append(Problem(video, info.num_frames + 1, text))
    if size is None:
        return [Problem(video, None, f'{path} cannot be decoded')]
    resolution = annotations.resolution.get(video)
    if resolution is not None and tuple(resolution) != size:
        text = (
            f'{path} has {size[0]} rows and {size[1]} columns, the annotations say '
            f'{resolution}'
        )
        if rotation:
            text += f'; frames are rotated by {rotation} degrees, as players show them'
        problems.append(Problem(video, None, text))
    return problems


def longer_videos(
    annotations: TubeAnnotations, frames: Optional[str], videos: Optional[str]
) -> List[str]:
    """Sentence about videos that have more frames than the annotations say.

    Their last frames are not used. This is correct if the annotations end early.

    Args:
        annotations (TubeAnnotations): Lengths of valid annotations.
        frames (str, optional): Folder with a folder of frames per video.
        videos (str, optional): Folder with a video file per video.

    Returns:
        list[str]: Empty if no video is longer.
    """
    longer = []
    for video, stated in annotations.nframes.items():
        if frames:
            names = os.listdir(path_inside(frames, video))
            count = sum(map(is_image, names))
        else:
            path = find_video(videos, video) if videos else None
            count = video_info(path).num_frames if path else 0
        if count > stated:
            longer.append((video, count, stated))
    if not longer:
        return []
    video, count, stated = longer[0]
    return [
        f'{len(longer)} videos have more frames than the annotations say (first: '
        f'{video}, {count} and {stated})'
    ]


def check_data_set(
    annotations: TubeAnnotations,
    frames: Optional[str] = None,
    videos: Optional[str] = None,
    joints: Optional[str] = None,
    filename_tmpl: Optional[str] = None,
) -> List[Problem]:
    """Check annotations and the files of all videos.

    Args:
        annotations (TubeAnnotations): The annotations.
        frames (str, optional): Folder with a folder of frames per video.
        videos (str, optional): Folder with a video file per video.
        joints (str, optional): Folder with the joints.
        filename_tmpl (str, optional): Name of frame files, counted from 1; see
            `find_template` if None.

    Raises:
        ValueError: If the names of the frame files are unknown.
    """
    problems = check_annotations(annotations)
    names = all_videos(annotations)
    folder = frames or videos
    if folder is not None:
        template = None
        if frames:
            template = filename_tmpl or find_template(annotations, frames)
        for video in track(list(filter(is_inside_name, names)), 'files'):
            problems += check_files(annotations, folder, [video], template)
            path = (
                find_video(folder, video)
                if template is None
                else osp.join(path_inside(folder, video), template.format(1))
            )
            if path is not None and osp.isfile(path):
                problems += check_content(annotations, video, path)
    if joints is not None:
        problems += check_joints(annotations, joints, names, {})
    return problems
