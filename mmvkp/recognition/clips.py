"""Clips of a video, and the part of the frames that a network sees."""

import os
import os.path as osp
from typing import Dict, NamedTuple, Sequence, Tuple

import numpy as np
from mmengine.config import Config

# (x1, y1, x2, y2) in pixels of the original frame from its left and top edge: the
# whole frame is (0, 0, width, height).
Box = Tuple[float, float, float, float]


class Clip(NamedTuple):
    """One clip of a video, and the input of the network.

    Shape:
        - frames: (T', H, W, 3), uint8, RGB, the original frames.
        - numbers: (T',), their positions in the video, from 0.
        - box: `Box`, the part of the frames that the network sees; with ThreeCrop
          the first crop.
        - sample: Output of the pipeline: `inputs` and `data_samples`.
    """

    frames: np.ndarray
    numbers: np.ndarray
    box: Box
    sample: dict


def video_source(path: str, dataset: Config) -> Dict:
    """Input of a test pipeline for one video.

    Args:
        path (str): Video file, or folder with the frames of a video.
        dataset (Config): Data set of the config, for the names of frames.

    Raises:
        FileNotFoundError: If the file is missing, or the folder has no frames with
            these names.
    """
    if osp.isfile(path):
        return dict(filename=path, label=-1, start_index=0, modality='RGB')
    if not osp.isdir(path):
        raise FileNotFoundError(f'no video file {path}.')
    template = dataset.get('filename_tmpl', 'img_{:05}.jpg')
    start, there = dataset.get('start_index', 1), set(os.listdir(path))
    count = 0
    while template.format(start + count) in there:
        count += 1
    if not count:
        raise FileNotFoundError(
            f'the folder {path} contains no {template.format(start)}; give a '
            'video file, or set filename_tmpl and start_index of the test '
            'data set to the names of its frames.'
        )
    return dict(
        frame_dir=path,
        total_frames=count,
        label=-1,
        start_index=start,
        filename_tmpl=template,
        modality='RGB',
    )


def map_box(box: Box, crop: Sequence[float], size: Tuple[int, int]) -> Box:
    """Map a crop of a resized part back to the original frame.

    Args:
        box (Box): The part, in the original frame.
        crop (Sequence[float]): (x1, y1, x2, y2) of the crop in pixels of the
            resized part, ends exclusive.
        size (tuple[int, int]): (W, H) of the resized part.
    """
    x, y = (box[2] - box[0]) / size[0], (box[3] - box[1]) / size[1]
    return (
        float(box[0] + crop[0] * x),
        float(box[1] + crop[1] * y),
        float(box[0] + crop[2] * x),
        float(box[1] + crop[3] * y),
    )
