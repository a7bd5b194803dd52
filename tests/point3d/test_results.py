"""Results of Point3D from heads with known outputs."""

import numpy as np
import pytest
import torch
from mmaction.registry import METRICS
from mmaction.structures import ActionDataSample
from mmengine.structures import InstanceData
from torch import nn

from mmvkp.point3d.results import RESULT_CFG, detections_of, merge_result_cfg
from mmvkp.tubes.annotations import TubeAnnotations, save_tube_annotations
from mmvkp.tubes.clips import answering_clips, clip_frames

from .point3d_scenes import StubDetector

T = 4


class KnownHead(nn.Module):
    """Detections that follow from the single value of the map of a frame."""

    num_classes, stride = 3, 64

    def forward_last(self, feats):
        return feats[-1].flatten()

    def predict_by_feat(self, out, limit):  # more than the limit are cut off later
        return [
            InstanceData(
                bboxes=torch.tensor([[v, 10, v + 20, 50], [0.0, 0, 0, 0]]),
                scores=torch.tensor([0.8, 0.2]),
                labels=torch.tensor([2, 0]),
                knots=torch.tensor([[[v, 12]], [[0.0, 0]]]),
                knot_scores=torch.tensor([[0.6], [0.1]]),
            )
            for v in out.tolist()
        ]


class KnownClassifier(nn.Module):
    """Three classes; actors by their left edge, clips by their number."""

    def __init__(self, cls_mode):
        super().__init__()
        self.cls_mode = cls_mode
        self.seen = None

    def predict(self, feature, rois=None, input_size=None):
        self.seen = rois
        if rois is None:
            return torch.stack([feature, feature / 2, feature / 4], 1)
        left = rois[:, 1] / 100
        return torch.stack([left, left / 2, left / 4], 1)


def known_model(cls_mode=None, **test_cfg):
    """A cell of its maps has 64 pixels."""
    return StubDetector(
        KnownHead(),
        cls_mode and KnownClassifier(cls_mode),
        lambda clips: clips[:, 0, 0, 0, 0] / 100,
        **test_cfg,
    )


def run(model, keys=((1,), (0, 3)), **meta):
    """Two clips of four frames whose maps are 0 to 3 and 4 to 7."""
    feats = torch.arange(2.0 * T).view(-1, 1, 1, 1)
    samples = []
    for number, key in enumerate(keys):
        sample = ActionDataSample()
        sample.set_metainfo(
            dict(
                dict(
                    frame_inds=np.arange(T) + 11 + 10 * number,
                    key_inds=np.array(key),
                    ori_shape=(90, 12),
                    scale_factor=np.float32([2, 0.5]),
                ),
                **meta,
            )
        )
        samples.append(sample)
    maps = model.detect([feats], samples, (64, 64))
    assert len(maps) == sum(len(each.metainfo['key_inds']) for each in samples) or (
        model.test_cfg['emit'] == 'tubelet' and len(maps) == 2 * T
    )
    return [each.to_dict() for each in samples]


def test_boxes_and_joints_of_the_video():
    """Divided by 2 and 0.5, and clipped to pixel 11 and row 89.

    Of the second clip the frames 0 and 3, whose maps are 4 and 7.
    """
    first, second = run(known_model())
    boxes = second['pred_instances']['bboxes']
    assert boxes.tolist() == [
        [2, 20, 11, 89],
        [0, 0, 0, 0],
        [3.5, 20, 11, 89],
        [0, 0, 0, 0],
    ]
    assert second['pred_instances']['frame_inds'].tolist() == [21, 21, 24, 24]
    assert first['pred_instances']['frame_inds'].tolist() == [12, 12]
    assert first['pred_instances']['bboxes'][0].tolist() == [0.5, 20, 10.5, 89]
    joints = second['pred_instances']['keypoints']
    assert joints.tolist() == [[[2, 24]], [[0, 0]], [[3.5, 24]], [[0, 0]]]
    torch.testing.assert_close(
        second['pred_instances']['keypoint_scores'].flatten(),
        torch.tensor([0.6, 0.1, 0.6, 0.1]),
    )


def test_without_a_3d_head_centres_have_classes():
    found = run(known_model())[0]['pred_instances']
    assert found['labels'].tolist() == [2, 0]
    torch.testing.assert_close(found['scores'], torch.tensor([0.8, 0.2]))


