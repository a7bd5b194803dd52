"""Files of results: JSON lines and csv."""

import csv
import json

import numpy as np
import pytest

from mmvkp.recognition.predictions import Prediction
from mmvkp.recognition.result_files import ResultFiles

NAMES = ['run, fast', 'größer "x"', 'a\nb']


def result(video='a.mp4'):
    return Prediction(video, np.array([0.5, 0.3, 0.2]), NAMES)


def test_both_formats_grow_with_each_result(tmp_path):
    paths = [tmp_path / 'new/a.jsonl', tmp_path / 'a.csv']
    with ResultFiles([str(each) for each in paths]) as files:
        for count in (1, 2):
            files.write(result(f'{count}.mp4'))
            # Others can read it while the run goes on.
            lines = paths[0].read_text(encoding='utf-8').splitlines()
            assert len(lines) == count
            with open(paths[1], encoding='utf-8', newline='') as file:
                rows = list(csv.DictReader(file))
            assert len(rows) == 3 * count
    assert [json.loads(each)['video'] for each in lines] == ['1.mp4', '2.mp4']
    assert [each['name'] for each in json.loads(lines[0])['top']] == NAMES
    assert [each['name'] for each in rows[:3]] == NAMES
    assert rows[5] == dict(
        video='2.mp4',
        start='',
        end='',
        rank='3',
        label='2',
        name='a\nb',
        score='0.200000',
    )


def test_a_file_name_that_is_not_text(tmp_path):
    paths = [str(tmp_path / each) for each in ('a.jsonl', 'a.csv')]
    with ResultFiles(paths) as files:
        files.write(result('a\udcff.mp4'))
    text = (tmp_path / 'a.jsonl').read_text(encoding='utf-8')
    assert json.loads(text)['video'] == 'a\udcff.mp4'
    assert 'a\\udcff.mp4' in (tmp_path / 'a.csv').read_text(encoding='utf-8')


def test_an_error_keeps_the_results(tmp_path):
    path = tmp_path / 'a.jsonl'
    with pytest.raises(KeyboardInterrupt):
        with ResultFiles([str(path)]) as files:
            files.write(result())
            raise KeyboardInterrupt
    assert len(path.read_text().splitlines()) == 1


def test_an_existing_file_is_kept_until_the_run(tmp_path):
    path = tmp_path / 'a.csv'
    path.write_text('old')
    files = ResultFiles([str(path)])
    assert path.read_text() == 'old'
    with files:
        pass
    assert path.read_text() == ''


def test_files_that_cannot_be_written(tmp_path):
    with pytest.raises(ValueError, match=r'a.txt must end in .jsonl or .csv'):
        ResultFiles(['a.txt'])
    with pytest.raises(ValueError, match='is a folder'):
        (tmp_path / 'a.csv').mkdir()
        ResultFiles([str(tmp_path / 'a.csv')])
    with pytest.raises(ValueError, match='a file is given twice'):
        ResultFiles([str(tmp_path / 'b.csv'), f'{tmp_path}/./b.csv'])
    (tmp_path / 'file').touch()
    with pytest.raises(ValueError, match='cannot be written'):
        ResultFiles([str(tmp_path / 'file/a.csv')])
