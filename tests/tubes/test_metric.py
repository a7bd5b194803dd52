"""TubeMetric on recorded and hand-made cases."""

import importlib
import json

import numpy as np
import pytest
import torch
from mmaction.registry import METRICS
from mmaction.structures import ActionDataSample
from mmengine.evaluator import Evaluator
from mmengine.structures import InstanceData

from mmvkp.tubes.detection_files import DetectionReader
from mmvkp.tubes.evaluation import evaluate_video
from mmvkp.tubes.metric import TubeMetric
from mmvkp.tubes.options import make_options
from mmvkp.tubes.summary import summarise

cases = importlib.import_module('tests.tubes.tube_cases')


def sample_of(video, frames, boxes, **scores):
    tensors = {key: torch.as_tensor(value) for key, value in scores.items()}
    classes = tensors.pop('class_scores', None)
    sample = dict(
        video_id=video,
        pred_instances=dict(
            bboxes=torch.as_tensor(boxes), frame_inds=torch.as_tensor(frames), **tensors
        ),
    )
    if classes is not None:
        sample['class_scores'] = classes
    return sample


def samples_of(found, nframes):
    """A sample for each frame, with labels; some hold nothing."""
    samples = []
    for video, (frames, boxes, labels, scores) in found.items():
        for frame in range(1, nframes[video] + 1):
            rows = frames == frame
            part = boxes[rows]
            samples.append(
                sample_of(
                    video,
                    frames[rows],
                    part[:, 0] if part.shape[1] == 1 else part,
                    labels=labels[rows],
                    scores=scores[rows],
                )
            )
    return samples


def write_annotations(path, videos, labels=('run', 'sit'), num_splits=1):
    """``videos``: (true tubes by label, frames)."""
    path.write_text(
        json.dumps(
            dict(
                labels=labels,
                gttubes={
                    video: {
                        label: [tube.tolist() for tube in tubes]
                        for label, tubes in truths.items()
                    }
                    for video, (truths, _) in videos.items()
                },
                nframes={video: n for video, (_, n) in videos.items()},
                train_videos=[[]] * num_splits,
                test_videos=[list(videos)] * num_splits,
                resolution={video: [240, 320] for video in videos},
            )
        )
    )
    return str(path)


def evaluate(samples, ann_file, **settings):
    metric = METRICS.build(dict(type='TubeMetric', ann_file=ann_file, **settings))
    metric.process(None, samples[:3])
    metric.process(None, samples[3:])
    return metric.evaluate(len(samples))


@pytest.fixture
def still(tmp_path):
    """One video of 20 frames with one actor in all of them."""
    return write_annotations(
        tmp_path / 'gt.json', {'a': ({0: [cases.still_tube(1, 20)]}, 20)}
    )


def still_samples(**scores):
    """Its perfect detections."""
    return [
        sample_of('a', [frame], [[10.0, 20, 49, 79]], **scores)
        for frame in range(1, 21)
    ]


@pytest.mark.parametrize('name', cases.NAMES)
def test_recorded_cases(name, tmp_path):
    inputs, expected, found, _ = cases.load_case(name)
    path = tmp_path / 'gt.json'
    path.write_text(json.dumps(cases.annotations_of(inputs)))
    values = evaluate(samples_of(found, inputs['nframes']), str(path))
    expected = expected['moc']
    assert values == pytest.approx(
        {
            'stad/frame_mAP@0.5': expected['frameAP@0.5']['mean'],
            'stad/video_mAP@0.2': expected['videoAP@0.20']['mean'],
            'stad/video_mAP@0.5': expected['videoAP@0.50']['mean'],
            'stad/video_mAP@0.75': expected['videoAP@0.75']['mean'],
            'stad/video_mAP@0.5:0.95': expected['videoAP@0.50:0.95'],
        },
        abs=1e-3,
    )


def test_viterbi_and_other_settings(tmp_path):
    inputs, expected, found, truths = cases.load_case('trimmed_k1')
    path = tmp_path / 'gt.json'
    path.write_text(json.dumps(cases.annotations_of(inputs)))
    settings = dict(
        protocol='voc',
        linker=dict(type='viterbi', psi=True),
        preset='act',
        frame_iou_thrs=[0.3],
        video_iou_thrs=['0.4:0.6'],
    )
    values = evaluate(
        samples_of(found, inputs['nframes']),
        str(path),
        prefix='test',
        max_per_frame_class=None,
        **settings,
    )
    options = make_options(**settings)
    summary = summarise(
        [
            evaluate_video(
                found[video], truths[video], inputs['nframes'][video], 3, options
            )
            for video in found
        ],
        options,
    )
    assert list(values) == ['test/frame_mAP@0.3', 'test/video_mAP@0.4:0.6']
    assert list(values.values()) == pytest.approx(list(summary.means.values()))


