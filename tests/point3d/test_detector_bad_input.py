"""Clips without actors, damaged data, and annotations that do not fit."""

import cv2
import numpy as np
import pytest
import torch
from mmaction.registry import DATASETS
from mmengine.dataset import pseudo_collate

from ..tubes import tube_data
from .point3d_scenes import (
    NO_KNOTS,
    batch,
    build,
    sample_of,
    total_of,
    tube_loading,
    tube_set,
)
from .tiny_point3d import CLIP_LEN, SIDE, point3d_config


def step(model, samples):
    """Losses of clips of a data set, and their gradients."""
    data = model.data_preprocessor(pseudo_collate(samples), True)
    losses = model(**data, mode='loss')
    total_of(losses).backward()
    return losses


@pytest.mark.parametrize('actor', [False, True])
@pytest.mark.parametrize('both', [False, True])
def test_no_actor_in_a_clip(both, actor):
    """Every weight still has a gradient, which distributed training requires.

    Means are those of the clip with actors.
    """
    model = build(actor=actor).train()
    inputs, samples = batch()
    samples[0] = sample_of([])
    if both:
        samples[1] = sample_of([])
    losses = model(inputs, samples, mode='loss')
    if both:
        for name, value in losses.items():
            if name not in ('loss_center', 'loss_knot_heatmap'):
                assert value == 0, name
        assert 'cls_acc' not in losses
    else:
        assert losses['loss_wh'] > 0 and losses['loss_cls'] > 0
    assert losses['loss_center'] > 0
    total_of(losses).backward()
    for name, param in model.named_parameters():
        assert param.grad is not None and param.grad.isfinite().all(), name


@pytest.fixture()
def data(tmp_path):
    tube_data.make_ucf(tmp_path)
    return tmp_path


def test_the_actor_is_outside_the_crop(data):
    """16 x 16 pixels in the middle of 48 x 64, the actor at the left."""
    pipeline = tube_loading.pipeline(train=False)
    pipeline[3:3] = [
        dict(type='CenterCrop', crop_size=16),
        dict(type='FilterTubes', keep_empty=True),
    ]
    dataset = DATASETS.build(tube_set(data, pipeline=pipeline))
    starts = tube_loading.clips_of(dataset)
    empty, full = (
        dataset[starts.index(each)] for each in (('run/v_02', 1), ('run/v_02', 12))
    )
    assert len(empty['data_samples'].gt_instances) == 0
    assert len(full['data_samples'].gt_instances) == 1
    model = build(point_head=NO_KNOTS)
    losses = step(model, [empty])
    assert losses['loss_wh'] == losses['loss_cls'] == 0
    assert losses['loss_center'].isfinite()
    losses = step(model, [empty, full])
    assert losses['loss_wh'] > 0 and losses['loss_cls'] > 0


def test_frames_of_changing_size_in_a_video(data):
    """The pipeline reports the frame."""
    path = data / 'rgb-images/run/v_02/00006.jpg'
    cv2.imwrite(str(path), cv2.imread(str(path))[:-3])
    dataset = DATASETS.build(tube_set(data))
    index = tube_loading.clips_of(dataset).index(('run/v_02', 4))
    with pytest.raises(
        ValueError,
        match='frame 6 of video run/v_02 has 45 rows and 64 columns, '
        'the first frame of the clip 48 and 64',
    ):
        dataset[index]


def test_clips_of_other_sizes_in_a_batch():
    """The smaller one is padded at the right and bottom, so that its boxes do not
    move."""
    model = build(actor=True)
    inputs, samples = batch()
    data = dict(inputs=[inputs[0], inputs[1, :, :, :-16, :-32]], data_samples=samples)
    data = model.data_preprocessor(data, True)
    assert data['inputs'].shape == inputs.shape
    losses = model(**data, mode='loss')
    assert all(value.isfinite() for value in losses.values())


def test_a_video_without_frames(data):
    """Reported before the training; skipped with the option for it."""
    videos = {'run/v_02': (15, {1: [tube_data.tube(1, 15)]}), 'run/empty': (0, {1: []})}
    names = list(videos)
    tube_data.write_pickle(
        data / 'UCF101v2-GT.pkl', tube_data.annotations(videos, [names], [names])
    )
    with pytest.raises(ValueError, match='run/empty.* has 0 frames'):
        DATASETS.build(tube_set(data))
    for test_mode in (False, True):
        dataset = DATASETS.build(
            tube_set(data, test_mode=test_mode, on_problems='ignore')
        )
        assert {each for each, _ in tube_loading.clips_of(dataset)} == {'run/v_02'}


def test_a_folder_without_frames(data):
    for path in (data / 'rgb-images/run/v_02').iterdir():
        path.unlink()
    with pytest.raises(ValueError, match='run/v_02'):
        DATASETS.build(tube_set(data))


