"""Time and memory of `TubeMetric` on detections of the size of UCF101-24."""

import resource
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Dict, Iterator, List

import numpy as np
import torch

from ..console import say, track
from .annotations import TubeAnnotations, save_tube_annotations
from .metric import TubeMetric

WIDTH, HEIGHT = 320, 240


@dataclass
class BenchmarkSize:
    """Size of the generated data; defaults as in UCF101-24.

    A fifth of the boxes moves along tracks, like actors and repeated false
    detections; the others are random.

    Args:
        videos (int): Test videos.
        frames (int): Frames of all videos, at least 20 per video.
        boxes (int): Boxes per frame.
        classes (int): Number of classes.
        scale (float): Share of the videos that is used, in (0, 1].
        seed (int): Seed of the random generator.
        factored (bool): One score per box and one per frame and class, as
            Point3D predicts; otherwise one score per box and class.
    """

    videos: int = 914
    frames: int = 160000
    boxes: int = 100
    classes: int = 24
    scale: float = 1.0
    seed: int = 0
    factored: bool = False

    def __post_init__(self) -> None:
        if not 0 < self.scale <= 1:
            raise ValueError(f'--scale {self.scale} is outside (0, 1].')
        if min(self.videos, self.boxes, self.classes) < 1:
            raise ValueError('--videos, --boxes and --classes must be positive.')
        if self.frames < 20 * self.videos:
            raise ValueError(
                f'--frames {self.frames} is less than 20 for each of {self.videos} '
                'videos.'
            )


def make_annotations(size: BenchmarkSize) -> TubeAnnotations:
    """Make videos with one to three actors, each present in 70 % of its video.

    Args:
        size (BenchmarkSize): Size of the data.
    """
    rng = np.random.default_rng(size.seed)
    count = max(1, round(size.videos * size.scale))
    mean = size.frames / size.videos
    result = TubeAnnotations(labels=[f'class{i}' for i in range(size.classes)])
    for number in range(count):
        length = round(mean * rng.uniform(0.5, 1.5)) if number else round(mean)
        video, label = f'video{number:04d}', number % size.classes
        tubes = []
        for _ in range(rng.integers(1, 4)):
            begin = rng.integers(1, length - round(0.7 * length) + 2)
            frames = np.arange(begin, begin + round(0.7 * length))
            boxes = _make_tracks(rng, 1, length)[frames - 1, 0]
            tubes.append(np.concatenate([frames[:, None], boxes], 1))
        result.gttubes[video] = {label: tubes}
        result.nframes[video] = length
        result.resolution[video] = (HEIGHT, WIDTH)
    result.test_videos = [list(result.nframes)]
    result.train_videos = [[]]
    return result


def _make_tracks(rng: np.random.Generator, count: int, length: int) -> np.ndarray:
    """Boxes (length, count, 4) that move slowly."""
    size = rng.uniform(30, 90, (1, count, 2))
    steps = rng.normal(0, 1, (length, count, 2)).cumsum(axis=0)
    start = rng.uniform(0, 1, (1, count, 2)) * ([WIDTH, HEIGHT] - size)
    corner = np.clip(start + steps, 0, [WIDTH, HEIGHT] - size)
    return np.concatenate([corner, corner + size - 1], -1).astype(np.float32)


def make_samples(
    annotations: TubeAnnotations, size: BenchmarkSize
) -> Iterator[List[dict]]:
    """Make the data samples of each video, one per frame.

    Args:
        annotations (TubeAnnotations): Result of `make_annotations`.
        size (BenchmarkSize): Size of the data.

    Yields:
        list[dict]: Samples as `TubeMetric` takes them.
    """
    for number, (video, length) in enumerate(annotations.nframes.items()):
        rng = np.random.default_rng([size.seed, number])
        ((label, tubes),) = annotations.gttubes[video].items()
        shape = (length, size.boxes)
        corner = rng.uniform(0, 1, (*shape, 2)) * (WIDTH - 90, HEIGHT - 90)
        boxes = np.concatenate([corner, corner + rng.uniform(20, 90, (*shape, 2))], -1)
        boxes = boxes.astype(np.float32)
        steady = size.boxes // 5
        boxes[:, :steady] = _make_tracks(rng, steady, length)
        objectness = rng.beta(0.5, 4, shape).astype(np.float32)
        objectness[:, :steady] = rng.uniform(0.2, 0.6, steady)
        objectness[:, :steady] += rng.normal(0, 0.02, (length, steady))
        for place, tube in enumerate(tubes[: size.boxes]):
            frame = tube[:, 0].astype(int) - 1
            noise = rng.normal(0, 2, (len(tube), 4))
            boxes[frame, place] = tube[:, 1:] + noise
            objectness[frame, place] = rng.uniform(0.6, 1, len(tube))
        classes = rng.dirichlet([0.3] * size.classes, length)
        classes[:, label] += 0.3
        classes = classes.astype(np.float32)
        yield [
            _make_sample(
                video, frame, boxes[frame], objectness[frame], classes[frame], rng, size
            )
            for frame in range(length)
        ]


def _make_sample(
    video: str,
    frame: int,
    boxes: np.ndarray,
    scores: np.ndarray,
    classes: np.ndarray,
    rng: np.random.Generator,
    size: BenchmarkSize,
) -> dict:
    """Detections of one frame."""
    found: Dict[str, torch.Tensor] = dict(
        bboxes=torch.from_numpy(boxes), frame_inds=torch.full((size.boxes,), frame + 1)
    )
    sample: Dict[str, Any] = dict(video_id=video, pred_instances=found)
    if size.factored:
        sample['class_scores'] = torch.from_numpy(classes)
    else:
        scores = np.outer(scores, classes)
        scores *= rng.uniform(0.8, 1, scores.shape).astype(np.float32)
    found['scores'] = torch.from_numpy(scores)
    return sample


def run_benchmark(size: BenchmarkSize, **options: Any) -> None:
    """Time the metric, and print CPU seconds, peak memory and its results.

    Args:
        size (BenchmarkSize): Size of the data.
        **options: Arguments of `TubeMetric`.
    """
    annotations = make_annotations(size)
    total = sum(annotations.nframes.values())
    say(
        f'{len(annotations.nframes)} videos, {total} frames, {size.boxes} boxes x '
        f'{size.classes} classes'
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / 'annotations.pkl'
        save_tube_annotations(annotations, path)
        metric = TubeMetric(str(path), **options)
    collecting, begin, cpu = 0.0, time.time(), time.process_time()
    for samples in track(
        make_samples(annotations, size), 'collecting', len(annotations.nframes)
    ):
        start = time.process_time()
        metric.process(None, samples)
        collecting += time.process_time() - start
    made = time.process_time() - cpu - collecting
    say(
        f'collected: {collecting:.1f} s CPU ({made:.1f} s CPU for making the '
        f'detections, {time.time() - begin:.1f} s wall time)'
    )
    begin, cpu = time.time(), time.process_time()
    found = metric.evaluate(total)
    evaluating = time.process_time() - cpu
    say(f'evaluated: {evaluating:.1f} s CPU, {time.time() - begin:.1f} s wall time')
    say(f'metric in total: {collecting + evaluating:.1f} s CPU')
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    say(f'peak memory: {peak * 1024 / 1e9:.2f} GB')
    for name, value in found.items():
        say(f'{name}: {value:.2f}')
