"""Allowed and refused differences of an exported graph."""

import numpy as np
import pytest

from mmvkp.deploy.compare import compare, compare_detections, relative_difference
from mmvkp.tubes import FrameDetections


def outputs(**changes):
    logits = np.array([[1.0, -2.0]], np.float32)
    heatmap = np.array([[[[3.0, 1.0], [1.0 + 1e-6, 0.0]]]], np.float32)
    points = np.array([[[0, 0, 0], [0, 1, 0]]])
    return {**dict(logits=logits, points=points, heatmap=heatmap), **changes}


def test_relative_difference():
    found = relative_difference(np.array([1.0, -3.9]), np.array([1.0, -4.0]))
    assert found == pytest.approx(0.1 / 4)
    assert relative_difference(np.array([np.nan]), np.array([0.0])) == np.inf


@pytest.mark.parametrize('precision, size', [('fp32', 1e-4), ('fp16', 1e-2)])
def test_tolerance_of_logits(precision, size):
    good = outputs(logits=np.array([[1.0, -2.0 * (1 + 0.9 * size)]]))
    lines = compare(good, outputs(), precision)
    assert lines[1] == 'points: 100.000 % are the same'
    bad = outputs(logits=np.array([[1.0, -2.0 * (1 + 1.1 * size)]]))
    with pytest.raises(ValueError, match='logits: .*so no file was written'):
        compare(bad, outputs(), precision)


def test_points():
    """The second point is a tie of two cells; the third cell is none."""
    tie = outputs(points=np.array([[[0, 0, 0], [0, 0, 1]]]))
    assert 'points: 50.000 %' in compare(tie, outputs(), 'fp32')[1]
    other = outputs(points=np.array([[[0, 0, 0], [0, 1, 1]]]))
    with pytest.raises(ValueError, match='points: 50.000 %'):
        compare(other, outputs(), 'fp32')
    assert 'points: 50.000 %' in compare(other, outputs(), 'fp16')[1]


def test_masks():
    given = dict(logits=np.ones((1, 2)), masks=np.array([[[1.0], [0.0]]]))
    wrong = dict(given, masks=np.array([[[1.0], [1.0]]]))
    assert compare(given, given, 'fp32')[1] == 'masks: 100.000 % are the same'
    with pytest.raises(ValueError, match='masks: 50.000 %'):
        compare(wrong, given, 'fp32')
    assert compare(wrong, given, 'fp16')[1] == 'masks: 50.000 % are the same'


def test_key_points():
    x = np.zeros((1, 1, 1, 2, 3), np.float32)
    x[..., 1, 2], x[..., 0, 1] = 5.0, 5.0
    points = np.array([2, 1], np.int32).reshape(1, 1, 1, 1, 1, 2)
    given = dict(logits=np.ones((1, 2)), key_points=points)
    expected = dict(given, _map=x)
    assert len(compare(given, expected, 'fp32')) == 2
    tie = dict(given, key_points=points * 0 + [1, 0])
    compare(tie, expected, 'fp32')
    many = np.repeat(points, 200_000, 1)
    other = np.where(np.arange(200_000).reshape(1, -1, 1, 1, 1, 1) < 1, [1, 0], many)
    lines = compare(
        dict(given, key_points=other),
        dict(given, key_points=many, _map=np.repeat(x, 200_000, 1)),
        'fp32',
    )
    assert lines[1] == 'key points: 99.999 % are the same'
    wrong = dict(given, key_points=points * 0)
    with pytest.raises(ValueError, match='key points: 0.000 %'):
        compare(wrong, expected, 'fp32')


def test_detections():
    """The second pair has exchanged boxes; the third a box that moved by a pixel."""
    boxes = np.array([[0, 0, 9, 9], [5, 5, 20, 20]], np.float32)
    scores = np.array([[0.5, 0.1], [0.5, 0.2]], np.float32)
    plain, other = (
        FrameDetections(boxes[order], scores[order].max(1), scores[order])
        for order in ([0, 1], [1, 0])
    )
    text = compare_detections([(plain, plain), (plain, other)], 'fp32')
    assert '100.000 % of 4 boxes' in text
    moved = FrameDetections(boxes + [[0], [1]], plain.scores, scores)
    with pytest.raises(ValueError, match='50.000 % of 2 boxes within 0.01 pixels'):
        compare_detections([(moved, plain)], 'fp32')
    assert '100.000 %' in compare_detections([(moved, plain)], 'fp16')
    worse = FrameDetections(boxes, plain.scores, scores + np.float32(0.001))
    with pytest.raises(ValueError, match='difference of their scores 1.0e-03'):
        compare_detections([(worse, plain)], 'fp32')
    with pytest.raises(ValueError, match='finds 1 actors in a frame, torch 2'):
        compare_detections([(plain.pick(np.array([0])), plain)], 'fp16')
