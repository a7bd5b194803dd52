"""Frame-mAP and video-mAP: as MOC and YOWO had them, by hand, and as plain
Python has them."""

import ast
from pathlib import Path

import numpy as np
import pytest

from mmvkp.tubes import evaluation as tube_evaluation
from mmvkp.tubes.evaluation import Tubelets, evaluate_video, link_tubes
from mmvkp.tubes.linking import PRESETS
from mmvkp.tubes.online_linker import OnlineLinker
from mmvkp.tubes.online_tubes import LinkOptions
from mmvkp.tubes.options import expand_thresholds, make_options
from mmvkp.tubes.summary import summarise

from . import naive_tubes
from .tube_cases import NAMES, boxes_of, load_case, random_video, still_tube, to_naive

LEVELS = (0.1, 0.2, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95)
KEYS = ('frame_mAP@0.5', 'video_mAP@0.2', 'video_mAP@0.75', 'video_mAP@0.5:0.95')


def evaluate(videos, num_classes=1, empty_classes='skip', **settings):
    """``videos``: (detections, truths, number of frames) of each."""
    options = make_options(**settings)
    results = [evaluate_video(*video, num_classes, options) for video in videos]
    return summarise(results, options, empty_classes)


def evaluate_case(name, **settings):
    inputs, expected, found, truths = load_case(name)
    videos = [
        (found[video], truths[video], inputs['nframes'][video]) for video in found
    ]
    return evaluate(videos, len(inputs['labels']), **settings), expected


@pytest.mark.parametrize('name', NAMES)
def test_as_moc_has_it(name):
    summary, expected = evaluate_case(name, video_iou_thrs=[*LEVELS, '0.5:0.95'])
    expected = expected['moc']
    compared = {'frame_mAP@0.5': expected['frameAP@0.5']}
    for level in LEVELS:
        compared[f'video_mAP@{level}'] = expected[f'videoAP@{level:.2f}']
    for key, wanted in compared.items():
        assert summary.means[key] == pytest.approx(wanted['mean'], abs=1e-3)
        np.testing.assert_allclose(
            summary.per_class[key], wanted['per_class'], atol=1e-3
        )
    assert summary.means['video_mAP@0.5:0.95'] == pytest.approx(
        expected['videoAP@0.50:0.95'], abs=1e-3
    )


def test_cues_of_streams_do_not_change_the_metric(monkeypatch):
    """MOC's value is reached without the online linker and its cues, which are off."""

    def fail(*_, **__):
        raise AssertionError('the metric must not use cues of streams')

    for function in ('match_greedy', 'match_by_cues'):
        monkeypatch.setattr(f'mmvkp.tubes.online_linker.{function}', fail)
    monkeypatch.setattr(OnlineLinker, '__init__', fail)
    summary, _ = evaluate_case('untrimmed_multi_k1')
    assert summary.means['frame_mAP@0.5'] == pytest.approx(78.714, abs=1e-3)
    assert summary.means['video_mAP@0.5'] == pytest.approx(31.134, abs=1e-3)
    assert not LinkOptions().uses_cues and LinkOptions().occlusion == 0
    assert LinkOptions().class_thresholds is None


@pytest.mark.parametrize('name', ['trimmed_k1', 'untrimmed_multi_k1'])
def test_as_yowo_has_it(name):
    levels = [0.1, 0.2, 0.5, 0.75]
    summary, expected = evaluate_case(
        name, protocol='voc', linker='viterbi', video_iou_thrs=levels
    )
    for level in levels:
        wanted = expected['yowo_viterbi'][f'videoAP@{level:.2f}']
        key = f'video_mAP@{level}'
        # YOWO adds 1e-5 to the number of truths.
        assert summary.means[key] == pytest.approx(wanted['mean'], abs=1.5e-3)
        np.testing.assert_allclose(
            summary.per_class[key], wanted['per_class'], atol=1.5e-3
        )


def naive_ap(videos, num_classes, levels, preset='moc', protocol='act'):
    """By frame and video: AP at each of ``levels`` for each class."""
    videos = [(*to_naive(found, truths), frames) for found, truths, frames in videos]
    return [
        [
            [
                ap(videos, label, level, PRESETS[preset], protocol)
                for label in range(num_classes)
            ]
            for level in levels
        ]
        for ap in (naive_tubes.frame_ap, naive_tubes.video_ap)
    ]


@pytest.mark.parametrize(
    'preset, protocol', [('moc', 'act'), ('act', 'act'), ('moc', 'voc'), ('act', 'voc')]
)
@pytest.mark.parametrize('length, scores', [(1, None), (1, 16), (5, 40)])
def test_as_plain_python_has_it(preset, protocol, length, scores):
    rng = np.random.default_rng(length)
    videos = [(*random_video(rng, length, levels=scores), 24) for _ in range(3)]
    levels = [0.2, 0.4, 0.6]
    summary = evaluate(
        videos,
        2,
        preset=preset,
        protocol=protocol,
        frame_iou_thrs=levels,
        video_iou_thrs=levels,
    )
    expected = naive_ap(videos, 2, levels, preset, protocol)
    for kind, values in zip(('frame', 'video'), expected):
        assert np.max(values) > 20
        for level, wanted in zip(levels, values):
            np.testing.assert_allclose(
                summary.per_class[f'{kind}_mAP@{level}'], wanted, atol=1e-3
            )


