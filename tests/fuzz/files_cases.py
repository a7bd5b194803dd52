"""Damaged and changed files of every format that the package reads."""

import contextlib
import csv
import io
import json
import pickle
import random
from pathlib import Path
from typing import Any, Callable, Dict, List, Optional, Sequence, Tuple

import numpy as np
import torch

from mmvkp.class_files import read_class_names, read_label_map
from mmvkp.recognition.average_splits import average
from mmvkp.recognition.dumps import read_dump
from mmvkp.recognition.kinetics_lists import read_classes, read_ids, read_videos
from mmvkp.recognition.loading import load_config
from mmvkp.recognition.logs import read_test
from mmvkp.tubes.convert import read_list
from mmvkp.tubes.detection_files import DetectionWriter
from mmvkp.tubes.detections import pack
from mmvkp.tubes.dump_evaluation import evaluate_dump
from mmvkp.tubes.joints import load_tube_joints
from mmvkp.tubes.options import make_options
from mmvkp.tubes.tube_files import read_tubes

from .annotation_cases import ANNOTATION_CASES, Rng, annotations, save_mat
from .harness import Case
from .mutations import NUMBERS, PLAIN, mutate, mutate_bytes

LABEL_MAP = b'item {\n name: "a"\n id: 1\n}\nitem {\n name: "b"\n id: 3\n}\n'


def joints_case(rnd: random.Random, rng: Rng) -> Case:
    if rnd.random() < 0.5:
        path, good = 'joint_positions.mat', rng.random((2, 15, 6))
        values = [good, good[..., 0], rng.random((15, 2, 6)), np.zeros((2, 15, 0)), 'x']
        values += [np.full((2, 15, 3), np.nan), 5, good * 1e300, good.astype(np.int8)]
        content = save_mat(rnd, rnd.choice(['pos_img'] * 9 + ['y']), rnd.choice(values))
    else:
        path, out, good = 'j.npz', io.BytesIO(), rng.random((1, 4, 15, 2))
        values = [
            good,
            good[0],
            np.zeros((0, 4, 15, 2)),
            np.array([None]),
            good * 1e300,
        ]
        values += [np.array(['x']), np.full((1, 2, 3, 2), np.nan), good * 1j, good > 0]
        points = rnd.choice(values)
        arrays = dict(keypoint=points)
        if rnd.random() < 0.5:
            ones = np.ones(points.shape[:3])
            arrays['keypoint_score'] = rnd.choice(
                [ones, np.ones(3), np.array('x'), ones * np.nan]
            )
        np.savez(out, **arrays)
        content = out.getvalue()
        if rnd.random() < 0.5:
            content = mutate_bytes(rnd, content)
    Path(path).write_bytes(content)

    def run() -> Optional[str]:
        found = load_tube_joints(path)
        shapes = found.points.shape[:-1], found.visible.shape
        good = shapes[0] == shapes[1] and np.isfinite(found.points).all()
        return None if good else f'not finite, or shapes {shapes}'

    return Case(f'joints {path}', run, [path])


def _dump_bytes(rng: Rng) -> bytes:
    with DetectionWriter('d.npz', ['a', 'b'], 1) as writer:
        frames, boxes = np.arange(1, 6), rng.random((5, 1, 4))
        writer.add('b/v2', pack(frames, boxes, rng.random((5, 2)), None, None, None))
    return Path('d.npz').read_bytes()


