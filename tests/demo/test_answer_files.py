"""The JSON file of an answer."""

import json

import pytest

from mmvkp.demo.answer_files import write_content
from mmvkp.recognition.shipped_weights import shipped_weights
from mmvkp.version import __version__


def test_the_file_names_its_weights(tmp_path):
    (weights, *_) = shipped_weights().values()
    path = tmp_path / 'a.json'
    write_content(path, weights, [('time', '1 s')], dict(top=[1]))
    content = json.loads(path.read_text())
    assert content['model'] == dict(
        name=weights.name,
        recipe=weights.recipe,
        sha256=weights.sha256,
        mmvkp=__version__,
    )
    assert content['facts'] == dict(time='1 s') and content['top'] == [1]
    with pytest.raises(ValueError, match='not JSON compliant'):
        write_content(path, weights, [], dict(top=[float('nan')]))
    assert json.loads(path.read_text()) == content
