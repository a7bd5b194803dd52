"""Comparison of an exported graph with torch."""

from typing import Dict, List, Optional, Sequence, Tuple

import numpy as np

from ..tubes.online_tubes import FrameDetections

# Largest difference of floating-point outputs, relative to the largest value.
TOLERANCES = {'fp32': 1e-4, 'fp16': 1e-2}
# Points may differ if the values of both cells differ by less, relative to the
# largest value: rounding decides between them.
_TIE = 1e-4
_RESULTS = ('logits', 'probabilities')
_PARTS = {'points': 'points', 'key_points': 'key points', 'masks': 'masks'}


def relative_difference(found: np.ndarray, expected: np.ndarray) -> float:
    """Largest difference divided by the largest expected value.

    Shape:
        - found, expected: the same.

    Returns:
        float: inf if a value is not finite.
    """
    if not (np.isfinite(found).all() and np.isfinite(expected).all()):
        return float('inf')
    largest = float(np.abs(expected).max())
    return float(np.abs(found - expected).max()) / max(largest, 1e-12)


def _cells(points: np.ndarray, heatmap: np.ndarray) -> np.ndarray:
    """Selected cells of AK-Net as a mask.

    Shape:
        - points: (N, L, 3); heatmap: (N, T, H, W).
        - returns: (N, T, H, W) bool.
    """
    chosen = np.zeros(heatmap.shape, bool)
    rows = np.arange(len(points))[:, None]
    frame, row, column = np.moveaxis(points, -1, 0)
    chosen[rows, frame, row, column] = True
    return chosen


def _wrong_points(
    found: Dict[str, np.ndarray], expected: Dict[str, np.ndarray]
) -> np.ndarray:
    """Cells that only one graph selects and that no tie explains."""
    heatmap = expected['heatmap']
    ours, theirs = (_cells(each['points'], heatmap) for each in (found, expected))
    lowest = np.where(theirs, heatmap, np.inf).min((1, 2, 3), keepdims=True)
    ties = np.abs(heatmap - lowest) <= _TIE * np.abs(heatmap).max()
    return (ours != theirs) & ~ties


def _wrong_key_points(
    found: Dict[str, np.ndarray], expected: Dict[str, np.ndarray]
) -> np.ndarray:
    """Key points at cells with another value."""
    x = expected['_map']
    flat = x.reshape(*x.shape[:3], -1)

    def values(points: np.ndarray) -> np.ndarray:
        place = points[..., 1].astype(np.int64) * x.shape[4] + points[..., 0]
        return np.take_along_axis(
            flat, place.reshape(*place.shape[:3], -1), axis=3
        ).reshape(place.shape)

    ours, theirs = (values(each['key_points']) for each in (found, expected))
    return np.abs(ours - theirs) > _TIE * np.abs(x).max()


def _agreement(
    name: str, found: Dict[str, np.ndarray], expected: Dict[str, np.ndarray]
) -> float:
    """Share of equal points or decisions."""
    ours, theirs = found[name], expected[name]
    if name == 'points':
        ours, theirs = (_cells(each, expected['heatmap']) for each in (ours, theirs))
        return float((ours & theirs).sum() / theirs.sum())
    equal = ours == theirs
    return float((equal.all(-1) if name == 'key_points' else equal).mean())


def compare(
    found: Dict[str, np.ndarray],
    expected: Dict[str, np.ndarray],
    precision: str,
    with_points: Optional[Dict[str, np.ndarray]] = None,
) -> List[str]:
    """Compare the outputs of an exported graph with torch's outputs.

    Args:
        found (dict[str, np.ndarray]): Outputs of the exported graph.
        expected (dict[str, np.ndarray]): Outputs of `RecognizerGraph.named_outputs` in
            single precision.
        precision (str): `'fp32'` or `'fp16'`. With `'fp32'` the selections must be the
            same except for ties; with `'fp16'` their agreement is reported.
        with_points (dict[str, np.ndarray], optional): Outputs of torch with the points
            of the graph, for the comparison of all other outputs: one tie that rounding
            decides otherwise can change the logits by more than is allowed. Default:
            `expected`.

    Returns:
        list[str]: One line for each output.

    Raises:
        ValueError: If they differ by more than allowed.
    """
    tolerance = TOLERANCES[precision]
    lines, problems = [], []
    for name, ours in found.items():
        if name in _PARTS:
            share = _agreement(name, found, expected)
            # Rounded down: 100 % are all of them.
            text = f'{_PARTS[name]}: {int(1e5 * share + 1e-6) / 1e3:.3f} % are the same'
            lines.append(text)
            if precision == 'fp32' and share < 1:
                wrong = {
                    'points': _wrong_points,
                    'key_points': _wrong_key_points,
                    'masks': lambda a, b: a['masks'] != b['masks'],
                }[name](found, expected)
                if wrong.any():
                    problems.append(text)
            continue
        difference = relative_difference(ours, (with_points or expected)[name])
        text = f'{name}: largest relative difference {difference:.1e}'
        lines.append(text)
        # Maps are results of their own only in single precision.
        if difference > tolerance and (name in _RESULTS or precision == 'fp32'):
            problems.append(f'{text}, allowed {tolerance:.0e}')
    if problems:
        raise ValueError(
            f'export: the exported model differs from torch ({"; ".join(problems)}), '
            'so no file was written. Check the weights; for half precision use '
            '--precision fp32.'
        )
    return lines


def compare_detections(
    pairs: Sequence[Tuple[FrameDetections, FrameDetections]], precision: str
) -> str:
    """Compare the detections of frames with torch's.

    A box corresponds to the box of torch at its place: rounding may exchange boxes of
    equal score.

    Args:
        pairs (Sequence[tuple]): Detections of the exported detector and of torch.
        precision (str): `'fp32'` or `'fp16'`. With `'fp16'` the agreement is reported.

    Returns:
        str: The result.

    Raises:
        ValueError: If a box or a score differs by more than allowed.
    """
    tolerance, count, right, largest = TOLERANCES[precision], 0, 0, 0.0
    for ours, theirs in pairs:
        if len(ours) != len(theirs):
            raise ValueError(
                f'export: the exported model finds {len(ours)} actors in a frame, '
                f'torch {len(theirs)}; no file was written.'
            )
        for box, scores in zip(ours.boxes, ours.class_scores):
            far = np.abs(theirs.boxes - box).max(1)
            near = np.flatnonzero(far <= 100 * tolerance)
            gaps = np.abs(theirs.class_scores[near] - scores).max(1)
            right += bool(len(near))
            largest = max(largest, float(gaps.min(initial=np.inf)) if len(near) else 0)
        count += len(ours)
    text = (
        f'detections: {100 * right / max(count, 1):.3f} % of {count} boxes within '
        f'{100 * tolerance:g} pixels, largest difference of their scores {largest:.1e}'
    )
    if precision == 'fp32' and (right < count or largest > tolerance):
        raise ValueError(f'export: {text}; no file was written.')
    return text
