"""Tables of AVA for the multi-label variant.

They fit `AVADataset(num_classes=15, fps=8, timestamp_start=900, timestamp_end=900 +
frames of a video / 8)`.
"""

from pathlib import Path
from typing import Sequence, Tuple

from ..files import write_text
from .tube_clips import TubeRecord

LABEL_MAP = 'action_list.pbtxt'
FILES = (
    LABEL_MAP,
    'train.csv',
    'test.csv',
    'train_excluded_timestamps.csv',
    'test_excluded_timestamps.csv',
)
# As in AVA, videos begin at second 900. Each second with frames before and after it
# has a key frame.
FIRST_SECOND, FPS = 900, 8


def write_label_map(path: Path, names: Sequence[str]) -> None:
    """Write the names of the classes, numbered from 1."""
    items = (
        f'item {{\n  name: "{name}"\n  id: {number}\n}}\n'
        for number, name in enumerate(names, 1)
    )
    write_text(path, ''.join(items))


def write_split(
    out: Path,
    split: str,
    records: Sequence[Tuple[str, TubeRecord]],
    names: Sequence[str],
    side: int,
) -> None:
    """Write the table of boxes and the table of excluded key frames of a split.

    Args:
        out (Path): Folder of the data set.
        split (str): Name of the split.
        records (Sequence[tuple[str, TubeRecord]]): Video name and record of each
            video of the split.
        names (Sequence[str]): Names of all classes.
        side (int): Side of the frames in pixels.
    """
    tables = [ava_rows(video, record, names, side) for video, record in records]
    write_text(out / f'{split}.csv', ''.join(rows for rows, _ in tables))
    excluded = ''.join(rows for _, rows in tables)
    write_text(out / f'{split}_excluded_timestamps.csv', excluded)


def ava_rows(
    video: str, record: TubeRecord, names: Sequence[str], side: int
) -> Tuple[str, str]:
    """Lines of one video in the two tables.

    Key frames at which an action starts or ends are excluded. A box is given in
    [0, 1] of the frame, from the outer edge of its first pixel to the outer edge of
    its last pixel.

    Args:
        video (str): Name of the video.
        record (TubeRecord): Its actors.
        names (Sequence[str]): Names of all classes.
        side (int): Side of the frames in pixels.

    Returns:
        tuple[str, str]: Lines of boxes and lines of excluded key frames.
    """
    rows, excluded = [], []
    for second in range(1, record.num_frames // FPS):
        frame, stamp = second * FPS, f'{FIRST_SECOND + second:04d}'
        ends = []
        for person, (boxes, spans) in enumerate(record.actors):
            edges = (boxes[frame] + (0, 0, 1, 1)) / side
            place = ','.join(f'{edge:.6f}' for edge in edges)
            for name, (first, last) in sorted(spans.items()):
                ends += [first, last]
                if first <= frame <= last:
                    label = names.index(name) + 1
                    rows.append(f'{video},{stamp},{place},{label},{person}\n')
        if frame in ends:
            excluded.append(f'{video},{stamp}\n')
    return ''.join(rows), ''.join(excluded)