def test_three_forms_of_scores(still):
    product = torch.tensor([[0.8 * 0.5, 0.8 * 0.25]])
    values = [
        evaluate(still_samples(**scores), still)
        for scores in (
            dict(scores=product),
            dict(scores=[0.4], labels=[0]),
            dict(scores=[0.8], class_scores=[0.5, 0.25]),
        )
    ]
    assert values[0] == values[1] == values[2]
    assert set(values[0].values()) == {100.0}
    # In the other class.
    values = evaluate(still_samples(scores=[0.4], labels=[1]), still)
    assert set(values.values()) == {0.0}


def test_through_the_evaluator(still):
    """Data samples as a model makes them."""
    samples = []
    for frame in range(1, 21):
        sample = ActionDataSample(metainfo=dict(video_id='a'))
        sample.pred_instances = InstanceData(
            bboxes=torch.tensor([[10.0, 20, 49, 79]], requires_grad=True),
            frame_inds=torch.tensor([frame]),
            scores=torch.tensor([[0.9, 0.1]]),
        )
        samples.append(sample)
    evaluator = Evaluator(dict(type='TubeMetric', ann_file=still))
    evaluator.process(samples)
    assert evaluator.evaluate(20)['stad/video_mAP@0.5'] == 100
    # A second round begins anew.
    evaluator.process(samples[:10])
    values = evaluator.evaluate(20)
    assert values['stad/frame_mAP@0.5'] == 50


def test_several_frames_in_a_sample(still):
    boxes = np.tile([10.0, 20, 49, 79], (10, 1))
    samples = [
        sample_of(
            'a',
            np.arange(begin, begin + 10),
            boxes,
            scores=np.tile([0.9, 0.1], (10, 1)),
        )
        for begin in (1, 11)
    ]
    assert set(evaluate(samples, still).values()) == {100.0}


def test_tubelets(still):
    boxes = np.tile([10.0, 20, 49, 79], (1, 7, 1))
    samples = [
        sample_of('a', [frame], boxes, scores=[0.5], labels=[0])
        for frame in range(1, 15)
    ]
    assert set(evaluate(samples, still).values()) == {100.0}
    samples[3] = sample_of('a', [4], boxes[:, :3], scores=[0.5], labels=[0])
    with pytest.raises(ValueError, match=r'different lengths \[3, 7\]'):
        evaluate(samples, still)
    # Samples without detections may come as single boxes.
    samples[3] = sample_of(
        'a', np.zeros(0, int), np.zeros((0, 4)), scores=np.zeros((0, 2))
    )
    assert set(evaluate(samples, still).values()) == {100.0}


def test_a_video_shorter_than_a_tubelet(tmp_path):
    path = write_annotations(
        tmp_path / 'gt.json', {'a': ({1: [cases.still_tube(1, 5)]}, 5)}
    )
    boxes = np.tile([10.0, 20, 49, 79], (1, 7, 1))
    sample = sample_of('a', [1], boxes, scores=[0.5], labels=[1])
    values = evaluate([sample], path, linker=dict(min_length=5))
    assert set(values.values()) == {100.0}


def test_only_the_best_are_kept(still):
    """With the right box kept as the second best, and not kept."""
    samples = []
    for frame in range(1, 21):
        boxes = [[100.0, 0, 149, 49], [10, 20, 49, 79], [200, 0, 209, 9]]
        samples.append(
            sample_of('a', [frame] * 3, boxes, scores=[0.9, 0.8, 0.1], labels=[0, 0, 0])
        )
    key = 'stad/frame_mAP@0.5'
    full = evaluate(samples, still)
    assert full == evaluate(samples, still, max_per_frame_class=2)
    assert full[key] > 20
    assert evaluate(samples, still, max_per_frame_class=1)[key] == 0
    # The recorded cases have at most this many, so 30 changes nothing there.
    for name in cases.NAMES:
        for frames, _, labels, _ in cases.load_case(name)[2].values():
            assert np.unique(frames * 9 + labels, return_counts=True)[1].max() < 30


def test_no_detections_and_videos_that_were_not_tested(still):
    nothing = [
        sample_of('a', np.zeros(0, int), np.zeros((0, 4)), scores=np.zeros((0, 2)))
    ] * 4
    assert set(evaluate(nothing, still).values()) == {0.0}
    metric = TubeMetric(still)
    metric.process(None, nothing)
    assert len(metric.results) == 4  # one for each sample
    assert set(TubeMetric(still).evaluate(0).values()) == {0.0}


def test_class_without_truth(still):
    samples = still_samples(scores=[[0.9, 0.1]])
    assert evaluate(samples, still)['stad/video_mAP@0.5'] == 100
    values = evaluate(samples, still, empty_classes='zero')
    assert set(values.values()) == {50.0}


