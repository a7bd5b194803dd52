"""Loading of rows in a pipeline."""

import numpy as np
import pytest
from mmaction.registry import DATASETS, TRANSFORMS

from mmvkp.point3d.bank.load import LoadBank

from ...tubes import tube_loading
from .bank_files import NETWORK, make_videos, write_counting

VIDEO = 'jump/v_01'


def clip(frames, nframes=20):
    return dict(video_id=VIDEO, tube_frames=np.array(frames), nframes=nframes)


@pytest.mark.parametrize(
    'causal, frames, first, last',
    [
        (False, [9, 10, 11, 12], 9, 13),
        (True, [9, 10, 11, 12], 10, 12),
        (False, [1, 1, 1, 2], 1, 3),
        (True, [1, 1, 1, 1], 1, 1),
        (False, [19, 20, 20, 20], 18, 20),
    ],
)
def test_frames_of_the_window(tmp_path, causal, frames, first, last):
    path = write_counting(tmp_path, VIDEO, 20)
    step = LoadBank(str(tmp_path), window=2, causal=causal)
    found = step(clip(frames))['bank']
    assert len(found.rows) == len(found.present) == (3 if causal else 5)
    numbers = found.rows[found.present][:, 0, 0]
    assert numbers.tolist() == list(range(first, last + 1))
    assert (found.network, found.source) == (NETWORK, path)


def test_through_the_pipeline(tmp_path):
    """The rows come with the packed sample; augmentation does not touch them."""
    videos = make_videos(tmp_path)
    write_counting(tmp_path / 'bank', VIDEO, 20)
    load = dict(type='LoadBank', folder=str(tmp_path / 'bank'), window=3)
    sample, *rest = tube_loading.pipeline()
    dataset = DATASETS.build(
        dict(type='TubeDataset', clip_len=4, pipeline=[sample, load, *rest], **videos)
    )
    index = next(
        i for i in range(len(dataset)) if dataset.get_data_info(i)['video_id'] == VIDEO
    )
    found = dataset[index]['data_samples']
    rows, present = found.bank.rows, found.bank.present
    assert rows.shape == (7, 2, 2) and present.any()
    assert rows[3, 0, 0] == found.frame_inds[2]


def test_another_number_of_frames(tmp_path):
    write_counting(tmp_path, VIDEO, 19)
    with pytest.raises(ValueError, match='19 frames, the video 20.*write-bank'):
        LoadBank(str(tmp_path))(clip([1, 2]))


def test_missing_bank(tmp_path):
    with pytest.raises(FileNotFoundError, match='v_01.npz.*write-bank CONFIG'):
        LoadBank(str(tmp_path))(clip([1, 2]))


@pytest.mark.parametrize(
    'options, error, message',
    [
        (dict(folder=3), TypeError, 'LoadBank: folder=3'),
        (dict(folder='a', window=0), ValueError, r'LoadBank: window=0 is outside'),
        (dict(folder='a', causal=1), TypeError, 'LoadBank: causal=1'),
    ],
)
def test_bad_options(options, error, message):
    with pytest.raises(error, match=message):
        TRANSFORMS.build(dict(type='LoadBank', **options))
