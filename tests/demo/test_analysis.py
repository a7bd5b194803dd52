"""Answers of all shipped networks, without a browser."""

import json

import cv2
import pytest

from mmvkp.demo import Analyser, Answer, Step, Workspace, compare
from mmvkp.demo.examples import make_examples
from mmvkp.demo.uploads import Prepared
from mmvkp.recognition.shipped_weights import shipped_weights
from mmvkp.video import video_info

WEIGHTS = list(shipped_weights())
# The plot of space and time takes seconds.
CASES = [
    pytest.param(name, marks=[pytest.mark.slow] * ('frame-mAP@0.5' in each.results))
    for name, each in shipped_weights().items()
]


@pytest.fixture(scope='module')
def videos(tmp_path_factory):
    """Paths of the examples."""
    return [path for path, _ in make_examples(tmp_path_factory.mktemp('examples'))]


def answers_of(names, video, folder):
    """Results of a run; its progress rises from 0 to 1."""
    items = list(Analyser().run(names, video, folder))
    shares = [each.share for each in items if isinstance(each, Step)]
    assert shares == sorted(shares) and 0 <= shares[0] and shares[-1] <= 1
    assert sum(isinstance(each, Prepared) for each in items) == 1
    return items[-1]


@pytest.mark.parametrize('name', CASES)
def test_each_network_answers(name, videos, tmp_path):
    detector = 'frame-mAP@0.5' in shipped_weights()[name].results
    (answer,) = answers_of([name, name], videos[-1 if detector else 0], tmp_path)
    assert isinstance(answer, Answer) and answer.model == name
    assert all(0 <= score <= 1 for _, score in answer.classes)
    assert cv2.imread(str(answer.picture)).shape[1] > 600
    assert video_info(answer.movie).num_frames >= 8
    content = json.loads(answer.content.read_text())
    assert content['model']['sha256'] == shipped_weights()[name].sha256
    facts = dict(answer.facts)
    assert facts['cost'].split()[0] != '0.0' and 's' in facts['time']
    assert (answer.volume is not None) == detector
    if detector:
        (tubes,) = content['videos'].values()
        assert len(tubes) == len(answer.classes) and 'joints' in tubes[0]
        assert cv2.imread(str(answer.volume)) is not None
    else:
        assert content['top'][0]['name'] == answer.classes[0][0]
        assert len(content['attention']['frames']) == 8


def test_a_run_can_be_stopped(videos, tmp_path):
    items = Analyser().run(WEIGHTS[:1], videos[0], tmp_path)
    for item in items:
        if isinstance(item, Step) and 'running' in item.text or 'frame' in str(item):
            break
    items.close()
    assert not list(tmp_path.glob('*.json'))


def test_bad_requests(videos, tmp_path):
    bad = tmp_path / 'bad.mp4'
    bad.write_bytes(b'x' * 100)
    with pytest.raises(ValueError, match='The video cannot be used: bad.mp4'):
        answers_of(WEIGHTS[:1], str(bad), tmp_path)
    with pytest.raises(KeyError, match='no weights with this name'):
        answers_of(['unknown'], videos[0], tmp_path)


def answer(name, headline, classes, volume=None):
    """An answer without files."""
    return Answer(name, headline, classes, [], '', None, None, None, volume)


def test_comparison():
    kick = answer('a', 'kick 90.0 %', [('kick', 0.9)])
    push = answer('b', 'push 60.0 %', [('push', 0.6)])
    tubes = answer('c', '1 actor: push', [('1: push', 0.6)], 'c.png')
    assert compare([kick]) == ''
    assert (
        compare([kick, push])
        == 'The models disagree: a: kick 90.0 % and b: push 60.0 %.'
    )
    assert compare([kick, kick]).startswith('The models agree: ')
    assert compare([kick, tubes]).startswith('A recognizer and a detector: ')
    with Workspace() as space:
        assert space.new_run().is_dir()