def test_a_clip_has_one_answer():
    """The third value of the clip is 4 / 100."""
    second = run(known_model('clip'))[1]
    assert 'labels' not in second['pred_instances']
    torch.testing.assert_close(second['class_scores'], torch.tensor([0.04, 0.02, 0.01]))
    torch.testing.assert_close(
        second['pred_instances']['scores'], torch.tensor([0.8, 0.2, 0.8, 0.2])
    )


def test_each_actor_has_its_own_answer():
    model = known_model('actor')
    second = run(model)[1]
    torch.testing.assert_close(
        second['pred_instances']['scores'],
        torch.tensor(
            [[0.032, 0.016, 0.008], [0, 0, 0], [0.056, 0.028, 0.014], [0, 0, 0]]
        ),
    )
    assert 'labels' not in second['pred_instances']
    # Boxes in pixels of the input, with the clip in front.
    assert model.cls_head.seen[:, 0].tolist() == [0, 0, 1, 1, 1, 1]
    assert model.cls_head.seen[2].tolist() == [1, 4, 10, 24, 50]


@pytest.mark.parametrize(
    'cls_mode, expected',
    [
        (None, [0, 0, 0, 0.8]),
        ('clip', [0, 0.032, 0.016, 0.008]),
        ('actor', [0, 0.032, 0.016, 0.008]),
    ],
)
def test_scores_and_boxes_for_ava(cls_mode, expected):
    """A first column for "no class", boxes as shares of the image."""
    sample = run(known_model(cls_mode, box_format='ava'))[1]
    found = sample['pred_instances']
    assert found['scores'].shape == (4, 4)
    torch.testing.assert_close(found['scores'][0], torch.tensor(expected))
    torch.testing.assert_close(
        found['bboxes'][0], torch.tensor([2 / 12, 20 / 90, 1, 1])
    )
    assert 'labels' not in found and 'class_scores' not in sample


def test_few_and_good_ones():
    found = run(known_model(max_per_frame=1))[1]['pred_instances']
    assert found['frame_inds'].tolist() == [21, 24]
    found = run(known_model(score_thr=0.3))[1]['pred_instances']
    assert found['frame_inds'].tolist() == [21, 24]
    # A centre that just reaches the threshold counts.
    found = run(known_model(score_thr=0.2))[1]['pred_instances']
    assert len(found['frame_inds']) == 4


@pytest.mark.parametrize('cls_mode', [None, 'clip', 'actor'])
@pytest.mark.parametrize('emit', ['frame', 'tubelet'])
def test_nothing_is_good_enough(cls_mode, emit):
    for sample in run(known_model(cls_mode, score_thr=1, emit=emit)):
        found = sample['pred_instances']
        assert len(found['bboxes']) == 0
        assert len(found['scores']) == len(found['frame_inds']) == 0
        assert found['bboxes'].shape[1:] == ((4,) if emit == 'frame' else (T, 4))


def test_tubelets():
    """All frames, independent of the key frames; the second boxes have no area
    and stay alone.

    Neighbours overlap by 19 of 21 columns.
    """
    model = known_model('actor', emit='tubelet')
    found = run(model)[1]['pred_instances']
    assert found['frame_inds'].tolist() == [21, 21]
    assert found['bboxes'].shape == (2, T, 4)
    assert found['bboxes'][0].tolist() == [
        [2, 20, 11, 89],
        [2.5, 20, 11, 89],
        [3, 20, 11, 89],
        [3.5, 20, 11, 89],
    ]
    assert found['keypoints'].shape == (2, T, 1, 2)
    assert found['keypoints'][0, :, 0].tolist() == [
        [2, 24],
        [2.5, 24],
        [3, 24],
        [3.5, 24],
    ]
    # Classified by the box of frame 2.
    assert model.cls_head.seen[2].tolist() == [1, 6, 10, 26, 50]
    torch.testing.assert_close(found['scores'][0], torch.tensor([0.048, 0.024, 0.012]))
    found = run(known_model('clip', emit='tubelet'))[1]
    assert found['class_scores'].shape == (3,)
    torch.testing.assert_close(
        found['pred_instances']['scores'], torch.tensor([0.8, 0.05])
    )


