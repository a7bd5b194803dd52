"""Comparison of an exported graph with torch."""

from typing import Dict, List

import numpy as np

# Largest difference of floating-point outputs, relative to the largest value.
TOLERANCES = {'fp32': 1e-4, 'fp16': 1e-2}
# Points may differ if the values of both cells differ by less, relative to the
# largest value: rounding decides between them.
_TIE = 1e-4
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
    found: Dict[str, np.ndarray], expected: Dict[str, np.ndarray], precision: str
) -> List[str]:
    """Compare the outputs of an exported graph with torch's outputs.

    Args:
        found (dict[str, np.ndarray]): Outputs of the exported graph.
        expected (dict[str, np.ndarray]): Outputs of `RecognizerGraph.named_outputs` in
            single precision.
        precision (str): `'fp32'` or `'fp16'`. With `'fp32'` the selections must be the
            same except for ties; with `'fp16'` their agreement is reported.

    Returns:
        list[str]: One line for each output.

    Raises:
        ValueError: If they differ by more than allowed.
    """
    tolerance = TOLERANCES[precision]
    lines, problems = [], []
    for name, ours in found.items():
        theirs = expected[name]
        if name in _PARTS:
            share = _agreement(name, found, expected)
            text = f'{_PARTS[name]}: {100 * share:.3f} % are the same'
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
        difference = relative_difference(ours, theirs)
        text = f'{name}: largest relative difference {difference:.1e}'
        lines.append(text)
        # The heatmap is a result of its own only in single precision.
        if difference > tolerance and (name == 'logits' or precision == 'fp32'):
            problems.append(f'{text}, allowed {tolerance:.0e}')
    if problems:
        raise ValueError(
            f'export: the exported model differs from torch ({"; ".join(problems)}), '
            'so no file was written. Check the weights; for half precision use '
            '--precision fp32.'
        )
    return lines
