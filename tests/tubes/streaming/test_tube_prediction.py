"""Tubes of a video as lines, JSON, csv and timeline."""

import numpy as np
import pytest

from mmvkp.tubes.online_tubes import LinkedTube
from mmvkp.tubes.streaming.tube_prediction import TubePrediction

NAMES = ['run', 'sit', 'wave']


def tube(number, label, scores, first, last):
    frames = np.arange(first, last + 1)
    boxes = np.tile(np.float32([1, 2, 3.456, 4]), (len(frames), 1))
    means = np.float32(scores)
    return LinkedTube(number, label, float(means[label]), means, frames, boxes)


def prediction(**changes):
    """Two tubes in 50 frames, which took two seconds."""
    tubes = [
        tube(1, 0, [0.5, 0.25, 0.125], 1, 3),
        tube(2, 2, [0.125, 0.25, 0.75], 11, 20),
    ]
    info = dict(fps=10.0, num_frames=50, num_dropped=3)
    return TubePrediction('a.mp4', tubes, NAMES, info, 2.0)._replace(**changes)


SUMMARY = 'a.mp4: 2 tubes on 50 frames, 3 frames dropped, 25.0 frames per second'


def test_lines():
    assert prediction().lines() == [
        '1: run 0.50, frames 1 to 3',
        '2: wave 0.75, frames 11 to 20',
        SUMMARY,
    ]
    # Files have the tubes.
    assert prediction(files=('b.mp4', 'c.json')).lines() == [
        f'{SUMMARY} -> b.mp4 and c.json'
    ]
    assert prediction(tubes=[]).lines() == [SUMMARY.replace('2 tubes', '0 tubes')]


def test_a_run_without_time_or_with_a_strange_name():
    (line,) = prediction(tubes=[], seconds=0.0, video='a\udcff.mp4').lines()
    assert line.encode() and '0 tubes on 50 frames' in line


def test_values_of_a_line_of_json():
    content = prediction(top_k=2).content()
    assert (content['video'], content['info']['num_frames']) == ('a.mp4', 50)
    first, second = content['tubes']
    assert first == dict(
        id=1,
        label=0,
        score=0.5,
        frames=[1, 2, 3],
        boxes=[[1, 2, 3.46, 4]] * 3,
        name='run',
        top=[
            dict(label=0, name='run', score=0.5),
            dict(label=1, name='sit', score=0.25),
        ],
    )
    assert [each['name'] for each in second['top']] == ['wave', 'sit']


def test_rows_of_a_csv():
    result = prediction(top_k=2)
    assert [dict(zip(result.columns, row)) for row in result.rows()[1:3]] == [
        dict(
            video='a.mp4',
            tube=1,
            first_frame=1,
            last_frame=3,
            rank=2,
            label=1,
            name='sit',
            score='0.250000',
        ),
        dict(
            video='a.mp4',
            tube=2,
            first_frame=11,
            last_frame=20,
            rank=1,
            label=2,
            name='wave',
            score='0.750000',
        ),
    ]
    assert len(result.rows()) == 4 and len(prediction().rows()) == 6


def test_rows_of_a_timeline():
    """Frame 1 starts at 0 s, and frame 20 ends at 2 s; the best tube is first."""
    result = prediction()
    first, second = result.timeline([result])
    assert (first.name, second.name) == ('2: wave', '1: run')
    assert first.spans == [(pytest.approx(1.0), pytest.approx(2.0), 0.75)]
    assert second.spans == [(0.0, pytest.approx(0.3), 0.5)]
