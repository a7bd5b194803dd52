"""Corrected detections by hand, and the tables of the command."""

import json

import numpy as np
import pytest

from mmvkp.tubes.annotations import load_tube_annotations
from mmvkp.tubes.detection_files import DetectionReader, DetectionWriter
from mmvkp.tubes.detections import pack
from mmvkp.tubes.error_sources import correct, find_error_sources, frame_truth
from mmvkp.tubes.options import make_options

from .test_dump_evaluation import evaluate, write_case

SHORT = make_options(linker=dict(type='greedy', min_length=2), frame_iou_thrs=(0.7,))


def tube(first, last, box):
    return np.array([[frame, *box] for frame in range(first, last + 1)], dtype=float)


# Class 1 on frames 2 to 5.
TRUTHS = {1: [tube(2, 5, (10, 10, 19, 29))]}


def detections(boxes, frames, scores):
    """Boxes (B, 4) with scores (B, C)."""
    boxes = np.array(boxes, dtype=float)[:, None]
    return pack(np.array(frames), boxes, np.array(scores), None, None, None)


def as_rows(found):
    """Sorted frame, first coordinate, class and score."""
    frames, boxes, labels, scores = found.tubelets()
    rows = zip(frames, boxes[:, 0, 0], labels, scores)
    return sorted(tuple(round(float(x), 4) for x in row) for row in rows)


def test_each_part_by_hand():
    """IoU with the truth: 0.5, below 0.3, and no truth on frame 1."""
    boxes = [(10, 20, 19, 29), (17, 10, 26, 29), (10, 10, 19, 29)]
    found = detections(boxes, [2, 3, 1], [[0.5, 0.2], [0.3, 0.1], [0.4, 0.6]])
    truth = frame_truth(TRUTHS)
    before = as_rows(found)
    assert as_rows(correct(found, truth, ())) == before
    assert as_rows(correct(found, truth, ('extents',))) == [
        *[(2, 10, 0, 0.5), (2, 10, 1, 0.2), (3, 17, 0, 0.3), (3, 17, 1, 0.1)]
    ]
    fixed = correct(found, truth, ('boxes',))
    assert fixed.boxes[:, 0].tolist() == [
        [10, 10, 19, 29],
        [17, 10, 26, 29],
        [10, 10, 19, 29],
    ]
    # The box of frame 2 has class 1 alone; the others do not change.
    assert as_rows(correct(found, truth, ('classes',))) == [
        *[(1, 10, 0, 0.4), (1, 10, 1, 0.6), (2, 10, 1, 0.7)],
        *[(3, 17, 0, 0.3), (3, 17, 1, 0.1)],
    ]
    assert as_rows(found) == before


def test_without_detections_or_truth():
    nothing = detections(np.zeros((0, 4)), [], np.zeros((0, 2)))
    some = detections([(1, 2, 3, 4)], [1], [[0.5, 0.1]])
    parts = ('extents', 'boxes', 'classes')
    assert as_rows(correct(nothing, frame_truth(TRUTHS), parts)) == []
    assert as_rows(correct(some, frame_truth({}), parts)) == []
    assert as_rows(correct(some, frame_truth({}), parts[1:])) == as_rows(some)


def write_scene(folder, boxes, frames, scores):
    content = dict(
        labels=['a', 'b'],
        gttubes={'v': {1: [each.tolist() for each in TRUTHS[1]]}},
        nframes={'v': 8},
        train_videos=[[]],
        test_videos=[['v']],
        resolution={'v': [40, 40]},
    )
    ann, dump = folder / 'ann.json', folder / 'dump.npz'
    ann.write_text(json.dumps(content))
    with DetectionWriter(dump, ['a', 'b'], 1) as writer:
        writer.add('v', detections(boxes, frames, scores))
    return str(ann), str(dump)


def test_each_error_disappears_with_its_correction(tmp_path):
    """Boxes of IoU 0.6, of the wrong class, also on frames 6 to 8."""
    box = (10, 10, 19, 21)  # 12 of 20 rows
    ann, dump = write_scene(tmp_path, [box] * 7, range(2, 9), [[0.6, 0.3]] * 7)
    found, precision = find_error_sources(
        load_tube_annotations(ann), DetectionReader(dump), ['v'], SHORT
    )
    assert len(found) == 8
    # The true class has the second score, which does not matter for one class.
    assert found[()]['frame_mAP@0.7'] == 0
    assert found['boxes',]['frame_mAP@0.7'] > 0
    assert found['classes',]['frame_mAP@0.7'] == 0
    everything = found['extents', 'boxes', 'classes']
    assert everything['frame_mAP@0.7'] == everything['video_mAP@0.75'] == 100
    assert found['extents', 'classes']['video_mAP@0.5'] == 100
    assert found['extents', 'classes']['video_mAP@0.75'] == 0
    assert precision == pytest.approx(
        {'mean': 0.6, '0.5': 100, '0.6': 100, '0.7': 0, '0.8': 0, '0.9': 0}
    )


def test_command(tmp_path, capsys):
    ann, dump, _, _ = write_case(tmp_path, 'trimmed_k1')
    assert evaluate(ann, dump, '--error-sources') == 0
    lines = capsys.readouterr().out.splitlines()
    start = [line.split('  ')[0] for line in lines].index('corrected')
    rows = [line.split('  ')[0] for line in lines[start + 1 : start + 9]]
    assert rows[0] == 'nothing' and rows[-1] == 'extents, boxes, classes'
    assert lines[start + 9].startswith('best box of each true box: mean IoU 0.')
    # Nothing corrected: the mean of the table above.
    mean = [line for line in lines if line.startswith('mean ')]
    assert mean[0].split()[1:] == lines[start + 1].split()[1:]


def test_tubelets_are_refused(tmp_path, capsys):
    ann, dump, _, _ = write_case(tmp_path, 'trimmed_k7')
    assert evaluate(ann, dump, '--error-sources') == 1
    assert 'tubelets of 7 frames; error sources are for' in capsys.readouterr().err
