"""Fields of answers: recognizers have no plot of space and time."""

from pathlib import Path

from mmvkp.demo.answers import Answer, Step


def test_an_answer_of_a_recognizer():
    paths = [Path(name) for name in ('a.png', 'a.mp4', 'a.json')]
    answer = Answer('a', 'kick 90.0 %', [('kick', 0.9)], [('time', '1 s')], '', *paths)
    assert (answer.picture, answer.movie, answer.content) == tuple(paths)
    assert answer.volume is None
    assert dict(answer.facts) == dict(time='1 s')


def test_a_step_is_not_an_answer():
    """Both come from one iterator and are distinguished by their types."""
    step = Step('a: frame 1 of 4', 0.2)
    assert step == ('a: frame 1 of 4', 0.2) and not isinstance(step, Answer)
