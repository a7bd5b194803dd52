"""Pass one of the long-term feature bank: features of all frames of all videos."""

import os
from itertools import zip_longest
from typing import Iterator, List, NamedTuple, Optional, Tuple

import numpy as np
import torch
from mmaction.registry import DATASETS
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from mmengine.registry import init_default_scope

from ...checks import check_positive, shorten
from ...console import track
from ...recognition.loading import load_config
from ...tubes.dataset import TubeDataset
from ..detector import Point3D
from ..loading import load_detector
from .load import LoadBank
from .store import VideoBank, bank_path, load_bank, save_bank

_NUM_CENTERS = 4
_ARROW = ' -> '


class BankTotals(NamedTuple):
    """Summary of `write_banks`.

    Args:
        written (int): Videos that were written.
        skipped (int): Videos that were there already.
        shape (tuple[int, int]): 1 + k and C of the rows.
    """

    written: int
    skipped: int
    shape: Tuple[int, int]


class _AllVideos(TubeDataset):
    """The training and the test videos of a split, in chunks of frames."""

    def split_videos(self) -> List[str]:
        """Videos of both parts."""
        parts = (self.annotations.train_videos, self.annotations.test_videos)
        return [
            video
            for splits in parts
            if self.split <= len(splits)
            for video in splits[self.split - 1]
        ]


def all_frames(config: Config, batch: int) -> TubeDataset:
    """Data set of all frames of the training and the test videos of a config.

    Args:
        config (Config): Config with a `TubeDataset` as test data; its test pipeline
            is used without `LoadBank`.
        batch (int): Frames of a clip.

    Raises:
        ValueError: If the test data are not a `TubeDataset`.
    """
    given = dict((config.get('test_dataloader') or {}).get('dataset') or {})
    kind = DATASETS.get(given['type']) if given.get('type') else None
    if kind is not TubeDataset:
        raise ValueError(
            f'write_banks: the test data set of the config is {given.get("type")}; a '
            'bank is written for a TubeDataset.'
        )
    given.pop('type')
    names = (LoadBank, 'LoadBank')
    given.update(
        pipeline=[each for each in given['pipeline'] if each['type'] not in names],
        test_mode=True,
        test_clips='windows',
        clip_len=batch,
        frame_interval=1,
        joint_prefix=None,
    )
    return _AllVideos(**given)


def chunks_by_video(dataset: TubeDataset) -> Iterator[Tuple[str, List[int]]]:
    """Names of the videos, each with the indices of its clips in order.

    Args:
        dataset (TubeDataset): Result of `all_frames`.
    """
    video = ''
    found: List[int] = []
    for index in range(len(dataset)):
        name = dataset.get_data_info(index)['video_id']
        if name != video and found:
            yield video, found
            found = []
        video = name
        found.append(index)
    if found:
        yield video, found


def read_rows(
    model: Point3D, dataset: TubeDataset, indices: List[int], num_centers: int
) -> np.ndarray:
    """Rows of a video; each frame runs through the 2D network once.

    Args:
        model (Point3D): Detector in test mode.
        dataset (TubeDataset): Result of `all_frames`.
        indices (list[int]): Its clips of the video.
        num_centers (int): k.

    Shape:
        - returns: (frames, 1 + k, C) float16.
    """
    rows = []
    for index in indices:
        packed = dataset[index]
        # The last clip of a video also has frames of the one before it.
        keys = packed['data_samples'].key_inds
        packed['inputs'] = packed['inputs'][:, torch.from_numpy(keys)]
        with torch.no_grad():
            inputs = model.data_preprocessor(pseudo_collate([packed]))['inputs']
            feature = model.extract_frames(inputs[0].transpose(0, 1))[-1]
            model.check_stride(feature, inputs.shape[3:])
            rows.append(model.bank_rows(feature, num_centers).cpu().numpy())
    return np.concatenate(rows)


