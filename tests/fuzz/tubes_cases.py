"""Random detections and annotations against plain Python."""

import math
import random
from itertools import permutations, product
from typing import Any, Dict, List, Optional, Sequence, Tuple

import numpy as np

from mmvkp.tubes.average_precision import average_precision
from mmvkp.tubes.evaluation import Tubelets
from mmvkp.tubes.iou import box_iou, tube_iou
from mmvkp.tubes.linking import GreedyOptions, link_greedy
from mmvkp.tubes.options import make_options
from mmvkp.tubes.suppression import suppress, suppress_tubes
from mmvkp.tubes.viterbi import ViterbiOptions, link_viterbi

from ..tubes import naive_tubes
from ..tubes.tube_cases import to_naive
from .harness import Case
from .metric_cases import METRIC_CASES

KINDS = ('plain', 'grid', 'point', 'inverted', 'same', 'big', 'negative', 'zero')
EXACT = ('plain', 'grid', 'point', 'same', 'negative', 'zero')

Rng = np.random.Generator


def make_boxes(rng: Rng, shape: Tuple[int, ...], kind: str) -> np.ndarray:
    """Boxes (*shape, 4) of a kind, float32."""
    boxes = rng.uniform(0, 100, (*shape, 4))
    boxes[..., 2:] = boxes[..., :2] + rng.uniform(0, 80, (*shape, 2))
    if kind == 'grid':
        boxes = np.floor(boxes / 20) * 20
        boxes[..., 2:] += 20
    elif kind == 'point':
        boxes[..., 2:] = boxes[..., :2]
    elif kind == 'inverted':
        boxes = boxes[..., [2, 3, 0, 1]]
    elif kind == 'same' and boxes.size:
        boxes[:] = boxes[(0,) * len(shape)]
    elif kind == 'big':
        boxes *= 10.0 ** rng.integers(3, 30)
    elif kind == 'negative':
        boxes -= 1000
    elif kind == 'zero':
        boxes *= 0
    return boxes.astype(np.float32)


def naive_iou(a: Sequence[float], b: Sequence[float], inclusive: bool) -> float:
    """IoU of two regular boxes."""
    one = 1 if inclusive else 0
    a, b = [float(x) for x in a], [float(x) for x in b]
    width = min(a[2], b[2]) - max(a[0], b[0]) + one
    height = min(a[3], b[3]) - max(a[1], b[1]) + one
    common = max(width, 0) * max(height, 0)
    areas = [(x[2] - x[0] + one) * (x[3] - x[1] + one) for x in (a, b)]
    union = sum(areas) - common
    return common / union if union > 0 else 0.0


def outside(values: np.ndarray) -> bool:
    """True if a value is not in [0, 1]."""
    return bool((~((values >= 0) & (values <= 1 + 1e-5))).any())


def iou_case(rnd: random.Random, rng: Rng) -> Case:
    kinds = rnd.choice(KINDS), rnd.choice(KINDS)
    count, inclusive = rnd.randrange(5), rnd.random() < 0.5
    first, second = (make_boxes(rng, (count,), kind) for kind in kinds)

    def run() -> Optional[str]:
        with np.errstate(all='ignore'):
            found = box_iou(first, second, inclusive)
        if found.shape != (count,) or outside(found):
            return f'IoU {found} of {first.tolist()} and {second.tolist()}'
        if set(kinds) <= set(EXACT):
            pairs = zip(first, second)
            wanted = [naive_iou(a, b, inclusive) for a, b in pairs]
            if not np.allclose(found, wanted, atol=1e-3):
                return f'IoU {found}, not {wanted}'
        return None

    return Case(f'box_iou {kinds} {count} {inclusive}', run)


def make_tube(rng: Rng, kind: str, longest: int = 12) -> np.ndarray:
    """A tube (n, 5) without gaps, possibly empty."""
    count, start = int(rng.integers(longest)), int(rng.choice([1, 1, 1, 5, 1000, -5]))
    frames = np.arange(start, start + count)[:, None]
    return np.concatenate([frames, make_boxes(rng, (count,), kind)], axis=1)


def as_dict(tube: np.ndarray) -> Dict[int, Tuple[float, ...]]:
    return {int(row[0]): tuple(map(float, row[1:5])) for row in tube}


def tube_iou_case(rnd: random.Random, rng: Rng) -> Case:
    kinds = rnd.choice(KINDS), rnd.choice(KINDS)
    first, second = (
        [make_tube(rng, kind) for _ in range(rnd.randrange(4))] for kind in kinds
    )

    def run() -> Optional[str]:
        with np.errstate(all='ignore'):
            found = tube_iou(first, second)
        if found.shape != (len(first), len(second)) or outside(found):
            return f'IoU {found.tolist()}'
        for row, one in enumerate(first):
            for column, other in enumerate(second):
                if not set(kinds) <= set(EXACT) or not (len(one) and len(other)):
                    continue
                wanted = naive_tubes.tube_iou(as_dict(one), as_dict(other))
                if abs(found[row, column] - wanted) > 1e-3:
                    return f'IoU {found[row, column]}, not {wanted}'
        return None

    return Case(f'tube_iou {kinds} {len(first)} {len(second)}', run)


