"""Boxes and joints of a frame from the maps of an exported point head.

The NumPy form of `mmvkp.point3d.decoding`, for one frame. Cells are counted from 0,
coordinates are `(x, y)`.
"""

from typing import Any, Dict, Mapping, NamedTuple, Optional, Tuple

import numpy as np

Maps = Mapping[str, np.ndarray]


class Peaks(NamedTuple):
    """Best local maxima of a frame, best first.

    Shape:
        - scores: (P,) float32 in [0, 1]; NaN if the heatmaps are not finite.
        - maps: (P,) int64, channel of each.
        - cells: (P, 2) int64.
    """

    scores: np.ndarray
    maps: np.ndarray
    cells: np.ndarray


def sigmoid(x: np.ndarray) -> np.ndarray:
    """Logistic function of any array, without overflow warnings."""
    with np.errstate(over='ignore'):
        return 1 / (1 + np.exp(-x))


def _window_max(x: np.ndarray, kernel: int) -> np.ndarray:
    """Largest value of the window around each cell.

    Shape:
        - x, returns: (C, h, w).
    """
    half = kernel // 2
    for axis in (1, 2):
        lines = np.moveaxis(x, axis, 0)
        best = lines.copy()
        for step in range(1, min(half, len(lines) - 1) + 1):
            np.maximum(best[step:], lines[:-step], out=best[step:])
            np.maximum(best[:-step], lines[step:], out=best[:-step])
        x = np.moveaxis(best, 0, axis)
    return x


def find_peaks(logits: np.ndarray, topk: int, kernel: int = 3) -> Peaks:
    """Find the best local maxima; see `mmvkp.point3d.peaks.find_peaks`.

    Args:
        logits (np.ndarray): Heatmaps before the sigmoid.
        topk (int): P; reduced to the number of cells, C h w.
        kernel (int): Side of the window in cells, odd.

    Shape:
        - logits: (C, h, w), float32.
    """
    scores = sigmoid(logits)
    flat = np.where(scores == _window_max(scores, kernel), scores, np.float32(0))
    # Equal scores are ordered by position; bits of floats from 0 on have their order.
    bits = np.ascontiguousarray(flat, np.float32).reshape(-1).view(np.int32)
    key = (bits.astype(np.int64) << 32) - np.arange(bits.size)
    count = min(topk, key.size)
    place = np.argpartition(key, key.size - count)[key.size - count :]
    place = place[np.argsort(-key[place])]
    channel, rest = np.divmod(place, logits.shape[1] * logits.shape[2])
    rows, columns = np.divmod(rest, logits.shape[2])
    found = flat.reshape(-1)[place]
    if not np.isfinite(logits).all():
        found = np.full_like(found, np.nan)
    return Peaks(found, channel, np.stack((columns, rows), -1))


def values_at(x: np.ndarray, cells: np.ndarray) -> np.ndarray:
    """Values of maps at cells.

    Shape:
        - x: (D, h, w).
        - cells: (..., 2), inside the map.
        - returns: (..., D).
    """
    return np.moveaxis(x[:, cells[..., 1], cells[..., 0]], 0, -1)


