"""Recipes are found by name."""

from pathlib import Path

import pytest
import torch
from mmaction.apis import ActionRecogInferencer
from mmaction.registry import MODELS
from mmengine.config import Config
from mmengine.hub import get_config, get_model

from mmvkp.recognition import recipes

from ..bright_dot import write_dot

NAME = 'kpsem_r3d10_1xb16-u8-6e_stick-action-rgb'


def test_a_recipe_is_found_by_name_or_path():
    path = recipes.find_config(NAME)
    assert Path(path).is_file() and Path(path).stem == NAME
    assert recipes.find_config(f'{NAME}.py') == path == recipes.find_config(path)


def test_bases_are_not_recipes():
    found = recipes.find_recipes()
    assert NAME in found
    assert not any('_base_' in str(each) for each in found.values())


@pytest.mark.parametrize(
    'pattern', ['stick-action', 'kpsem*stick-action*', 'kpsem/*stick-action*']
)
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


def test_a_recipe_is_a_base_of_a_config_elsewhere(tmp_path):
    child = tmp_path / 'child.py'
    child.write_text(
        f"_base_ = 'mmvkp::recognition/kpsem/{NAME}.py'\n"
        'model = dict(cls_head=dict(num_classes=5))\n'
    )
    config = Config.fromfile(child)
    assert config.model.neck.type == 'KPSEM' and config.model.cls_head.num_classes == 5
    name = f'mmvkp::recognition/kpsem/{NAME}.py'
    assert get_config(name).model.neck.type == 'KPSEM'
    assert type(get_model(name).neck).__name__ == 'KPSEM'


def test_the_inferencer_of_the_host_takes_a_name(tmp_path):
    config = Config.fromfile(recipes.find_config(NAME))
    checkpoint = tmp_path / 'a.pth'
    torch.save(MODELS.build(config.model).state_dict(), checkpoint)
    video = write_dot(tmp_path / 'dot.mp4', (64, 64), (8, 8), 17)
    infer = ActionRecogInferencer(NAME, str(checkpoint), device='cpu', scope='mmvkp')
    (found,) = infer(str(video))['predictions']
    assert len(found['pred_scores']) == 12


def test_a_copy_has_no_bases(tmp_path):
    path = tmp_path / 'new/mine.py'
    recipes.copy_recipe(NAME, str(path))
    assert '_base_' not in path.read_text()
    copied, recipe = Config.fromfile(path), Config.fromfile(recipes.find_config(NAME))
    assert copied.to_dict() == recipe.to_dict()
    with pytest.raises(ValueError, match='exists already'):
        recipes.copy_recipe(NAME, str(path))
    with pytest.raises(ValueError, match='must end in .py'):
        recipes.copy_recipe(NAME, str(tmp_path / 'mine'))