@pytest.mark.parametrize('name', NAMES)
def test_recorded_cases_as_plain_python_has_them(name):
    """The recorded cases at ten overlaps for boxes and ten for tubes."""
    (levels,) = expand_thresholds('levels', ['0.5:0.95'])
    inputs, _, found, truths = load_case(name)
    videos = [
        (found[video], truths[video], inputs['nframes'][video]) for video in found
    ]
    summary = evaluate(
        videos, 3, frame_iou_thrs=['0.5:0.95'], video_iou_thrs=['0.5:0.95']
    )
    for kind, values in zip(('frame', 'video'), naive_ap(videos, 3, levels)):
        np.testing.assert_allclose(
            summary.per_class[f'{kind}_mAP@0.5:0.95'],
            np.mean(values, axis=0),
            atol=1e-3,
        )


@pytest.mark.parametrize(
    'settings',
    [
        dict(),
        dict(preset='act'),
        dict(protocol='voc'),
        dict(linker='viterbi'),
        dict(protocol='voc', linker=dict(type='viterbi', trim_threshold=0.1)),
    ],
    ids=str,
)
def test_perfect_detections(settings):
    """100 at every threshold, 1 included."""
    rng = np.random.default_rng(0)
    videos = []
    for number in range(4):
        corner = rng.uniform(0, 99, (20, 2))
        corner[1:] = corner[0] + rng.uniform(-2, 2, (19, 2))
        tube = np.concatenate([np.arange(1, 21)[:, None], corner, corner + 60], 1)
        tube = tube.astype(np.float32)
        videos.append(
            (
                boxes_of((tube, number % 2, 0.5 + 0.1 * number)),
                {number % 2: [tube.astype(np.float64)]},
                20,
            )
        )
    summary = evaluate(
        videos,
        2,
        frame_iou_thrs=[0.5, 1, '0.5:0.95'],
        video_iou_thrs=[0.2, 1.0, '0.5:0.95'],
        **settings,
    )
    assert list(summary.means.values()) == [100] * 6


def test_perfect_tubelets():
    tube = still_tube(1, 20)
    boxes = np.tile(tube[0, 1:], (14, 7, 1))
    found = Tubelets(np.arange(1, 15), boxes, np.zeros(14, int), np.full(14, 0.5))
    summary = evaluate([(found, {0: [tube]}, 20)])
    assert set(summary.means.values()) == {100}


def test_half_a_box_to_the_side():
    # IoU 1/3 in each frame.
    found = boxes_of((still_tube(1, 20, (30, 20, 69, 79)), 0, 0.5))
    levels = [0.33, 0.34]
    summary = evaluate(
        [(found, {0: [still_tube(1, 20)]}, 20)],
        frame_iou_thrs=levels,
        video_iou_thrs=levels,
    )
    assert list(summary.means.values()) == [100, 0, 100, 0]


def test_tube_one_frame_short():
    # 19 of 20 frames.
    found = boxes_of((still_tube(2, 20), 0, 0.5))
    summary = evaluate(
        [(found, {0: [still_tube(1, 20)]}, 20)], video_iou_thrs=[0.95, 0.96]
    )
    assert list(summary.means.values()) == [95, 100, 0]


def test_class_without_truth():
    videos = [
        (
            boxes_of(
                (still_tube(1, 20), 0, 0.5), (still_tube(1, 20, (0, 0, 9, 9)), 1, 0.5)
            ),
            {0: [still_tube(1, 20)]},
            20,
        )
    ]
    summary = evaluate(videos, 3)
    assert all(summary.means[key] == 100 for key in KEYS)
    assert np.isnan(summary.per_class[KEYS[0]]).tolist() == [False, True, True]
    # Class 1 was predicted, class 2 was not.
    summary = evaluate(videos, 3, empty_classes='zero')
    assert all(summary.means[key] == 50 for key in KEYS)
    assert summary.table(['run', 'sit', 'go']).splitlines()[3].split() == [
        'go',
        '-',
        '-',
        '-',
        '-',
        '-',
    ]


def test_no_detections():
    summary = evaluate([(boxes_of(), {0: [still_tube(1, 20)]}, 20)])
    assert all(summary.means[key] == 0 for key in KEYS)


