"""Configs of recognizers for own videos.

A config inherits network, runtime and optimiser from a recipe, and has its own data,
classes, learning rate and schedule.
"""

import os.path as osp
from pathlib import Path
from typing import List, NamedTuple

from mmengine.config import Config

from ..files import write_text
from .class_balance import class_weights, is_balanced
from .own_lists import OwnLists, read_own_lists
from .own_recipes import ANNEALING, BUDGETS, FLIP, RECIPES, TEMPLATE, OwnConfig
from .recipes import config_folder, find_config
from .shipped_weights import find_shipped, is_shipped

# Arguments of a backbone without pretrained weights.
OFF = {'init_cfg': None, 'pretrained': None, 'pretrained2d': False}


def write_own_config(options: OwnConfig, out: str) -> List[str]:
    """Write the config of a recognizer for own videos.

    AK-Net is trained in two stages, as in its paper: its host is trained first, with
    a config of its own, whose name ends in `_stage1.py`.

    Args:
        options (OwnConfig): Data, method and machine.
        out (str): File to write, `.py`.

    Returns:
        list[str]: Written files and the next commands.

    Raises:
        FileNotFoundError: If the lists or the given weights are missing.
        ValueError: If the lists are invalid, `ann` is given, or the config of the
            first stage exists already.
    """
    if options.ann:
        raise ValueError(f'--ann: {options.method} needs no annotations of tubes.')
    lists = read_own_lists(Path(options.folder))
    name = RECIPES[options.method][options.budget]
    recipe = Config.fromfile(find_config(name))
    said, first = [], []
    weights = options.weights
    if is_shipped(weights):
        find_shipped(weights)
    elif weights not in ('auto', 'none') and not osp.isfile(weights):
        raise FileNotFoundError(f'no checkpoint {weights}; give auto, none or a file.')
    if recipe.get('stage1'):
        stage1 = f'{out.removesuffix(".py")}_stage1.py'
        if osp.exists(stage1):
            raise ValueError(f'{stage1} exists already; give another name with --out.')
        host = Config.fromfile(find_config(recipe.stage1))
        epochs = _write(stage1, options, lists, recipe.stage1, host, weights)
        weights = checkpoint_of(stage1, epochs)
        first = [f'mmvkp train {stage1}']
        said = [f'{stage1}: {recipe.stage1}']
    epochs = _write(out, options, lists, name, recipe, weights)
    return [*said, f'{out}: {name}', 'next:', *first, *next_commands(out, epochs)]


def next_commands(config: str, epochs: int) -> List[str]:
    """Commands that train, test and use a config."""
    checkpoint = checkpoint_of(config, epochs)
    return [
        f'mmvkp train {config}',
        f'mmvkp test {config} {checkpoint}',
        f'mmvkp predict VIDEO --model {config} --weights {checkpoint}',
    ]


def checkpoint_of(config: str, epochs: int) -> str:
    """Last checkpoint of a training with a config."""
    return f'work_dirs/{Path(config).stem}/epoch_{epochs}.pth'


def _write(
    out: str,
    options: OwnConfig,
    lists: OwnLists,
    name: str,
    recipe: Config,
    weights: str,
) -> int:
    """Write one config; returns its number of epochs."""
    budget, videos = BUDGETS[options.budget], lists.labels['train']
    start = _start(recipe, weights)
    batch_size = min(budget.batch_size, len(videos))
    iterations = budget.iterations * (budget.scratch if start.scratch else 1)
    low, high = budget.epochs
    epochs = min(max(round(iterations * batch_size / len(videos)), low), high)
    interval = max(1, epochs // 5)
    base_batch = recipe.auto_scale_lr.base_batch_size
    base_lr = recipe.optim_wrapper.optimizer.lr
    head = f'num_classes={len(lists.classes)}'
    if not is_balanced(videos):
        balance = class_weights(videos, lists.classes)
        head += f", loss_cls=dict(type='CrossEntropyLoss', class_weight={balance})"
    text = TEMPLATE.format(
        method=options.method,
        count=len(lists.classes),
        videos=len(videos),
        weights=start.words,
        recipe=Path(find_config(name)).relative_to(config_folder()).as_posix(),
        root=str(lists.folder),
        classes=_names(lists),
        batch_size=batch_size,
        epochs=epochs,
        lr=base_lr * batch_size / base_batch,
        base_lr=base_lr,
        base_batch=base_batch,
        frames=recipe.get('num_segments') or recipe.clip_len,
        flip=FLIP if options.flip else '',
        scale=(budget.size, budget.size),
        decode=budget.decode,
        layout='NCTHW' if recipe.model.type == 'Recognizer3D' else 'NCHW',
        delimiter=lists.delimiter,
        val=lists.path_of('val'),
        test=lists.path_of('test'),
        workers=budget.workers,
        model=f'{start.model}cls_head=dict({head})',
        interval=interval,
        keep=f'interval={interval}, max_keep_ckpts=1, save_best=None',
    )
    if any(each.type == 'SelectionAnnealHook' for each in recipe.custom_hooks):
        text += ANNEALING
    write_text(out, text + start.load_from)
    return epochs


def _names(lists: OwnLists) -> str:
    """Value of `class_names`: a list, or the file of more than ten names."""
    if len(lists.classes) <= 10:
        return repr(lists.classes)
    return "f'{root}/classes.txt'"


class _Start(NamedTuple):
    """Weights that a training starts from, as text of a config.

    Args:
        words (str): End of the first comment.
        model (str): Arguments of `model`.
        load_from (str): Line with the checkpoint.
        scratch (bool): True without weights that were trained before.
    """

    words: str
    model: str = ''
    load_from: str = ''
    scratch: bool = False


def _start(recipe: Config, weights: str) -> _Start:
    """Find the weights that a training starts from."""
    if weights not in ('auto', 'none'):
        # A checkpoint of stage 1 is written later.
        return _Start(f'Starts from {weights}.', '', f'load_from = {weights!r}\n')
    backbone = recipe.model.backbone
    init = backbone.get('init_cfg') or {}
    source = backbone.get('pretrained') or init.get('checkpoint')
    if source is None:
        return _Start('From scratch: this network has no public weights.', scratch=True)
    known = '://' in source or osp.isfile(source)
    if weights == 'auto' and known:
        return _Start(f'Starts from {osp.basename(source)}.')
    off = [f'{key}={value}' for key, value in OFF.items() if key in backbone]
    reason = '' if known else f': {source} is missing'
    return _Start(
        f'From scratch{reason}.', f'backbone=dict({", ".join(off)}), ', '', True
    )
