"""Videos, frames and lists for classification."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from mmvkp.stick_action.classes import CLASSES
from mmvkp.stick_action.clips import make_clip
from mmvkp.stick_action.settings import all_clips, make_settings
from mmvkp.stick_action.video_files import FILES, clip_paths, file_names, make_one

from ..video.decoding import decode


def test_lists_are_balanced_and_readable(data):
    assert (data / 'classes.txt').read_text().split() == list(CLASSES)
    for split, count in (('train', 24), ('val', 12), ('test', 12)):
        lines = (data / f'{split}.txt').read_text().splitlines()
        labels = []
        for line in lines:
            name, label = line.split(' ')
            assert name.startswith(CLASSES[int(label)] + '/')
            assert (data / 'videos' / name).is_file()
            labels.append(int(label))
        assert len(lines) == count
        assert set(np.bincount(labels)) == {count // 12}


@pytest.mark.parametrize('raw_frames', [False, True])
def test_names_and_paths(data, raw_frames):
    settings = make_settings('tiny', raw_frames=raw_frames)
    names = file_names(settings)
    assert names[0] == 'classes.txt' and set(names[1:]) <= set(FILES)
    assert len(names) == (7 if raw_frames else 4)
    assert all((data / name).is_file() for name in names)
    assert clip_paths('a/b', settings)[0] == 'videos/a/b.mp4'
    assert clip_paths('a/b', settings)[1:] == ['rawframes/a/b'] * raw_frames


def test_mmaction_reads_the_lists(data):
    from mmaction.datasets import RawframeDataset, VideoDataset

    videos = VideoDataset(
        str(data / 'train.txt'), [], data_prefix=dict(video=str(data / 'videos'))
    )
    assert len(videos) == 24
    assert Path(videos.get_data_info(3)['filename']).is_file()
    frames = RawframeDataset(
        str(data / 'val_rawframes.txt'),
        [],
        data_prefix=dict(img=str(data / 'rawframes')),
    )
    info = frames.get_data_info(5)
    assert info['total_frames'] == 8 and info['label'] == 5
    folder = Path(info['frame_dir'])
    assert sorted(path.name for path in folder.iterdir()) == [
        f'img_{number:05d}.jpg' for number in range(1, 9)
    ]


def test_videos_decode_to_the_drawn_frames(data):
    for index, name in enumerate(CLASSES):
        decoded = decode(data / f'videos/{name}/val_{index:05d}.mp4')
        drawn, _ = make_clip(name, 8, (32, 32), np.random.default_rng([0, 1, index]))
        assert decoded.shape == drawn.shape
        difference = decoded.astype(float).mean(-1) - drawn.mean(-1)
        assert np.abs(difference).mean() < 8
    image = cv2.imread(str(data / 'rawframes/pull/val_00011/img_00008.jpg'))
    assert np.abs(image.mean(-1) - drawn[7].mean(-1)).mean() < 8


def test_no_clip_is_in_two_splits(data):
    videos = list((data / 'videos').glob('*/*.mp4'))
    assert len(videos) == 48
    assert len({path.read_bytes() for path in videos}) == 48


def test_only_missing_files_are_written(tmp_path):
    settings = make_settings('tiny', num_frames=8, frame_size=32, raw_frames=True)
    clip = all_clips(settings)[3]
    make_one(clip, tmp_path, settings)
    video, folder = (tmp_path / path for path in clip_paths(clip.stem, settings))
    written = video.stat().st_mtime_ns
    (folder / 'img_00002.jpg').unlink()
    make_one(clip, tmp_path, settings)
    assert video.stat().st_mtime_ns == written
    assert len(list(folder.iterdir())) == 8
