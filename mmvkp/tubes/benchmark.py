"""Time and memory of TubeMetric on detections of the size of UCF101-24.

Usage::

    python tools/analysis_tools/benchmark_tube_metric.py [--scale 0.02]

makes 914 videos with 160 000 frames, 100 boxes in each frame and scores for
24 classes, gives them to `TubeMetric` as a model would, and prints seconds
and peak memory. A fifth of the boxes moves along tracks, as actors and steady
mistakes do, and the rest is spread at random.
"""

import argparse
import resource
import sys
import tempfile
import time
from pathlib import Path
from typing import Dict, Iterator, List, Optional, Sequence

import numpy as np
import torch
from mmengine.utils import ProgressBar

from .annotations import TubeAnnotations, save_tube_annotations
from .metric import TubeMetric

WIDTH, HEIGHT = 320, 240


def parse_args(argv: Optional[Sequence[str]]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description='Time and memory of TubeMetric.')
    for name, default, text in (
        ('videos', 914, 'test videos'),
        ('frames', 160000, 'frames of all videos'),
        ('boxes', 100, 'boxes of a frame'),
        ('classes', 24, 'classes'),
        ('seed', 0, 'seed'),
    ):
        parser.add_argument(f'--{name}', type=int, default=default, help=text)
    parser.add_argument('--scale', type=float, default=1.0, help='share of the videos')
    parser.add_argument(
        '--factored',
        action='store_true',
        help='a score for each box and one for each class of a frame, as '
        'Point3D gives them, instead of a score for each box and class',
    )
    parser.add_argument('--linker', choices=('greedy', 'viterbi'), default='greedy')
    parser.add_argument('--preset', choices=('moc', 'act'), default='moc')
    parser.add_argument(
        '--max-per-frame-class', type=int, default=30, help='of the metric'
    )
    args = parser.parse_args(argv)
    if not 0 < args.scale <= 1:
        parser.error(f'--scale {args.scale} is outside (0, 1]')
    if min(args.videos, args.boxes, args.classes) < 1:
        parser.error('--videos, --boxes and --classes must be positive')
    if args.frames < 20 * args.videos:
        parser.error(
            f'--frames {args.frames} is less than 20 for each of {args.videos} videos'
        )
    return args


def make_annotations(args: argparse.Namespace) -> TubeAnnotations:
    """One to three actors in each video, present in 70 % of it."""
    rng = np.random.default_rng(args.seed)
    count = max(1, round(args.videos * args.scale))
    mean = args.frames / args.videos
    result = TubeAnnotations(labels=[f'class{i}' for i in range(args.classes)])
    for number in range(count):
        length = round(mean * rng.uniform(0.5, 1.5)) if number else round(mean)
        video, label = f'video{number:04d}', number % args.classes
        tubes = []
        for _ in range(rng.integers(1, 4)):
            begin = rng.integers(1, length - round(0.7 * length) + 2)
            frames = np.arange(begin, begin + round(0.7 * length))
            boxes = make_tracks(rng, 1, length)[frames - 1, 0]
            tubes.append(np.concatenate([frames[:, None], boxes], 1))
        result.gttubes[video] = {label: tubes}
        result.nframes[video] = length
        result.resolution[video] = (HEIGHT, WIDTH)
    result.test_videos = [list(result.nframes)]
    result.train_videos = [[]]
    return result


def make_tracks(rng: np.random.Generator, count: int, length: int) -> np.ndarray:
    """Boxes (length, count, 4) that move slowly through the video."""
    size = rng.uniform(30, 90, (1, count, 2))
    steps = rng.normal(0, 1, (length, count, 2)).cumsum(axis=0)
    start = rng.uniform(0, 1, (1, count, 2)) * ([WIDTH, HEIGHT] - size)
    corner = np.clip(start + steps, 0, [WIDTH, HEIGHT] - size)
    return np.concatenate([corner, corner + size - 1], -1).astype(np.float32)


