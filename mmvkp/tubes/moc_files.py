"""Detections in the file layout of MOC's evaluation.

`FOLDER/VIDEO/00001.pkl` for each (first) frame is a dict from class (from 1) to
an array (N, 4K + 1): K boxes and the score.
"""

import os
import pickle
import shutil
from pathlib import Path
from typing import Sequence

import numpy as np

from ..files import path_inside
from .detections import Detections


class MocWriter:
    """Writer of MOC's layout; the folder appears when it is complete.

    Args:
        folder (Path): A folder that is empty or does not exist.
        labels (Sequence[str]): Class names.

    Raises:
        ValueError: If the folder is not empty.
    """

    def __init__(self, folder: Path, labels: Sequence[str]) -> None:
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise ValueError(f'--moc-out {folder} is not empty; give a new folder.')
        self.folder, self.num_classes = folder, len(labels)
        self.temporary = folder.with_name(f'.{folder.name}.tmp')
        shutil.rmtree(self.temporary, ignore_errors=True)

    def add(self, video: str, detections: Detections, num_frames: int) -> None:
        """Write a video: one file for each frame that can start a tubelet.

        Args:
            video (str): Name of the video.
            detections (Detections): Its detections.
            num_frames (int): Its length.

        Raises:
            ValueError: If the name of the video leads out of the folder.
        """
        folder = Path(path_inside(self.temporary, video))
        frames, boxes, labels, scores = detections.tubelets()
        length = boxes.shape[1]
        rows = np.concatenate(
            [boxes.reshape(len(boxes), 4 * length), scores[:, None]], 1
        ).astype(np.float32)
        order = np.lexsort((-scores, labels, frames))
        rows, labels, frames = rows[order], labels[order], frames[order]
        folder.mkdir(parents=True, exist_ok=True)
        for frame in range(1, max(1, num_frames - length + 1) + 1):
            begin, end = np.searchsorted(frames, [frame, frame + 1])
            ends = begin + np.searchsorted(
                labels[begin:end], np.arange(self.num_classes + 1)
            )
            content = {
                label + 1: rows[ends[label] : ends[label + 1]]
                for label in range(self.num_classes)
            }
            with open(folder / f'{frame:05d}.pkl', 'wb') as file:
                pickle.dump(content, file, protocol=2)

    def finish(self) -> None:
        """Move the folder to its name."""
        if self.folder.exists():
            self.folder.rmdir()
        os.replace(self.temporary, self.folder)