def _joints(
    out: Maps, peaks: Peaks, boxes: np.ndarray, test_cfg: Mapping[str, Any]
) -> Tuple[np.ndarray, np.ndarray]:
    """Joints of each box, see `mmvkp.point3d.decoding.decode_joints`.

    Shape:
        - boxes: (P, 4) in cells.
        - returns: (P, K, 2) in cells and (P, K).
    """
    heat = out['knot_heatmap']
    count, height, width = heat.shape
    expected = values_at(out['knot_distance'], peaks.cells).reshape(-1, count, 2)
    expected = expected + peaks.cells[:, None]
    each = [find_peaks(x[None], test_cfg['topk'], test_cfg['kernel']) for x in heat]
    cells = np.stack([one.cells for one in each])
    strength = np.stack([one.scores for one in each])  # (K, M)
    found = cells + values_at(out['knot_offset'], cells)  # (K, M, 2)

    way = expected[:, :, None] - found  # (P, K, M, 2)
    distance = np.sqrt((way**2).sum(-1))
    low, high = boxes[:, None, None, :2], boxes[:, None, None, 2:]
    inside = ((found >= low) & (found <= high)).all(-1)
    usable = inside & (strength > test_cfg['knot_thr'])
    usable &= distance < 0.3 * (high - low).max(-1)
    distance = np.where(usable, distance, np.inf)
    nearest = distance.argmin(-1)  # (P, K)
    snapped = np.isfinite(distance.min(-1))
    rows = np.arange(count)
    joints = np.where(snapped[..., None], found[rows, nearest], expected)

    limits = np.array([width, height])
    here = np.floor(np.nan_to_num(expected)).clip(-1, max(width, height))
    here = here.astype(np.int64)
    on_map = ((here >= 0) & (here < limits)).all(-1)
    here = here.clip(0, limits - 1)
    there = sigmoid(heat[rows, here[..., 1], here[..., 0]]) * on_map
    return joints, np.where(snapped, strength[rows, nearest], there)


def _refine(
    boxes: np.ndarray,
    joints: np.ndarray,
    scores: np.ndarray,
    test_cfg: Mapping[str, Any],
) -> np.ndarray:
    """See `mmvkp.point3d.decoding.refine_by_hull`.

    Shape:
        - boxes, joints, scores: (P, 4), (P, K, 2), (P, K).
        - returns: (P, 4).
    """
    used = scores > test_cfg['knot_thr']
    low = np.where(used[..., None], joints, np.inf).min(-2)
    high = np.where(used[..., None], joints, -np.inf).max(-2)
    count = used.sum(-1)
    share = test_cfg['hull_weight'] * (scores * used).sum(-1) / count.clip(1)
    with np.errstate(invalid='ignore'):
        extra = test_cfg['hull_margin'] * (high - low)
        hull = np.concatenate((low - extra, high + extra), -1)
        refined = boxes + share[:, None] * (hull - boxes)
    return np.where((count >= 3)[:, None], refined, boxes)


def decode_points(
    out: Maps, stride: int, test_cfg: Mapping[str, Any], limit: Optional[int] = None
) -> Dict[str, np.ndarray]:
    """Boxes and joints of a frame.

    Args:
        out (Mapping[str, np.ndarray]): Maps of the point head.
        stride (int): Pixels per cell.
        test_cfg (Mapping): Options of `mmvkp.point3d.decoding.decode_points`.
        limit (int, optional): Boxes that are needed, see the same function.

    Shape:
        - out: (D, h, w) each.

    Returns:
        dict[str, np.ndarray]: `bboxes` (P, 4) `x1, y1, x2, y2` in pixels of the
        network's input, not clipped; `scores` (P,), best first; `labels` (P,); with
        joints `knots` (P, K, 2) in the same pixels and `knot_scores` (P, K).
    """
    peaks = find_peaks(out['center_heatmap'], test_cfg['topk'], test_cfg['kernel'])
    if not test_cfg['kp_rescore']:  # the order is final
        peaks = Peaks(*(each[:limit] for each in peaks))
    centres = peaks.cells + values_at(out['offset'], peaks.cells)
    half = values_at(out['wh'], peaks.cells).clip(0) / 2
    boxes = np.concatenate((centres - half, centres + half), -1)
    found = dict(scores=peaks.scores, labels=peaks.maps)
    if 'knot_heatmap' in out:
        joints, strength = _joints(out, peaks, boxes, test_cfg)
        if test_cfg['kp_refine'] == 'hull':
            boxes = _refine(boxes, joints, strength, test_cfg)
        if test_cfg['kp_rescore']:
            found['scores'] = peaks.scores * strength.mean(-1) ** test_cfg['kp_rescore']
        found.update(knots=joints * stride, knot_scores=strength)
    found['bboxes'] = boxes * stride
    order = np.argsort(-found['scores'], kind='stable')
    return {name: value[order[:limit]] for name, value in found.items()}