def detections_case(rnd: random.Random, rng: Rng) -> Case:
    content, what = _dump_bytes(rng), 'bytes'
    if rnd.random() < 0.6:
        content = mutate_bytes(rnd, content)
    else:
        arrays = dict(np.load(io.BytesIO(content)))
        name, out = rnd.choice(list(arrays)), io.BytesIO()
        if name == 'meta':
            meta = mutate(rnd, json.loads(str(arrays[name])), PLAIN)
            arrays[name] = np.array(json.dumps(meta))
        else:
            old = arrays[name]
            arrays[name] = rnd.choice(
                [
                    np.zeros(0),
                    np.zeros((3, 3)),
                    np.array('x'),
                    old[:2],
                    np.full(5, -7),
                    np.full(5, 10**6),
                    np.full((5, 1, 4), np.nan),
                    np.full(5, np.nan),
                    old * 1j,
                    old.astype('f8') + 0.5,
                ]
            )
        what = f'{name}: {str(arrays[name])[:200]}'
        if rnd.random() < 0.1:
            what = f'no {name}'
            del arrays[name]
        np.savez(out, **arrays)
        content = out.getvalue()
    Path('d.npz').write_bytes(content)
    Path('gt.pkl').write_bytes(pickle.dumps(annotations(), 2))

    def run() -> Optional[str]:
        with contextlib.redirect_stdout(io.StringIO()):
            summary, _ = evaluate_dump('gt.pkl', 'd.npz', 1, make_options())
        values = summary.means.values()
        return None if all(0 <= each <= 100.001 for each in values) else f'{values}'

    return Case(f'detections, {what}', run, ['d.npz'])


TENSORS: List[Any] = [
    None,
    1,
    'x',
    torch.rand(4),
    torch.rand(2, 3),
    torch.tensor([9]),
    torch.full((3,), float('nan')),
    torch.tensor([-1]),
    torch.rand(0),
    torch.tensor([1, 2]),
    torch.rand(3).half(),
    torch.rand(3).bfloat16(),
    torch.zeros(3, dtype=torch.complex64),
    torch.tensor([True]),
    torch.rand(3).to_sparse(),
    torch.rand(3, 3).t(),
    torch.nn.Parameter(torch.rand(3)),
    torch.tensor([2**40]),
]


def dump_case(rnd: random.Random, rng: Rng) -> Case:
    samples: List[Any] = [
        dict(pred_score=torch.rand(3), gt_label=torch.tensor([i]), num_classes=3)
        for i in range(3)
    ]
    scores = [each['pred_score'].numpy() for each in samples]
    what, how = 'bytes', rnd.random()
    if how < 0.5:
        number, key = rnd.randrange(3), rnd.choice(['pred_score', 'gt_label'])
        samples[number][key] = value = rnd.choice(TENSORS)
        what = f'{key}={value}'
    elif how < 0.6:
        samples = mutate(rnd, samples, PLAIN)
        what = f'{samples}'
    content = pickle.dumps(samples, rnd.choice([2, 3, 4, 5]))
    changed = what == 'bytes' and how < 0.95
    Path('out.pkl').write_bytes(mutate_bytes(rnd, content) if changed else content)

    def run() -> Optional[str]:
        found, labels = read_dump('out.pkl')
        if len(found) != len(labels) or not np.isfinite(found).all():
            return 'other lengths, or not finite'
        if how >= 0.95 and not np.array_equal(found, scores):
            return 'other scores'
        return None

    return Case(f'dump of scores, {what[:300]}', run, ['out.pkl'])


def labels_case(rnd: random.Random, rng: Rng) -> Case:
    name, content = rnd.choice([('l.txt', b'a\nb\n'), ('l.pbtxt', LABEL_MAP)])
    content = mutate_bytes(rnd, content)
    Path(name).write_bytes(content)

    def run() -> Optional[str]:
        found = read_label_map(name)
        return None if found and all(map(str, found.values())) else f'{found}'

    return Case(f'labels {name}: {content!r}', run, [name])


