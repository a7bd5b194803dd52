"""Recipes are found by name."""

from pathlib import Path

import pytest

from mmvkp.recognition import recipes

NAME = 'kpsem_r3d10_1xb16-u8-6e_stick-action-rgb'


def test_a_recipe_is_found_by_name_or_path():
    path = recipes.find_config(NAME)
    assert Path(path).is_file() and Path(path).stem == NAME
    assert recipes.find_config(f'{NAME}.py') == path == recipes.find_config(path)


def test_bases_are_not_recipes():
    found = recipes.find_recipes()
    assert NAME in found
    assert not any('_base_' in str(each) for each in found.values())


@pytest.mark.parametrize('pattern', ['stick-action', 'kpsem*stick-action*'])
def test_patterns(pattern):
    found = recipes.find_recipes(pattern)
    assert NAME in found and all('stick-action' in name for name in found)
    assert not recipes.find_recipes('no such recipe')


@pytest.mark.parametrize(
    'name, message',
    [
        (NAME.replace('6e', '7e'), f'Did you mean {NAME}'),
        ('gone.py', 'no config gone.py: it is neither a file nor a recipe'),
        (f'folder/{NAME}.py', f'Did you mean {NAME}'),
    ],
)
def test_misspelt_names(name, message):
    with pytest.raises(FileNotFoundError, match=message):
        recipes.find_config(name)


def test_an_installation_without_configs(monkeypatch, tmp_path):
    monkeypatch.setattr(recipes, '__file__', str(tmp_path / 'a/b/recipes.py'))
    with pytest.raises(FileNotFoundError, match='has no configs; install mmvkp'):
        recipes.config_folder()
