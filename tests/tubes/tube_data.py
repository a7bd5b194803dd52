"""Small data sets in the layouts of JHMDB, UCF101-24 and AVA.

The frames are dark with a bright rectangle in each box, so that a test can
see in the pixels where a box has to be.
"""

import pickle
from pathlib import Path

import cv2
import numpy as np

SIZE = (48, 64)  # height, width
DARK, BRIGHT = 20, 230
VISIBLE_IN_JPEG = 125


def tube(first, last, box=(10, 12, 25, 31), step=(0, 0)):
    """Boxes of the frames `first` to `last`, moved by `step` each frame."""
    frames = np.arange(first, last + 1)
    boxes = np.float32(box) + np.outer(frames - first, np.tile(step, 2))
    return np.column_stack([frames, boxes]).astype(np.float32)


def annotations(videos, train, test, labels=('jump', 'run')):
    """The six keys; `videos` holds for each video (nframes, {label:

    tubes}).
    """
    return dict(
        labels=list(labels),
        gttubes={name: tubes for name, (_, tubes) in videos.items()},
        nframes={name: count for name, (count, _) in videos.items()},
        train_videos=train,
        test_videos=test,
        resolution=dict.fromkeys(videos, SIZE),
    )


def draw(nframes, tubes, size=SIZE):
    """Frames (T, H, W, 3) BGR with a bright rectangle in each box."""
    frames = np.full((nframes, *size, 3), DARK, dtype=np.uint8)
    for rows in (row for some in tubes.values() for row in some):
        for frame, x1, y1, x2, y2 in rows.astype(int):
            frames[frame - 1, max(0, y1) : y2 + 1, max(0, x1) : x2 + 1] = BRIGHT
    return frames


def bright_box(image):
    """First and last bright column and row of an image: x1, y1, x2, y2."""
    rows, columns = np.nonzero(image.max(-1) > VISIBLE_IN_JPEG)
    return np.array([columns.min(), rows.min(), columns.max(), rows.max()])


def write_frames(folder, frames, suffix='.png', name='{:05}', first=1):
    """One file for each frame."""
    folder.mkdir(parents=True)
    for number, frame in enumerate(frames, first):
        assert cv2.imwrite(str(folder / f'{name.format(number)}{suffix}'), frame)


def write_video(path, frames):
    """A Motion JPEG file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    writer = cv2.VideoWriter(
        str(path),
        cv2.CAP_OPENCV_MJPEG,
        cv2.VideoWriter_fourcc(*'MJPG'),
        25,
        frames.shape[2:0:-1],
    )
    assert writer.isOpened()
    for frame in frames:
        writer.write(frame)
    writer.release()


def write_joints(folder, rows, nframes):
    """A joint_positions.mat whose joints lie on the diagonal of each box, from
    the top left to the bottom right corner, in pixels from 1."""
    from scipy.io import savemat

    folder.mkdir(parents=True)
    points = np.zeros((nframes, 15, 2))
    way = np.linspace(0, 1, 15)[:, None]
    for frame, x1, y1, x2, y2 in rows:
        points[int(frame) - 1] = (x1, y1) + way * (x2 - x1, y2 - y1)
    savemat(
        str(folder / 'joint_positions.mat'),
        dict(
            pos_img=points.transpose(2, 1, 0) + 1,
            pos_world=points.transpose(2, 1, 0) / 100,
            scale=np.ones((1, nframes)),
            viewpoint='N',
        ),
    )


def write_pickle(path, data, protocol=2):
    """Write without any code of the package."""
    with open(path, 'wb') as file:
        pickle.dump(data, file, protocol=protocol)


def make_jhmdb(root: Path):
    """Three splits, one actor in every frame, joints, PNG frames, and one
    video that is shorter than eight frames."""
    videos = {
        'jump/a': (12, {0: [tube(1, 12, (4, 5, 20, 30), (2, 0))]}),
        'jump/b': (10, {0: [tube(1, 10, (20, 8, 40, 44))]}),
        'run/c': (5, {1: [tube(1, 5, (30, 6, 50, 40), (1, 0))]}),
        'run/d': (9, {1: [tube(1, 9, (2, 3, 18, 28), (3, 1))]}),
    }
    names = list(videos)
    data = annotations(
        videos,
        train=[names[:3], names[1:], names[2:]],
        test=[names[3:], names[:1], names[:2]],
    )
    write_pickle(root / 'JHMDB-GT.pkl', data)
    for name, (count, tubes) in videos.items():
        write_frames(root / 'Frames' / name, draw(count, tubes))
        rows = next(iter(tubes.values()))[0]
        write_joints(root / 'joint_positions' / name, rows, count)
    return data


def make_ucf(root: Path, frames=True):
    """One split, several actors of one class that come and go, and videos as
    JPEG frames and as AVI files."""
    videos = {
        'jump/v_01': (
            20,
            {0: [tube(3, 16, (4, 4, 18, 30), (1, 0)), tube(8, 20, (40, 10, 58, 40))]},
        ),
        'run/v_02': (15, {1: [tube(1, 15, (10, 6, 28, 36), (1, 0))]}),
        'run/v_03': (11, {1: [tube(2, 9, (30, 12, 46, 40))]}),
        'run/v_04': (6, {1: []}),
    }
    names = list(videos)
    data = annotations(videos, train=[names[:2]], test=[names[2:]])
    write_pickle(root / 'UCF101v2-GT.pkl', data, protocol=0)
    for name, (count, tubes) in videos.items():
        pictures = draw(count, tubes)
        if frames:
            write_frames(root / 'rgb-images' / name, pictures, '.jpg')
        write_video(root / 'videos' / f'{name}.avi', pictures)
    return data


def make_ava(root: Path, fps=4):
    """Two videos of four seconds from second 900, annotated at the seconds 901
    and 902; the first actor of each does two things at once."""
    lines = []
    boxes = ((0.0, 0.25, 0.5, 0.75), (0.625, 0.25, 0.875, 0.5))
    for name in ('vid_a', 'vid_b'):
        frames = np.full((4 * fps, *SIZE, 3), DARK, dtype=np.uint8)
        for second in (901, 902):
            key = frames[fps * (second - 900)]
            for person, box in enumerate(boxes):
                x1, y1, x2, y2 = np.array(box) * np.tile(SIZE[::-1], 2)
                key[int(y1) : int(y2), int(x1) : int(x2)] = BRIGHT
                for action in ((1, 3), (2,))[person]:
                    values = ','.join(map(str, box))
                    lines.append(f'{name},{second:04d},{values},{action},{person}')
        write_frames(root / 'rawframes' / name, frames, '.jpg', 'img_{:05}')
    (root / 'ava_train.csv').write_text('\n'.join(lines) + '\n')
    return boxes
