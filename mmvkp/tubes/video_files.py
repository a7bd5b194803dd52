"""Pictures and video files of a data set."""

import os.path as osp
from typing import Optional, Tuple

import cv2
import numpy as np

from ..files import path_inside

VIDEO_SUFFIXES = ('.avi', '.mp4', '.mkv', '.mov', '.webm')
IMAGE_SUFFIXES = ('.jpg', '.jpeg', '.png', '.bmp')


def find_video(folder: str, video: str) -> Optional[str]:
    """Find a video file by its name without the suffix.

    Args:
        folder (str): Folder of all videos.
        video (str): Name of the video, with or without its suffix.

    Returns:
        str, optional: The file; None if no file has a suffix of
        `VIDEO_SUFFIXES`.

    Raises:
        ValueError: If the name of the video leads out of the folder.
    """
    place = path_inside(folder, video)
    for path in (place + suffix for suffix in ('', *VIDEO_SUFFIXES)):
        if osp.isfile(path):
            return path
    return None


def is_image(path: str) -> bool:
    """True if the suffix of a path is in `IMAGE_SUFFIXES`."""
    return osp.splitext(path)[1].lower() in IMAGE_SUFFIXES


def size_and_length(path: str) -> Tuple[Optional[Tuple[int, int]], int]:
    """Size and number of frames of a picture or video.

    Args:
        path (str): The file.

    Returns:
        tuple[tuple[int, int] | None, int]: Height and width in pixels, None if
        the first frame cannot be decoded; number of frames, 0 if unknown.
    """
    if is_image(path):
        image = cv2.imread(path)
        return (None if image is None else _size(image)), 1
    capture = cv2.VideoCapture(path)
    frames = int(max(0, capture.get(cv2.CAP_PROP_FRAME_COUNT)))
    decoded, image = capture.read()
    capture.release()
    return (_size(image) if decoded else None), frames


def _size(image: np.ndarray) -> Tuple[int, int]:
    """Height and width."""
    height, width = image.shape[:2]
    return height, width
