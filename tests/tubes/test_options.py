"""Settings from names and dicts."""

import pytest

from mmvkp.tubes.linking import GreedyOptions
from mmvkp.tubes.options import expand_thresholds, make_options
from mmvkp.tubes.viterbi import ViterbiOptions


def test_presets():
    moc = make_options()
    assert (moc.nms_threshold, moc.nms_soft) == (0.6, True)
    assert moc.linker == GreedyOptions(0.6, True, 10, 0.5, None, 0, 0.005, 15)
    act = make_options(preset='act')
    assert (act.nms_threshold, act.nms_soft) == (0.3, False)
    assert act.linker == GreedyOptions(0.3, False, 10, 0.2, 5, 0, 0.01, 15)


def test_parameters_of_the_linker():
    asked = dict(max_gap=3, nms_threshold=0.5)
    options = make_options(preset='act', linker=asked)
    assert options.linker.max_gap == 3 and options.linker.iou_threshold == 0.2
    # The suppression of boxes for frame-mAP stays that of the preset.
    assert options.nms_threshold == 0.3
    assert options.linker.nms_threshold == 0.5
    assert asked == dict(max_gap=3, nms_threshold=0.5)
    asked = dict(type='viterbi', psi=True, trim_threshold=None)
    assert make_options(linker=asked).linker == ViterbiOptions(psi=True)
    assert make_options(linker=dict(finish_offset=None)) == make_options()


def test_ranges():
    assert expand_thresholds('x', [0.2, '0.5:0.95', 1, '0.3']) == [
        [0.2],
        [0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95],
        [1],
        [0.3],
    ]


@pytest.mark.parametrize(
    'arguments, message',
    [
        (dict(protocol='coco'), "protocol='coco' is not known"),
        (dict(preset='yowo'), "preset='yowo' is not known; choose one of "),
        (dict(preset=['moc']), r"preset=\['moc'\] is not known"),
        (dict(linker=['greedy']), r"linker=\['greedy'\] must be 'greedy', 'viterbi'"),
        (dict(linker=None), 'linker=None must be'),
        (dict(linker=dict(type=['greedy'])), r"linker=\['greedy'\] is not known"),
        (dict(linker={1: 2}), r"greedy has no parameters \['1'\]"),
        (dict(video_iou_thrs=0.5), 'video_iou_thrs=0.5 is a float; give a list'),
        (dict(frame_iou_thrs='0.5'), "frame_iou_thrs='0.5' is a str; give a list"),
        (dict(frame_iou_thrs=None), 'frame_iou_thrs=None is a NoneType'),
        (dict(linker='best'), "linker='best' is not known; choose one of "),
        (dict(linker=dict(psi=True)), r"greedy has no parameters \['psi'\]"),
        (dict(frame_iou_thrs=[0]), 'frame_iou_thrs: 0 is not a threshold'),
        (dict(video_iou_thrs=['0.9:0.5']), "video_iou_thrs: '0.9:0.5' is no"),
        (dict(video_iou_thrs=['half']), "video_iou_thrs: 'half' is not a threshold"),
        (dict(video_iou_thrs=['0.1:0.2:0.3']), 'is not a threshold'),
        (
            dict(linker=dict(max_candidates=61)),
            r'max_candidates=61 must be an integer in \[1, 60\]',
        ),
        (dict(linker=dict(max_gap=1.5)), 'max_gap=1.5 must be an integer in'),
        (dict(linker=dict(max_gap=None)), 'max_gap=None must be an integer'),
        (dict(linker=dict(finish_offset=0)), 'finish_offset=0 must be an integer'),
        (dict(linker=dict(iou_threshold='0.5')), "iou_threshold='0.5' must be a "),
        (dict(preset=dict(type='moc', class_window=-1)), 'class_window=-1 must be an'),
        (dict(preset=dict(class_window=True)), 'class_window=True must be an integer'),
        (dict(preset=dict(window=1)), "preset=.*'window': 1.* is not known"),
        (dict(linker=dict(nms_soft=1)), 'linker: nms_soft=1 must be True or False'),
        (dict(linker=dict(type='viterbi', max_tubes=0)), 'max_tubes=0 must be a'),
        (
            dict(tube_nms_threshold=2),
            r'tube_nms_threshold=2 must be a number in '
            r'\[0, 1\]',
        ),
    ],
)
def test_mistakes(arguments, message):
    with pytest.raises(ValueError, match=message):
        make_options(**arguments)
