"""Files of StickAction's variants for detection.

trimmed and untrimmed: ``Frames/<class>/<clip>/00001.png`` ... with the ground
truth ``StickAction-GT.pkl`` as JHMDB and UCF101-24 have it, and trimmed also
``joint_positions/<class>/<clip>/joint_positions.mat`` as JHMDB has it.
multi-label: ``rawframes/<video>/img_00001.jpg`` ... with the tables of AVA,
for ``AVADataset(num_classes=15, fps=8, timestamp_start=900, timestamp_end=900
+ frames of a video / 8)``.
"""

import io
from pathlib import Path
from typing import Dict, List, NamedTuple, Tuple

import numpy as np
from scipy.io import savemat

from ..tubes.annotations import TubeAnnotations, save_tube_annotations
from ..video.encoding import write_raw_frames, write_text
from .tubes import TubeClip, make_tube_clip, sample_length

GROUND_TRUTH = 'StickAction-GT.pkl'
LABEL_MAP = 'action_list.pbtxt'
# As in AVA, videos begin at second 900, and each second in which there are
# frames before and after has a key frame.
FIRST_SECOND, FPS = 900, 8
# Videos per class and split, frame side in pixels, frames of the longest
# video. Figures are about as large in pixels in all variants: among others
# they fill less of the frame.
SIZES = {
    'trimmed': dict(
        tiny=dict(train=1, test=1, frame_size=64, num_frames=20),
        demo=dict(train=20, test=6, frame_size=64, num_frames=32),
        bench=dict(train=100, test=25, frame_size=96, num_frames=40),
    ),
    'untrimmed': dict(
        tiny=dict(train=1, test=1, frame_size=64, num_frames=24),
        demo=dict(train=20, test=6, frame_size=96, num_frames=40),
        bench=dict(train=100, test=25, frame_size=128, num_frames=80),
    ),
    'multi-label': dict(
        tiny=dict(train=1, test=1, frame_size=64, num_frames=24),
        demo=dict(train=20, test=6, frame_size=96, num_frames=40),
        bench=dict(train=100, test=25, frame_size=128, num_frames=80),
    ),
}
FOLDERS = ('Frames', 'joint_positions')
FILES = (
    GROUND_TRUTH,
    LABEL_MAP,
    'train.csv',
    'test.csv',
    'train_excluded_timestamps.csv',
    'test_excluded_timestamps.csv',
)
MAT_HEADER = b'MATLAB 5.0 MAT-file, StickAction'


class Record(NamedTuple):
    """What the tables need of a clip: its number of frames, and of each actor
    the boxes (T, 4) and the first and last frame, from 0, of each action."""

    num_frames: int
    actors: List[Tuple[np.ndarray, Dict[str, Tuple[int, int]]]]


def check_settings(settings: dict) -> None:
    """Refuse what does not go with the variant.

    Raises:
        ValueError: If there is such a thing.
    """
    variant, count = settings['variant'], settings['num_frames']
    if settings['raw_frames']:
        raise ValueError(
            f'--raw-frames is for the classification variant; '
            f'the variant {variant} has frames only.'
        )
    if variant == 'multi-label' and (count % FPS or count < 2 * FPS):
        raise ValueError(
            f'--num-frames {count} must be a multiple of {FPS} from '
            f'{2 * FPS} on, so that the videos last whole seconds.'
        )


def file_names(settings: dict) -> List[str]:
    """Names of the files beside the frames."""
    if settings['variant'] == 'multi-label':
        return ['classes.txt', *FILES[1:]]
    return ['classes.txt', GROUND_TRUTH]


def clip_paths(stem: str, settings: dict) -> List[str]:
    """Paths of one clip: the folder of its frames, and its joints."""
    if settings['variant'] == 'multi-label':
        return [f'rawframes/{Path(stem).name}']
    suffix = '/joint_positions.mat' if settings['variant'] == 'trimmed' else '.npz'
    return [f'Frames/{stem}', f'joint_positions/{stem}{suffix}']


def make_one(
    seed: List[int], name: str, stem: str, out: Path, settings: dict
) -> Record:
    """Make what is missing of one clip.

    Args:
        seed (List[int]): Of this clip.
        name (str): Its class.
        stem (str): ``<class>/<clip>``.
        out (Path): Folder of the data set.
        settings (dict): Of the data set.

    Returns:
        Record: What the tables need of it.
    """
    rng, variant = np.random.default_rng(seed), settings['variant']
    length = settings['num_frames']
    if variant != 'multi-label':
        length = sample_length(length, rng)
    clip = make_tube_clip(name, variant, length, (settings['frame_size'],) * 2, rng)
    paths = [out / path for path in clip_paths(stem, settings)]
    if len(list(paths[0].glob('*.*'))) != length:
        template = 'img_{:05d}.jpg' if variant == 'multi-label' else '{:05d}.png'
        write_raw_frames(paths[0], clip.render(), template)
    if variant != 'multi-label':
        write_joints(paths[1], clip)
    return Record(length, [(actor.boxes, actor.spans) for actor in clip.actors])


