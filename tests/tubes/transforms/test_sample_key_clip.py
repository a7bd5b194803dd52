"""Clips around the key frames of AVA."""

import numpy as np
import pytest
from mmaction.registry import DATASETS, TRANSFORMS

from ..tube_data import bright_box, make_ava
from ..tube_loading import check_sample, load_all, pipeline


def sample(clip_len=8, frame_interval=1, **kwargs):
    results = dict(
        video_id='v',
        timestamp=902,
        timestamp_start=900,
        fps=30,
        start_index=1,
        shot_info=(0, 27000),
        gt_bboxes=np.array([[0.1, 0.2, 0.5, 0.9], [0, 0, 1, 1]]),
        gt_labels=np.float32([[0, 1, 0, 1], [0, 0, 1, 0]]),
        entity_ids=np.array([3, 4]),
    )
    results.update(kwargs)
    step = dict(type='SampleKeyClip', clip_len=clip_len, frame_interval=frame_interval)
    return TRANSFORMS.build(step)(results)


def test_frames_by_hand():
    # 30 frames a second: second 902 begins with the 61st frame, which
    # MMAction2's sampler takes for the 62nd.
    results = sample()
    assert results['frame_inds'].tolist() == list(range(57, 65))
    assert results['frame_inds'][8 // 2] == 61
    assert results['frame_labeled'].tolist() == [False] * 4 + [True] + [False] * 3
    assert results['key_inds'].tolist() == [4]
    host = TRANSFORMS.build(
        dict(type='SampleAVAFrames', clip_len=8, frame_interval=1, test_mode=True)
    )
    late = host(
        dict(
            timestamp=902,
            timestamp_start=900,
            fps=30,
            start_index=1,
            shot_info=(0, 27000),
        )
    )
    assert late['frame_inds'][4] == 62
    # Files that count from 0, and an interval.
    results = sample(5, 3, start_index=0)
    assert results['frame_inds'].tolist() == [54, 57, 60, 63, 66]


def test_tubes_by_hand():
    results = sample()
    assert 'gt_bboxes' not in results and 'entity_ids' not in results
    assert [tube.shape for tube in results['tubes']] == [(1, 5)] * 2
    assert results['tubes'][0][0].tolist() == pytest.approx([61, 0.1, 0.2, 0.5, 0.9])
    # The first class of the file stands for "none".
    assert results['tube_labels'].tolist() == [[1, 0, 1], [0, 1, 0]]
    assert results['tube_labels'].dtype == np.float32


def test_edges_are_repeated_with_their_boxes():
    results = sample(4, timestamp=900)
    assert results['tube_frames'].tolist() == [1, 1, 1, 2]
    assert results['frame_labeled'].tolist() == [True, True, True, False]
    # The opened file knows better than the settings.
    results = sample(4, total_frames=61)
    assert results['tube_frames'].tolist() == [59, 60, 61, 61]


@pytest.mark.parametrize(
    'kwargs', [dict(total_frames=60), dict(timestamp=899), dict(timestamp=1801)]
)
def test_key_frames_outside_the_video_are_named(kwargs):
    with pytest.raises(ValueError, match='of video v is frame .*, outside'):
        sample(**kwargs)


@pytest.mark.parametrize(
    'kwargs', [dict(clip_len=0), dict(frame_interval=0), dict(clip_len=2.0)]
)
def test_bad_arguments(kwargs):
    with pytest.raises((ValueError, TypeError), match='SampleKeyClip: '):
        sample(**kwargs)


def test_ava(tmp_path):
    boxes = make_ava(tmp_path)
    dataset = DATASETS.build(
        dict(
            type='AVADataset',
            ann_file=str(tmp_path / 'ava_train.csv'),
            data_prefix=dict(img=str(tmp_path / 'rawframes')),
            num_classes=5,
            fps=4,
            timestamp_start=900,
            timestamp_end=904,
            pipeline=[
                dict(type='SampleKeyClip', clip_len=6, frame_interval=2),
                *pipeline()[1:],
            ],
        )
    )
    assert len(dataset) == 4
    inputs, samples = load_all(dataset)
    for clip, sample in zip(inputs, samples):
        check_sample(clip, sample, 6, 0, multi_label=4)
    # Without augmentation, by hand: second 901 of four frames a second is
    # frame 5, at position 3 of frames 5 - 6 to 5 + 4.
    dataset.pipeline.transforms[3:6] = []
    dataset.pipeline.transforms[4].flip_ratio = 0
    packed = dataset[0]
    sample = packed['data_samples']
    assert sample.timestamp == 901 and sample.video_id == 'vid_a'
    assert sample.frame_inds.tolist() == [1, 1, 3, 5, 7, 9]
    assert sample.frame_labeled.tolist() == [False] * 3 + [True] + [False] * 2
    assert sample.key_inds.tolist() == [3]
    actors = sample.gt_instances
    assert actors.bbox_valid.tolist() == [sample.frame_labeled.tolist()] * 2
    assert actors.labels.tolist() == [[1, 0, 1, 0], [0, 1, 0, 0]]
    assert np.allclose(actors.bboxes[:, 3], np.array(boxes) * 64)
    # The pixels of both rectangles together, from the left of the first one
    # to the right of the second one.
    image = packed['inputs'][:, 3].permute(1, 2, 0).numpy()
    assert np.abs(bright_box(image) - [0, 16, 55, 47]).max() <= 1
    for t in (0, 1, 2, 4):
        assert packed['inputs'][:, t].max() < 125


def test_key_frame_at_the_edge_of_a_video(tmp_path):
    make_ava(tmp_path)
    dataset = DATASETS.build(
        dict(
            type='AVADataset',
            ann_file=str(tmp_path / 'ava_train.csv'),
            data_prefix=dict(img=str(tmp_path / 'rawframes')),
            num_classes=5,
            fps=4,
            timestamp_start=901,
            timestamp_end=905,
            pipeline=[
                dict(type='SampleKeyClip', clip_len=4),
                *pipeline(train=False)[1:],
            ],
        )
    )
    sample = dataset[0]['data_samples']
    # The key frame is the first one, and is repeated before itself.
    assert sample.frame_inds.tolist() == [1, 1, 1, 2]
    assert sample.frame_labeled.tolist() == [True, True, True, False]
    dataset.timestamp_start = 902
    with pytest.raises(ValueError, match='901 of video vid_a is frame -3, out'):
        dataset[0]
