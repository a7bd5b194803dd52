"""Files of StickAction for classification: one figure, or a crowd.

`videos/CLASS/CLIP.mp4` with the lists of MMAction2's `VideoDataset`; on request also
`rawframes/CLASS/CLIP/img_00001.jpg` ... with the lists of `RawframeDataset`.
"""

from pathlib import Path
from typing import Any, Dict, List, Sequence

import numpy as np

from ..files import write_text
from ..video.encoding import write_raw_frames, write_video
from ..video.written import count_written
from .clips import make_clip
from .crowd import make_crowd_clip, options_of
from .settings import SPLITS, StickClip

FOLDERS = ('videos', 'rawframes')
FILES = tuple(f'{split}{end}.txt' for split in SPLITS for end in ('', '_rawframes'))


def file_names(settings: Dict[str, Any]) -> List[str]:
    """Names of the lists and tables of the data set."""
    endings = ('', '_rawframes') if settings['raw_frames'] else ('',)
    return ['classes.txt', *(f'{each}{end}.txt' for each in SPLITS for end in endings)]


def clip_paths(stem: str, settings: Dict[str, Any]) -> List[str]:
    """Paths of one clip: its video, and the folder of its frames."""
    frames = [f'rawframes/{stem}'] if settings['raw_frames'] else []
    return [f'videos/{stem}.mp4', *frames]


def make_one(clip: StickClip, out: Path, settings: Dict[str, Any]) -> None:
    """Write the missing files of one clip.

    Args:
        clip (StickClip): The clip.
        out (Path): Folder of the data set.
        settings (dict): Settings of the data set.
    """
    count = settings['num_frames']
    video = out / f'videos/{clip.stem}.mp4'
    folder = out / f'rawframes/{clip.stem}'
    need_video = count_written(video) != count
    need_frames = (
        settings['raw_frames'] and len(list(folder.glob('img_*.jpg'))) != count
    )
    if not need_video and not need_frames:
        return
    rng = np.random.default_rng([settings['seed'], clip.split, clip.number])
    name, size = settings['classes'][clip.label], (settings['frame_size'],) * 2
    if 'crowd' in settings:
        options = options_of(settings)
        frames = make_crowd_clip(name, count, size, options, rng)[0]
    else:
        frames = make_clip(name, count, size, rng)[0]
    if need_video:
        write_video(video, frames)
    if need_frames:
        write_raw_frames(folder, frames)


def write_tables(
    out: Path, settings: Dict[str, Any], clips: Sequence[StickClip], records: Sequence
) -> None:
    """Write the lists of all splits.

    Args:
        out (Path): Folder of the data set.
        settings (dict): Settings of the data set.
        clips (Sequence[StickClip]): All clips.
        records (Sequence): Not used; the lists follow from the clips.
    """
    write_text(out / 'classes.txt', ''.join(f'{c}\n' for c in settings['classes']))
    for number, split in enumerate(SPLITS):
        part = [clip for clip in clips if clip.split == number]
        lines = [f'{clip.stem}.mp4 {clip.label}\n' for clip in part]
        write_text(out / f'{split}.txt', ''.join(lines))
        if settings['raw_frames']:
            count = settings['num_frames']
            lines = [f'{clip.stem} {count} {clip.label}\n' for clip in part]
            write_text(out / f'{split}_rawframes.txt', ''.join(lines))