def tubes_case(rnd: random.Random, rng: Rng) -> Case:
    tube = dict(id=1, label=0, score=0.5, frames=[1, 2], boxes=[[1, 2, 3, 4]] * 2)
    tube.update(scores=[0.5, 0.4])
    content: Any = dict(labels=['a'], videos=dict(v=[tube]))
    text = json.dumps(mutate(rnd, content, PLAIN)).encode()
    if rnd.random() < 0.3:
        text = mutate_bytes(rnd, json.dumps(content).encode())
    Path('t.json').write_bytes(text)

    def run() -> Optional[str]:
        tubes, labels = read_tubes('t.json', 'v')
        for each in tubes:
            if not np.isfinite(each.boxes).all() or not 0 <= each.label < len(labels):
                return f'box or label {each.boxes} {each.label} of {labels}'
        return None

    return Case(f'linked tubes: {text[:400]!r}', run, ['t.json'])


def log_case(rnd: random.Random, rng: Rng) -> Case:
    content: Any = {'acc/top1': 0.5, 'acc/top5': 0.75, 'time': 1.0, 'data_time': 0.5}
    text = json.dumps(mutate(rnd, content, PLAIN)).encode()
    if rnd.random() < 0.4:
        text = mutate_bytes(rnd, json.dumps(content).encode())
    Path('log.json').write_bytes(text)
    Path('other.json').write_text(json.dumps({**content, 'time': 2.0}))

    def run() -> Optional[str]:
        numbers = read_test('log.json')
        table = average(['log.json', 'other.json'])
        good = 'acc/top1' in numbers and len(table.splitlines()) == 5
        return None if good else f'{numbers} {table}'

    return Case(f'log: {text[:300]!r}', run, ['log.json'])


KINETICS = [
    ['label', 'youtube_id', 'time_start', 'time_end', 'split'],
    ['riding a bike', '0123456789a', '3', '13', 'val'],
    ['"riding"', '-_23456789a', '0', '10', 'val'],
]


def _csv_bytes(rows: Sequence[Sequence[str]]) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue().encode()


def lists_case(rnd: random.Random, rng: Rng) -> Case:
    videos = b'a/x.mp4 0\nb/y.mp4 1\n'
    readers: Dict[str, Tuple[bytes, Callable[[Path], Any]]] = {
        'k.csv': (_csv_bytes(KINETICS), read_videos),
        'list.txt': (videos, read_videos),
        'names.txt': (b'riding a bike\nrun\n', read_classes),
        'ids.txt': (b'0123456789a\n-_23456789a\n', read_ids),
        'split.txt': (b'v1.avi\nv2,3\n', lambda path: read_list(path, ['v1', 'v2'])),
        'classes.txt': (b'0 run\n1 sit\n', lambda path: read_class_names(str(path))),
    }
    name = rnd.choice(list(readers))
    content, read = readers[name]
    if name == 'k.csv' and rnd.random() < 0.6:
        rows = [list(row) for row in KINETICS]
        rnd.choice(rows)[rnd.randrange(5)] = rnd.choice(NUMBERS)
        content = _csv_bytes(rows)
    else:
        content = mutate_bytes(rnd, content)
    Path(name).write_bytes(content)

    def run() -> None:
        read(Path(name))

    return Case(f'{name}: {content!r}', run, [name])


CONFIG = b"""model = dict(type='Recognizer2D', backbone=dict(depth=18))
test_dataloader = dict(dataset=dict(type='VideoDataset', ann_file='a.txt'))
"""


def config_case(rnd: random.Random, rng: Rng) -> Case:
    content = mutate_bytes(rnd, CONFIG)
    Path('config.py').write_bytes(content)

    def run() -> Optional[str]:
        with contextlib.redirect_stdout(io.StringIO()):
            return None if 'model' in load_config('config.py') else 'no model'

    return Case(f'config: {content!r}', run, ['config.py'])


KINDS_OF_CASES = (
    *ANNOTATION_CASES,
    joints_case,
    detections_case,
    dump_case,
    labels_case,
    tubes_case,
    log_case,
    lists_case,
    config_case,
)


def make_case(rnd: random.Random, rng: Rng, index: int) -> Case:
    """Case of one kind after the other."""
    return KINDS_OF_CASES[index % len(KINDS_OF_CASES)](rnd, rng)