def is_finished(path: str, shape: Tuple[int, int], network: str, pipeline: str) -> bool:
    """True if the file of a video is complete.

    Args:
        path (str): The file.
        shape (tuple[int, int]): Frames of the video, and 1 + k.
        network (str): Digest of the detector.
        pipeline (str): Transforms of the frames.

    Raises:
        ValueError: If it is damaged, or was written with other settings.
    """
    if not os.path.exists(path):
        return False
    bank = load_bank(path)
    settings = 'another folder, or delete this one'
    if bank.network != network:
        raise ValueError(
            f'write_banks: {path} was made by network {bank.network[:12]}, this '
            f'checkpoint has network {network[:12]}; give {settings}.'
        )
    if bank.rows.shape[:2] != shape:
        raise ValueError(
            f'write_banks: {path} has {bank.rows.shape[0]} frames and '
            f'{bank.rows.shape[1] - 1} centres; the video has {shape[0]} frames and '
            f'num_centers={shape[1] - 1}; give {settings}.'
        )
    if bank.pipeline != pipeline:
        theirs, ours = bank.pipeline.split(_ARROW), pipeline.split(_ARROW)
        pairs = [pair for pair in zip_longest(theirs, ours) if pair[0] != pair[1]]
        raise ValueError(
            f'write_banks: the frames of {path} were prepared by '
            f'{shorten(pairs[0][0])}, the rows of the config by '
            f'{shorten(pairs[0][1])}; give {settings}.'
        )
    return True


def _load(config: Config, checkpoint: str, device: str) -> Point3D:
    """The detector; rows do not need weights of the bank, which pass one lacks."""
    try:
        return load_detector(config, checkpoint, device)
    except ValueError:
        if not config.model.get('bank'):
            raise
    config.model.bank = None
    return load_detector(config, checkpoint, device)


def write_banks(
    config: str,
    checkpoint: str,
    folder: str,
    num_centers: Optional[int] = None,
    batch: int = 32,
    device: str = 'cpu',
) -> BankTotals:
    """Write the feature bank of all training and test videos of a config.

    Finished videos are skipped, so that an interrupted run can be repeated. The
    memory holds `batch` frames and the rows of one video.

    Args:
        config (str): Config of the first pass, or of the second one.
        checkpoint (str): Weights of the first pass, or of this config.
        folder (str): Folder of the bank; a file for each video.
        num_centers (int, optional): k. Default: of the config's `bank`, or 4.
        batch (int): Frames that run through the network together.
        device (str): Device of the network.

    Returns:
        BankTotals: Numbers of videos, and shape of the rows.

    Raises:
        FileNotFoundError: If a file is missing.
        TypeError: If the config does not build a Point3D.
        ValueError: If an option is out of range, the data are not a `TubeDataset`,
            or the folder has a bank of another checkpoint or with other settings.
    """
    loaded = load_config(config)
    if num_centers is None:
        bank = loaded.model.get('bank') or {}
        num_centers = bank.get('num_centers', _NUM_CENTERS)
    check_positive('write_banks', num_centers=num_centers, batch=batch)
    init_default_scope(loaded.get('default_scope', 'mmaction'))
    model = _load(loaded, checkpoint, device)
    dataset = all_frames(loaded, batch)
    pipeline = _ARROW.join(map(str, dataset.pipeline.transforms))
    written = skipped = 0
    total = len(set(dataset.videos))
    for video, indices in track(chunks_by_video(dataset), 'bank', total):
        path = bank_path(folder, video)
        shape = dataset.annotations.nframes[video], 1 + num_centers
        if is_finished(path, shape, model.network, pipeline):
            skipped += 1
            continue
        rows = read_rows(model, dataset, indices, num_centers)
        save_bank(path, VideoBank(rows, model.network, pipeline))
        written += 1
    channels = model.point_head.in_channels
    return BankTotals(written, skipped, (1 + num_centers, channels))
