"""Recipes that the configs of own videos inherit from."""

import mmvkp  # noqa: F401, isort: skip
import os.path as osp

import pytest

from mmvkp.recognition.own_recipes import RECIPES
from mmvkp.recognition.recipes import find_config


@pytest.mark.parametrize('method', RECIPES)
def test_each_budget_has_a_recipe_with_this_name(method):
    """A renamed recipe would be noticed by users only."""
    assert set(RECIPES[method]) == {'cpu', 'gpu'}
    for name in RECIPES[method].values():
        path = find_config(name)
        assert osp.splitext(osp.basename(path))[0] == name
        assert name.split('_')[0].split('-')[0] == method
