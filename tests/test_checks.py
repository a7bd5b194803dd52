"""Messages of the shared argument checks."""

import time

import numpy as np
import pytest
import torch
from mmengine.config import ConfigDict

from mmvkp.checks import (
    check_choice,
    check_config,
    check_feature_map,
    check_flag,
    check_frames,
    check_inert,
    check_integer,
    check_norm,
    check_number,
    check_positive,
    check_sequence,
    check_text,
    shorten,
)


def test_choice():
    check_choice('Thing', 'mode', 'a', ('a', 'b'))
    with pytest.raises(
        ValueError, match=r"Thing: mode='c' .* choose one of \['a', 'b'\]"
    ):
        check_choice('Thing', 'mode', 'c', ('a', 'b'))


def test_choice_distinguishes_flags_from_numbers():
    check_choice('Thing', 'mode', True, (True, 'auto'))
    for value, allowed in ((True, (1, 2)), (0, (False, True))):
        with pytest.raises(ValueError, match='Thing: mode=.* is not known'):
            check_choice('Thing', 'mode', value, allowed)


def test_flag():
    check_flag('Thing', one=True, two=False)
    for wrong in ('False', 'no', 0, 1, None, 1.0):
        with pytest.raises(TypeError, match='Thing: two=.* True or False'):
            check_flag('Thing', one=True, two=wrong)


def test_integer():
    check_integer('Thing', index=-2, other=0)
    for wrong in (1.0, True, '3', None):
        with pytest.raises(TypeError, match='Thing: index=.* an integer'):
            check_integer('Thing', index=wrong)


def test_number():
    check_number('Thing', width=-1.5)
    check_number('Thing', low=0, high=1, width=0, height=1.0)
    for wrong in (True, '3', None, [1]):
        with pytest.raises(TypeError, match='Thing: width=.* a number'):
            check_number('Thing', width=wrong)
    for outside in (-0.1, 1.1, float('nan'), float('inf')):
        with pytest.raises(ValueError, match=r'Thing: width=.* in \[0, 1\]'):
            check_number('Thing', low=0, high=1, width=outside)
    with pytest.raises(ValueError, match='width=nan is not a finite number'):
        check_number('Thing', width=float('nan'))


def test_inert():
    check_inert('Thing', "rank='none'", tau=(1.0, 1.0), other=(None, None))
    with pytest.raises(
        ValueError,
        match="Thing: tau=7.0 has no effect with rank='none'; .* change rank",
    ):
        check_inert('Thing', "rank='none'", tau=(7.0, 1.0))


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


@pytest.mark.parametrize(
    'value, text',
    [
        (1.5, '1.5'),
        ('a', "'a'"),
        ([1, 'b'], "[1, 'b']"),
        (dict(type='TSN'), "{'type': 'TSN'}"),
        ((1,), '(1,)'),
        (None, 'None'),
        (np.float32(2), '2.0'),
        (range(5), 'range(0, 5)'),
        (list(range(9)), '[0, 1, 2, 3, ...]'),
        (2**1000, '<integer of 1001 bits>'),
        ([10**5000], '[<integer of 16610 bits>]'),
        (np.zeros((2, 3)), '<ndarray float64 of shape (2, 3)>'),
        (torch.zeros(2, 3), '<Tensor torch.float32 of shape (2, 3)>'),
        ('a\nb', r"'a\nb'"),
    ],
)
def test_values_in_messages(value, text):
    assert shorten(value) == text


class Broken:
    def __repr__(self):
        raise RuntimeError


@pytest.mark.parametrize('container', [lambda x: [x] * 2, lambda x: {0: x, 1: x}])
def test_shared_nested_values_are_shortened_quickly(container):
    value = 'leaf'
    for _ in range(100):  # repr would write 2 ** 100 leaves
        value = container(value)
    start = time.perf_counter()
    assert len(shorten(value)) <= 80
    assert time.perf_counter() - start < 1


@pytest.mark.parametrize(
    'value', ['x' * 10**6, b'x' * 10**6, ['y' * 100] * 100, ConfigDict(a='z' * 500)]
)
def test_long_values_are_cut(value):
    assert len(shorten(value, 40)) == 40
    assert '...' in shorten(value, 40)


def test_an_object_with_a_broken_repr_is_named():
    assert 'Broken' in shorten(Broken())


def test_a_list_that_contains_itself():
    value = []
    value.append(value)
    assert len(shorten(value)) <= 80


def test_sequences():
    check_sequence('Thing', 'sizes', (1, 2), 2)
    for value in (3, 'ab', {1: 2}, None):
        with pytest.raises(TypeError, match='Thing: sizes=.* a list or tuple'):
            check_sequence('Thing', 'sizes', value)
    with pytest.raises(ValueError, match=r'sizes=\[1\] has 1 items; it must have 2'):
        check_sequence('Thing', 'sizes', [1], 2)


def test_configs():
    check_config('Thing', neck=None, head=dict(type='A'))
    for value in (3, 'A', [], {}, dict(typo=1), dict(type=1.5), dict(type='')):
        with pytest.raises(TypeError, match='Thing: neck=.* is not a config; give'):
            check_config('Thing', neck=value)


def test_norms():
    check_norm('Thing', None)
    check_norm('Thing', dict(type='BN', requires_grad=False))
    with pytest.raises(TypeError, match='Thing: norm_cfg=3 is not a config'):
        check_norm('Thing', 3)
    with pytest.raises(TypeError, match='Thing: norm_cfg.requires_grad=1 is a int'):
        check_norm('Thing', dict(type='BN', requires_grad=1))
    check_norm('Thing', dict(type='GN', num_groups=5))
    for kind in ('B', 'ReLU', 'abc'):
        with pytest.raises(TypeError, match=f"norm_cfg=.*'{kind}'.* not a norm layer"):
            check_norm('Thing', dict(type=kind))


def test_texts():
    check_text('Thing', prefix=None, other='a')
    with pytest.raises(TypeError, match='Thing: prefix=3 is a int; .* text or None'):
        check_text('Thing', prefix=3)


@pytest.mark.parametrize(
    'x, error, message',
    [
        ([1], TypeError, 'is a list, not a tensor'),
        (torch.zeros(4, 3, 8), ValueError, r'shape \(4, 3, 8\); frames .*NCHW'),
        (torch.zeros(4, 3, 8, 0), ValueError, r'shape \(4, 3, 8, 0\); frames'),
        (torch.zeros(0, 3, 8, 8), ValueError, r'shape \(0, 3, 8, 8\); frames'),
        (torch.zeros(4, 5, 8, 8), ValueError, 'has 5 channels, in_channels says 3'),
        (torch.zeros(6, 3, 8, 8), ValueError, '6 frames .* num_segments=4; set it'),
    ],
)
def test_frames(x, error, message):
    check_frames('Thing', torch.zeros(8, 3, 8, 8), 3, 4)
    check_frames('Thing', torch.zeros(1, 2, 8, 8))
    with pytest.raises(error, match=f'Thing: .*{message}'):
        check_frames('Thing', x, 3, 4)


@pytest.mark.parametrize('value', [np.array([1, 2]), torch.tensor(1), [1], {}])
def test_choices_are_not_arrays(value):
    with pytest.raises(ValueError, match='Thing: mode=.* is not known'):
        check_choice('Thing', 'mode', value, (1, 'a'))
