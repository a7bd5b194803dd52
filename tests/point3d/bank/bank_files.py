"""Small videos with tubes, and a feature bank of known numbers."""

import numpy as np

from mmvkp.point3d.bank.store import VideoBank, bank_path, save_bank

from ...tubes import tube_data

NETWORK = 'a' * 64


def counting_rows(frames, centers=1, channels=2):
    """Row f has the number of its frame, from 1, in each place."""
    numbers = np.arange(1, frames + 1, dtype=np.float16)
    return np.tile(numbers[:, None, None], (1, 1 + centers, channels))


def write_counting(folder, video, frames, **kwargs):
    path = bank_path(str(folder), video)
    save_bank(path, VideoBank(counting_rows(frames, **kwargs), NETWORK))
    return path


def make_videos(root):
    """Four small videos in the layout of UCF101-24; returns options of a data set."""
    tube_data.make_ucf(root)
    return dict(
        ann_file=str(root / 'UCF101v2-GT.pkl'),
        data_prefix=dict(img=str(root / 'rgb-images')),
    )