def test_video_without_truth():
    """All detections of such a video are wrong."""
    right = (boxes_of((still_tube(1, 20), 0, 0.5)), {0: [still_tube(1, 20)]}, 20)
    wrong = (boxes_of((still_tube(1, 20), 0, 0.6)), {}, 20)
    summary = evaluate([right, wrong], video_iou_thrs=[0.5])
    # Precision along the 20 hits after 20 misses, from hit to hit.
    frame = sum((k / (20 + k) + (k - 1) / (19 + k)) / 2 for k in range(1, 21))
    assert summary.means['frame_mAP@0.5'] == pytest.approx(100 * frame / 20)
    assert summary.means['video_mAP@0.5'] == pytest.approx(100 * 0.5 / 2)
    # So are those in frames without truth.
    frames = np.arange(1, 21)
    found = Tubelets(
        frames, np.tile([10, 20, 49, 79], (20, 1, 1)), 0 * frames, 1 - frames / 100
    )
    summary = evaluate([(found, {0: [still_tube(11, 20)]}, 20)], protocol='voc')
    assert summary.means['frame_mAP@0.5'] == pytest.approx(50)


def test_equal_scores_of_a_tubelet():
    """A tubelet of two frames, one of them right: (100 + 25) / 2."""
    right, wrong = [10, 20, 49, 79], [60, 20, 99, 79]
    for boxes in ([right, wrong], [wrong, right]):
        found = Tubelets(
            np.array([1]), np.array([boxes]), np.array([0]), np.array([0.5])
        )
        frame = 1 + boxes.index(right)
        summary = evaluate([(found, {0: [still_tube(frame, frame)]}, 2)])
        assert summary.means['frame_mAP@0.5'] == pytest.approx(62.5)


def test_tubes_of_one_frame():
    one = still_tube(7, 7)
    found = boxes_of((one, 0, 0.5))
    summary = evaluate([(found, {0: [one]}, 20)], linker=dict(min_length=1))
    assert all(summary.means[key] == 100 for key in KEYS)
    # MOC's linker drops it, the truth stays.
    summary = evaluate([(found, {0: [one]}, 20)])
    assert [summary.means[key] for key in KEYS] == [100, 0, 0, 0]


@pytest.mark.parametrize('protocol', ['act', 'voc'])
@pytest.mark.parametrize(
    'linker, length', [('greedy', 1), ('greedy', 3), ('viterbi', 1)]
)
def test_order_of_equal_scores_does_not_matter(protocol, linker, length):
    rng = np.random.default_rng(4)
    videos = [(*random_video(rng, length, levels=2), 24) for _ in range(3)]
    settings = dict(
        num_classes=2, protocol=protocol, linker=linker, video_iou_thrs=[0.2, 0.5]
    )
    expected = evaluate(videos, **settings)
    assert expected.means['frame_mAP@0.5'] > 10
    for _ in range(5):
        order = [rng.permutation(len(found.scores)) for found, _, _ in videos]
        shuffled = [
            (Tubelets(*(array[rows] for array in found)), truths, n)
            for (found, truths, n), rows in zip(videos, order)
        ]
        # And of the videos.
        assert evaluate(shuffled[::-1], **settings) == expected


def test_inputs_are_left_alone():
    rng = np.random.default_rng(6)
    for length in (1, 3):
        found, truths = random_video(rng, length)
        copies = [array.copy() for array in found]
        for array in (*found, *sum(truths.values(), [])):
            array.setflags(write=False)
        evaluate([(found, truths, 24)], 2)
        evaluate([(found, truths, 24)], 2, preset='act')
        if length == 1:
            evaluate([(found, truths, 24)], 2, linker='viterbi')
        for array, copy in zip(found, copies):
            np.testing.assert_array_equal(array, copy)


def test_linking_alone():
    found = boxes_of((still_tube(1, 20), 1, 0.5), (still_tube(3, 22), 0, 0.7))
    tubes = link_tubes(found, 30, 3, make_options())
    assert [[tube.rows[0, 0] for tube in part] for part in tubes] == [[3], [1], []]
    # Other suppression for the linker than for frame-mAP.
    twice = boxes_of(
        (still_tube(1, 20), 0, 0.5), (still_tube(1, 20, (14, 20, 53, 79)), 0, 0.4)
    )
    tubes = link_tubes(twice, 30, 1, make_options())[0]
    assert [tube.score for tube in tubes] == pytest.approx([0.5, 0.4 * (1 - 36 / 44)])
    tubes = link_tubes(twice, 30, 1, make_options(linker=dict(nms_soft=False)))[0]
    assert len(tubes) == 1
    both = [(twice, {0: [still_tube(1, 20)]}, 30)]
    assert evaluate(both, linker=dict(nms_soft=False)).means == evaluate(both).means


def test_numpy_alone():
    """The evaluation and the modules it uses can be taken out of the project."""
    folder, waiting, seen = Path(tube_evaluation.__file__).parent, ['evaluation'], set()
    while waiting:
        name = waiting.pop()
        seen.add(name)
        for node in ast.walk(ast.parse((folder / f'{name}.py').read_text('utf-8'))):
            if isinstance(node, ast.Import):
                assert [name.name for name in node.names] == ['numpy']
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                assert node.module in ('typing', 'math')
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 1
                waiting += {node.module} - seen
    assert len(seen) > 5