def test_repeated_samples_count_once(still):
    samples = still_samples(scores=[[0.9, 0.1]])
    assert evaluate(samples + samples[:7], still) == evaluate(samples, still)
    samples.append(sample_of('a', [4], [[0.0, 0, 9, 9]], scores=[[0.9, 0.1]]))
    with pytest.raises(ValueError, match="video 'a', frame 4: two samples"):
        evaluate(samples, still)


def test_dump(still, tmp_path):
    dump = tmp_path / 'out' / 'dump.npz'
    evaluate(
        still_samples(scores=[0.8], class_scores=[0.5, 0.25]), still, dump=str(dump)
    )
    reader = DetectionReader(dump)
    assert reader.videos == ['a'] and reader.labels == ['run', 'sit']
    frames, boxes, labels, scores = reader.read('a').tubelets()
    assert len(scores) == 40 and set(frames) == set(range(1, 21))
    assert set(scores[labels == 0]) == {np.float32(0.4)}
    assert (boxes == [10, 20, 49, 79]).all()


def test_log(still, monkeypatch):
    lines = []
    module = importlib.import_module(TubeMetric.__module__)
    monkeypatch.setattr(
        module, 'print_log', lambda text, logger, level: lines.append(text)
    )
    monkeypatch.setattr(module, 'SECONDS_BETWEEN_REPORTS', -1)
    evaluate(still_samples(scores=[[0.9, 0.1]]), still)
    assert lines[0] == 'TubeMetric: 1/1 videos linked and matched'
    table = [line.split() for line in lines[1].splitlines()]
    assert table[1][:2] == ['class', 'frame_mAP@0.5']
    assert table[2] == ['run'] + ['100.00'] * 5
    assert table[3] == ['sit'] + ['-'] * 5
    assert table[4][0] == 'mean'


@pytest.mark.parametrize(
    'change, message',
    [
        (
            dict(video='b'),
            r"video 'b' is not one of the 1 test videos of this "
            r"split, such as 'a'; data set and metric need the same",
        ),
        (dict(video=['a']), r"video \['a'\] is not one of"),
        (dict(frames=[3.5]), "video 'a': frame_inds has values that are not integers"),
        (dict(frames=[[3]]), r"video 'a': frame_inds has shape \(1, 1\)"),
        (dict(scores=0.5), "video 'a': scores are a single number"),
        (dict(scores=[1j]), "video 'a': scores is complex"),
        (dict(scores=[0.5], labels=[0.5]), "video 'a': labels has values that are"),
        (dict(frames=[21]), r"video 'a': frame 21: outside \[1, 20\]"),
        (dict(frames=[0]), r"video 'a': frame 0: outside \[1, 20\]"),
        (
            dict(boxes=[[1.0, float('nan'), 5, 5]]),
            "video 'a': frame 7: a box or score that is not finite",
        ),
        (
            dict(scores=[[0.5, float('inf')]]),
            "video 'a': frame 7: a box or score that is not finite",
        ),
        (
            dict(scores=[0.5], class_scores=[0.5, float('nan')]),
            "video 'a': frame 7: a box or score that is not finite",
        ),
        (
            dict(scores=[0.5], labels=[2]),
            r"video 'a': frame 7: a label outside \[0, 1\]",
        ),
        (
            dict(scores=[0.5], labels=[-1]),
            r"video 'a': frame 7: a label outside \[0, 1\]",
        ),
        (
            dict(scores=[[0.5] * 3]),
            r"video 'a': there are scores for \(3,\) "
            'classes; the annotations have 2',
        ),
        (
            dict(scores=[0.5], class_scores=[0.5]),
            r"video 'a': there are scores for \(1,\) classes",
        ),
        (
            dict(scores=[0.5]),
            r"video 'a': scores of shape \(1,\) need labels, or "
            'class_scores',
        ),
        (dict(scores=[[0.5, 0.5]] * 2), r'different lengths \[1, 2\]'),
        (dict(boxes=[[1.0, 2, 3, 4, 5]]), r'bboxes have shape \(1, 5\)'),
        (
            dict(boxes=np.ones((1, 3, 4)), frames=[19]),
            r"video 'a': frame 19: outside \[1, 18\]",
        ),
    ],
)
def test_mistakes_in_samples(still, change, message):
    asked = dict(video='a', frames=[7], boxes=[[1.0, 2, 3, 4]], scores=[[0.5, 0.5]])
    asked.update(change)
    with pytest.raises(ValueError, match='TubeMetric: .*' + message):
        TubeMetric(still).process(None, [sample_of(**asked)])


