"""Streams give the results of whole clips, with bounded memory."""

import numpy as np
import pytest
import torch
from mmaction.registry import TRANSFORMS
from mmengine.config import Config
from mmengine.dataset import pseudo_collate

from mmvkp.point3d.streaming.inferencer import TubeInferencer
from mmvkp.recognition.loading import load_recognizer
from mmvkp.tubes.online_tubes import LinkOptions

from ..tiny_point3d import (
    CLASSES,
    CLIP_LEN,
    KNOTS,
    RESIZE,
    moving_frames,
    point3d_config,
    save_detector,
)

EAGER = LinkOptions(min_length=1, start_score=0, keep_score=0)


def inferencer_of(tmp_path, config, **options):
    return TubeInferencer(*save_detector(tmp_path, config), **options)


def whole_clip(model, config, frames, last, interval=1):
    """Prediction for frame `last` (from 1) of the clip that ends there, built by its
    definition."""
    numbers = [max(1, last - interval * (CLIP_LEN - 1 - k)) for k in range(CLIP_LEN)]
    results = dict(
        imgs=[frames[number - 1] for number in numbers],
        img_shape=frames.shape[1:3],
        video_id='a',
        num_clips=1,
        clip_len=CLIP_LEN,
        key_inds=np.array([CLIP_LEN - 1]),
        tube_frames=np.array(numbers),
        frame_labeled=np.ones(CLIP_LEN, bool),
        tubes=[],
        tube_labels=np.zeros(0, np.int64),
    )
    for step in config.test_dataloader.dataset.pipeline[2:]:
        results = TRANSFORMS.build(step)(results)
    with torch.no_grad():
        (sample,) = model.test_step(pseudo_collate([results]))
    return sample


def expected(sample, head):
    """Boxes, and scores of all classes, in numpy."""
    found = sample.pred_instances
    scores = found.scores.numpy()
    if not head:
        scores = scores[:, None] * np.eye(CLASSES)[found.labels.numpy()]
    elif scores.ndim == 1:
        scores = scores[:, None] * sample.class_scores.numpy()
    return found, scores


@pytest.mark.parametrize(
    'geometry, options, size',
    [
        ((), dict(), (64, 64)),
        ((), dict(point_input='twa'), (64, 64)),
        ((), dict(twa=None), (64, 64)),
        ((), dict(actor=True), (64, 64)),
        ((), dict(head=False), (64, 64)),
        ((), dict(interval=2), (64, 64)),
        ((RESIZE,), dict(), (48, 80)),
    ],
)
def test_equals_whole_clips(tmp_path, geometry, options, size):
    config = point3d_config(*geometry, **options)
    frames = moving_frames(10, *size)
    inferencer = inferencer_of(tmp_path, config)
    model = load_recognizer(config, str(tmp_path / 'point3d.pth'))
    classes = []
    for last, frame in enumerate(frames, 1):
        streamed = inferencer.detect(frame)
        sample = whole_clip(model, config, frames, last, options.get('interval', 1))
        found, scores = expected(sample, options.get('head', True))
        assert len(streamed) == len(found) == 6
        for mine, theirs in (
            (streamed.boxes, found.bboxes),
            (streamed.class_scores, scores),
            (streamed.joints, found.keypoints),
            (streamed.joint_scores, found.keypoint_scores),
        ):
            assert mine == pytest.approx(np.asarray(theirs), abs=1e-4)
        assert (found.frame_inds == last).all()
        assert streamed.joints.shape == (6, KNOTS, 2)
        classes.append(streamed.class_scores.sum(0))
    # It can fail: frames differ, boxes are real and classes not constant.
    assert np.ptp(streamed.boxes, 0).min() > 1
    assert np.ptp(classes, 0).max() > 1e-3


def test_one_run_of_the_2d_network_for_a_frame(tmp_path):
    inferencer = inferencer_of(tmp_path, point3d_config())
    frames = []
    for part in (inferencer.model.backbone, inferencer.model.clip_backbone):
        part.register_forward_hook(
            lambda module, given, out: frames.append(tuple(given[0].shape))
        )
    for frame in moving_frames(6):
        inferencer.push(frame)
    assert frames == 6 * [(1, 3, 64, 64), (1, 8, CLIP_LEN, 16, 16)]


