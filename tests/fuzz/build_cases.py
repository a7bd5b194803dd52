"""Random arguments of every registered component, and odd inputs of networks."""

import copy
import inspect
import math
import random
import traceback
from functools import lru_cache
from pathlib import Path
from typing import Any, Callable, Dict, List, Optional, Sequence, Tuple

import numpy as np
import torch
from mmaction.registry import DATASETS, HOOKS, METRICS, MODELS, TRANSFORMS
from mmengine.optim import build_optim_wrapper
from torch import nn

from ..point3d import two_parts
from ..tubes.transforms.tube_clip import loaded_clip
from ..tubes.tube_data import make_jhmdb, tube
from ..tubes.tube_loading import pipeline
from .arguments import VALUES, near
from .build_models import COMPONENTS, MODELS_OF, make_batch, nodes_of
from .harness import Case

# A message begins with the component that found the fault.
OWNERS = [f'{name}:' for name in COMPONENTS]
PARTS = ['AdaptiveRegionalShiftExtractor:']
TYPOS = ['typo', 'in_chanels', 'num_class', 'Type']


def defaults_of(component: Callable) -> Dict[str, Any]:
    """Arguments of a constructor; those of a host behind `**kwargs` are skipped."""
    found = {}
    for name, each in inspect.signature(component).parameters.items():
        if each.kind not in (each.VAR_POSITIONAL, each.VAR_KEYWORD):
            found[name] = None if each.default is each.empty else each.default
    return found


def change(
    rnd: random.Random, config: Dict[str, Any], component: Callable
) -> Tuple[str, str]:
    """Change one argument of a config in place; returns its name and the change."""
    how = rnd.random()
    given = [key for key in config if key != 'type']
    if how < 0.06:
        name = rnd.choice(TYPOS)
        config[name] = rnd.choice(VALUES)
    elif how < 0.12 and given:
        name = rnd.choice(given)
        del config[name]
        return name, f'without {name}'
    else:
        options = defaults_of(component)
        name = rnd.choice([*options, *given] or TYPOS)
        old = config.get(name, options.get(name))
        if isinstance(old, dict) and old and rnd.random() < 0.5:
            inner = dict(old)
            key = rnd.choice(list(inner))
            inner[key] = rnd.choice([near(rnd, inner[key]), rnd.choice(VALUES)])
            config[name] = inner
        else:
            config[name] = near(rnd, old) if rnd.random() < 0.4 else rnd.choice(VALUES)
    return name, f'{name}={str(config[name])[:200]!r} ({type(config[name]).__name__})'


def run_model(model: nn.Module, kind: str) -> Optional[str]:
    """One step of training and one test on regular videos."""
    model.train()
    data = model.data_preprocessor(make_batch(kind), True)
    losses = model(**data, mode='loss')
    values = [each for key, each in losses.items() if 'loss' in key]
    total = sum((each.sum() for each in values), torch.zeros(()))
    if not torch.isfinite(total):
        return f'the loss is {losses}'
    if total.requires_grad:
        total.backward()
    model.eval()
    with torch.no_grad():
        found = model.test_step(make_batch(kind))
    scores = [each.pred_score for each in found if 'pred_score' in each]
    good = all(torch.isfinite(each).all() for each in scores)
    return None if good else f'scores {scores}'


def model_case(rnd: random.Random, rng: np.random.Generator) -> Case:
    name = rnd.choice(list(COMPONENTS))
    kind = rnd.choice(COMPONENTS[name])
    config = copy.deepcopy(MODELS_OF[kind][0]())
    argument, text = change(rnd, rnd.choice(nodes_of(config, name)), MODELS.get(name))

    def run() -> Optional[str]:
        model = MODELS.build(config)
        finished: List[int] = []
        for each in model.modules():
            if type(each).__name__ == name:
                each.register_forward_hook(lambda *_: finished.append(1))
        try:
            return run_model(model, kind)
        except Exception as error:
            files = [
                each.filename for each in traceback.extract_tb(error.__traceback__)
            ]
            # The component did its part; a host refuses the sizes of the result.
            if finished and not any('/mmvkp/' in each for each in files[2:]):
                return None
            raise

    # An unknown type is named by the registry.
    names = [argument, *OWNERS, *PARTS, 'of KPSEM', 'is not in the mmaction::']
    return Case(f'{name} in {kind}: {text}', run, names)


