"""Sizes and lengths of the videos that annotations describe."""

import logging
from pathlib import Path
from typing import Dict, Optional, Tuple

import numpy as np
from mmengine.logging import print_log

from ...files import path_inside
from ...video import video_info
from ..video_files import find_video, is_image, picture_size

# Tools write times with few digits; in frames.
TIME_ROUNDING = 0.1


class Media:
    """Reads the size and the length of each video once.

    Args:
        frames (Path, optional): Folder with a folder of frames per video.
        videos (Path, optional): Folder with a file per video.
        resolution (tuple[int, int], optional): Height and width of all videos;
            no file is read for the size then.
        num_frames (int, optional): Frames of all videos, likewise.
    """

    def __init__(
        self,
        frames: Optional[Path] = None,
        videos: Optional[Path] = None,
        resolution: Optional[Tuple[int, int]] = None,
        num_frames: Optional[int] = None,
    ) -> None:
        self.frames, self.videos = frames, videos
        self.given_resolution, self.given_num_frames = resolution, num_frames
        self._times: Dict[str, np.ndarray] = {}
        self._known: Dict[str, Tuple[Tuple[int, int], int]] = {}

    @property
    def folder(self) -> Optional[Path]:
        """Folder of frames or videos that is read."""
        return self.frames or self.videos

    def resolution(self, video: str) -> Tuple[int, int]:
        """Height and width of a video in pixels.

        Raises:
            FileNotFoundError: If the video does not exist.
            ValueError: If it cannot be read, or no folder was given.
        """
        return self.given_resolution or self._read(video)[0]

    def num_frames(self, video: str) -> Optional[int]:
        """Number of frames of a video; None if no folder was given.

        Raises:
            FileNotFoundError: If the video does not exist.
            ValueError: If it cannot be read.
        """
        if self.given_num_frames or not self.folder:
            return self.given_num_frames
        return self._read(video)[1]

    def frame_at(self, video: str, time: float, fps: Optional[float]) -> int:
        """Frame, from 1, that is shown at a time.

        Args:
            video (str): Name of the video.
            time (float): Seconds after the first frame, rounded.
            fps (float, optional): Frames per second. None: the times of the video
                file are used.

        Raises:
            FileNotFoundError: If the video does not exist.
            ValueError: If neither is known.
        """
        if fps is not None:
            return int(time * fps + TIME_ROUNDING) + 1
        if not self.videos:
            raise ValueError(
                f'the frame of {video} at {time:g} s is unknown; give --fps or '
                '--videos.'
            )
        if video not in self._times:
            path = find_video(str(self.videos), video)
            if path is None:
                raise FileNotFoundError(
                    f'{self.videos}: the file of the video {video} is missing.'
                )
            info = video_info(path)
            self._times[video] = info.times - TIME_ROUNDING / max(info.fps, 1e-6)
        times = self._times[video]
        return max(1, int(np.searchsorted(times, time, 'right')))

    def _read(self, video: str) -> Tuple[Tuple[int, int], int]:
        """Size and length of a video."""
        if video not in self._known:
            if self.frames:
                self._known[video] = _read_frames(Path(path_inside(self.frames, video)))
            elif self.videos:
                self._known[video] = _read_file(self.videos, video)
            else:
                raise ValueError(
                    f'the size of {video} is unknown; give --frames, --videos or '
                    '--resolution.'
                )
        return self._known[video]


def _read_frames(folder: Path) -> Tuple[Tuple[int, int], int]:
    """Size of the first frame and number of frames in a folder."""
    if not folder.is_dir():
        raise FileNotFoundError(f'{folder}: no such folder of frames.')
    names = sorted(path for path in folder.iterdir() if is_image(str(path)))
    size = picture_size(str(names[0])) if names else None
    if size is None:
        raise ValueError(f'{folder}: the folder has no readable picture.')
    return size, len(names)


def _read_file(folder: Path, video: str) -> Tuple[Tuple[int, int], int]:
    """Size and length of a video file."""
    path = find_video(str(folder), video)
    if path is None:
        raise FileNotFoundError(f'{folder}: the file of the video {video} is missing.')
    info = video_info(path)
    if not info.complete:
        print_log(info.damage, 'current', logging.WARNING)
    return (info.height, info.width), info.num_frames
