"""Version of the package; `setup.py` reads it without importing mmvkp."""

from typing import List, Tuple, Union

__version__ = '0.1.0'


def parse_version_info(version: str) -> Tuple[Union[int, str], ...]:
    """Split a version into parts that can be compared.

    Args:
        version (str): Such as '0.1.0' or '1.0.0rc2'.

    Returns:
        tuple[int | str]: (0, 1, 0) or (1, 0, 0, 'rc2').
    """
    parts: List[Union[int, str]] = []
    for part in version.split('.'):
        number, mark, candidate = part.partition('rc')
        parts.append(int(number))
        if mark:
            parts.append(f'rc{candidate}')
    return tuple(parts)


version_info = parse_version_info(__version__)

__all__ = ['__version__', 'parse_version_info', 'version_info']
