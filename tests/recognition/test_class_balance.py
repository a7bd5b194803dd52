"""Table of classes and weights of the loss."""

import pytest
import torch
from mmaction.models import CrossEntropyLoss

from mmvkp.recognition.class_balance import balance_table, class_weights, is_balanced


def test_weights_by_hand():
    # 6 videos of 2 classes: 6 / (2 * 4) and 6 / (2 * 2)
    assert class_weights('aaaabb', 'ab') == [0.75, 1.5]
    # A class without videos takes no part: 4 / (2 * 3) and 4 / (2 * 1).
    assert class_weights('aaac', 'abc') == [0.667, 1.0, 2.0]


def test_each_class_has_the_same_influence_on_the_loss():
    labels = 'aaaabb'
    loss = CrossEntropyLoss(class_weight=class_weights(labels, 'ab'))
    scores = torch.zeros(6, 2, requires_grad=True)
    targets = torch.tensor(['ab'.index(each) for each in labels])
    loss(scores, targets).backward()
    influence = scores.grad[range(6), targets]
    assert influence[:4].sum().item() == pytest.approx(influence[4:].sum().item())


def test_balanced():
    assert is_balanced('aaabb') and not is_balanced('aaaabb')


def test_table():
    splits = {'train': 'aaaabb', 'val': 'ab', 'test': 'aa'}
    assert balance_table(splits, ['a', 'b']) == [
        'class  train    val   test  weight',
        'a          4      1      2   0.750',
        'b          2      1      0   1.500',
        'warning: test has no video of b',
    ]