def write_joints(path: Path, clip: TubeClip) -> None:
    """Write the joints of a clip, whole or not at all.

    A ``.mat`` is that of JHMDB, see `jhmdb_joints`. A ``.npz`` holds
    ``keypoint`` (actors, T, 15, 2) in pixels counted from 0, the actors in
    the order of the ground truth.
    """
    content = io.BytesIO()
    if path.suffix == '.mat':
        savemat(content, jhmdb_joints(clip))
        # The header holds the time of day; equal data sets have equal files.
        content.seek(0)
        content.write(MAT_HEADER.ljust(116))
    else:
        joints = np.stack([actor.joints for actor in clip.actors])
        np.savez_compressed(content, keypoint=joints.astype(np.float32))
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f'.{path.name}.tmp')
    temporary.write_bytes(content.getvalue())
    temporary.replace(path)


def jhmdb_joints(clip: TubeClip) -> Dict[str, object]:
    """Variables of JHMDB's file for the only actor.

    ``pos_img`` (2, 15, T) are pixels counted from 1; ``pos_world`` is the
    same as a share of the frame, from its centre, and in figures' heights;
    ``scale`` (1, T) is the height of the joints as a share of the frame's.
    ``viewpoint`` is not known for StickAction and empty.
    """
    joints = clip.actors[0].joints.transpose(2, 1, 0) + 1
    side = np.array(clip.scene.noise.shape[1::-1]).reshape(2, 1, 1) / 2
    scale = np.ptp(joints[1], axis=0)[None] / side[1, 0]
    return dict(
        pos_img=joints,
        pos_world=(joints / side - 0.5) * side / side[1] / scale,
        scale=scale,
        viewpoint='',
    )


def write_tables(
    out: Path,
    settings: dict,
    clips: List,
    records: List[Record],
    splits: Tuple[str, ...],
) -> None:
    """Write what says who does what where.

    Args:
        out (Path): Folder of the data set.
        settings (dict): Of the data set.
        clips (List): Of `make_stick_action.Clip`.
        records (List[Record]): What `make_one` gave for each clip.
        splits (Tuple[str, ...]): Names of the splits by their number.
    """
    names = settings['classes']
    write_text(out / 'classes.txt', ''.join(f'{name}\n' for name in names))
    if settings['variant'] != 'multi-label':
        write_ground_truth(out / GROUND_TRUTH, settings, clips, records, splits)
        return
    write_text(
        out / LABEL_MAP,
        ''.join(
            f'item {{\n  name: "{name}"\n  id: {number}\n}}\n'
            for number, name in enumerate(names, 1)
        ),
    )
    for split in ('train', 'test'):
        part = [
            (clip, record)
            for clip, record in zip(clips, records)
            if splits[clip.split] == split
        ]
        rows, excluded = zip(
            *(ava_rows(clip.stem, record, settings) for clip, record in part)
        )
        write_text(out / f'{split}.csv', ''.join(rows))
        write_text(out / f'{split}_excluded_timestamps.csv', ''.join(excluded))


def write_ground_truth(
    path: Path,
    settings: dict,
    clips: List,
    records: List[Record],
    splits: Tuple[str, ...],
) -> None:
    """Write the tubes in the layout of JHMDB-GT.pkl."""
    names, side = settings['classes'], settings['frame_size']
    truth = TubeAnnotations(labels=list(names), train_videos=[[]], test_videos=[[]])
    for clip, record in zip(clips, records):
        tubes = []
        for boxes, spans in record.actors:
            first, last = spans[names[clip.label]]
            frames = np.arange(first, last + 1)
            tubes.append(
                np.column_stack([frames + 1, boxes[frames]]).astype(np.float32)
            )
        truth.gttubes[clip.stem] = {clip.label: tubes}
        truth.nframes[clip.stem] = record.num_frames
        truth.resolution[clip.stem] = (side, side)
        getattr(truth, f'{splits[clip.split]}_videos')[0].append(clip.stem)
    save_tube_annotations(truth, path)


def ava_rows(stem: str, record: Record, settings: dict) -> Tuple[str, str]:
    """Lines of one video for the table of boxes and for that of excluded key
    frames, which are those at which an action starts or ends.

    A box is a share of the frame's sides, from the outer edge of its first
    pixel to that of its last.
    """
    video, names = Path(stem).name, settings['classes']
    rows, excluded = [], []
    for second in range(1, record.num_frames // FPS):
        frame, stamp = second * FPS, f'{FIRST_SECOND + second:04d}'
        ends = []
        for person, (boxes, spans) in enumerate(record.actors):
            edges = (boxes[frame] + (0, 0, 1, 1)) / settings['frame_size']
            place = ','.join(f'{edge:.6f}' for edge in edges)
            for name, (first, last) in sorted(spans.items()):
                ends += [first, last]
                if first <= frame <= last:
                    rows.append(
                        f'{video},{stamp},{place},{names.index(name) + 1},{person}\n'
                    )
        if frame in ends:
            excluded.append(f'{video},{stamp}\n')
    return ''.join(rows), ''.join(excluded)