def make_samples(
    annotations: TubeAnnotations, args: argparse.Namespace
) -> Iterator[List[dict]]:
    """Data samples video by video, one for each frame."""
    for number, (video, length) in enumerate(annotations.nframes.items()):
        rng = np.random.default_rng([args.seed, number])
        ((label, tubes),) = annotations.gttubes[video].items()
        size = (length, args.boxes)
        corner = rng.uniform(0, 1, (*size, 2)) * (WIDTH - 90, HEIGHT - 90)
        boxes = np.concatenate([corner, corner + rng.uniform(20, 90, (*size, 2))], -1)
        boxes = boxes.astype(np.float32)
        steady = args.boxes // 5
        boxes[:, :steady] = make_tracks(rng, steady, length)
        objectness = rng.beta(0.5, 4, size).astype(np.float32)
        objectness[:, :steady] = rng.uniform(0.2, 0.6, steady)
        objectness[:, :steady] += rng.normal(0, 0.02, (length, steady))
        for place, tube in enumerate(tubes[: args.boxes]):
            frame = tube[:, 0].astype(int) - 1
            noise = rng.normal(0, 2, (len(tube), 4))
            boxes[frame, place] = tube[:, 1:] + noise
            objectness[frame, place] = rng.uniform(0.6, 1, len(tube))
        classes = rng.dirichlet([0.3] * args.classes, length)
        classes[:, label] += 0.3
        classes = classes.astype(np.float32)
        yield [
            make_sample(video, frame, boxes, objectness, classes, rng, args)
            for frame in range(length)
        ]


def make_sample(
    video: str,
    frame: int,
    boxes: np.ndarray,
    objectness: np.ndarray,
    classes: np.ndarray,
    rng: np.random.Generator,
    args: argparse.Namespace,
) -> dict:
    """What a model says about one frame."""
    found: Dict[str, torch.Tensor] = dict(
        bboxes=torch.from_numpy(boxes[frame]),
        frame_inds=torch.full((args.boxes,), frame + 1),
    )
    sample = dict(video_id=video, pred_instances=found)
    scores = objectness[frame]
    if args.factored:
        sample['class_scores'] = torch.from_numpy(classes[frame])
    else:
        scores = np.outer(scores, classes[frame])
        scores *= rng.uniform(0.8, 1, scores.shape).astype(np.float32)
    found['scores'] = torch.from_numpy(scores)
    return sample


def main(argv: Optional[Sequence[str]] = None) -> int:
    """Run the benchmark; returns the exit status."""
    args = parse_args(argv)
    annotations = make_annotations(args)
    total = sum(annotations.nframes.values())
    print(
        f'{len(annotations.nframes)} videos, {total} frames, {args.boxes} '
        f'boxes x {args.classes} classes'
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / 'annotations.pkl'
        save_tube_annotations(annotations, path)
        metric = TubeMetric(
            str(path),
            preset=args.preset,
            linker=args.linker,
            max_per_frame_class=args.max_per_frame_class,
        )
    collecting, begin, cpu = 0.0, time.time(), time.process_time()
    progress = ProgressBar(len(annotations.nframes))
    for samples in make_samples(annotations, args):
        start = time.process_time()
        metric.process(None, samples)
        collecting += time.process_time() - start
        progress.update()
    made = time.process_time() - cpu - collecting
    print(
        f'\ncollected: {collecting:.1f} s CPU ({made:.1f} s CPU for making '
        f'the detections, {time.time() - begin:.1f} s by the clock)'
    )
    begin, cpu = time.time(), time.process_time()
    found = metric.evaluate(total)
    evaluating = time.process_time() - cpu
    print(
        f'evaluated: {evaluating:.1f} s CPU, {time.time() - begin:.1f} s by the clock'
    )
    print(f'metric in all: {collecting + evaluating:.1f} s CPU')
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(f'peak memory: {peak * 1024 / 1e9:.2f} GB')
    for name, value in found.items():
        print(f'{name}: {value:.2f}')
    return 0


if __name__ == '__main__':
    sys.exit(main())
