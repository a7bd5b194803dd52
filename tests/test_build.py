"""Parts of a component are built from their configs."""

import pytest
from torch import nn

import mmvkp  # noqa: F401
from mmvkp.build import build_module


def test_a_part():
    assert isinstance(build_module('Thing', 'act', dict(type='ReLU')), nn.ReLU)


@pytest.mark.parametrize('value', [-1, 'mmdet.ResNet', dict(depth=18), dict(type='')])
def test_values_that_are_not_configs(value):
    with pytest.raises(TypeError, match='Thing: neck=.* is not a config; give dict'):
        build_module('Thing', 'neck', value)


@pytest.mark.parametrize('kind', ['abc', 'math.pi'])
def test_objects_that_are_not_classes(kind):
    """The registry finds packages and constants of Python."""
    with pytest.raises(TypeError, match=f"Thing: neck=.*'{kind}'}} cannot be built"):
        build_module('Thing', 'neck', dict(type=kind))


def test_objects_that_are_not_modules():
    with pytest.raises(TypeError, match='Thing: loss=.* is a object, not a module'):
        build_module('Thing', 'loss', dict(type=object))


def test_arguments_that_a_host_refuses():
    with pytest.raises(ValueError, match='Thing: host=.*num_stages.* cannot be built'):
        build_module('Thing', 'host', dict(type='ResNet', depth=50, num_stages=9))
    with pytest.raises(TypeError, match='^MFNet: stage_blocks=3 is'):
        build_module('Thing', 'host', dict(type='MFNet', stage_blocks=3))


def test_unknown_types():
    with pytest.raises(KeyError, match='Nothing is not in the mmaction::model'):
        build_module('Thing', 'neck', dict(type='Nothing'))