def odd_input(rnd: random.Random, shape: Sequence[int]) -> Any:
    """An input of another size or content."""
    sizes = list(shape)
    for _ in range(rnd.choice([0, 1, 1, 2])):
        place = rnd.randrange(len(sizes))
        sizes[place] = rnd.choice([0, 1, 2, 3, 5, 7, 8, 9, 16])
    x, how = torch.randn([max(1, size) for size in sizes]), rnd.random()
    if rnd.random() < 0.05:
        return x[:0]
    if how < 0.1 and x.numel():
        x.view(-1)[rnd.randrange(x.numel())] = rnd.choice([math.nan, math.inf])
    elif how < 0.3:
        return rnd.choice([x[None], x.flatten(1), x[..., :0]])
    return x


# Config and shape of the input.
NETWORKS: Dict[str, Tuple[Dict[str, Any], Tuple[int, ...]]] = dict(
    TimeWiseAttention=(dict(scale='cosine'), (1, 8, 4, 8, 8)),
    KPSEM=(dict(in_channels=16, num_sets=2), (2, 16, 4, 7, 9)),
    SlimResNetTSM=(
        dict(depth=10, base_channels=8, num_segments=4, pretrained=None),
        (4, 3, 32, 32),
    ),
)


@lru_cache(None)
def network(name: str) -> Tuple[nn.Module, Tuple[int, ...]]:
    """A valid component and the shape of its input."""
    if name in NETWORKS:
        config, shape = NETWORKS[name]
        return MODELS.build(dict(config, type=name)), shape
    kind = COMPONENTS[name][0]
    config = nodes_of(MODELS_OF[kind][0](), name)[0]
    frames, channels = MODELS_OF[kind][1]
    shape = (frames, channels, 32, 32)
    if name == 'MFNet':
        shape = (1, channels, 8, 32, 32)
    elif name == 'ResNeXt3d':
        shape = (1, 8, frames, 16, 16)
    return MODELS.build(dict(config)), shape


INPUTS = (
    'TimeWiseAttention',
    'KPSEM',
    'SlimResNetTSM',
    'MFNet',
    'ResNeXt3d',
    'AFResNet',
    'AKNet',
)


def input_case(rnd: random.Random, rng: np.random.Generator) -> Case:
    name = rnd.choice(INPUTS)
    built, shape = network(name)
    # Statistics of a case must not reach the next one.
    model = copy.deepcopy(built)
    x = odd_input(rnd, shape)
    training = rnd.random() < 0.3
    if name == 'KPSEM':
        other = torch.randn(2, 8, 4, 3, 3)
        x = (x, other) if rnd.random() < 0.7 else (torch.randn(shape), x)

    def run() -> Optional[str]:
        model.train(training)
        with torch.no_grad():
            found = model(x)
        parts = found if isinstance(found, tuple) else (found,)
        tensors = [each for each in parts if isinstance(each, torch.Tensor)]
        given = x if isinstance(x, tuple) else (x,)
        if all(each.dtype == torch.float32 and each.isfinite().all() for each in given):
            if not all(each.float().isfinite().all() for each in tensors):
                return 'not finite for finite input'
        return None

    sizes = [tuple(getattr(e, 'shape', ())) for e in (x if type(x) is tuple else (x,))]
    kind = getattr(x, 'dtype', type(x).__name__)
    return Case(f'{name} {training} of {sizes} {kind}', run, [f'{name}:', 'x '])


def _frames(count: int = 8) -> Dict[str, Any]:
    frames = [np.full((16, 24, 3), i, np.uint8) for i in range(count)]
    return dict(imgs=frames, clip_len=5, num_clips=2, frame_interval=1)


def _clip() -> Dict[str, Any]:
    return loaded_clip([tube(1, 4, (5, 6, 30, 40), (2, 1))])


TRANSFORM_INPUTS: Dict[str, Callable[[], Dict[str, Any]]] = dict(
    TubeCrop=_clip,
    TubeExpand=_clip,
    FilterTubes=_clip,
    PackTubeInputs=lambda: dict(
        _clip(), imgs=np.zeros((1, 3, 4, 48, 64), np.float32), scale_factor=(1, 1)
    ),
    SampleSegmentFrames=lambda: dict(total_frames=50, start_index=0),
    StackSegmentFrames=lambda: _frames(10),
    ShuffleFrames=lambda: dict(frame_inds=np.arange(10), num_clips=2, clip_len=5),
    SampleKeyClip=lambda: dict(
        video_id='v',
        timestamp=902,
        timestamp_start=900,
        fps=30,
        start_index=1,
        shot_info=(0, 27000),
        gt_bboxes=np.array([[0.1, 0.2, 0.5, 0.9]]),
        gt_labels=np.float32([[0, 1]]),
        entity_ids=np.array([3]),
    ),
)