def test_tubelets_are_what_the_metric_takes(tmp_path):
    """Sliding clips of a long video and of one that is shorter than a clip;
    every box is right, and linked over all frames."""
    truth = TubeAnnotations(labels=['a', 'b', 'c'])
    model, samples = known_model('clip', emit='tubelet'), []
    for video, nframes in (('long', 7), ('short', 3)):
        numbers = np.arange(1.0, nframes + 1)
        boxes = np.outer(numbers, [1, 1, 0, 1, 0]) + [0, 0, 10, 20, 50]
        truth.gttubes[video] = {0: [boxes.astype(np.float32)]}
        truth.nframes[video] = nframes
        truth.resolution[video] = (90, 120)
        for start, first, last in answering_clips(nframes, T, 1, 'sliding'):
            frames = clip_frames(start, T, 1, nframes)
            sample = ActionDataSample()
            sample.set_metainfo(
                dict(
                    video_id=video,
                    frame_inds=frames,
                    key_inds=np.arange(first, last + 1),
                    ori_shape=(90, 120),
                )
            )
            feats = torch.from_numpy(frames).float().view(-1, 1, 1, 1)
            model.detect([feats], [sample], (64, 64))
            samples.append(sample)
    truth.train_videos, truth.test_videos = [[]], [['long', 'short']]
    save_tube_annotations(truth, tmp_path / 'GT.pkl')
    metric = METRICS.build(
        dict(
            type='TubeMetric',
            ann_file=str(tmp_path / 'GT.pkl'),
            linker=dict(type='greedy', min_length=3),
        )
    )
    metric.process(None, [each.to_dict() for each in samples])
    found = metric.compute_metrics(metric.results)
    assert found['frame_mAP@0.5'] == pytest.approx(100)
    assert found['video_mAP@0.75'] == pytest.approx(100)


def test_clips_that_repeat_frames_give_no_tubelets():
    samples = run(known_model(emit='tubelet'), frame_inds=np.array([8, 9, 9, 9]))
    for sample in samples:
        assert sample['pred_instances']['bboxes'].shape == (0, T, 4)


def test_options():
    assert merge_result_cfg(None) == RESULT_CFG
    assert merge_result_cfg(None)['emit'] == 'frame'
    assert merge_result_cfg(dict(score_thr=0.1))['score_thr'] == 0.1


@pytest.mark.parametrize(
    'cfg, error, message',
    [
        (3, TypeError, 'Point3D: test_cfg=3 must be a dict'),
        ({1: 2}, ValueError, 'key of test_cfg=1 is not known'),
        (dict(nms=0.5), ValueError, "key of test_cfg='nms' is not known"),
        (dict(box_format='xywh'), ValueError, "one of \\['video', 'ava'\\]"),
        (dict(emit='tube'), ValueError, "one of \\['frame', 'tubelet'\\]"),
        (dict(emit='tubelet', box_format='ava'), ValueError, 'key frames; set'),
        (dict(max_per_frame=0), ValueError, 'max_per_frame=0 is outside'),
        (dict(score_thr=1.5), ValueError, 'score_thr=1.5 of test_cfg is outside'),
        (dict(score_thr='0.1'), TypeError, "score_thr='0.1' of test_cfg must be"),
    ],
)
def test_wrong_options(cfg, error, message):
    with pytest.raises(error, match=message):
        merge_result_cfg(cfg)


@pytest.mark.parametrize(
    'cls_mode, multi_label, scores, class_scores',
    [
        (None, False, [0.8, 0.2], [[0, 0, 0.8], [0.2, 0, 0]]),
        ('clip', False, [0.8, 0.2], [[0.028, 0.014, 0.007], [0.007, 0.0035, 0.00175]]),
        ('actor', False, [0.049, 0], [[0.028, 0.014, 0.007], [0, 0, 0]]),
        ('actor', True, [0.028, 0], [[0.028, 0.014, 0.007], [0, 0, 0]]),
    ],
)
def test_detections_with_scores_of_all_classes(
    cls_mode, multi_label, scores, class_scores
):
    """The first frame of a clip whose map is 3.5."""
    model, sample = known_model(cls_mode), ActionDataSample()
    sample.set_metainfo(
        dict(frame_inds=np.arange(T) + 1, key_inds=np.array([0]), ori_shape=(90, 90))
    )
    feats = torch.full((T, 1, 1, 1), 3.5)
    model.detect([feats], [sample], (64, 64))
    found = detections_of(sample, 3, multi_label)
    assert found.class_scores == pytest.approx(np.array(class_scores), abs=1e-6)
    assert found.scores == pytest.approx(np.array(scores), abs=1e-6)
    assert found.joints.shape == (2, 1, 2) and found.joint_scores.shape == (2, 1)
