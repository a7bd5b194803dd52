"""Sizes and lengths of the videos that annotations are about."""

from pathlib import Path
from typing import Dict, Optional, Tuple

import cv2

from ..data_checks import find_video

IMAGES = ('.jpg', '.jpeg', '.png', '.bmp')


class Media:
    """Looks at each video once.

    Args:
        frames (Path, optional): Folder with a folder of frames per video.
        videos (Path, optional): Folder with a file per video.
        resolution (Tuple[int, int], optional): Height and width of all
            videos, so that none has to be looked at for it.
        nframes (int, optional): Frames of all videos, likewise.
    """

    def __init__(
        self,
        frames: Optional[Path] = None,
        videos: Optional[Path] = None,
        resolution: Optional[Tuple[int, int]] = None,
        nframes: Optional[int] = None,
    ) -> None:
        self.frames, self.videos = frames, videos
        self.given = (resolution, nframes)
        self.seen: Dict[str, Tuple[Tuple[int, int], int]] = {}

    def resolution(self, video: str) -> Tuple[int, int]:
        """Height and width of a video in pixels.

        Raises:
            FileNotFoundError: If the video is not there.
            ValueError: If it cannot be read, or nobody said where it is.
        """
        return self.given[0] or self._look(video)[0]

    def nframes(self, video: str) -> Optional[int]:
        """Frames of a video; None if nobody said where it is.

        Raises:
            FileNotFoundError: If the video is not there.
            ValueError: If it cannot be read.
        """
        if self.given[1] or not (self.frames or self.videos):
            return self.given[1]
        return self._look(video)[1]

    def _look(self, video: str) -> Tuple[Tuple[int, int], int]:
        """Size and length."""
        if video not in self.seen:
            if self.frames:
                self.seen[video] = self._look_at_frames(self.frames / video)
            elif self.videos:
                self.seen[video] = self._look_at_file(video)
            else:
                raise ValueError(
                    f'the size of {video} is not known; give '
                    '--frames, --videos or --resolution.'
                )
        return self.seen[video]

    @staticmethod
    def _look_at_frames(folder: Path) -> Tuple[Tuple[int, int], int]:
        """Size of the first picture, and number of pictures."""
        if not folder.is_dir():
            raise FileNotFoundError(f'{folder}: there is no such folder of frames.')
        names = sorted(p for p in folder.iterdir() if p.suffix.lower() in IMAGES)
        image = cv2.imread(str(names[0])) if names else None
        if image is None:
            raise ValueError(f'{folder}: has no picture that can be read.')
        return image.shape[:2], len(names)

    def _look_at_file(self, video: str) -> Tuple[Tuple[int, int], int]:
        """Size and length of a video file."""
        path = find_video(str(self.videos), video)
        if path is None:
            raise FileNotFoundError(
                f'{self.videos}: there is no file of the video {video}.'
            )
        capture = cv2.VideoCapture(path)
        size = tuple(
            int(capture.get(p))
            for p in (cv2.CAP_PROP_FRAME_HEIGHT, cv2.CAP_PROP_FRAME_WIDTH)
        )
        count = int(capture.get(cv2.CAP_PROP_FRAME_COUNT))
        capture.release()
        if count < 1 or min(size) < 1:
            raise ValueError(f'{path}: cannot be read as a video.')
        return size, count
