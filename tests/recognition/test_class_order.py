"""Classifiers of public weights in the order of a list."""

import pytest
import torch

from mmvkp.recognition.checkpoints import Result
from mmvkp.recognition.class_order import in_order, reorder

# The first names of Something-Something v1 in the order of its csv file, and the
# place of each among the sorted names, by hand.
NAMES = [
    'Holding something',
    'Turning something upside down',
    'Stacking number of something',
    'Opening something',
    'Approaching something with your camera',
]
PLACES = [1, 4, 3, 2, 0]


def result_of(num_classes, width=3):
    """Weights of which row i of the classifier is i, with one other tensor."""
    rows = torch.arange(float(num_classes))
    weights = {
        'backbone.conv1.weight': torch.ones(2),
        'cls_head.fc_cls.weight': rows[:, None].repeat(1, width),
        'cls_head.fc_cls.bias': rows + 0.5,
    }
    return Result(weights, {}, ['first line'])


@pytest.fixture()
def classes(tmp_path):
    path = tmp_path / 'names.txt'
    path.write_text('\n'.join(NAMES) + '\n')
    return str(path)


def test_rows_follow_the_names(classes):
    given = result_of(5)
    result = reorder(given, classes)
    expected = torch.tensor(PLACES).float()
    assert torch.equal(result.state_dict['cls_head.fc_cls.weight'][:, 0], expected)
    assert torch.equal(result.state_dict['cls_head.fc_cls.bias'], expected + 0.5)
    conv = 'backbone.conv1.weight'
    assert result.state_dict[conv] is given.state_dict[conv]
    assert result.report[0] == 'first line'
    assert result.report[1].endswith('names.txt; 0 of 5 keep their number')
    assert in_order(lambda _: given, classes, False)({}).report == result.report


def test_a_certain_order_is_kept():
    given = result_of(5)
    assert reorder(given) is given
    assert reorder(given, keep_order=True) is given


@pytest.mark.parametrize('num, name', [(174, 'Something-Something'), (27, 'Jester')])
def test_an_uncertain_order_is_not_guessed(num, name):
    given = result_of(num)
    with pytest.raises(ValueError, match=f'{num} classes, as {name}.* --classes FILE'):
        reorder(given)
    assert reorder(given, keep_order=True) is given


def test_names_that_do_not_fit(classes):
    with pytest.raises(ValueError, match='5 class names for a classifier of 6'):
        reorder(result_of(6), classes)
    with pytest.raises(ValueError, match='exclude each other'):
        reorder(result_of(5), classes, True)
    for kwargs in (dict(classes=classes), dict(keep_order=True)):
        with pytest.raises(ValueError, match='no classifier.* have no effect'):
            reorder(Result({}, {}, []), **kwargs)
