"""Files of StickAction for detection.

All variants except multi-label: `Frames/CLASS/CLIP/00001.png` ... with the ground truth
`StickAction-GT.pkl` in the layout of JHMDB and UCF101-24, and the joints of the actors
below `joint_positions/`, for trimmed in the layout of JHMDB.
multi-label: `rawframes/VIDEO/img_00001.jpg` ... with the tables of AVA.
"""

import io
from pathlib import Path
from typing import Any, Dict, List, Sequence

import numpy as np

from ..files import replacing, write_text
from ..tubes.annotations import TubeAnnotations, save_tube_annotations
from ..video.encoding import write_raw_frames
from . import ava_tables
from .crossing_clips import make_crossing_clip
from .history_clips import HISTORY_VARIANTS, make_history_clip
from .settings import SPLITS, StickClip
from .tube_clips import VARIANTS, TubeClip, TubeRecord, make_tube_clip, sample_length

GROUND_TRUTH = 'StickAction-GT.pkl'
FOLDERS = ('Frames', 'joint_positions', 'rawframes')
FILES = (GROUND_TRUTH, *ava_tables.FILES)
MAT_HEADER = b'MATLAB 5.0 MAT-file, StickAction'
# Their positions are part of the seeds of the clips.
ALL_VARIANTS = (*VARIANTS, *HISTORY_VARIANTS, 'occluded')


def file_names(settings: Dict[str, Any]) -> List[str]:
    """Names of the lists and tables of the data set."""
    multi = settings['variant'] == 'multi-label'
    return ['classes.txt', *(ava_tables.FILES if multi else [GROUND_TRUTH])]


def clip_paths(stem: str, settings: Dict[str, Any]) -> List[str]:
    """Paths of one clip: the folder of its frames, and its joints."""
    if settings['variant'] == 'multi-label':
        return [f'rawframes/{Path(stem).name}']
    suffix = '/joint_positions.mat' if settings['variant'] == 'trimmed' else '.npz'
    return [f'Frames/{stem}', f'joint_positions/{stem}{suffix}']


def make_one(clip: StickClip, out: Path, settings: Dict[str, Any]) -> TubeRecord:
    """Write the missing files of one clip.

    Args:
        clip (StickClip): The clip.
        out (Path): Folder of the data set.
        settings (dict): Settings of the data set.

    Returns:
        TubeRecord: Data of the clip for the tables.
    """
    variant, names = settings['variant'], settings['classes']
    tubes = make_content(clip, settings)
    length = len(tubes.scene.camera)
    paths = [out / path for path in clip_paths(clip.stem, settings)]
    if len(list(paths[0].glob('*.*'))) != length:
        template = 'img_{:05d}.jpg' if variant == 'multi-label' else '{:05d}.png'
        write_raw_frames(paths[0], tubes.render(), template)
    if variant != 'multi-label':
        write_joints(paths[1], tubes, names)
    return tubes.record()


def make_content(clip: StickClip, settings: Dict[str, Any]) -> TubeClip:
    """Sample the content of one clip.

    Args:
        clip (StickClip): The clip.
        settings (dict): Settings of the data set.
    """
    variant, length = settings['variant'], settings['num_frames']
    name, side = settings['classes'][clip.label], settings['frame_size']
    paired = variant in HISTORY_VARIANTS
    number = clip.number - clip.number % 2 if paired else clip.number
    rng = np.random.default_rng(
        [settings['seed'], clip.split, number, 1 + ALL_VARIANTS.index(variant)]
    )
    if paired:
        return make_history_clip(name, variant, length, (side, side), rng)
    if variant != 'multi-label':
        length = sample_length(length, rng)
    if variant == 'occluded':
        return make_crossing_clip(name, length, (side, side), rng)
    return make_tube_clip(name, variant, length, (side, side), rng)


