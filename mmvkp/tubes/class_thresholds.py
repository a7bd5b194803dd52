"""Thresholds of single classes, by their names or numbers."""

import os
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple, Union

from ..checks import check_number, shorten
from .limits import read_json

# Threshold of the classes that are not named.
OTHERS = 0.3
# Name of all classes that are not named.
ALL = '*'

Given = Union[None, float, str, Mapping[Union[str, int], float], Sequence[Any]]


def class_thresholds_of(
    given: Given, classes: Sequence[str]
) -> Optional[Tuple[float, ...]]:
    """Threshold of each class.

    Args:
        given (float | str | Mapping | Sequence): One value for all classes; a dict with
            names or numbers (from 0) of classes and with `'*'` for all others, which
            are 0.3 without it; a JSON file with such a dict; texts `VALUE`,
            `NAME=VALUE` or files, of which later ones replace earlier ones; or
            one number for each class.
        classes (Sequence[str]): Names by label.

    Returns:
        tuple[float, ...], optional: (C,) values in (0, 1]; None if nothing is given.

    Raises:
        TypeError: If a value is not a number.
        ValueError: If a class is unknown, a value is outside (0, 1] or a file cannot
            be read.
    """
    if given is None:
        return None
    if isinstance(given, (tuple, list)) and not any(
        isinstance(each, str) for each in given
    ):
        if len(given) != len(classes):
            raise ValueError(
                f'class_thresholds has {len(given)} values for {len(classes)} '
                'classes; give one for each, or a dict by name.'
            )
        table: Dict[Any, Any] = dict(enumerate(given))
    else:
        table = {}
        for each in given if isinstance(given, (tuple, list)) else [given]:
            table.update(_table_of(each))
    values: List[float] = [table.pop(ALL, OTHERS)] * len(classes)
    labels = {name: label for label, name in enumerate(classes)}
    for name, value in table.items():
        label = labels.get(name)
        if label is None and str(name).isdigit() and int(name) < len(classes):
            label = int(name)
        if label is None:
            raise ValueError(
                f'class_thresholds: {name!r} is not a class; the classes are '
                f'{", ".join(f"{i} {each}" for i, each in enumerate(classes))}.'
            )
        values[label] = value
    for value in values:
        check_number('class_thresholds', 0, 1, value=value)
        if value == 0:
            raise ValueError('class_thresholds: 0 is outside (0, 1].')
    return tuple(float(value) for value in values)


def _table_of(given: Any) -> Dict[Any, Any]:
    """Thresholds by name of one value, text, file or dict."""
    if isinstance(given, Mapping):
        return dict(given)
    if not isinstance(given, str):
        return {ALL: given}
    name, sign, value = given.rpartition('=')
    try:
        return {name if sign else ALL: float(value)}
    except ValueError:
        pass
    if not os.path.isfile(given):
        raise ValueError(
            f'class_thresholds: {given!r} is not VALUE, NAME=VALUE or a JSON file.'
        )
    content = read_json(given)
    if not isinstance(content, dict):
        raise ValueError(
            f'{given}: {shorten(content)} is not a dict of thresholds by class.'
        )
    return content
