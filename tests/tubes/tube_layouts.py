"""JHMDB, UCF101-24 and AVA of a few generated videos, in their layouts."""

from pathlib import Path

import cv2
import numpy as np
from scipy.io import savemat

from mmvkp.stick_action import make_dataset, make_settings
from mmvkp.tubes.annotations import TubeAnnotations, save_tube_annotations

from ..data_layouts import NUM_FRAMES, SIZE, frames

VIDEOS = ('first/a', 'first/b', 'last/c')
# Frames of AVA's videos, 30 per second: their key frames are those of the
# seconds 901 and 902, and the second one is excluded.
AVA_FRAMES = 70


def moving_box(num_frames: int) -> np.ndarray:
    """A tube (n, 5) of an actor who walks to the right."""
    numbers = np.arange(1, num_frames + 1)
    box = np.array([10, 12, 40, 60])
    return np.column_stack([numbers, box + np.outer(numbers, [1, 0, 1, 0])]).astype(
        np.float32
    )


def write_frames(folder: Path, seed: int, template: str, count: int) -> None:
    """Frames of noise that drifts, over and over."""
    folder.mkdir(parents=True, exist_ok=True)
    noise = list(frames(seed))
    for number in range(1, count + 1):
        cv2.imwrite(str(folder / template.format(number)), noise[number % len(noise)])


def write_tubes(
    root: Path, name: str, folder: str, template: str, num_classes: int, num_splits: int
) -> None:
    """Annotations and frames; in split s video number s is tested."""
    truth = TubeAnnotations(labels=[f'class {i}' for i in range(num_classes)])
    for number, video in enumerate(VIDEOS):
        label = num_classes - 1 if video.startswith('last') else 0
        truth.gttubes[video] = {label: [moving_box(NUM_FRAMES)]}
        truth.nframes[video] = NUM_FRAMES
        truth.resolution[video] = SIZE[::-1]
        write_frames(root / folder / video, number, template, NUM_FRAMES)
    for split in range(num_splits):
        truth.test_videos.append([VIDEOS[split]])
        truth.train_videos.append([v for v in VIDEOS if v != VIDEOS[split]])
    save_tube_annotations(truth, root / name)


def write_ucf101_24(root: Path) -> None:
    """UCF101-24 as MMAction2's ``tools/data/ucf101_24`` has it."""
    write_tubes(
        root / 'data/ucf101_24', 'UCF101v2-GT.pkl', 'rgb-images', '{:05}.jpg', 24, 1
    )


def write_jhmdb(root: Path) -> None:
    """JHMDB as MMAction2's ``tools/data/jhmdb`` has it, and its joints."""
    folder = root / 'data/jhmdb'
    write_tubes(folder, 'JHMDB-GT.pkl', 'Frames', '{:05}.png', 21, 3)
    for video in VIDEOS:
        path = folder / 'joint_positions' / video / 'joint_positions.mat'
        path.parent.mkdir(parents=True)
        # All joints in the middle of the box; x before y, pixels from 1.
        middle = moving_box(NUM_FRAMES)[:, 1:].reshape(-1, 2, 2).mean(1) + 1
        savemat(path, dict(pos_img=np.repeat(middle.T[:, None], 15, 1).astype(float)))


def write_ava(root: Path) -> None:
    """AVA as MMAction2's ``tools/data/ava`` has it."""
    folder = root / 'data/ava/annotations'
    folder.mkdir(parents=True)
    rows = ''
    for number, video in enumerate(('one', 'two')):
        write_frames(
            root / f'data/ava/rawframes/{video}', number, 'img_{:05}.jpg', AVA_FRAMES
        )
        # Two actions of one actor, one of another.
        rows += (
            f'{video},0901,0.1,0.1,0.4,0.9,12,0\n'
            f'{video},0901,0.1,0.1,0.4,0.9,80,0\n'
            f'{video},0901,0.5,0.2,0.9,0.9,1,1\n'
            f'{video},0902,0.1,0.1,0.4,0.9,12,0\n'
        )
    labels = ''.join(
        f'item {{\n  name: "action {i}"\n  id: {i}\n}}\n' for i in (1, 12, 80)
    )
    for version, year in (('v2.1', 2018), ('v2.2', 2019)):
        name = f'ava_action_list_{version}_for_activitynet_{year}.pbtxt'
        (folder / name).write_text(labels)
        for part in ('train', 'val'):
            (folder / f'ava_{part}_{version}.csv').write_text(rows)
            (folder / f'ava_{part}_excluded_timestamps_{version}.csv').write_text(
                'one,0902\ntwo,0902\n'
            )


def write_stick_action(root: Path) -> None:
    """StickAction's variants of detection, by its own generator."""
    make_dataset(root / 'data/stick_tubes', make_settings('tiny', 'untrimmed'))
    for name in ('occluded', 'far', 'memory'):
        make_dataset(root / f'data/stick_{name}', make_settings('tiny', name))
    several = make_settings('tiny', 'multi-label', num_frames=24)
    make_dataset(root / 'data/stick_multi_label', several)


def write_all_tubes(root: Path) -> None:
    """Every data set that a recipe of detection names."""
    write_ucf101_24(root)
    write_jhmdb(root)
    write_ava(root)
    write_stick_action(root)
