"""Pictures and video files of a data set."""

import os.path as osp
from typing import Optional, Tuple

import cv2

from ..files import path_inside
from ..video.source import VIDEOS

# Cameras and phones write endings in capitals.
VIDEO_SUFFIXES = (*VIDEOS, *(each.upper() for each in VIDEOS))
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


def picture_size(path: str) -> Optional[Tuple[int, int]]:
    """Height and width of a picture in pixels; None if it cannot be decoded."""
    image = cv2.imread(path)
    if image is None:
        return None
    height, width = image.shape[:2]
    return height, width