def suppress_case(rnd: random.Random, rng: Rng) -> Case:
    count, length = rnd.randrange(12), rnd.randrange(1, 4)
    kind, soft, threshold = rnd.choice(KINDS), rnd.random() < 0.5, rnd.random()
    boxes = make_boxes(rng, (count, length), kind)
    scores = rng.random(count).astype(np.float32)
    if rnd.random() < 0.4:
        scores = np.round(scores, 1)
    groups = rng.integers(0, 3, count)

    def run() -> Optional[str]:
        with np.errstate(all='ignore'):
            order, changed = suppress(boxes, scores, groups, threshold, soft)
            mixed = rng.permutation(count)
            again = suppress(
                boxes[mixed], scores[mixed], groups[mixed], threshold, soft
            )
        if not np.allclose(np.sort(changed), np.sort(again[1]), rtol=1e-4, atol=1e-5):
            return 'the order of the input changes the scores'
        if kind not in EXACT:
            return None
        wanted = []
        for group in set(groups.tolist()):
            rows = np.flatnonzero(groups == group)
            found = Tubelets(groups[rows], boxes[rows], groups[rows], scores[rows])
            rest = naive_tubes.suppress(to_naive(found, {})[0], threshold, soft)
            wanted += [each[2] for each in rest]
        if len(wanted) != len(changed) or not np.allclose(
            np.sort(changed), np.sort(wanted), rtol=1e-3, atol=1e-4
        ):
            return f'scores {np.sort(changed)}, not {np.sort(wanted)}'
        return None

    what = f'suppress {kind} {count}x{length} soft={soft} {threshold:.3f} {scores}'
    return Case(what, run)


def suppress_tubes_case(rnd: random.Random, rng: Rng) -> Case:
    kind, threshold = rnd.choice(EXACT), rnd.random()
    tubes = [make_tube(rng, kind) for _ in range(rnd.randrange(6))]
    tubes = [tube for tube in tubes if len(tube)]
    scores = rng.random(len(tubes))

    def run() -> Optional[str]:
        found = suppress_tubes(tubes, scores, threshold)
        pairs = [(score, as_dict(tube)) for score, tube in zip(scores, tubes)]
        wanted = [pair[0] for pair in naive_tubes.suppress_tubes(pairs, threshold)]
        return None if [scores[i] for i in found] == wanted else f'{found}'

    return Case(f'suppress_tubes {kind} {len(tubes)} {threshold:.3f}', run)


def compare_tubes(found: List[Any], wanted: List[Any]) -> Optional[str]:
    """Compare tubes with pairs (score, {frame: box})."""
    ours = [(tube.score, as_dict(tube.rows)) for tube in found]
    if len(ours) != len(wanted):
        return f'{len(ours)} tubes, not {len(wanted)}'

    def key(tube: Any) -> Any:
        return (round(tube[0], 4), min(tube[1]), len(tube[1]))

    for one, other in zip(sorted(ours, key=key), sorted(wanted, key=key)):
        if abs(one[0] - other[0]) > 1e-4 or one[1].keys() != other[1].keys():
            return f'tube {one[0]} {sorted(one[1])}, not {other[0]} {sorted(other[1])}'
        for frame, box in one[1].items():
            if not np.allclose(box, other[1][frame], atol=1e-2, rtol=1e-4):
                return f'frame {frame}: box {box}, not {other[1][frame]}'
    return None