def transform_case(rnd: random.Random, rng: np.random.Generator) -> Case:
    name = rnd.choice(list(TRANSFORM_INPUTS))
    config = dict(type=name, clip_len=4) if name == 'SampleKeyClip' else dict(type=name)
    argument, text = change(rnd, config, TRANSFORMS.get(name))

    def run() -> Optional[str]:
        transform = TRANSFORMS.build(config)
        np.random.seed(0)
        found = transform(TRANSFORM_INPUTS[name]())
        return None if found is None or isinstance(found, dict) else f'{found}'

    return Case(f'{name}: {text}', run, [argument, f'{name}:'])


HOOK_CONFIGS: List[Dict[str, Any]] = [
    dict(type=name)
    for name in (
        'SelectionAnnealHook',
        'SelectionRecordHook',
        'DataCheckHook',
        'SampleSeedHook',
        'AccelerateHook',
    )
]
METRIC_CONFIGS = [
    dict(type='PairAccMetric', pairs=[(0, 1)]),
    dict(type='ComputeCostMetric'),
]


def plain_case(rnd: random.Random, rng: np.random.Generator) -> Case:
    registry, configs = rnd.choice([(HOOKS, HOOK_CONFIGS), (METRICS, METRIC_CONFIGS)])
    config = dict(rnd.choice(configs))
    name = config['type']
    argument, text = change(rnd, config, registry.get(name))

    def run() -> None:
        registry.build(config)

    return Case(f'{name}: {text}', run, [argument, f'{name}:'])


@lru_cache(None)
def jhmdb() -> Path:
    root = Path('jhmdb').resolve()
    root.mkdir()
    make_jhmdb(root)
    return root


def dataset_case(rnd: random.Random, rng: np.random.Generator) -> Case:
    root = jhmdb()
    config = dict(
        type='TubeDataset',
        ann_file=str(root / 'JHMDB-GT.pkl'),
        data_prefix=dict(img=str(root / 'Frames')),
        joint_prefix=str(root / 'joint_positions'),
        filename_tmpl='{:05}.png',
        clip_len=4,
        pipeline=pipeline(train=False),
    )
    argument, text = change(rnd, config, DATASETS.get('TubeDataset'))

    def run() -> Optional[str]:
        dataset = DATASETS.build(config)
        sample = dataset[0]
        # Without its last steps, a pipeline gives no `inputs`.
        return None if argument == 'pipeline' or 'inputs' in sample else 'no inputs'

    # Wrong folders are listed with their missing files.
    names = [argument, 'TubeDataset:', 'Frames', 'problem(s)', 'JHMDB-GT']
    return Case(f'TubeDataset: {text}', run, names)


def optimizer_case(rnd: random.Random, rng: np.random.Generator) -> Case:
    config = two_parts.config()
    part = rnd.choice([config, config['points'], config['cls']])
    name = rnd.choice([*part, 'typo', 'clip_grad', 'accumulative_counts', 'type'])
    if name == 'constructor':
        name = 'points'
    if rnd.random() < 0.15:
        part.pop(name, None)
    else:
        part[name] = near(rnd, part.get(name))

    def run() -> Optional[str]:
        model = two_parts.seeded_model()
        wrapper = build_optim_wrapper(model, config)
        wrapper.update_params(model.scores(torch.ones(2, 4)).sum())
        return None

    names = [name, 'PartOptimWrapperConstructor', 'JointOptimWrapperDict']
    return Case(f'optimizers: {name}={part.get(name)!r}', run, names)


KINDS_OF_CASES = (
    model_case,
    model_case,
    model_case,
    transform_case,
    input_case,
    plain_case,
    dataset_case,
    optimizer_case,
)


def make_case(rnd: random.Random, rng: np.random.Generator, index: int) -> Case:
    """Case of one kind after the other."""
    return KINDS_OF_CASES[index % len(KINDS_OF_CASES)](rnd, rng)
