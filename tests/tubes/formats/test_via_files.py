"""Regions in files of VIA."""

import json

import pytest

from ..tube_conversion import faults, write
from ..via_tables import HEADER, moment, project, row


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


SIZE = ('--resolution', '100', '200')


@pytest.mark.parametrize(
    'name, text, message',
    [
        ('a.csv', 'x,y\n', 'is not a table of VIA 2 or 3'),
        ('a.csv', HEADER + row('noframe.png'), 'does not end with the number'),
        ('a.csv', HEADER + 'f_1.png,1\n', 'line 2: has 2 columns'),
        ('a.csv', HEADER + row('f_1.png', x='nan'), 'nan is not a number'),
        ('a.csv', HEADER + 'f_1.png,1,{},1,0,{x,{}\n', 'is not JSON'),
        ('a.json', '[]', 'is not a project of VIA'),
        ('a.json', '{"a": 3}', 'is not a project of VIA 2 or 3'),
        ('a.json', '{"a": {"filename": "f_1.png", "regions": 3}}', 'regions is 3'),
        ('a.json', json.dumps(project(dict(z=[0]))), 'is missing'),
        ('a.json', json.dumps(project(moment('x'))), "the time is 'x'"),
        ('a.json', json.dumps(project(moment(1e9))), 'is too large'),
    ],
)
def test_faults_are_named(capsys, name, text, message):
    write(name, text)
    err = faults(capsys, 'via', name, 'out.pkl', *SIZE, '--fps', '10')
    assert message in err and name in err
