"""Runs over many videos: files, timeline, failures and their end."""

import csv
import json
from pathlib import Path

import cv2
import pytest

from mmvkp.recognition.inferencer import Inferencer
from mmvkp.recognition.predict import Timeline, predict
from mmvkp.recognition.predictions import Prediction
from mmvkp.recognition.result_files import ResultFiles

from ..bright_dot import dot_config, write_dot, write_model


@pytest.fixture
def here(tmp_path, monkeypatch):
    """Three videos of 1.2 s; the second one is damaged."""
    monkeypatch.chdir(tmp_path)
    for i in range(3):
        write_dot(f'{i}.avi', (64, 64), (8, 4 + 20 * i), 12, step=2)
    Path('1.avi').write_bytes(b'x' * 100)
    return Inferencer(*write_model(tmp_path, dot_config()))


def run(
    inferencer, outs=(), timeline=None, sources=('0.avi', '1.avi', '2.avi'), **more
):
    files, picture = ResultFiles(outs), Timeline(timeline, len(sources))
    return predict(inferencer, list(sources), files, picture, **more)


def read_csv(path):
    with open(path, newline='') as file:
        return list(csv.DictReader(file))


def test_all_outputs(here, capsys):
    outs = ['a.jsonl', 'a.csv']
    assert run(here, outs, top_k=2, batch_size=2) == 1
    said = capsys.readouterr()
    lines = said.out.splitlines()
    assert [each.partition(': ')[0] for each in lines] == ['0.avi', '2.avi']
    assert said.err.splitlines()[0] == '1 of 3 videos have problems:'
    assert said.err.splitlines()[1].startswith('  1.avi: ')
    content = [json.loads(line) for line in Path('a.jsonl').read_text().splitlines()]
    results = list(here(['0.avi', '2.avi'], top_k=2))
    assert content == [each.content() for each in results]
    rows = read_csv('a.csv')
    assert [(each['video'], each['rank']) for each in rows] == [
        (video, rank) for video in ('0.avi', '2.avi') for rank in '12'
    ]
    assert [float(each['score']) for each in rows] == pytest.approx(
        [score for each in results for _, score in each.top()], abs=1e-5
    )


def test_windows_with_a_timeline(here, capsys):
    options = dict(window=0.4, stride=0.2)
    assert run(here, ['w.csv'], 'w.png', **options) == 1
    rows = read_csv('w.csv')
    starts = sorted({(each['video'], float(each['start'])) for each in rows})
    wanted = [0.0, 0.2, 0.4, 0.6, 0.8]
    assert starts == [(video, at) for video in ('0.avi', '2.avi') for at in wanted]
    assert '0.avi 0.20-0.60 s: ' in capsys.readouterr().out
    assert cv2.imread('w.png') is not None


def test_only_good_videos(here, capsys):
    assert run(here, sources=['0.avi', '2.avi']) == 0
    assert not capsys.readouterr().err


def interrupt_after(inferencer, monkeypatch, error):
    """Raise an error in place of the second result."""
    lines = Prediction.lines

    def fail(self):
        if self.video == '2.avi':
            raise error
        return lines(self)

    monkeypatch.setattr(Prediction, 'lines', fail)


def test_ctrl_c_keeps_the_results(here, monkeypatch, capsys):
    interrupt_after(here, monkeypatch, KeyboardInterrupt())
    assert run(here, ['a.jsonl'], 'a.png', window=0.4) == 130
    assert '0.avi' in Path('a.jsonl').read_text().splitlines()[0]
    assert cv2.imread('a.png') is not None
    said = capsys.readouterr()
    assert 'interrupted' in said.err and '  1.avi: ' in said.err


def test_other_errors_keep_the_results(here, monkeypatch, capsys):
    interrupt_after(here, monkeypatch, OSError('no space left'))
    with pytest.raises(OSError, match='no space left'):
        run(here, ['a.jsonl'])
    assert Path('a.jsonl').read_text() and '  1.avi: ' in capsys.readouterr().err


def test_timelines_that_cannot_be_drawn(tmp_path):
    with pytest.raises(ValueError, match='a.mp4 must end in .png'):
        Timeline('a.mp4', 1)
    with pytest.raises(ValueError, match='at most 20 videos, 21 are given; give fewer'):
        Timeline(str(tmp_path / 'a.png'), 21)
    (tmp_path / 'file').touch()
    with pytest.raises(ValueError, match='cannot be written'):
        Timeline(str(tmp_path / 'file/a.png'), 1)