@pytest.mark.parametrize(
    'change, error, message',
    [
        (dict(split=2), ValueError, r'split=2, but .*gt.json has 1 split'),
        (dict(split=0), ValueError, 'split=0 is outside'),
        (dict(max_per_frame_class=0), ValueError, 'max_per_frame_class=0 is'),
        (dict(max_per_frame_class=2.5), TypeError, 'max_per_frame_class=2.5 is a'),
        (dict(empty_classes='all'), ValueError, "empty_classes='all' is not known"),
        (dict(dump=b'out.npz'), ValueError, 'dump=.* must end in .npz'),
        (dict(dump='out.pkl'), ValueError, "dump='out.pkl' must end in .npz"),
        (dict(protocol='x'), ValueError, "protocol='x' is not known"),
        (dict(ann_file=None), TypeError, 'TubeMetric: ann_file=None is a NoneType'),
        (dict(ann_file='missing.json'), FileNotFoundError, 'missing.json'),
    ],
)
def test_mistakes_in_arguments(still, change, error, message):
    with pytest.raises(error, match=message):
        TubeMetric(**{'ann_file': still, **change})


def test_viterbi_links_single_boxes(still):
    metric = TubeMetric(still, linker='viterbi')
    sample = sample_of('a', [1], np.ones((1, 3, 4)), scores=[[0.5, 0.5]])
    with pytest.raises(ValueError, match="tubelets of 3; set linker='greedy'"):
        metric.process(None, [sample])


def test_frames_alone(still):
    samples = still_samples(scores=[[0.9, 0.1]])
    assert evaluate(samples, still, video_iou_thrs=[]) == {'stad/frame_mAP@0.5': 100}


def test_bad_annotations(tmp_path):
    path = write_annotations(tmp_path / 'gt.json', {})
    with pytest.raises(ValueError, match='split 1 of .*gt.json has no test'):
        TubeMetric(path)
    path = write_annotations(tmp_path / 'gt.json', {'a': ({2: []}, 20)})
    with pytest.raises(ValueError, match=r"video 'a' .*outside \[0, 1\]"):
        TubeMetric(path)


def test_half_precision(still):
    for kind in (torch.bfloat16, torch.float16):
        samples = still_samples(scores=torch.tensor([[0.9, 0.1]], dtype=kind))
        assert set(evaluate(samples, still).values()) == {100.0}


def test_true_tubes_that_no_linked_tube_can_match_are_counted(tmp_path, monkeypatch):
    """Tubes of 14 and 15 frames; MOC's linker keeps those from 15 on."""
    path = write_annotations(
        tmp_path / 'gt.json',
        {'a': ({0: [cases.still_tube(1, 14), cases.still_tube(1, 15)]}, 20)},
    )
    said = []
    monkeypatch.setattr(TubeMetric, '_log', lambda self, text: said.append(text))
    TubeMetric(path)
    assert said and said[0].startswith('1 of 2 true tubes are shorter than 15')
    said.clear()
    TubeMetric(path, linker=dict(type='greedy', min_length=14))
    assert not said


def test_degenerate_truths_are_ignored(tmp_path):
    """The rest of the tube is found completely."""
    rows = cases.still_tube(1, 20)
    broken = rows.copy()
    broken[5, 3] = broken[5, 1]
    path = tmp_path / 'ann.json'
    write_annotations(path, {'a': ({0: [broken], 1: [broken[5:6]]}, 20)})
    metric = TubeMetric(str(path), frame_iou_thrs=[0.5], video_iou_thrs=[0.5])
    kept = np.delete(np.arange(20), 5)
    metric.process(
        None,
        [
            sample_of(
                'a',
                rows[kept, 0].astype(int),
                rows[kept, 1:],
                labels=[0] * 19,
                scores=[0.5] * 19,
            )
        ],
    )
    assert metric.evaluate(1)['stad/frame_mAP@0.5'] == 100


@pytest.mark.parametrize('name', ['bboxes', 'frame_inds', 'scores'])
def test_missing_parts_of_samples(still, name):
    sample = sample_of('a', [1], [[1.0, 2, 3, 4]], scores=[[0.5, 0.5]])
    del sample['pred_instances'][name]
    with pytest.raises(ValueError, match=f"video 'a': pred_instances lacks {name}"):
        TubeMetric(still).process(None, [sample])
    with pytest.raises(ValueError, match='TubeMetric: video None is not one of'):
        TubeMetric(still).process(None, [dict(pred_instances={})])


def test_detections_of_ava_are_named(tmp_path):
    """Detectors of MMAction2 give no frame numbers."""
    path = tmp_path / 'ann.json'
    write_annotations(path, {'a': ({0: [cases.still_tube(1, 20)]}, 20)})
    found = dict(bboxes=torch.ones(2, 4), scores=torch.ones(2, 2))
    with pytest.raises(ValueError, match="TubeMetric: video 'a': .*AVAMetric"):
        TubeMetric(str(path)).process(
            None, [dict(video_id='a', timestamp=902, pred_instances=found)]
        )
