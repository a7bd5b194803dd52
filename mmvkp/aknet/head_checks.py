"""Checks of the arguments of `AKHead`."""

from typing import Any, Optional, Sequence, Union

from mmaction.utils import OptConfigType

from ..checks import (
    check_choice,
    check_config,
    check_flag,
    check_number,
    check_positive,
)


def check_base_head(
    owner: str,
    dropout_ratio: float,
    init_std: float,
    multi_class: bool = False,
    label_smooth_eps: float = 0.0,
    topk: Union[int, Sequence[int]] = (1, 5),
    average_clips: Optional[str] = None,
    **kwargs: Any,
) -> None:
    """Refuse wrong arguments of a classification head.

    Args:
        owner (str): Class that has the arguments, as in the config.
        dropout_ratio (float): Dropout, in [0, 1).
        init_std (float): Standard deviation of initial weights, at least 0.
        multi_class (bool): See MMAction2's `BaseHead`, as the next three.
        label_smooth_eps (float): Label smoothing, in [0, 1).
        topk (int | Sequence[int]): Accuracies to log.
        average_clips (str, optional): `'prob'`, `'score'` or None.
        **kwargs (Any): Others are not checked.

    Raises:
        TypeError: If an argument has another type.
        ValueError: If it is out of range.
    """
    check_flag(owner, multi_class=multi_class)
    check_number(owner, 0, init_std=init_std)
    shares = dict(dropout_ratio=dropout_ratio, label_smooth_eps=label_smooth_eps)
    for name, value in shares.items():
        check_number(owner, 0, 1, **{name: value})
        if value == 1:
            raise ValueError(f'{owner}: {name}={value} is outside [0, 1).')
    for number in (topk,) if isinstance(topk, int) else topk:
        check_positive(owner, topk=number)
    check_choice(owner, 'average_clips', average_clips, ('prob', 'score', None))


def check_losses(
    loss_cls: OptConfigType, loss_aux: OptConfigType, loss_sparsity: OptConfigType
) -> None:
    """Refuse losses that are not configs, have no weight or miss the heatmap.

    Args:
        loss_cls (dict, optional): Loss of the classifier.
        loss_aux (dict, optional): Loss of the auxiliary head.
        loss_sparsity (dict, optional): Loss of the heatmap.

    Raises:
        TypeError: If one is neither a config nor None.
        ValueError: If a weight is not larger than 0, or both losses of the heatmap
            are None.
    """
    losses = dict(loss_cls=loss_cls, loss_aux=loss_aux, loss_sparsity=loss_sparsity)
    for name, loss in losses.items():
        if loss is None:
            continue
        check_config('AKHead', **{name: loss})
        weight = loss.get('loss_weight', 1.0)
        check_number(f'AKHead: {name}', 0, loss_weight=weight)
        if weight == 0:
            raise ValueError(
                f'AKHead: {name} has loss_weight={weight}, so it has no effect; '
                'choose a positive weight, or None for loss_aux or loss_sparsity.'
            )
    if loss_aux is None and loss_sparsity is None:
        raise ValueError(
            'AKHead: loss_aux=None and loss_sparsity=None leave the heatmap without a '
            'gradient, so that points are selected by untrained scores and distributed '
            'training stops with unused parameters; keep one of these losses.'
        )