def write_joints(path: Path, clip: TubeClip, names: Sequence[str]) -> None:
    """Write the joints of a clip.

    A `.mat` file has the layout of JHMDB, see `jhmdb_joints`. A `.npz` file holds
    `keypoint` (tubes, T, 15, 2) in pixels from 0, the tubes in the order of their
    classes, then of the actors.

    Args:
        path (Path): Ends in `.mat` or `.npz`.
        clip (TubeClip): The clip.
        names (Sequence[str]): Names of all classes.
    """
    content = io.BytesIO()
    if path.suffix == '.mat':
        from scipy.io import savemat

        savemat(content, jhmdb_joints(clip))
        # The header holds the time of day; equal data sets have equal files.
        content.seek(0)
        content.write(MAT_HEADER.ljust(116))
    else:
        tubes = [(name, actor) for name in names for actor in clip.actors]
        joints = np.stack([each.joints for name, each in tubes if name in each.spans])
        np.savez_compressed(content, keypoint=joints.astype(np.float32))
    with replacing(path) as temporary:
        Path(temporary).write_bytes(content.getvalue())


def jhmdb_joints(clip: TubeClip) -> Dict[str, object]:
    """Variables of a JHMDB file for the only actor of a clip.

    Args:
        clip (TubeClip): Clip of T frames with one actor.

    Returns:
        dict[str, object]: `pos_img` (2, 15, T) in pixels from 1; `pos_world`, the
        same relative to the centre of the frame and in heights of the figure;
        `scale` (1, T), height of the joints in [0, 1] of the frame; `viewpoint`,
        empty because it is unknown.
    """
    joints = clip.actors[0].joints.transpose(2, 1, 0) + 1
    side = np.array(clip.scene.frame_size[::-1]).reshape(2, 1, 1)
    scale = np.ptp(joints[1], axis=0)[None] / side[1, 0]
    return dict(
        pos_img=joints,
        pos_world=(joints / side - 0.5) * side / side[1] / scale,
        scale=scale,
        viewpoint='',
    )


def write_tables(
    out: Path,
    settings: Dict[str, Any],
    clips: Sequence[StickClip],
    records: Sequence[TubeRecord],
) -> None:
    """Write the annotations of all splits.

    Args:
        out (Path): Folder of the data set.
        settings (dict): Settings of the data set.
        clips (Sequence[StickClip]): All clips.
        records (Sequence[TubeRecord]): Result of `make_one` for each clip.
    """
    names = settings['classes']
    write_text(out / 'classes.txt', ''.join(f'{name}\n' for name in names))
    if settings['variant'] != 'multi-label':
        write_ground_truth(out / GROUND_TRUTH, settings, clips, records)
        return
    ava_tables.write_label_map(out / ava_tables.LABEL_MAP, names)
    for split in ('train', 'test'):
        part = [
            (Path(clip.stem).name, record)
            for clip, record in zip(clips, records)
            if SPLITS[clip.split] == split
        ]
        ava_tables.write_split(out, split, part, names, settings['frame_size'])


def write_ground_truth(
    path: Path,
    settings: Dict[str, Any],
    clips: Sequence[StickClip],
    records: Sequence[TubeRecord],
) -> None:
    """Write the tubes in the layout of JHMDB-GT.pkl.

    Args:
        path (Path): The file.
        settings (dict): Settings of the data set.
        clips (Sequence[StickClip]): All clips.
        records (Sequence[TubeRecord]): Result of `make_one` for each clip.
    """
    names, side = settings['classes'], settings['frame_size']
    truth = TubeAnnotations(labels=list(names), train_videos=[[]], test_videos=[[]])
    for clip, record in zip(clips, records):
        tubes: Dict[int, List[np.ndarray]] = {}
        for boxes, spans in record.actors:
            for name, (first, last) in spans.items():
                frames = np.arange(first, last + 1)
                tubes.setdefault(names.index(name), []).append(
                    np.column_stack([frames + 1, boxes[frames]]).astype(np.float32)
                )
        truth.gttubes[clip.stem] = tubes
        truth.nframes[clip.stem] = record.num_frames
        truth.resolution[clip.stem] = (side, side)
        getattr(truth, f'{SPLITS[clip.split]}_videos')[0].append(clip.stem)
    save_tube_annotations(truth, path)
