"""Weights that are part of the package, by name: `mmvkp://NAME`.

The files and their index are in `mmvkp/weights`; `mmvkp weights pack` writes both.
"""

import difflib
import hashlib
from pathlib import Path
from typing import Any, Dict, NamedTuple, Optional

import yaml
from mmengine.runner.checkpoint import CheckpointLoader

from ..files import read_bytes

PREFIX = 'mmvkp://'
FOLDER = Path(__file__).resolve().parents[1] / 'weights'
_MAX_FILE = 2**24


class ShippedWeights(NamedTuple):
    """Weights of a recipe.

    Args:
        name (str): Name after `mmvkp://`.
        recipe (str): Name of the recipe that they were trained with.
        seed (int): Seed of the training.
        commit (str): Commit of mmvkp that ran the training.
        precision (str): `fp16` if the arrays of two and more axes are stored in half
            precision, else `fp32`.
        sha256 (str): Checksum of the file.
        samples (int): Number of test samples of the results; videos for detection.
        results (dict[str, float]): Results of the test of the recipe in percent, by
            the names of results.yml.
    """

    name: str
    recipe: str
    seed: int
    commit: str
    precision: str
    sha256: str
    samples: int
    results: Dict[str, float]

    @property
    def url(self) -> str:
        """`mmvkp://NAME`."""
        return f'{PREFIX}{self.name}'

    @property
    def path(self) -> Path:
        """The file."""
        return FOLDER / f'{self.name}.pth'

    def read(self) -> bytes:
        """Content of the file, compared with its checksum.

        Raises:
            ValueError: If the file is missing or changed.
        """
        again = 'Install mmvkp again; in a checkout: git checkout mmvkp/weights.'
        try:
            content = read_bytes(self.path, _MAX_FILE)
        except FileNotFoundError:
            raise ValueError(f'{self.url}: {self.path} is missing. {again}') from None
        found = hashlib.sha256(content).hexdigest()
        if found != self.sha256:
            raise ValueError(
                f'{self.url}: {self.path} is damaged; its SHA-256 is {found}, not '
                f'{self.sha256}. {again}'
            )
        return content


def shipped_weights() -> Dict[str, ShippedWeights]:
    """All weights of the package by name.

    Raises:
        FileNotFoundError: If the package was installed without them.
    """
    path = FOLDER / 'index.yml'
    if not path.is_file():
        raise FileNotFoundError(f'no {path}; install mmvkp again.')
    index = yaml.safe_load(path.read_text(encoding='utf-8')) or {}
    return {name: ShippedWeights(name, **entry) for name, entry in index.items()}


def is_shipped(checkpoint: Any) -> bool:
    """True for `mmvkp://NAME`, with a known or an unknown name."""
    return isinstance(checkpoint, str) and checkpoint.startswith(PREFIX)


def find_shipped(name: str) -> ShippedWeights:
    """Weights with a name.

    Args:
        name (str): With or without `mmvkp://`.

    Raises:
        KeyError: If they do not exist; the message lists all names.
    """
    found, name = shipped_weights(), name.removeprefix(PREFIX)
    if name not in found:
        close = difflib.get_close_matches(name, found, n=1, cutoff=0.5)
        hint = f' Did you mean {PREFIX}{close[0]}?' if close else ''
        raise KeyError(
            f'{PREFIX}{name}: mmvkp has no weights with this name.{hint} It has '
            f'{", ".join(found)}.'
        )
    return found[name]


def shipped_for(model: str) -> Optional[ShippedWeights]:
    """Weights of a model by name.

    Args:
        model (str): Name of weights, or of a recipe with or without `.py`.

    Returns:
        ShippedWeights, optional: None for a file and for a recipe without weights.
    """
    if Path(model).is_file():
        return None
    recipe = model.removesuffix('.py')
    for each in shipped_weights().values():
        if recipe in (each.name, each.recipe):
            return each
    return None


def load_shipped(name: str) -> Dict[str, Any]:
    """Read shipped weights without running code from the file.

    Args:
        name (str): With or without `mmvkp://`.

    Returns:
        dict: `state_dict` in single precision, and `meta` with the class names as
        `dataset_meta`.

    Raises:
        KeyError: If the name is unknown.
        ValueError: If the file is missing or changed.
    """
    from .checkpoint_file import load_tensors

    content: Dict[str, Any] = load_tensors(find_shipped(name).read())
    state = content['state_dict']
    for key, value in state.items():
        if value.is_floating_point():
            state[key] = value.float()
    return content


@CheckpointLoader.register_scheme(prefixes=PREFIX)
def load_from_package(filename: str, map_location: Any = None) -> Dict[str, Any]:
    """Loader of MMEngine for `load_from`, `init_cfg` and `mmvkp test`.

    Args:
        filename (str): `mmvkp://NAME`.
        map_location (Any): Ignored; the weights are on the CPU.
    """
    return load_shipped(filename)
