"""Scores of tracks that are known by hand."""

import builtins
import json
import pickle

import numpy as np
import pytest

from mmvkp.tubes.tracking import Boxes, join_tracks, track_scores

from ..cli import run


def line(number, first, last, y=0):
    """Track of boxes that move to the right."""
    frames = np.arange(first, last + 1)
    left = 3.0 * frames
    boxes = np.stack((left, 0 * left + y, left + 19, 0 * left + y + 39), 1)
    return number, frames, boxes


ONE = [line(0, 1, 10)]
TWO = [line(0, 1, 10), line(1, 1, 10, 100)]
# AssA is the mean over correct boxes of TPA / (TPA + FPA + FNA), and HOTA the root of
# DetA * AssA; IDF1 is 2 IDTP / (boxes of both sides); MOTA is 1 - (FN + FP + switches)
# / annotated boxes. All boxes are exact, so that the IoU threshold has no effect.
CASES = dict(
    perfect=(TWO, [line(7, 1, 10), line(4, 1, 10, 100)], (1, 1, 1, 1, 1, 0)),
    # Each id has 5 of 10 frames: AssA 5 / 10, IDTP 5.
    split=(ONE, [line(1, 1, 5), line(2, 6, 10)], (0.5**0.5, 1, 0.5, 0.5, 0.9, 1)),
    # 5 of 10 frames of each actor with the id of the other: AssA 5 / 15.
    swapped=(
        TWO,
        [*(line(1, 1, 5), line(2, 6, 10)), *(line(2, 1, 5, 100), line(1, 6, 10, 100))],
        ((1 / 3) ** 0.5, 1, 1 / 3, 0.5, 0.9, 2),
    ),
    # DetA 5 / 10, AssA 5 / 10; IDF1 10 / 15.
    half=(ONE, [line(1, 1, 5)], (0.5, 0.5, 0.5, 2 / 3, 0.5, 0)),
    # 10 boxes without an actor: DetA 10 / 20; MOTA 0.
    false=(ONE, [line(1, 1, 10), line(2, 1, 10, 300)], (0.5**0.5, 0.5, 1, 2 / 3, 0, 0)),
)


@pytest.fixture()
def trackeval():
    return pytest.importorskip(
        'trackeval', reason="TrackEval is missing: pip install 'trackeval>=1.3'"
    )


@pytest.mark.parametrize('name', CASES)
def test_values(trackeval, name):
    truth, found, (*shares, switches) = CASES[name]
    scores = track_scores([(join_tracks(truth), join_tracks(found))])
    assert list(scores) == ['HOTA', 'DetA', 'AssA', 'IDF1', 'MOTA', 'id switches']
    assert list(scores.values()) == pytest.approx(
        [*(100 * each for each in shares), switches]
    )


def test_several_videos(trackeval):
    """Ids of videos are independent; IDF1 is 2 * 15 / 40."""
    pairs = [
        (join_tracks(truth), join_tracks(found))
        for truth, found, _ in (CASES['split'], (ONE, [line(1, 1, 10)], None))
    ]
    scores = track_scores(pairs)
    assert scores['IDF1'] == pytest.approx(75)
    assert scores['MOTA'] == pytest.approx(95)
    nothing = join_tracks([])
    assert track_scores([(join_tracks(ONE), nothing)])['HOTA'] == 0


def test_motmetrics_agrees(trackeval):
    """An independent implementation of IDF1, if it is installed."""
    motmetrics = pytest.importorskip('motmetrics', reason='motmetrics is missing')
    for truth, found, (*shares, switches) in CASES.values():
        pair = [join_tracks(truth), join_tracks(found)]
        accumulator = motmetrics.MOTAccumulator(auto_id=True)
        for frame in range(1, 11):
            ids, boxes = zip(
                *(
                    (each.ids[each.frames == frame], each.boxes[each.frames == frame])
                    for each in pair
                )
            )
            sides = [np.hstack((x[:, :2], x[:, 2:] - x[:, :2] + 1)) for x in boxes]
            distance = motmetrics.distances.iou_matrix(*sides, max_iou=0.5)
            accumulator.update(*(each.tolist() for each in ids), distance)
        names = ['idf1', 'mota', 'num_switches']
        result = motmetrics.metrics.create().compute(accumulator, metrics=names)
        assert result.iloc[0].tolist() == pytest.approx([*shares[3:], switches])
        scores = track_scores([tuple(pair)])
        assert scores['IDF1'] == pytest.approx(100 * result['idf1'].iloc[0])


def test_tracks_are_joined():
    """An actor may have several tubes with one id."""
    boxes = join_tracks([line(3, 1, 2), line(3, 5, 5)])
    assert isinstance(boxes, Boxes)
    assert boxes.frames.tolist() == [1, 2, 5] and boxes.ids.tolist() == [3, 3, 3]
    with pytest.raises(ValueError, match='id 3 has several boxes in frame 2'):
        join_tracks([line(3, 1, 2), line(3, 2, 5)])


@pytest.fixture()
def files(tmp_path, monkeypatch):
    """Annotations of two videos and the tubes of the first one."""
    monkeypatch.chdir(tmp_path)
    rows = [np.column_stack((frames, boxes)) for _, frames, boxes in TWO]
    content = dict(
        labels=['run', 'sit'],
        gttubes={'run/a': {0: rows[:1], 1: rows[1:]}, 'sit/b': {1: rows[:1]}},
        nframes={'run/a': 12, 'sit/b': 12},
        train_videos=[['sit/b']],
        test_videos=[['run/a']],
        resolution={'run/a': (240, 320), 'sit/b': (240, 320)},
    )
    (tmp_path / 'gt.pkl').write_bytes(pickle.dumps(content))
    tubes = [
        dict(
            id=number, label=0, score=1.0, frames=frames.tolist(), boxes=boxes.tolist()
        )
        for number, frames, boxes in CASES['swapped'][1]
    ]
    write('a.json', 'a', tubes)
    return tubes


def write(path, video, tubes):
    with open(path, 'w') as file:
        json.dump(dict(labels=['run', 'sit'], videos={video: tubes}), file)


def test_the_command(trackeval, files, capsys):
    assert run('evaluate', 'tracks', 'gt.pkl', 'a.json') == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[-4:] == [
        '1 of 2 videos of gt.pkl',
        '| HOTA | DetA | AssA | IDF1 | MOTA | id switches |',
        '| ---: | ---: | ---: | ---: | ---: | ---: |',
        '| 57.7 | 100.0 | 33.3 | 50.0 | 90.0 | 2 |',
    ]


@pytest.mark.parametrize(
    'video, twice, message',
    [
        ('c', False, "has tubes of 'c', but gt.pkl has no video of this name"),
        ('run/a', True, "an earlier file has the video 'a' too"),
    ],
)
def test_files_that_do_not_fit(trackeval, files, capsys, video, twice, message):
    write('b.json', video, files)
    paths = ('b.json', 'a.json') if twice else ('b.json',)
    assert run('evaluate', 'tracks', 'gt.pkl', *paths) == 1
    assert message in capsys.readouterr().err


def test_a_missing_library_is_one_error(files, capsys, monkeypatch):
    original = builtins.__import__

    def without(name, *rest):
        if name.startswith('trackeval'):
            raise ImportError(f'No module named {name!r}')
        return original(name, *rest)

    monkeypatch.setattr(builtins, '__import__', without)
    assert run('evaluate', 'tracks', 'gt.pkl', 'a.json') == 1
    error = capsys.readouterr().err
    assert "pip install 'mmvkp[tracking]'" in error and error.count('\n') == 1
