"""Order of the classes of public weights.

Public weights of TDN and AFNet number the classes of Something-Something v1 and of
Jester by their sorted names. MMAction2's lists number them in the order of the data
set's own file, so nearly every score would be read under a wrong name.
"""

from typing import Callable, Dict, Optional

import click
import torch

from ..class_files import read_class_names
from .checkpoints import Result, StateDict

CLASSIFIER = ('cls_head.fc_cls.weight', 'cls_head.fc_cls.bias')
# Data sets with more than one order in use, by number of classes.
UNCERTAIN = {174: 'Something-Something', 27: 'Jester'}


def reorder(
    result: Result, classes: Optional[str] = None, keep_order: bool = False
) -> Result:
    """Put the classifier of converted weights into the order of a list.

    Args:
        result (Result): Converted weights whose classes have sorted names.
        classes (str, optional): File of class names in the wanted order. None keeps
            the order, if it is certain.
        keep_order (bool): Keep the order although it is uncertain.

    Returns:
        Result: The weights; with `classes`, row i of the classifier is the class of
        line i.

    Raises:
        ValueError: If the order is uncertain and not stated, or if the names do not
            fit the classifier.
    """
    if classes and keep_order:
        raise ValueError(
            '--classes and --keep-order exclude each other; give one of them.'
        )
    head = result.state_dict.get(CLASSIFIER[0])
    if head is None:
        if classes or keep_order:
            raise ValueError(
                'These weights have no classifier, so --classes and --keep-order '
                'have no effect; remove the option.'
            )
        return result
    if classes:
        return _by_names(result, classes, len(head))
    if len(head) in UNCERTAIN and not keep_order:
        raise ValueError(
            f'The classifier has {len(head)} classes, as {UNCERTAIN[len(head)]}. '
            'Public weights may number them by sorted names, other lists do not: the '
            'labels would not fit. Give --classes FILE with the class names, one per '
            'line, in the order of your labels; or --keep-order if the weights were '
            'trained on the same labels (Something-Something v2).'
        )
    return result


def _by_names(result: Result, classes: str, num_classes: int) -> Result:
    """Permute the classifier from sorted names to those of a file."""
    names = read_class_names(classes)
    if len(names) != num_classes:
        raise ValueError(
            f'{classes}: {len(names)} class names for a classifier of {num_classes} '
            'classes; give the list of the data set of these weights.'
        )
    rank: Dict[str, int] = {name: i for i, name in enumerate(sorted(names))}
    order = torch.tensor([rank[name] for name in names])
    weights = dict(result.state_dict)
    weights.update({name: weights[name][order] for name in CLASSIFIER})
    same = sum(i == rank[name] for i, name in enumerate(names))
    line = (
        f'classes: from sorted names to the order of {classes}; {same} of '
        f'{num_classes} keep their number'
    )
    return result._replace(state_dict=weights, report=[*result.report, line])


def in_order(
    convert: Callable[[StateDict], Result], classes: Optional[str], keep_order: bool
) -> Callable[[StateDict], Result]:
    """Converter that also calls `reorder`."""

    def convert_and_reorder(weights: StateDict) -> Result:
        return reorder(convert(weights), classes, keep_order)

    return convert_and_reorder


def class_order_options(function: Callable) -> Callable:
    """Add the options `--classes` and `--keep-order` to a command."""
    for option in (
        click.option(
            '--keep-order',
            is_flag=True,
            help='Keep the order of 174 or 27 classes: the weights were trained on '
            'the labels of your list.',
        ),
        click.option(
            '--classes',
            metavar='FILE',
            help='Class names of your list, one per line, in the order of its labels. '
            'The classifier is reordered from sorted names to this order. Something-'
            'Something v1 and Jester need it.',
        ),
    ):
        function = option(function)
    return function