def greedy_case(rnd: random.Random, rng: Rng) -> Case:
    length, num_frames = rnd.choice([1, 1, 2, 5]), rnd.randrange(5, 20)
    count, kind = rnd.randrange(40), rnd.choice(['plain', 'grid', 'same', 'negative'])
    boxes = make_boxes(rng, (count, length), kind) * np.float32([1, 1, 1, 1])
    boxes = boxes[np.arange(count) // 2 * 2] if kind == 'plain' else boxes
    boxes += rng.uniform(-2, 2, boxes.shape).astype(np.float32) * (kind == 'plain')
    frames = rng.integers(1, max(2, num_frames - length + 2), count)
    scores = rng.random(count).astype(np.float32)
    options = GreedyOptions(
        nms_threshold=rnd.random(),
        nms_soft=rnd.random() < 0.5,
        max_candidates=rnd.choice([1, 2, 10, 60]),
        iou_threshold=rnd.choice([0.123, 0.21, 0.511]),
        finish_offset=rnd.choice([None, 1, 3, 5]),
        max_gap=rnd.randrange(4),
        min_score=rnd.choice([0.005, -9.0]),
        min_length=rnd.randrange(1, 6),
    )

    def run() -> Optional[str]:
        found = link_greedy(frames, boxes, scores, num_frames, options)
        detections = Tubelets(frames, boxes, np.zeros(count, int), scores)
        rows = to_naive(detections, {})[0]
        return compare_tubes(found, naive_tubes.link(rows, num_frames, options))

    return Case(f'greedy {kind} {count}x{length} {num_frames} {options}', run)


def viterbi_case(rnd: random.Random, rng: Rng) -> Case:
    count, num_frames = rnd.randrange(1, 25), rnd.randrange(1, 15)
    kind = rnd.choice(['plain', 'negative', 'same', 'grid'])
    boxes = make_boxes(rng, (count, 1), kind)
    scores = rng.random(count).astype(np.float32)
    frames = rng.integers(1, num_frames + 1, count)
    options = ViterbiOptions(
        product_weight=rnd.random(),
        iou_weight=rnd.random(),
        psi=rnd.random() < 0.3,
        max_tubes=rnd.randrange(1, 5),
    )

    def run() -> Optional[str]:
        found = link_viterbi(frames, boxes, scores, num_frames, options)
        detections = Tubelets(frames, boxes, np.zeros(count, int), scores)
        rows = to_naive(detections, {})[0]
        if options.psi:
            # Links of value 0 make ties, which each may break differently.
            length = {len(tube.rows) for tube in found}
            return None if length <= {num_frames} else f'lengths {length}'
        return compare_tubes(found, naive_tubes.best_paths(rows, num_frames, options))

    return Case(f'viterbi {kind} {count} {num_frames} {options}', run)


OPTIONS: List[Any] = [
    None,
    'act',
    'moc',
    'viterbi',
    dict(type='greedy', max_gap=2),
    dict(type='greedy', max_gap=np.int64(2)),
    dict(type='viterbi', max_tubes='3'),
    dict(type=None),
    dict(type=[]),
    dict(typo=1),
    {1: 2},
    [0.5],
    ['0.5:0.95'],
    [],
    [0],
    [1.5],
    ['a:b'],
    0.5,
    '0.5',
    '0.5:0.95',
    -1,
    np.float32(0.5),
    float('nan'),
    [math.nan],
    [None],
    {},
    [[0.5]],
    True,
    ['linker'],
]


def options_case(rnd: random.Random, rng: Rng) -> Case:
    names = ('protocol', 'preset', 'linker', 'frame_iou_thrs', 'video_iou_thrs')
    given = {
        name: rnd.choice(OPTIONS)
        for name in (*names, 'tube_nms_threshold')
        if rnd.random() < 0.25
    }

    def run() -> Optional[str]:
        options = make_options(**given)
        return None if options.linker.min_length >= 1 else f'{options}'

    return Case(f'make_options {given}', run, list(given))


def ap_of_order(hits: Sequence[bool], total: int, protocol: str) -> float:
    """AP of detections in a given order."""
    pairs = [(-float(rank), hit) for rank, hit in enumerate(hits)]
    return naive_tubes.average_precision(pairs, total, protocol)


def expected_ap(
    scores: np.ndarray, hits: np.ndarray, total: int, protocol: str
) -> float:
    """Mean AP over all orders of the detections with equal scores."""
    levels = sorted(set(scores.tolist()), reverse=True)
    ties = [list(permutations(hits[scores == level].tolist())) for level in levels]
    orders = [sum(order, ()) for order in product(*ties)]
    return float(np.mean([ap_of_order(order, total, protocol) for order in orders]))


def ap_case(rnd: random.Random, rng: Rng) -> Case:
    count = rnd.randrange(6)
    scores = rng.integers(0, rnd.choice([1, 2, 4, 50]), count) / 64
    hits = rng.random(count) < rnd.random()
    total = int(hits.sum()) + rnd.randrange(3)
    protocol = rnd.choice(['act', 'voc'])

    def run() -> Optional[str]:
        found = average_precision(scores, hits, total, protocol)
        if not total:
            return None if math.isnan(found) else f'AP {found} without ground truth'
        wanted = expected_ap(scores, hits, total, protocol)
        return None if abs(found - wanted) < 1e-6 else f'AP {found}, not {wanted}'

    return Case(f'AP {protocol} {scores} {hits.astype(int)} of {total}', run)


KINDS_OF_CASES = (
    iou_case,
    tube_iou_case,
    suppress_case,
    suppress_tubes_case,
    greedy_case,
    viterbi_case,
    options_case,
    ap_case,
    *METRIC_CASES,
)


def make_case(rnd: random.Random, rng: Rng, index: int) -> Case:
    """Case of one kind after the other."""
    return KINDS_OF_CASES[index % len(KINDS_OF_CASES)](rnd, rng)
