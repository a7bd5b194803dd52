"""Recipes of mmvkp, found by name."""

import difflib
from fnmatch import fnmatch
from pathlib import Path
from typing import Dict

from mmengine.config import Config

from ..files import write_text
from .shipped_weights import PREFIX, find_shipped, shipped_weights


def config_folder() -> Path:
    """Folder `configs` of the installation, or of the checkout.

    Raises:
        FileNotFoundError: If mmvkp was installed without its configs.
    """
    package = Path(__file__).resolve().parents[1]
    for root in (package / '.mim', package.parent):
        if (root / 'model-index.yml').is_file() and (root / 'configs').is_dir():
            return root / 'configs'
    raise FileNotFoundError(
        f'{package} has no configs; install mmvkp with pip from its checkout.'
    )


def find_recipes(pattern: str = '*') -> Dict[str, Path]:
    """Recipes whose name, or folder and name, contains or matches a pattern.

    Args:
        pattern (str): Part of a name, or a pattern with `*`, `?` or `[...]`, such as
            `kpsem/*stick-action*` with a folder.

    Returns:
        dict[str, Path]: File by name without `.py`, sorted by folder.
    """
    if not set(pattern) & set('*?['):
        pattern = f'*{pattern}*'
    paths = sorted(config_folder().rglob('*.py'))
    return {
        path.stem: path
        for path in paths
        if '_base_' not in path.parts
        and (
            fnmatch(path.stem, pattern)
            or fnmatch(f'{path.parent.name}/{path.stem}', pattern)
        )
    }


def find_config(name: str) -> str:
    """Path of a config.

    Args:
        name (str): A file, the name of a recipe of mmvkp with or without `.py`, or
            the name of shipped weights with or without `mmvkp://`.

    Raises:
        FileNotFoundError: If it is neither; the message suggests similar names.
        KeyError: If `mmvkp://NAME` does not exist.
    """
    if Path(name).is_file():
        return name
    recipes, shipped = find_recipes(), shipped_weights()
    if name.startswith(PREFIX) or name in shipped:
        return find_config(find_shipped(name).recipe)
    recipe = Path(name).name.removesuffix('.py')
    if recipe == name.removesuffix('.py') and recipe in recipes:
        return str(recipes[recipe])
    close = difflib.get_close_matches(recipe, [*shipped, *recipes], n=3, cutoff=0.5)
    hint = f' Did you mean {" or ".join(close)}?' if close else ''
    raise FileNotFoundError(
        f'no config {name}: it is neither a file nor a recipe of mmvkp.{hint} '
        '`mmvkp list` shows all recipes.'
    )


def copy_recipe(name: str, path: str) -> None:
    """Write a recipe as one file without bases.

    Args:
        name (str): A recipe or a file; see `find_config`.
        path (str): File to write.

    Raises:
        FileNotFoundError: If the recipe is unknown.
        ValueError: If the file does not end in `.py`, exists already, or cannot be
            written.
    """
    if not path.endswith('.py'):
        raise ValueError(f'{path} must end in .py, as a config.')
    if Path(path).exists():
        raise ValueError(f'{path} exists already; give another name.')
    write_text(path, Config.fromfile(find_config(name)).pretty_text)
