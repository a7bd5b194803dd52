"""Comparison of a checkpoint with an AFNet, with the remedy for each difference."""

import re
from typing import Dict, List, Mapping, NamedTuple, Optional, Sequence, Tuple

from torch import Size, Tensor, nn

_SELECTION = re.compile(r'layer\d+\.(navigation|regions)\.')
_COUNTER = 'num_batches_tracked'
Shapes = Dict[str, Size]


class Selection(NamedTuple):
    """Selection that the weights of a backbone were made for, from their shapes.

    Args:
        frames (int): T; 0 without navigation modules.
        modules (int): Number of navigation modules.
        time_mixing (str, optional): As in `SelectionOptions`; None if T is 1 or 0.
        mask_source (str, optional): As in `SelectionOptions`; None if unknown.
        regions (bool): True with navigation modules of regions.
    """

    frames: int
    modules: int
    time_mixing: Optional[str]
    mask_source: Optional[str]
    regions: bool


def find_selection(shapes: Shapes) -> Selection:
    """Infer the selection of a backbone from the shapes of its weights.

    Args:
        shapes (dict[str, Size]): Shape of each entry of the backbone.
    """
    mixing = [
        shape
        for name, shape in shapes.items()
        if re.fullmatch(r'layer\d+\.navigation\.\d+\.mix\.weight', name)
        and len(shape) == 4
    ]
    frames = mixing[0][0] // 2 if mixing else 0
    time_mixing = mask_source = None
    if frames > 1:
        time_mixing = 'grouped' if mixing[0][1] == 2 else 'dense'
    for name, shape in shapes.items():
        first = re.fullmatch(r'(layer\d+)\.navigation\.0\.conv\.weight', name)
        for last in ('conv3', 'project_conv'):
            path = f'{first and first[1]}.ample.0.path.{last}.weight'
            if len(shape) == 4 and path in shapes and mask_source is None:
                same = shape[1] == shapes[path][0]
                mask_source = 'output' if same else 'input'
    return Selection(
        frames,
        len(mixing),
        time_mixing,
        mask_source,
        any('.regions.' in name for name in shapes),
    )


def find_differences(
    given: Shapes, own: Shapes
) -> Tuple[List[str], List[str], List[str]]:
    """Names of missing, unknown and differently shaped entries.

    Missing batch counters of norm layers are not listed; PyTorch sets them to 0.
    """
    missing = [n for n in own if n not in given and not n.endswith(_COUNTER)]
    unknown = [name for name in given if name not in own]
    shapes = [name for name in own if name in given and given[name] != own[name]]
    return missing, unknown, shapes


def check_backbone(
    owner: str, given: Shapes, own: Shapes, initialize: bool = False
) -> None:
    """Refuse weights that do not fit a backbone.

    Args:
        owner (str): Class of the backbone.
        given (dict[str, Size]): Shapes of the checkpoint, by names in the backbone.
        own (dict[str, Size]): Shapes of the backbone.
        initialize (bool): Accept weights without any navigation module, as of
            ImageNet; the modules then keep their initialization.

    Raises:
        ValueError: If an entry is missing, unknown or of another shape.
    """
    if initialize and not any(_SELECTION.match(name) for name in given):
        own = {name: each for name, each in own.items() if not _SELECTION.match(name)}
    parts = find_differences(given, own)
    if not any(parts):
        return
    raise ValueError(
        f'{owner}: the checkpoint does not fit: weights {_listed(parts)}. '
        f'{" ".join(_remedies(given, own))}'
    )


def _listed(parts: Sequence[Sequence[str]]) -> str:
    """Number and first name of each kind of difference."""
    kinds = ('missing', 'unknown', 'of another shape')
    return ', '.join(
        f'{len(names)} {kind} (first: {names[0]})'
        for kind, names in zip(kinds, parts)
        if names
    )


def _remedies(given: Shapes, own: Shapes) -> List[str]:
    """Advice for each difference of two selections."""
    file, model = find_selection(given), find_selection(own)
    found: List[str] = []
    if any(name.startswith('backbone.') for name in given):
        return ["It is of a whole recognizer: add prefix='backbone.' to init_cfg."]
    if model.frames and not file.frames:
        found.append(
            'It has no navigation modules. To train from it, use backbone.init_cfg='
            "dict(type='Pretrained', checkpoint=..., prefix='backbone.'); to test it, "
            "set selection_cfg=dict(policy='all')."
        )
    elif file.frames and not model.frames:
        found.append(
            f'It has navigation modules for {file.frames} frames: set '
            "selection_cfg=dict(policy='navigation')."
        )
    elif file.frames != model.frames:
        found.append(
            f'It was trained with T={file.frames} frames, the model has '
            f'{model.frames}: set num_segments={file.frames} of backbone and neck, and '
            'as many frames per view in the pipeline.'
        )
    if file.frames and model.frames:
        found += _reading(file, model)
        if file.modules != model.modules and 1 in (file.modules, model.modules):
            placement = 'first' if file.modules == 1 else 'every'
            found.append(f'Set selection_cfg=dict(placement={placement!r}).')
    if file.regions != model.regions:
        found.append(
            'It selects regions: set spatial_cfg=dict() of the backbone.'
            if file.regions
            else 'It does not select regions: remove spatial_cfg of the backbone.'
        )
    return found or ['Give a checkpoint that was trained with this config.']


def _reading(file: Selection, model: Selection) -> List[str]:
    """Advice for another reading of the paper."""
    keys = {
        name: value
        for name in ('time_mixing', 'mask_source')
        if (value := getattr(file, name)) is not None
        and getattr(model, name) is not None
        and value != getattr(model, name)
    }
    if not keys:
        return []
    if file.mask_source != 'output' and file.time_mixing != 'dense':
        return [
            'Its shapes are those of the released code: set '
            "selection_cfg=dict(reading='released_code') of the backbone "
            '(--cfg-options model.backbone.selection_cfg.reading=released_code).'
        ]
    if file.mask_source != 'input' and file.time_mixing != 'grouped':
        return [
            'Its shapes are those of the text of the paper: remove '
            "reading='released_code' from selection_cfg of the backbone."
        ]
    options = ', '.join(f'{name}={value!r}' for name, value in keys.items())
    return [f'Set selection_cfg=dict({options}) of the backbone.']


def check_recognizer_weights(
    model: nn.Module, state_dict: Mapping[str, Tensor]
) -> List[str]:
    """Compare the entries of a checkpoint outside the backbone with a recognizer.

    Args:
        model (nn.Module): Recognizer.
        state_dict (Mapping[str, Tensor]): Weights of the checkpoint.

    Returns:
        list[str]: Entries of the classifier that have another size, with both shapes;
        they keep their initialization.

    Raises:
        ValueError: If another entry is missing, unknown or of another shape.
    """
    given = {re.sub(r'^module\.', '', n): v.shape for n, v in state_dict.items()}
    own = {name: value.shape for name, value in model.state_dict().items()}
    kept = [
        {
            name: shape
            for name, shape in each.items()
            if not name.startswith('backbone.')
        }
        for each in (given, own)
    ]
    missing, unknown, shapes = find_differences(*kept)
    resized = [name for name in shapes if name.startswith('cls_head.fc_cls.')]
    parts = missing, unknown, [name for name in shapes if name not in resized]
    if any(parts):
        raise ValueError(
            f'{type(model).__name__}: the checkpoint does not fit: weights '
            f'{_listed(parts)}. Give a checkpoint that was trained with this config; '
            'only the size of the classifier may differ.'
        )
    return [f'{n}: {tuple(given[n])}, not {tuple(own[n])}' for n in resized]
