"""Decoding of whole videos into memory, for small data sets."""

import os
from typing import Dict, Optional, Tuple

import cv2
import numpy as np
from mmaction.registry import TRANSFORMS

from ..checks import check_number, check_positive
from .decoder import Decoder
from .frames import FrameTable, read_from
from .transforms import UprightVideoDecode


@TRANSFORMS.register_module()
class CachedVideoDecode(UprightVideoDecode):
    """`UprightVideoDecode` that keeps small copies of all frames in memory.

    An epoch needs a few frames of each video, but nearly all frames are decoded to
    find them: videos of phones need a second each. Here every process of a data loader
    decodes each video once, shrinks all frames by averaging and reads them from memory
    from then on. Needs `persistent_workers=True`. Videos that do not fit into the
    memory are decoded each time; their frames are shrunk as well.

    For classification: boxes are not scaled.

    Args:
        short_side (int): Short side of the copies in pixels; smaller videos keep their
            size.
        max_megabytes (float): Memory of each process.

    Raises:
        ValueError: If an argument is not positive.
    """

    def __init__(self, short_side: int = 128, max_megabytes: float = 1024) -> None:
        check_positive(type(self).__name__, short_side=short_side)
        check_number(type(self).__name__, 0, max_megabytes=max_megabytes)
        self.short_side = short_side
        self.max_megabytes = max_megabytes
        self._videos: Dict[Tuple[str, int, int], np.ndarray] = {}
        self._free = max_megabytes * 1e6

    def transform(self, results: Dict) -> Dict:
        """Add the frames.

        Args:
            results (dict): A sample with `frame_inds`.
        """
        path, table, num_threads = results['video_reader']
        indices = results['frame_inds'] = np.asarray(results['frame_inds']).reshape(-1)
        frames = self._cached(path, table, num_threads)
        if frames is None:
            large = read_from(path, table, indices, num_threads)
            results['imgs'] = [self._shrink(frame, table) for frame in large]
        else:
            results['imgs'] = list(frames[indices])
        results['video_reader'] = None
        results['original_shape'] = (table.height, table.width)
        results['img_shape'] = self._size(table)
        return results

    def _cached(
        self, path: str, table: FrameTable, num_threads: int
    ) -> Optional[np.ndarray]:
        """All frames of a video, small; None if they do not fit into the memory."""
        key = (path, table.num_frames, os.stat(path).st_mtime_ns)
        if key not in self._videos:
            height, width = self._size(table)
            needed = table.num_frames * height * width * 3
            if needed > self._free:
                return None
            self._free -= needed
            self._videos[key] = self._read_all(path, table, num_threads)
        return self._videos[key]

    def _size(self, table: FrameTable) -> Tuple[int, int]:
        """Height and width of the small frames."""
        scale = min(1.0, self.short_side / min(table.height, table.width))
        return max(1, round(scale * table.height)), max(1, round(scale * table.width))

    def _read_all(self, path: str, table: FrameTable, num_threads: int) -> np.ndarray:
        """All frames (T, H, W, 3), small, in one pass."""
        size = (table.rotation, table.width, table.height)
        height, width = self._size(table)
        frames = np.empty((table.num_frames, height, width, 3), np.uint8)
        count = 0
        with Decoder(path, 1 if table.problem else num_threads) as decoder:
            for place, frame in zip(frames, decoder):
                place[:] = self._shrink(decoder.upright_rgb(frame, *size), table)
                count += 1
        if count != len(frames):
            raise ValueError(
                f'{path}: {count} of {len(frames)} frames could be read again; the '
                'file has changed, or its storage fails.'
            )
        return frames

    def _shrink(self, frame: np.ndarray, table: FrameTable) -> np.ndarray:
        """Small copy of a frame (H, W, 3)."""
        height, width = self._size(table)
        if frame.shape[:2] == (height, width):
            return frame
        return cv2.resize(frame, (width, height), interpolation=cv2.INTER_AREA)

    def __repr__(self) -> str:
        return (
            f'{type(self).__name__}(short_side={self.short_side}, '
            f'max_megabytes={self.max_megabytes})'
        )
