"""The metric of tubes on random samples, faulty samples and arguments."""

import math
import pickle
import random
from functools import lru_cache
from pathlib import Path
from typing import Any, Callable, Dict, List, Optional, Tuple

import numpy as np
import torch

from mmvkp.tubes.evaluation import Tubelets
from mmvkp.tubes.linking import PRESETS
from mmvkp.tubes.metric import TubeMetric

from ..tubes import naive_tubes
from ..tubes.tube_cases import to_naive
from .harness import Case

Rng = np.random.Generator
CLASSES, VIDEOS, FRAMES = 3, 4, 20


@lru_cache(None)
def annotation_file() -> Tuple[str, Dict[str, Any]]:
    """Four videos with one or two actors each."""
    rng, truths = np.random.default_rng(7), {}
    for video in range(VIDEOS):
        classes: Dict[int, List[np.ndarray]] = {}
        for _ in range(2):
            begin, end = sorted(rng.choice(np.arange(1, FRAMES + 1), 2, replace=False))
            corner = rng.uniform(0, 40, 2) + rng.normal(0, 2, (FRAMES, 2)).cumsum(0)
            boxes = np.concatenate([corner, corner + rng.uniform(25, 40, 2)], 1)
            frames = np.arange(begin, end + 1)[:, None]
            tube = np.concatenate([frames, boxes[begin - 1 : end]], 1)
            label = int(rng.integers(CLASSES))
            classes.setdefault(label, []).append(tube.astype(np.float32))
        truths[f'v{video}'] = classes
    path = str(Path('annotations.pkl').resolve())
    content = dict(
        labels=list('abc'),
        gttubes=truths,
        nframes=dict.fromkeys(truths, FRAMES),
        train_videos=[[]],
        test_videos=[list(truths)],
        resolution=dict.fromkeys(truths, (200, 200)),
    )
    Path(path).write_bytes(pickle.dumps(content, 2))
    return path, truths


def make_sample(
    rnd: random.Random, rng: Rng, video: str, length: int
) -> Tuple[Dict[str, Any], Tubelets]:
    """A data sample near the ground truth, and its detections by class."""
    rows = []
    for tubes in annotation_file()[1][video].values():
        for tube in tubes:
            for at in range(len(tube) - length + 1):
                for _ in range(rnd.choice([0, 1, 1, 2])):
                    noise = rng.normal(0, 4, (length, 4))
                    rows.append((tube[at, 0], tube[at : at + length, 1:] + noise))
    for _ in range(rnd.randrange(3)):
        frame = rnd.randrange(1, FRAMES - length + 2)
        corner = rng.uniform(0, 100, (length, 2))
        size = rng.uniform(0, 80, (length, 2))
        rows.append((frame, np.concatenate([corner, corner + size], 1)))
    count, form = len(rows), rnd.choice(['table', 'labels', 'factors'])
    boxes = np.array([row[1] for row in rows], np.float32).reshape(count, length, 4)
    frames = np.array([row[0] for row in rows], np.int64)
    scores = rng.random((count, CLASSES)).astype(np.float32)
    found: Dict[str, Any] = dict(bboxes=boxes if length > 1 else boxes[:, 0])
    found['frame_inds'] = frames
    sample: Dict[str, Any] = dict(video_id=video)
    labels, picked = np.indices(scores.T.shape).reshape(2, -1)
    if form == 'table':
        found['scores'] = scores
    elif form == 'labels':
        labels, picked = rng.integers(0, CLASSES, count), np.arange(count)
        found.update(scores=scores[picked, labels], labels=labels)
    else:
        weights = rng.random(CLASSES).astype(np.float32)
        found['scores'] = scores[:, 0].copy()
        scores = found['scores'][:, None] * weights
        sample['class_scores'] = torch.from_numpy(weights)
    found = {name: torch.from_numpy(value) for name, value in found.items()}
    sample['pred_instances'] = found
    every = Tubelets(frames[picked], boxes[picked], labels, scores[picked, labels])
    return sample, every


def metric_case(rnd: random.Random, rng: Rng) -> Case:
    path, truths = annotation_file()
    length = rnd.choice([1, 1, 1, 3])
    protocol, preset = rnd.choice(['act', 'voc']), rnd.choice(['act', 'moc'])
    settings = dict(type='greedy', min_length=rnd.choice([1, 4]))
    pairs = [make_sample(rnd, rng, video, length) for video in truths]

    def run() -> Optional[str]:
        metric = TubeMetric(
            path,
            protocol=protocol,
            preset=preset,
            linker=settings,
            max_per_frame_class=None,
            video_iou_thrs=(0.2, 0.5),
        )
        metric.process(None, [sample for sample, _ in pairs])
        found = metric.compute_metrics(metric.results)
        metric.results = []
        metric.process(None, [sample for sample, _ in pairs[::-1]])
        again = metric.compute_metrics(metric.results)
        if any(abs(found[key] - again[key]) > 1e-9 for key in found):
            return f'the order of samples changes {found} to {again}'
        options = PRESETS[preset]._replace(min_length=settings['min_length'])
        videos = [
            (*to_naive(every, truths[video]), FRAMES)
            for (_, every), video in zip(pairs, truths)
        ]
        for key, value in found.items():
            kind, _, level = key.rpartition('@')
            ap = naive_tubes.frame_ap if 'frame' in kind else naive_tubes.video_ap
            values = [
                ap(videos, label, float(level), options, protocol)
                for label in range(CLASSES)
            ]
            known = [each for each in values if each is not None]
            if abs(value - np.mean(known)) > 1e-3:
                return f'{key} is {value}, not {np.mean(known)}'
        return None

    return Case(f'TubeMetric {protocol} {preset} {settings} K={length}', run)


