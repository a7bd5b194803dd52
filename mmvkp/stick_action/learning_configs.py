"""Configs and data of the rows of the learning benchmark."""

import os
import os.path as osp
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence
from unittest import mock

from mmengine.config import Config

from ..files import write_text
from ..recognition.recipes import config_folder
from .crowd_classes import crowd_class_names
from .generate import make_dataset
from .learning_rows import Row
from .settings import CROWD, make_settings

ENDING = '_1xb16-u8-6e_stick-action-rgb.py'
# Variable that the recipes read the folder of the data from.
DATA_VARIABLE = 'MMVKP_STICK_ACTION'
LOADERS = ('train_dataloader', 'val_dataloader', 'test_dataloader')


def make_data(folder: str, workers: int, train: Optional[int] = None) -> Dict[str, Any]:
    """Make the variant crowd in its bench size; complete data are kept.

    Args:
        folder (str): Folder of the data.
        workers (int): Number of processes.
        train (int, optional): Training clips; None: as in the bench size.

    Returns:
        dict: Its settings.

    Raises:
        ValueError: If the folder holds other data, or `train` is not a multiple of
            the number of classes.
    """
    settings = make_settings('bench', CROWD, train=train)
    make_dataset(Path(folder), settings, workers)
    return settings


def row_config(row: Row, data: str) -> Config:
    """Config of a row.

    The recipe is changed for the benchmark: data and classes, reading of
    videos in the training process, whose CPU time is recorded, and a validation after
    each epoch for the learning curve.

    Args:
        row (Row): The row.
        data (str): Folder of the data.
    """
    path = config_folder() / 'recognition' / f'{row.recipe}{ENDING}'
    with mock.patch.dict(os.environ, {DATA_VARIABLE: data}):
        config = Config.fromfile(path)
    config.merge_from_dict(
        {
            'model.cls_head.num_classes': len(crowd_class_names()),
            'train_cfg.val_begin': 1,
            'train_cfg.val_interval': 1,
            **row.options,
        }
    )
    for name in LOADERS:
        config[name].update(num_workers=0, persistent_workers=False)
        if row.shuffled:
            steps = config[name].dataset.pipeline
            is_2d = config.model.type == 'Recognizer2D'
            scope = 'video' if is_2d else 'clip'
            # After the sampler, which follows the reader of the video.
            steps.insert(2, dict(type='ShuffleFrames', scope=scope))
    for hook in config.custom_hooks:
        hook.update(row.hooks.get(hook.type, {}))
    config.custom_hooks = [*config.custom_hooks, dict(type='CpuTimeHook')]
    epochs = config.train_cfg.max_epochs
    config.load_from = (
        f'work_dirs/{row.after}/epoch_{epochs}.pth' if row.after else None
    )
    return config


def write_configs(rows: Sequence[Row], data: str, out: str) -> Dict[str, str]:
    """Write the config of each row.

    A file is not changed while its content is the same, because other runs may read
    it.

    Args:
        rows (Sequence[Row]): The rows.
        data (str): Folder of the data.
        out (str): Folder of all runs; the files are `OUT/configs/KEY.py`.

    Returns:
        dict[str, str]: Path by key.

    Raises:
        ValueError: If a run of `out` was made with another config.
    """
    configs: Dict[str, str] = {}
    for row in rows:
        path = configs[row.key] = osp.join(out, 'configs', f'{row.key}.py')
        text = row_config(row, data).pretty_text
        if osp.exists(path):
            with open(path, encoding='utf-8') as file:
                if file.read() == text:
                    continue
            begun = _begun(row, out)
            if begun:
                raise ValueError(
                    f'{begun[0]} was made with another config of the row {row.key}; '
                    'give another --out, or delete the folder.'
                )
        write_text(path, text)
    return configs


def _begun(row: Row, out: str) -> List[str]:
    """Folders of the runs of a row."""
    return sorted(
        osp.join(out, name)
        for name in os.listdir(out)
        if name.rpartition('_seed')[0] == row.key
    )
