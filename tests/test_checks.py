"""Messages of the shared argument checks."""

import pytest
import torch

from mmvkp.checks import check_choice, check_feature_map, check_positive


def test_choice():
    check_choice('Thing', 'mode', 'a', ('a', 'b'))
    with pytest.raises(
        ValueError, match=r"Thing: mode='c' .* choose one of \['a', 'b'\]"
    ):
        check_choice('Thing', 'mode', 'c', ('a', 'b'))


def test_positive():
    check_positive('Thing', width=1)
    with pytest.raises(ValueError, match=r'Thing: width=0 is outside \[1'):
        check_positive('Thing', width=0)
    for wrong in (1.5, True, '3', None):
        with pytest.raises(TypeError, match='Thing: width=.* an integer'):
            check_positive('Thing', width=wrong)


def test_feature_map():
    check_feature_map('Thing', 'the map', torch.rand(1, 2, 3, 4, 5), 2, '')
    check_feature_map('Thing', 'the map', torch.rand(1, 9, 3, 4, 5), 0, '')
    with pytest.raises(TypeError, match='the map is a list.* Do this'):
        check_feature_map('Thing', 'the map', [], 2, 'Do this')
    with pytest.raises(ValueError, match=r'shape \(2, 3, 4, 5\).* Do this'):
        check_feature_map('Thing', 'the map', torch.rand(2, 3, 4, 5), 2, 'Do this')
    with pytest.raises(ValueError, match='has 9 channels, in_channels says 2'):
        check_feature_map('Thing', 'the map', torch.rand(1, 9, 3, 4, 5), 2, '')