Change = Callable[[Any], Any]
MISSING = object()


def _fill(value: float) -> Change:
    return lambda tensor: torch.full_like(tensor, value)


def _put(value: Any) -> Change:
    return lambda _: value


# Part of a sample, and its change; each of them must be refused.
FAULTS: List[Tuple[str, Change]] = [
    ('frame_inds', lambda x: x * 100),
    ('frame_inds', lambda x: x.float() + 0.5),
    ('frame_inds', lambda x: x[:, None]),
    ('frame_inds', lambda x: x[:-1]),
    ('scores', lambda x: x[:-1]),
    ('scores', lambda x: x.sum()),
    ('scores', lambda x: torch.rand(len(x), 7)),
    ('scores', _fill(math.nan)),
    ('scores', lambda x: x.to(torch.complex64)),
    ('bboxes', lambda x: x.reshape(-1)),
    ('bboxes', lambda x: x[..., :3]),
    ('bboxes', _fill(math.nan)),
    ('bboxes', _fill(math.inf)),
    ('bboxes', lambda x: x[None, None]),
    ('bboxes', lambda x: x.to(torch.complex64)),
    ('labels', lambda x: x + 5),
    ('labels', lambda x: -1 - x),
    ('labels', lambda x: x[:-1]),
    ('labels', lambda x: x.float() + 0.5),
    ('video_id', _put('nope')),
    ('video_id', _put(['v0'])),
    ('pred_instances', _put([1])),
    ('class_scores', _fill(math.nan)),
    ('class_scores', lambda x: torch.rand(7)),
    *(
        (part, _put(value))
        for value in (None, 'abc', MISSING, {})
        for part in ('bboxes', 'scores', 'frame_inds', 'labels', 'class_scores')
    ),
    *(
        (part, _put(value))
        for value in (None, MISSING, 3)
        for part in ('video_id', 'pred_instances')
    ),
]


def faulty_sample_case(rnd: random.Random, rng: Rng) -> Case:
    path, truths = annotation_file()
    sample, _ = make_sample(rnd, rng, 'v1', rnd.choice([1, 1, 3]))
    number = rnd.randrange(len(FAULTS))
    part, change = FAULTS[number]
    owner = sample if part in sample else sample['pred_instances']
    applies = part in owner and len(sample['pred_instances']['bboxes']) > 0
    if applies:
        changed = change(owner.pop(part))
        owner.update({} if changed is MISSING else {part: changed})

    def run() -> Optional[str]:
        metric = TubeMetric(path, linker=dict(type='greedy', min_length=1))
        metric.process(None, [sample])
        values = metric.compute_metrics(metric.results).values()
        if applies:
            return 'the faulty sample is accepted'
        return None if all(0 <= each <= 100.001 for each in values) else f'{values}'

    names = ['TubeMetric: video', "video 'v1'", 'video_id', 'pred_instances']
    return Case(f'sample, fault {number} of {part}', run, names)


ARGUMENTS: Dict[str, List[Any]] = dict(
    split=[0, 2, -1, '1', None, np.int64(1), 1.0, True],
    protocol=[None, 'ACT', 1, []],
    preset=['x', None, []],
    linker=[None, 1, {}, dict(type=None), dict(min_length=0), [], dict(nms_soft=1)],
    frame_iou_thrs=[None, 0.5, [], ['x'], '0.5'],
    video_iou_thrs=[None, 0.5, [2], '0.5:0.95'],
    max_per_frame_class=[0, -1, '3', 2.5, np.int32(3)],
    empty_classes=[None, 'SKIP', []],
    dump=['x', 1, b'x.npz', ['x.npz']],
    ann_file=[None, '', 1, '/missing', '.', [], True],
    typo=[1],
)


def arguments_case(rnd: random.Random, rng: Rng) -> Case:
    names = rnd.sample(list(ARGUMENTS), rnd.choice([1, 1, 2]))
    given = {name: rnd.choice(ARGUMENTS[name]) for name in names}
    settings = {'ann_file': annotation_file()[0], **given}

    def run() -> Optional[str]:
        metric = TubeMetric(**settings)
        return None if len(metric.videos) == VIDEOS else 'videos are missing'

    # Missing files and folders are named by their path.
    return Case(f'TubeMetric({given})', run, [*names, '/missing', "'.'"])


METRIC_CASES = (metric_case, faulty_sample_case, arguments_case)
