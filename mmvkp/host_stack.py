"""Availability of PyTorch and the hosts, and behaviour without them.

Videos, linking and `mmvkp.runtime` need none of them. Without one of them
`import mmvkp` registers nothing, and asking for a component raises one error.
"""

import importlib.util
import logging
import sys
from importlib.machinery import ModuleSpec
from typing import Any, Callable, Optional, Sequence

_NEEDED = ('torch', 'mmengine', 'mmcv', 'mmaction')
# Packages whose modules are components.
_COMPONENTS = (
    *('afnet', 'aknet', 'compat', 'deploy', 'hosts', 'kpsem', 'point3d', 'registry'),
    'stick_action',
)


def _is_missing(name: str) -> bool:
    """True if a package cannot be found."""
    try:
        return importlib.util.find_spec(name) is None
    except ImportError:
        return True


MISSING = tuple(name for name in _NEEDED if _is_missing(name))


def refusal(name: str) -> ImportError:
    """Error for a component without its requirements.

    Args:
        name (str): The component, such as `mmvkp.kpsem`.
    """
    return ImportError(
        f'{name} needs {", ".join(MISSING)}, which cannot be imported here. Install '
        'the requirements (bash tools/setup_env.sh), or export the model there '
        '(mmvkp export) and run it with mmvkp.runtime, which does not need them.'
    )


def component_error(package: str, names: Sequence[str]) -> Callable[[str], Any]:
    """Function `__getattr__` of a package whose components are missing.

    Args:
        package (str): Its `__name__`.
        names (Sequence[str]): Its components.
    """

    def __getattr__(name: str) -> Any:
        if name in names:
            raise refusal(f'{package}.{name}')
        raise AttributeError(f'module {package} has no attribute {name}')

    return __getattr__


class _Refuser:
    """Meta-path finder that refuses the packages of components."""

    @staticmethod
    def find_spec(
        name: str, path: Any = None, target: Any = None
    ) -> Optional[ModuleSpec]:
        """Raise the error for a component; None for other modules."""
        first, _, rest = name.partition('.')
        if first == __package__ and rest.split('.')[0] in _COMPONENTS:
            raise refusal(name)
        return None


def refuse_components() -> Callable[[str], Any]:
    """Refuse imports of components.

    Returns:
        Callable: `__getattr__` of the package `mmvkp`.
    """
    sys.meta_path.insert(0, _Refuser)  # type: ignore[arg-type]
    return component_error(__package__, _COMPONENTS)


def print_log(text: str, logger: str = 'current', level: int = logging.INFO) -> None:
    """`mmengine.logging.print_log`; without MMEngine, Python's logging.

    Args:
        text (str): The message.
        logger (str): Name of the logger, see MMEngine.
        level (int): Level of the message.
    """
    if MISSING:
        logging.getLogger(__package__).log(level, text)
        return
    from mmengine.logging import print_log as log

    log(text, logger, level)
