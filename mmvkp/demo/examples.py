"""Example videos: clips of StickAction that no training has seen."""

from itertools import combinations
from pathlib import Path
from typing import List, Tuple

import numpy as np

from ..stick_action.clips import make_clip
from ..stick_action.settings import all_clips, make_settings
from ..stick_action.tube_clips import TubeClip
from ..stick_action.tube_files import make_content
from ..tubes.iou import box_iou
from ..video.files import VideoFile
from .uploads import SIDE

# Trainings use the seed 0.
SEED = 20261129
CLASSES = ('kick-out', 'kick-back', 'arms-raise', 'push')
_FPS, _FRAMES = 12, 17
_MOST_OVERLAP = 0.1


def _write(path: Path, frames: np.ndarray) -> None:
    """Write frames (T, H, W, 3), BGR, as H.264, which browsers play."""
    with VideoFile(str(path), _FPS) as file:
        for frame in frames:
            file.write(np.ascontiguousarray(frame[..., ::-1]))


def make_examples(folder: Path) -> List[Tuple[str, str]]:
    """Generate the example videos.

    Args:
        folder (Path): Folder of the files.

    Returns:
        list[tuple[str, str]]: Path and description of each video.
    """
    examples = []
    for name in CLASSES:
        path = folder / f'{name}.mp4'
        seed = [SEED, CLASSES.index(name)]
        rng = np.random.default_rng(seed)
        _write(path, make_clip(name, _FRAMES, (SIDE, SIDE), rng)[0])
        examples.append((str(path), f'one figure: {name}'))
    settings = make_settings(
        'demo', 'untrimmed', frame_size=SIDE, num_frames=24, seed=SEED
    )
    found: List[int] = []
    for clip in all_clips(settings):
        content = make_content(clip, settings)
        count = len(content.actors)
        if count < 2 or count in found or not _is_clear(content):
            continue
        found.append(count)
        name = settings['classes'][clip.label]
        path = folder / f'several-{name}.mp4'
        _write(path, content.render())
        examples.append((str(path), f'{count} figures: {name}'))
        if found == [2, 3] or found == [3, 2]:
            break
    return examples


def _is_clear(content: TubeClip) -> bool:
    """True if the boxes of the actors hardly overlap."""
    boxes = [each.boxes for each in content.actors]
    return all(
        float(box_iou(a, b).max()) < _MOST_OVERLAP for a, b in combinations(boxes, 2)
    )
