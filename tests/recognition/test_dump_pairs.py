"""Dumps of two models belong to one test, or are refused."""

import pytest

from mmvkp.recognition.dump_pairs import as_probabilities, read_dumps

from .dump_files import write_dump


def test_dumps_of_one_test(tmp_path):
    paths = dict(
        a=write_dump(tmp_path / 'a.pkl', [0, 1, 2], [0, 1, 1]),
        b=write_dump(tmp_path / 'b.pkl', [0, 0, 1], [0, 1, 1]),
    )
    scores, labels = read_dumps(paths)
    assert labels.tolist() == [0, 1, 1]
    assert scores['a'].argmax(1).tolist() == [0, 1, 2]
    assert scores['b'].argmax(1).tolist() == [0, 0, 1]
    assert as_probabilities('a', scores['a']) is scores['a']


@pytest.mark.parametrize(
    'labels, num_classes, message',
    [
        ([0, 1], 4, 'a.pkl has 3 samples, .*b.pkl has 2'),
        ([0, 1, 1], 5, 'a.pkl has scores of 4 classes, .*b.pkl of 5'),
        ([0, 2, 1], 4, 'sample 1 has class 1 in .*a.pkl and class 2 in '),
    ],
)
def test_dumps_of_different_tests(tmp_path, labels, num_classes, message):
    paths = dict(
        a=write_dump(tmp_path / 'a.pkl', [0, 1, 2], [0, 1, 1]),
        b=write_dump(tmp_path / 'b.pkl', labels, labels, num_classes=num_classes),
    )
    with pytest.raises(ValueError, match=message):
        read_dumps(paths)


def test_scores_that_are_no_probabilities(tmp_path):
    path = write_dump(tmp_path / 'a.pkl', [0, 1], [0, 1], scale=8.0)
    scores, _ = read_dumps(dict(a=path))
    with pytest.raises(ValueError, match='average_clips=prob'):
        as_probabilities(path, scores['a'])
