"""Configs of the detector Point3D for own videos with tracks."""

import math
from pathlib import Path
from typing import Any, Dict, List, NamedTuple

from mmengine.config import Config

from ..files import write_text
from ..recognition.own_config import next_commands
from ..recognition.own_recipes import OwnConfig
from ..recognition.recipes import config_folder, find_config
from ..recognition.shipped_weights import find_shipped, is_shipped
from .annotations import TubeAnnotations, load_tube_annotations

RECIPE = 'point3d_r18_1xb8-8x1x1-1e_stick-tubes-rgb'
ANNOTATIONS = 'tubes.pkl'
# Epochs that the iterations are divided into, with other clips of a video in each.
EPOCHS = 6


class DetectorBudget(NamedTuple):
    """Settings that depend on the machine.

    Args:
        size (int): Width and height of the frames in pixels.
        iterations (int): Iterations of a training, chosen on own videos.
        workers (int): Processes of a data loader.
        test_clips (str): See `TubeDataset`.
    """

    size: int
    iterations: int
    workers: int
    test_clips: str


BUDGETS: Dict[str, DetectorBudget] = {
    'cpu': DetectorBudget(96, 400, 2, 'windows'),
    'gpu': DetectorBudget(256, 5000, 4, 'centered'),
}
WEIGHTS = 'https://download.pytorch.org/models/resnet18-f37072fd.pth'
# The network of the recipe, and ResNet-18 in full width.
NETWORKS = {
    'cpu': '',
    'gpu': """
    backbone=dict(
        base_channels=64, num_stages=4, strides=(1, 2, 2, 2), dilations=(1, 1, 1, 1),
        out_indices=(0, 1, 2, 3), init_cfg={init}),
    neck=dict(in_channels=512, num_deconv_filters=(256, 128, 32),
              num_deconv_kernels=(4, 4, 4)),""",
}
FLIP = "\naugment = [*augment, dict(type='Flip', flip_ratio=0.5)]"
# Less than 40 lines with the network.
TEMPLATE = """\
# point3d: {count} classes, {videos} training videos. {weights}
_base_ = 'mmvkp::{recipe}'
root = {root!r}
ann_file = {ann_file!r}
max_epochs = {epochs}
load = [dict(type='UprightVideoInit'), dict(type='SampleTubeFrames')]
load = [*load, dict(type='UprightVideoDecode'), dict(type='LoadTubes')]
colours = dict(brightness=0.2, contrast=0.4, saturation=0.4, hue=0.05)
colours = dict(colours, type='ColorJitter')
augment = [dict(type='TubeCrop'), dict(type='FilterTubes')]{flip}
resize = dict(type='Resize', scale=({size}, {size}), keep_ratio=False)
layout = dict(type='FormatShape', input_format='NCTHW', collapse=True)
pack = [layout, dict(type='PackTubeInputs')]
files = dict(type='TubeDataset', ann_file=ann_file, data_prefix=dict(video=root))
files = dict(files, clip_len={clip_len}, _delete_=True)
clips = dict(clip_stride={stride}, train_clips='all')
train = dict(files, **clips, pipeline=[*load, *augment, resize, colours, *pack])
val = dict(files, test_clips='windows', test_mode=True, pipeline=[*load, resize, *pack])
loader = dict(batch_size={batch_size}, num_workers={workers})
train_dataloader = dict(loader, dataset=train)
val_dataloader = dict(loader, dataset=val)
test_dataloader = dict(loader, dataset=dict(val, test_clips={test_clips!r}))
val_evaluator = dict(ann_file=ann_file)
test_evaluator = dict(ann_file=ann_file)
model = dict({network}
    point_head=dict(num_knots=0, knot_norm='actor'), cls_head=dict(num_classes={count})
)
train_cfg = dict(max_epochs=max_epochs, val_begin=max_epochs)
warmup = dict(end={warmup}, by_epoch=False)
cosine = dict(end=max_epochs, by_epoch=True, convert_to_iter_based=True)
warmup = dict(warmup, type='LinearLR', start_factor=0.1)
param_scheduler = [warmup, dict(cosine, type='CosineAnnealingLR')]
{load_from}"""


def write_own_config(options: OwnConfig, out: str) -> List[str]:
    """Write the config of a Point3D for own videos.

    Args:
        options (OwnConfig): Data and machine; `ann` is by default `tubes.pkl` in the
            folder of the videos, written by `mmvkp data convert`.
        out (str): File to write, `.py`.

    Returns:
        list[str]: The written file and the next commands.

    Raises:
        FileNotFoundError: If the annotations or the given weights are missing.
        ValueError: If the annotations are damaged or have no training video.
    """
    folder = Path(options.folder).resolve()
    path = Path(options.ann or folder / ANNOTATIONS).resolve()
    if not path.is_file():
        raise FileNotFoundError(
            f'no annotations {path}; write them with `mmvkp data convert ... {path}`, '
            'or give --ann.'
        )
    truth = load_tube_annotations(path)
    recipe = Config.fromfile(find_config(RECIPE))
    fields = {**_schedule(options, truth, recipe), **_network(options)}
    text = TEMPLATE.format(
        count=len(truth.labels),
        recipe=Path(find_config(RECIPE)).relative_to(config_folder()).as_posix(),
        root=str(folder),
        ann_file=str(path),
        flip=FLIP if options.flip else '',
        **fields,
    )
    write_text(out, text)
    return [f'{out}: {RECIPE}', 'next:', *next_commands(out, fields['epochs'])]


def _schedule(
    options: OwnConfig, truth: TubeAnnotations, recipe: Config
) -> Dict[str, Any]:
    """Clips and epochs for the length of the training videos."""
    budget = BUDGETS[options.budget]
    clip_len = recipe.train_dataloader.dataset.clip_len
    batch_size = recipe.train_dataloader.batch_size
    videos = truth.train_videos[0] if truth.train_videos else []
    clips = sum(max(1, truth.nframes[each] - clip_len + 1) for each in videos)
    if not clips:
        raise ValueError(
            f'{options.ann or ANNOTATIONS}: training videos are missing; convert again '
            'with a smaller --test-share.'
        )
    total = budget.iterations * batch_size
    stride = max(1, round(clips * EPOCHS / total))
    epochs = max(1, math.ceil(total * stride / clips))
    return dict(
        videos=len(videos),
        clip_len=clip_len,
        batch_size=batch_size,
        stride=stride,
        epochs=epochs,
        warmup=budget.iterations // 10,
        size=budget.size,
        workers=budget.workers,
        test_clips=budget.test_clips,
    )


def _network(options: OwnConfig) -> Dict[str, str]:
    """Network and weights as text of the config."""
    if options.weights not in ('auto', 'none'):
        if is_shipped(options.weights):
            find_shipped(options.weights)
        elif not Path(options.weights).is_file():
            raise FileNotFoundError(f'no checkpoint {options.weights}.')
        words, load_from = f'Starts from {options.weights}.', options.weights
        return dict(
            weights=words,
            network=NETWORKS[options.budget].format(init=None),
            load_from=f'load_from = {load_from!r}\n',
        )
    pretrained = options.budget == 'gpu' and options.weights == 'auto'
    init = f"dict(type='Pretrained', checkpoint={WEIGHTS!r})" if pretrained else None
    return dict(
        weights=f'Starts from {Path(WEIGHTS).name}.' if pretrained else 'From scratch.',
        network=NETWORKS[options.budget].format(init=init),
        load_from='',
    )
