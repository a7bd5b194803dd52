"""Decoding of video files in pipelines, with the frames of `frames.py`."""

import logging
import os.path as osp
from typing import Dict

import numpy as np
from mmaction.registry import TRANSFORMS
from mmcv.transforms import BaseTransform
from mmengine.logging import print_log

from ..checks import check_integer, check_number
from .frame_table import describe_damage
from .frames import frame_table, read_from


@TRANSFORMS.register_module()
class UprightVideoInit(BaseTransform):
    """Open a video file; replaces `DecordInit` together with `UprightVideoDecode`.

    The number of frames is found by decoding, once for each file, see
    `mmvkp.video.video_info`. A damaged file is named in a warning; its readable frames
    are used. Local files only: there is no `io_backend`.

    Required keys: `filename`; `.mp4` is added to a name without ending. Added keys:
    `video_reader`, `total_frames`, `avg_fps`.

    Args:
        num_threads (int): Threads of the decoder; 0: one per core. Data loaders have
            a process for each core already.

    Raises:
        FileNotFoundError: If the file is missing.
        ValueError: If no frame can be decoded.
    """

    def __init__(self, num_threads: int = 1) -> None:
        check_integer(type(self).__name__, num_threads=num_threads)
        check_number(type(self).__name__, 0, num_threads=num_threads)
        self.num_threads = num_threads
        self._named: set = set()

    def transform(self, results: Dict) -> Dict:
        """Add the number of frames.

        Args:
            results (dict): A sample with `filename`.
        """
        path = results['filename']
        if not osp.splitext(path)[1]:
            path += '.mp4'
        table = frame_table(path)
        if table.problem and path not in self._named:
            self._named.add(path)
            text = describe_damage(path, table.num_frames, table.problem)
            print_log(text, 'current', logging.WARNING)
        results['video_reader'] = (path, table, self.num_threads)
        results['total_frames'] = table.num_frames
        results['avg_fps'] = table.fps
        return results

    def __repr__(self) -> str:
        return f'{type(self).__name__}(num_threads={self.num_threads})'


@TRANSFORMS.register_module()
class UprightVideoDecode(BaseTransform):
    """Read the sampled frames, upright: the display rotation of the file is applied.

    Required keys: `video_reader` of `UprightVideoInit`, `frame_inds` (T,), from 0.
    Added keys: `imgs`, a list of T frames (H, W, 3), uint8, RGB; `img_shape` and
    `original_shape`, (H, W). Boxes `gt_bboxes` and `proposals` in [0, 1] are scaled to
    pixels.

    Raises:
        IndexError: If the video has no frame with a sampled number.
        ValueError: If the file has changed since it was opened.
    """

    def transform(self, results: Dict) -> Dict:
        """Add the frames.

        Args:
            results (dict): A sample with `frame_inds`.
        """
        path, table, num_threads = results['video_reader']
        indices = results['frame_inds'] = np.asarray(results['frame_inds']).reshape(-1)
        results['imgs'] = list(read_from(path, table, indices, num_threads))
        results['video_reader'] = None
        results['original_shape'] = results['img_shape'] = (table.height, table.width)
        size = np.array([table.width, table.height] * 2)
        for name in ('gt_bboxes', 'proposals'):
            if results.get(name) is not None:
                results[name] = (results[name] * size).astype(np.float32)
        return results

    def __repr__(self) -> str:
        return f'{type(self).__name__}()'
