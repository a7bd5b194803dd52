"""Detections and truths for the tests: recorded answers of public code, random
ones, and tubes that stand still."""

import gzip
import json
from pathlib import Path

import numpy as np

from mmvkp.tubes.evaluation import Tubelets

FOLDER = Path(__file__).parents[1] / 'data' / 'tube_parity'
NAMES = ('trimmed_k1', 'trimmed_k7', 'untrimmed_multi_k1')


def load_case(name):
    """Inputs, expected answers, and detections and truths of each test
    video."""
    with gzip.open(FOLDER / f'{name}.json.gz') as file:
        case = json.load(file)
    inputs, found, truths = case['inputs'], {}, {}
    for video in inputs['test_videos'][0]:
        rows = [
            (int(frame), int(label), row)
            for frame, classes in inputs['tubelets'][video].items()
            for label, rows in classes.items()
            for row in rows
        ]
        values = np.array([row for _, _, row in rows], dtype=np.float32)
        found[video] = Tubelets(
            np.array([row[0] for row in rows]),
            values[:, :-1].reshape(len(rows), inputs['K'], 4),
            np.array([row[1] for row in rows]),
            values[:, -1],
        )
        truths[video] = {
            int(label): [np.array(tube) for tube in tubes]
            for label, tubes in inputs['gttubes'][video].items()
        }
    return inputs, case['expected'], found, truths


def annotations_of(inputs):
    """Content of an annotation file for `load_tube_annotations`."""
    return {
        key: inputs[key]
        for key in (
            'labels',
            'gttubes',
            'nframes',
            'train_videos',
            'test_videos',
            'resolution',
        )
    }


def to_naive(detections, truths):
    """The same for `naive_tubes`."""
    rows = [
        (
            int(frame),
            int(label),
            float(score),
            tuple(tuple(float(x) for x in box) for box in boxes),
        )
        for frame, boxes, label, score in zip(*detections)
    ]
    return rows, {
        label: [
            {int(row[0]): tuple(map(float, row[1:5])) for row in tube} for tube in tubes
        ]
        for label, tubes in truths.items()
    }


def random_video(rng, length=1, num_frames=24, num_classes=2, levels=None):
    """Two actors with shaking detections, and some at random.

    ``levels`` rounds the scores, so that many are equal.
    """
    frames, boxes, labels, scores, truths = [], [], [], [], {}
    for _ in range(2):
        corner = rng.uniform(0, 60, 2) + rng.normal(
            0, 1.5, (num_frames + length, 2)
        ).cumsum(0)
        path = np.concatenate([corner, corner + rng.uniform(25, 50, 2)], 1)
        label = int(rng.integers(num_classes))
        begin, end = rng.integers(1, 5), rng.integers(num_frames - 5, num_frames + 1)
        clock = np.arange(begin, end + 1)
        truths.setdefault(label, []).append(
            np.concatenate([clock[:, None], path[clock - 1]], 1).astype(np.float32)
        )
        for frame in range(1, num_frames - length + 2):
            for _ in range(rng.choice(4, p=[0.02, 0.4, 0.4, 0.18])):
                noise = rng.normal(0, 4, (length, 4))
                frames.append(frame)
                boxes.append(path[frame - 1 : frame - 1 + length] + noise)
                labels.append(
                    label if rng.uniform() < 0.8 else rng.integers(num_classes)
                )
                scores.append(rng.uniform(0.01, 1))
    scores = np.array(scores, dtype=np.float32)
    if levels:
        scores = np.ceil(scores * levels).astype(np.float32) / levels
    return Tubelets(
        np.array(frames), np.array(boxes, dtype=np.float32), np.array(labels), scores
    ), truths


def still_tube(first, last, box=(10, 20, 49, 79)):
    """Rows (n, 5) of a tube with a constant box."""
    frames = np.arange(first, last + 1)
    return np.array([(frame, *box) for frame in frames], dtype=np.float32)


def boxes_of(*tubes):
    """Detections that repeat tubes (rows, label, score) frame by frame."""
    rows = [(row, label, score) for tube, label, score in tubes for row in tube]
    return Tubelets(
        np.array([row[0] for row, _, _ in rows], dtype=np.int64),
        np.array([row[1:5] for row, _, _ in rows], dtype=np.float32).reshape(-1, 1, 4),
        np.array([label for _, label, _ in rows], dtype=np.int64),
        np.array([score for _, _, score in rows], dtype=np.float32),
    )