def test_only_labeled_frames_give_losses():
    """Losses of the point head do not depend on the other frames.

    Batch norm would mix them, so it is in evaluation mode.
    """
    model = build().eval()
    inputs, samples = batch()
    for sample in samples:
        sample.set_metainfo(
            dict(frame_labeled=np.arange(CLIP_LEN) == 2, key_inds=np.array([2]))
        )
    inputs.requires_grad_()
    losses = model(inputs, samples, mode='loss')
    points = sum(
        losses[name] for name in losses if 'loss' in name and name != 'loss_cls'
    )
    points.backward()
    seen = inputs.grad.abs().amax((0, 1, 3, 4)) > 0
    assert seen.tolist() == [False, False, True, False]


def test_clips_of_ava_are_labeled_at_their_key_frame(tmp_path):
    """Through MMAction2's data set: two actors with one or two labels."""
    tube_data.make_ava(tmp_path)
    pipeline = tube_loading.pipeline(train=False)
    pipeline[0] = dict(type='SampleKeyClip', clip_len=CLIP_LEN)
    dataset = DATASETS.build(
        dict(
            type='AVADataset',
            ann_file=str(tmp_path / 'ava_train.csv'),
            data_prefix=dict(img=str(tmp_path / 'rawframes')),
            num_classes=4,
            fps=4,
            timestamp_start=900,
            timestamp_end=904,
            pipeline=pipeline,
        )
    )
    item = dataset[0]
    sample = item['data_samples']
    assert sample.frame_labeled.tolist() == [False, False, True, False]
    model = build(
        actor=True,
        point_head=NO_KNOTS,
        cls_head=dict(point3d_config(actor=True).model.cls_head, multi_label=True),
    )
    losses = step(model, [item])
    assert losses['loss_wh'] > 0 and losses['loss_cls'] > 0
    # Two boxes: the truth of all four frames would be eight.
    head = model.point_head
    targets = head.get_targets(
        [sample.gt_instances],
        torch.from_numpy(sample.frame_labeled)[None],
        (SIDE // 4, SIDE // 4),
    )
    assert targets['center_frame'].tolist() == [2, 2]


def test_missing_joints(data):
    """The message names the clip and the remedy."""
    dataset = DATASETS.build(
        tube_set(data, pipeline=tube_loading.pipeline(train=False))
    )
    with pytest.raises(
        ValueError,
        match=r"video 'jump/v_01'\) has no keypoints, but num_knots=2; "
        'set num_knots=0',
    ):
        step(build(), [dataset[0]])


def test_other_joints_than_asked_for(tmp_path):
    tube_data.make_jhmdb(tmp_path)
    dataset = tube_loading.jhmdb(
        tmp_path, clip_len=CLIP_LEN, pipeline=tube_loading.pipeline(train=False)
    )
    with pytest.raises(
        ValueError, match=r"video '\w+/\w'\) have .*15 joints; num_knots=2. Set"
    ):
        step(build(), [dataset[0]])
    fitting = build(
        point_head=dict(type='Point3DHead', in_channels=8, mid_channels=8, num_knots=15)
    )
    assert step(fitting, [dataset[0]])['loss_knot_distance'] > 0


def test_more_classes_than_the_head_has(data):
    dataset = DATASETS.build(
        tube_set(data, pipeline=tube_loading.pipeline(train=False))
    )
    index = [video for video, _ in tube_loading.clips_of(dataset)].index('run/v_02')
    config = point3d_config()
    head = dict(config.model.cls_head, num_classes=1)
    model = build(cls_head=head, point_head=NO_KNOTS)
    with pytest.raises(ValueError, match=r'labels \[1\] are not all in'):
        step(model, [dataset[index]])


@pytest.mark.parametrize('value', [torch.nan, torch.inf])
@pytest.mark.parametrize('actor', [False, True])
def test_maps_that_are_not_finite(actor, value):
    """Losses and gradients are NaN, results of the other clip are unchanged."""
    model = build(actor=actor)
    inputs, samples = batch()
    broken = inputs.clone()
    broken[1, 0, 1, 5, 5] = value
    losses = model.train()(broken, samples, mode='loss')
    assert not total_of(losses).isfinite()
    total_of(losses).backward()
    model = build(actor=actor).eval()  # the running means were broken, too
    with torch.no_grad():
        good = model(inputs, batch()[1], mode='predict')[0].pred_instances
        first, second = model(broken, batch()[1], mode='predict')
    assert torch.equal(first.pred_instances.scores, good.scores)
    assert torch.equal(first.pred_instances.bboxes, good.bboxes)
    found = second.pred_instances
    assert len(found) and not found.scores.isfinite().all()


def test_tubelets_of_maps_that_are_not_finite():
    model = build(test_cfg=dict(emit='tubelet')).eval()
    inputs, samples = batch()
    inputs[1] = torch.nan
    with torch.no_grad():
        _, second = model(inputs, samples, mode='predict')
    assert second.pred_instances.scores.isnan().all()