def test_the_actor_score_of_actors(tmp_path):
    """Softmax sums to 1, so that the centre's score comes back."""
    clip, actor = (
        inferencer_of(tmp_path / name, point3d_config(actor=name == 'actor'))
        for name in ('clip', 'actor')
    )
    frame = moving_frames(1)[0]
    assert actor.detect(frame).scores == pytest.approx(
        clip.detect(frame).scores, abs=1e-5
    )


def test_memory_is_bounded(tmp_path):
    inferencer = inferencer_of(
        tmp_path, point3d_config(), link=EAGER._replace(max_rows=8, max_gap=2)
    )
    frames = moving_frames(20)
    for t in range(60):
        inferencer.push(frames[t % 20])
        tubes = inferencer.linker.tubes
        assert len(inferencer.ring) <= CLIP_LEN
        assert all(len(tube.rows) <= 8 for tube in tubes)
        assert len(tubes) <= 6 * 3
    assert inferencer.ring.maps.shape == (2 * CLIP_LEN, 8, 16, 16)


def test_another_size_of_input(tmp_path):
    """`size` replaces the Resize of the pipeline."""
    large = dict(type='Resize', scale=(128, 128), keep_ratio=False)
    inferencer = inferencer_of(tmp_path, point3d_config(large), size=(96, 64))
    inferencer.push(moving_frames(1, 48, 80)[0])
    assert inferencer.ring.maps.shape == (2 * CLIP_LEN, 8, 16, 24)


def test_clips_of_another_shape(tmp_path):
    inferencer = inferencer_of(tmp_path, point3d_config(interval=3), clip_len=8)
    assert (inferencer.ring.clip_len, inferencer.ring.capacity) == (8, 22)
    config = point3d_config()
    config.test_dataloader.dataset.pipeline[0] = dict(
        type='SampleKeyClip', clip_len=5, frame_interval=2
    )
    assert inferencer_of(tmp_path, config).ring.capacity == 9


def wrong_stride(config):
    config.model.point_head.stride = 8


def wrong_model(config):
    config.model = dict(type='Recognizer3D')


@pytest.mark.parametrize(
    'change, error, message',
    [
        (
            wrong_stride,
            ValueError,
            'give maps of 16 x 16 cells, but the stride of the point_head is 8',
        ),
        (wrong_model, TypeError, 'the config is a Recognizer3D; it must be a Point3D'),
    ],
)
def test_configs_that_do_not_fit(tmp_path, change, error, message):
    config = point3d_config()
    change(config)
    with pytest.raises(error, match=message):
        TubeInferencer(config).push(moving_frames(1)[0])


def test_checkpoints_and_files_that_do_not_fit(tmp_path):
    path, weights = save_detector(tmp_path, point3d_config())
    with pytest.raises(FileNotFoundError, match='no config none.py'):
        TubeInferencer('none.py', weights)
    with pytest.raises(ValueError, match='does not fit the config'):
        TubeInferencer(point3d_config(head=False), weights)
    with pytest.raises(FileNotFoundError, match='no checkpoint none.pth'):
        TubeInferencer(path, 'none.pth')


def test_results_for_evaluation_do_not_matter(tmp_path):
    """AVA's normalised boxes become pixels here."""
    config = point3d_config(test_cfg=dict(max_per_frame=6, box_format='ava'))
    boxes = inferencer_of(tmp_path, config).detect(moving_frames(1)[0]).boxes
    plain = inferencer_of(tmp_path, point3d_config()).detect(moving_frames(1)[0]).boxes
    assert boxes == pytest.approx(plain) and boxes.max() > 1
    assert isinstance(config, Config)


def test_detections_that_are_not_finite_are_refused(tmp_path):
    """NaN scores are below every threshold: the frame would look empty."""
    inferencer = inferencer_of(tmp_path, point3d_config())
    frames = moving_frames(2)
    inferencer.push(frames[0])
    bias = inferencer.model.point_head.stacks[-1]['center_heatmap'][2].bias
    bias.data.fill_(torch.nan)
    with pytest.raises(ValueError, match='detections in frame 2 are not finite'):
        inferencer.push(frames[1])


def test_clips_of_no_frames_are_refused(tmp_path):
    with pytest.raises(ValueError, match='clip_len=0 is outside'):
        inferencer_of(tmp_path, point3d_config(), clip_len=0)
