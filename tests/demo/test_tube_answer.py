"""Parts of the answer of a detector, without a network."""

from types import SimpleNamespace

import pytest

from mmvkp.demo import tube_answer
from mmvkp.demo.tube_answer import TubeAnalyser, describe


def test_actors_by_class():
    tubes = [SimpleNamespace(label=each) for each in (1, 0, 1)]
    assert describe(tubes, ['lean', 'push']) == '2 actors: push, 1 actor: lean'
    assert describe([], ['lean']) == 'no actor found'


def test_the_cost_of_a_clip(monkeypatch):
    """Numbers of the page; the analyser is made without its network."""
    asked = []

    def clip_cost(*given):
        asked.append(given)
        return 1234567, 89.95e6

    monkeypatch.setattr(tube_answer, 'clip_cost', clip_cost)
    analyser = TubeAnalyser.__new__(TubeAnalyser)
    dataset = SimpleNamespace(clip_len=8)
    analyser.config = SimpleNamespace(
        model='model', train_dataloader=SimpleNamespace(dataset=dataset)
    )
    assert analyser.cost(40, 1.2345) == [
        ('parameters', '1,234,567'),
        ('cost', '90.0 million MACs for a clip of 8 frames'),
        ('time', '1.23 s for 40 frames'),
    ]
    assert asked == [('model', 8, tube_answer.SIDE)]


def test_a_video_that_is_missing(tmp_path):
    analyser = TubeAnalyser.__new__(TubeAnalyser)
    linker = SimpleNamespace(options=None)
    analyser.inferencer = SimpleNamespace(linker=linker)
    analyser.weights = SimpleNamespace(name='a')
    with pytest.raises(FileNotFoundError, match='no video file .*gone.mp4'):
        list(analyser.analyse(str(tmp_path / 'gone.mp4'), tmp_path))
    assert not list(tmp_path.iterdir())
