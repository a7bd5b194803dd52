"""Label Studio."""

import json

import pytest

from ..tube_conversion import convert, faults, write


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


SIZE = ('--resolution', '100', '200')


def _key(frame, x=10, enabled=True, **changes):
    values = dict(frame=frame, x=x, y=20, width=30, height=40, rotation=0, time=0.1)
    return dict(values, enabled=enabled, **changes)


def _value(*keys, labels=('run',), **changes):
    value = dict(framesCount=20, duration=1, sequence=list(keys), labels=list(labels))
    return dict(value, **changes)


def _task(*values, video='/data/upload/3/0123abcd-my%20film.mp4', **changes):
    results = [dict(type='videorectangle', id='a', value=value) for value in values]
    task = dict(id=1, data=dict(video=video), annotations=[dict(result=results)])
    return dict(task, **changes)


def _convert(*tasks, options=(), test='my film'):
    write('ls.json', json.dumps(list(tasks)))
    return convert('label-studio', 'ls.json', 'out.pkl', *SIZE, *options, test=test)


def _refused(capsys, *tasks):
    write('ls.json', json.dumps(list(tasks)))
    return faults(capsys, 'label-studio', 'ls.json', 'out.pkl', *SIZE)


def test_key_frames(capsys):
    """Linear from 3 to 5; frame 5 is the last one; again from 9 to the end."""
    keys = _key(5, 20, enabled=False), _key(3), _key(9)
    truth = _convert(_task(_value(*keys)))
    assert truth.labels == ['run'] and truth.nframes == {'my film': 20}
    first, second = truth.gttubes['my film'][0]
    # 10 % of 200 pixels, 20 % and 40 % of 100 pixels.
    assert first.tolist() == [
        [3, 20, 20, 79, 59],
        [4, 30, 20, 89, 59],
        [5, 40, 20, 99, 59],
    ]
    assert second[:, 0].tolist() == list(range(9, 21))
    assert '3 key frames made 15 boxes' in capsys.readouterr().out


def test_rotation_around_the_corner():
    """60 x 40 pixels turned by 90 degrees: to the left of its corner (80, 20)."""
    truth = _convert(_task(_value(_key(1, 40, rotation=90, enabled=False))))
    assert truth.gttubes['my film'][0][0][0].tolist() == pytest.approx(
        [1, 40, 20, 79, 79]
    )


def test_json_min_and_several_labels():
    task = dict(
        id=3,
        video='s3://bucket/a.mp4',
        box=[_value(_key(1), labels=['run', 'wave'])],
        tags=['x'],
    )
    truth = _convert(task, test='a')
    assert truth.labels == ['run', 'wave'] and truth.nframes == {'a': 20}
    assert sorted(truth.gttubes['a']) == [0, 1]
    url = '/data/local-files/?d=films/b.mp4'
    assert list(_convert(_task(_value(_key(1)), video=url), test='b').gttubes) == ['b']


def test_other_results_are_counted(capsys):
    task = _task(_value(_key(1)), _value(_key(1), labels=[]))
    task['annotations'][0]['result'].append(dict(type='choices', value={'choices': []}))
    task['annotations'].append(dict(was_cancelled=True, result=[]))
    _convert(task)
    out = capsys.readouterr().out
    assert 'tracks          2          1         1' in out and 'no label' in out
    assert "a 'choices' is not a box" in out


def test_faults_are_named(capsys):
    assert 'task 1 is not a record' in _refused(capsys, 3)
    assert 'task 1: has no video' in _refused(capsys, dict(id=1, annotations=[]))
    two = _task(_value(_key(1)))
    two['annotations'] *= 2
    assert 'has 2 annotations; keep one' in _refused(capsys, two)
    again = [_task(_value(_key(1)))] * 2
    assert 'task 2: another task of the video my film' in _refused(capsys, *again)
    for value, words in (
        (_value(_key(1), _key(1)), 'frame 1 occurs twice'),
        (_value(_key(0)), 'frame is 0, outside'),
        (_value(_key(1, x='a')), 'cannot be read'),
        (_value(_key(1, width=0)), 'a box is empty'),
        (_value(_key(1), framesCount=10**9), 'framesCount is'),
        (_value(_key(1, x=None)), 'cannot be read'),
        (_value(3), 'cannot be read'),
    ):
        assert words in _refused(capsys, _task(value))
    outside = _task(_value(_key(25, enabled=False)))
    assert 'frame is outside [1, 20]' in _refused(capsys, outside)


def test_another_frame_rate_than_the_video(capsys):
    write('ls.json', json.dumps([_task(_value(_key(1)))]))
    words = ('label-studio', 'ls.json', 'out.pkl', *SIZE, '--num-frames')
    err = faults(capsys, *words, '24')
    assert 'framesCount is 20, the video has 24 frames' in err
    truth = convert(*words, '21', test='my film')
    assert truth.nframes == {'my film': 21}
    assert '21 is written' in capsys.readouterr().out
