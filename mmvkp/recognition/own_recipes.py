"""Recipes, settings and text of configs for own videos."""

from typing import Dict, NamedTuple, Optional, Tuple

# Method -> recipe for a budget. The light networks for a CPU train from scratch; the
# networks for a GPU start from the weights that their recipe names.
RECIPES: Dict[str, Dict[str, str]] = {
    'kpsem': {
        'cpu': 'kpsem_r3d10_1xb16-u8-6e_stick-action-rgb',
        'gpu': 'kpsem_in1k-pre-r3d50_1xb16-16x2x1-40e_hmdb51-split1-rgb',
    },
    'afnet': {
        'cpu': 'afnet-tsm-rt50_af-r10_1xb16-u8-6e_stick-action-rgb',
        'gpu': 'afnet-tsm-rt40_in1k-pre-af-r50_2xb16-1x1x12-55e_sthv2-rgb',
    },
    'aknet': {
        'cpu': 'aknet-tsm_slim-r10_1xb16-u8-6e_stick-action-rgb',
        'gpu': 'aknet-tsm_in1k-pre-r50_8xb8-1x1x8-50e_sthv2-rgb',
    },
    'tsm': {
        'cpu': 'tsm_slim-r10_1xb16-u8-6e_stick-action-rgb',
        'gpu': 'tsm_in1k-pre-r50_8xb8-1x1x8-50e_sthv2-rgb',
    },
}


class OwnConfig(NamedTuple):
    """Choices of the user for a config.

    Args:
        folder (str): Folder with the lists of `mmvkp data make-list`; for a detector
            folder of the videos.
        method (str): Key of `mmvkp.methods.CONFIG_WRITERS`.
        budget (str): Key of `BUDGETS`.
        weights (str): `auto`: those of the recipe if they exist; `none`; or a
            checkpoint of this network.
        flip (bool): Mirror half of the training videos.
        ann (str, optional): Annotations of tubes, for a detector.
    """

    folder: str
    method: str
    budget: str = 'cpu'
    weights: str = 'auto'
    flip: bool = False
    ann: Optional[str] = None


class RecognizerBudget(NamedTuple):
    """Settings that depend on the machine.

    Args:
        size (int): Width and height of the frames in pixels.
        batch_size (int): Videos of an iteration.
        iterations (int): Iterations of a training, chosen on own videos.
        scratch (int): Factor of `iterations` without the weights of a recipe.
        epochs (tuple[int, int]): Least and largest number of epochs.
        workers (int): Processes of a data loader.
        decode (str): Arguments of the decoder in training. Copies for a CPU are as
            large as a crop of half of their area needs.
    """

    size: int
    batch_size: int
    iterations: int
    scratch: int
    epochs: Tuple[int, int]
    workers: int
    decode: str


BUDGETS = {
    'cpu': RecognizerBudget(
        64, 8, 400, 1, (6, 150), 2, "type='CachedVideoDecode', short_side=96"
    ),
    'gpu': RecognizerBudget(224, 8, 600, 4, (10, 400), 4, "type='UprightVideoDecode'"),
}
FLIP = "\naugment.append(dict(type='Flip', flip_ratio=0.5))"
# Less than 40 lines with the lines that are added.
TEMPLATE = """\
# {method}: {count} classes, {videos} training videos. {weights}
_base_ = 'mmvkp::{recipe}'
root = {root!r}
class_names = {classes}
batch_size, max_epochs = {batch_size}, {epochs}
lr = {lr:g}  # the recipe has {base_lr:g} for {base_batch} videos in an iteration
sample = dict(type='UniformSample', clip_len={frames})
load = [dict(type='UprightVideoInit'), sample, dict({decode})]
test_load = [load[0], dict(sample, test_mode=True), dict(type='UprightVideoDecode')]
resize = dict(type='Resize', scale={scale}, keep_ratio=False, interpolation='area')
augment = [dict(type='RandomResizedCrop', area_range=(0.5, 1.0)), resize]{flip}
colours = dict(brightness=0.4, contrast=0.4, saturation=0.4, hue=0.1)
augment = [*augment, dict(colours, type='ColorJitter')]
layout = dict(type='FormatShape', input_format={layout!r})
pack = [layout, dict(type='PackActionInputs')]
files = dict(type='VideoDataset', data_prefix=dict(video=root), delimiter={delimiter!r})
train = dict(files, ann_file=f'{{root}}/train.txt', pipeline=[*load, *augment, *pack])
test = dict(files, test_mode=True, pipeline=[*test_load, resize, *pack])
loader = dict(batch_size=batch_size, num_workers={workers})
train_dataloader = dict(loader, dataset=dict(train, _delete_=True))
val = dict(test, ann_file=f'{{root}}/{val}', _delete_=True)
val_dataloader = dict(loader, dataset=val)
test_dataloader = dict(loader, dataset=dict(val, ann_file=f'{{root}}/{test}'))
top_1 = dict(top_k_accuracy=dict(topk=1))
val_evaluator = [dict(type='AccMetric', metric_options=top_1)]
test_evaluator = val_evaluator
model = dict({model})
train_cfg = dict(max_epochs=max_epochs, val_begin=1, val_interval={interval})
optim_wrapper = dict(optimizer=dict(lr=lr))
warmup = dict(end=max_epochs * 0.1, by_epoch=True, convert_to_iter_based=True)
param_scheduler = [
    dict(warmup, type='LinearLR', start_factor=0.04),
    dict(warmup, type='CosineAnnealingLR', begin=max_epochs * 0.1, end=max_epochs),
]
default_hooks = dict(checkpoint=dict({keep}))
"""
# The authors' annealing of AFNet as shares of the training: temperature until epoch 50
# of 55, ratio lowered after 10, 15 and 20.
ANNEALING = """\
steps = dict(ratio_steps=[max_epochs * each / 55 for each in (10, 15, 20)])
anneal = dict(steps, type='SelectionAnnealHook', temperature_end=max_epochs * 50 / 55)
others = [h for h in _base_.custom_hooks if h['type'] != anneal['type']]
custom_hooks = [*others, anneal]
"""
