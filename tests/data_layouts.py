"""Data sets of a few generated videos in the layouts of MMAction2."""

from pathlib import Path
from typing import Iterator, Tuple

import cv2
import numpy as np

from mmvkp.stick_action import make_dataset, make_settings

SIZE = (96, 72)  # width, height
NUM_FRAMES = 20


def frames(seed: int) -> Iterator[np.ndarray]:
    """Frames of moving noise."""
    noise = np.random.default_rng(seed).integers(
        0, 255, (SIZE[1], SIZE[0], 3), dtype=np.uint8
    )
    for index in range(NUM_FRAMES):
        yield np.roll(noise, index, 1)


def write_video(path: Path, seed: int) -> None:
    """Write Motion JPEG, which all builds of OpenCV support."""
    path.parent.mkdir(parents=True, exist_ok=True)
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*'MJPG'), 25, SIZE)
    for frame in frames(seed):
        writer.write(frame)
    writer.release()


def videos_of_two_classes(
    folder: Path, labels: Tuple[int, int], name: str = 'class_{}/video_{}.avi'
) -> str:
    """Write four videos and return their lines of a list."""
    lines = []
    for index in range(4):
        path = name.format(index % 2, index)
        write_video(folder / path, index)
        lines.append(f'{path} {labels[index % 2]}\n')
    return ''.join(lines)


def write_splits(root: Path, dataset: str, num_classes: int) -> None:
    """HMDB51 or UCF101 after `generate_videos_filelist.sh`."""
    folder = root / f'data/{dataset}'
    lines = videos_of_two_classes(folder / 'videos', (0, num_classes - 1))
    for split in (1, 2, 3):
        for part in ('train', 'val'):
            path = folder / f'{dataset}_{part}_split_{split}_videos.txt'
            path.write_text(lines)


def write_kinetics(root: Path, subset: str, num_classes: int) -> None:
    """Kinetics-400 with the lists of a subset."""
    folder = root / 'data/kinetics400'
    for part in ('train', 'val'):
        lines = videos_of_two_classes(folder / f'videos_{part}', (0, num_classes - 1))
        (folder / f'{subset}_{part}_list_videos.txt').write_text(lines)


def write_videos(root: Path, dataset: str, num_classes: int) -> None:
    """Something-Something v2 or Diving48 after `generate_videos_filelist.sh`."""
    folder = root / f'data/{dataset}'
    lines = videos_of_two_classes(
        folder / 'videos', (0, num_classes - 1), '{}_{:05}.avi'
    )
    for part in ('train', 'val'):
        path = folder / f'{dataset}_{part}_list_videos.txt'
        path.write_text(lines)


def folders_of_two_classes(
    folder: Path, labels: Tuple[int, int], name: str, file_name: str
) -> str:
    """Write four folders of frames and return their lines of a list."""
    lines = ''
    for index in range(4):
        video = folder / name.format(index)
        video.mkdir(parents=True, exist_ok=True)
        for number, frame in enumerate(frames(index), 1):
            cv2.imwrite(str(video / file_name.format(number)), frame)
        lines += f'{video.name} {NUM_FRAMES} {labels[index % 2]}\n'
    return lines


def write_rawframes(root: Path, dataset: str, num_classes: int) -> None:
    """Something-Something v1 or Jester after `generate_rawframes_filelist.sh`."""
    folder = root / f'data/{dataset}'
    lines = folders_of_two_classes(
        folder / 'rawframes', (0, num_classes - 1), '{}', '{:05}.jpg'
    )
    for part in ('train', 'val'):
        path = folder / f'{dataset}_{part}_list_rawframes.txt'
        path.write_text(lines)


def write_activitynet(root: Path) -> None:
    """ActivityNet after `generate_rawframes_filelist.py`."""
    folder = root / 'data/ActivityNet'
    lines = folders_of_two_classes(
        folder / 'rawframes', (0, 199), 'v_{:011}', 'img_{:05}.jpg'
    )
    for part in ('train', 'val'):
        # Like the script, without a line break at the end.
        (folder / f'anet_{part}_video.txt').write_text(lines.rstrip())


def write_imagenet(root: Path) -> None:
    """ImageNet in the layout of mmpretrain."""
    for part in ('train', 'val'):
        folder, lines = root / f'data/imagenet/{part}', ''
        for index, frame in zip(range(4), frames(0)):
            name = f'n{index % 2}/{part}_{index}.JPEG'
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            cv2.imwrite(str(folder / name), frame)
            lines += f'{name} {999 * (index % 2)}\n'
        meta = root / f'data/imagenet/meta/{part}.txt'
        meta.parent.mkdir(exist_ok=True)
        meta.write_text(lines)


def write_stick_action(root: Path) -> None:
    """StickAction by its own generator."""
    make_dataset(root / 'data/stick_action', make_settings('tiny'))


def write_all(root: Path) -> None:
    """All data sets of the recipes, below `root/data`."""
    write_stick_action(root)
    write_splits(root, 'hmdb51', 51)
    write_splits(root, 'ucf101', 101)
    write_kinetics(root, 'minikinetics80k', 200)
    write_kinetics(root, 'kinetics400', 400)
    write_kinetics(root, 'minikinetics121k', 200)
    write_rawframes(root, 'sthv1', 174)
    write_videos(root, 'sthv2', 174)
    write_videos(root, 'diving48', 48)
    write_rawframes(root, 'jester', 27)
    write_activitynet(root)
    write_imagenet(root)
