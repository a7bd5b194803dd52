"""Detections of Point3D in the form that metrics take."""

from typing import Any, Dict, List, Optional, Sequence, Tuple

import numpy as np
import torch
from mmaction.structures import ActionDataSample
from mmaction.utils import OptConfigType
from mmengine.structures import InstanceData
from torch import Tensor, nn

from ..checks import check_choice, check_positive, shorten
from ..tubes.online_tubes import FrameDetections
from .tubelets import tubelets_of_clip

# Options of `test_cfg`.
# box_format 'video': pixels of the video, counted from 0 with the last one
# inside, and frame numbers, as `TubeMetric` takes them. 'ava': shares of the
# image and a column 0 for "no class", as MMAction2's `AVAMetric` takes them.
# emit 'frame': boxes of the frames that a clip answers for. 'tubelet': boxes
# of all frames of a clip, linked; see `tubelets_of_clip`.
# max_per_frame: detections of a frame that are kept. score_thr: least score of
# their centres.
RESULT_CFG = dict(box_format='video', emit='frame', max_per_frame=100, score_thr=0.0)


def merge_result_cfg(cfg: OptConfigType) -> Dict[str, Any]:
    """Complete and check the `test_cfg` of Point3D.

    Args:
        cfg (dict, optional): Some of the keys of `RESULT_CFG`.

    Returns:
        dict: All keys.

    Raises:
        TypeError: If `score_thr` is not a number or `max_per_frame` is not an
            integer.
        ValueError: If a key or value is unknown, out of range or contradicts
            another one.
    """
    if cfg is not None and not isinstance(cfg, dict):
        raise TypeError(f'Point3D: test_cfg={shorten(cfg)} must be a dict.')
    merged: Dict[str, Any] = {**RESULT_CFG, **(cfg or {})}
    for key in merged:
        check_choice('Point3D', 'key of test_cfg', key, tuple(RESULT_CFG))
    check_choice('Point3D', 'box_format', merged['box_format'], ('video', 'ava'))
    check_choice('Point3D', 'emit', merged['emit'], ('frame', 'tubelet'))
    if merged['emit'] == 'tubelet' and merged['box_format'] == 'ava':
        raise ValueError(
            "Point3D: test_cfg has emit='tubelet' and box_format='ava', but "
            "AVA evaluates boxes of key frames; set emit='frame' or "
            "box_format='video'."
        )
    check_positive('Point3D', max_per_frame=merged['max_per_frame'])
    threshold = merged['score_thr']
    if isinstance(threshold, bool) or not isinstance(threshold, (int, float)):
        raise TypeError(
            f'Point3D: score_thr={threshold!r} of test_cfg must be a number in [0, 1].'
        )
    if not 0 <= threshold <= 1:
        raise ValueError(
            f'Point3D: score_thr={threshold} of test_cfg is outside [0, 1].'
        )
    return merged


def answered_frames(
    metas: Sequence[Dict[str, Any]], num_frames: int, cfg: Dict[str, Any]
) -> Tuple[np.ndarray, List[np.ndarray]]:
    """Frames of a batch whose detections are needed.

    Args:
        metas (Sequence[dict]): Metainfo of B clips; `key_inds` are the frames
            that a clip answers for, all of them without it.
        num_frames (int): T.
        cfg (dict): `test_cfg`; tubelets need all frames.

    Shape:
        - returns: rows (F,) of the batch's B * T frames, and for each clip the
          positions of its frames (T',), from 0.
    """
    every = np.arange(num_frames)
    linked = cfg['emit'] == 'tubelet'
    keys = [
        every if linked else np.asarray(meta.get('key_inds', every)) for meta in metas
    ]
    rows = [key + clip * num_frames for clip, key in enumerate(keys)]
    return np.concatenate(rows), keys


def collect_clips(
    frames: Sequence[InstanceData],
    metas: Sequence[Dict[str, Any]],
    keys: Sequence[np.ndarray],
    cfg: Dict[str, Any],
) -> List[InstanceData]:
    """Detections or tubelets of each clip.

    With `emit='tubelet'` and data sets with `test_clips='sliding'`, a tubelet
    starts at every frame that has T - 1 frames after it. A video that is
    shorter than T gives one tubelet from frame 1 on; `TubeMetric` ignores its
    boxes after the end. Clips that reach beyond the ends of a longer video, as
    with `'centered'`, give none.

    Args:
        frames (Sequence[InstanceData]): Detections of F frames, best first,
            with the fields of `Point3DHead.predict_by_feat`.
        metas (Sequence[dict]): Metainfo of B clips with `frame_inds`.
        keys (Sequence[np.ndarray]): Positions of the frames in their clips.
        cfg (dict): `test_cfg`.

    Shape:
        - keys: (T',) each, F in total.

    Returns:
        list[InstanceData]: For each clip with `frame_inds` (P,).
    """
    gather = tubelets_of_clip if cfg['emit'] == 'tubelet' else gather_frames
    kept = [keep_best(each, cfg) for each in frames]
    clips, done = [], 0
    for meta, key in zip(metas, keys):
        mine = kept[done : done + len(key)]
        done += len(key)
        clips.append(gather(mine, np.asarray(meta['frame_inds'])[key].tolist()))
    return clips


def keep_best(found: InstanceData, cfg: Dict[str, Any]) -> InstanceData:
    """The best detections of a frame.

    Args:
        found (InstanceData): Detections of one frame, best first.
        cfg (dict): `max_per_frame` and `score_thr`.

    Returns:
        InstanceData: At most `max_per_frame` of them. Scores that are NaN are kept:
        a fault of the network must not look like an empty frame.
    """
    # Slices of InstanceData are slow.
    if len(found) > cfg['max_per_frame']:
        found = found[: cfg['max_per_frame']]
    # No score is below 0.
    return found if not cfg['score_thr'] else found[~(found.scores < cfg['score_thr'])]


def gather_frames(
    frames: Sequence[InstanceData], frame_inds: Sequence[int]
) -> InstanceData:
    """Concatenate the detections of several frames.

    Args:
        frames (Sequence[InstanceData]): Detections of each frame.
        frame_inds (Sequence[int]): Numbers of the frames, from 1.

    Returns:
        InstanceData: With `frame_inds` (P,).
    """
    for found, number in zip(frames, frame_inds):
        found.frame_inds = torch.full_like(found.scores, number, dtype=torch.long)
    return InstanceData.cat(list(frames))


def write_result(
    sample: ActionDataSample,
    found: InstanceData,
    probability: Optional[Tensor],
    box_format: str,
    num_classes: int,
) -> None:
    """Write the detections of a clip into its sample.

    The sample gets `pred_instances` with `bboxes` `x1, y1, x2, y2`,
    `frame_inds` from 1, `scores` and, with joints, `keypoints` in pixels of the
    video and `keypoint_scores`. Scores are:

    - with a 3D head that classifies clips: scores of the centres (P,); the
      sample gets `class_scores` (classes,);
    - with a 3D head that classifies actors: products (P, classes) of the
      centres' scores and the probabilities;
    - without 3D head: scores of the centres (P,), with `labels`.

    Args:
        sample (ActionDataSample): Its metainfo has `ori_shape` and
            `scale_factor`.
        found (InstanceData): P detections in pixels of the input; it is
            changed.
        probability (Tensor, optional): As `Point3D.classify` returns it.
        box_format (str): See `RESULT_CFG`.
        num_classes (int): Classes of the point head.

    Shape:
        - probability: (classes,) or (P, classes).
        - found: `bboxes` (P, 4), `keypoints` (P, K, 2), `keypoint_scores`
          (P, K), `frame_inds` (P,). Tubelets: (P, T, 4), (P, T, K, 2),
          (P, T, K), and the first frame of each.
    """
    to_video(found, sample.metainfo, box_format)
    sample.pred_instances = found
    ava = box_format == 'ava'
    if probability is None:
        if not ava:
            return
        probability = nn.functional.one_hot(found.labels, num_classes)
    elif probability.dim() == 1 and not ava:
        sample.class_scores = probability
        found.pop('labels')
        return
    found.pop('labels')
    found.scores = found.scores[:, None] * probability
    if ava:
        found.scores = nn.functional.pad(found.scores, (1, 0))


def to_video(found: InstanceData, meta: Dict[str, Any], box_format: str) -> None:
    """Convert boxes and joints to coordinates of the video, in-place.

    Args:
        found (InstanceData): Boxes (..., 4) and joints (..., K, 2) in pixels
            of the input.
        meta (dict): Metainfo of the clip.
        box_format (str): See `RESULT_CFG`.
    """
    height, width = meta['ori_shape']
    scale = found.bboxes.new_tensor(_pair(meta.get('scale_factor', (1.0, 1.0))))
    boxes = found.bboxes / scale.repeat(2)
    if 'knots' in found:
        found.keypoints = found.pop('knots') / scale
        found.keypoint_scores = found.pop('knot_scores')
    if box_format == 'video':
        # The last pixel of a box is inside: the largest one is width - 1.
        limit = boxes.new_tensor([width - 1, height - 1]).repeat(2)
        found.bboxes = boxes.clamp(min=0).minimum(limit)
    else:
        found.bboxes = (boxes / boxes.new_tensor([width, height]).repeat(2)).clamp(0, 1)


def detections_of(
    sample: ActionDataSample, num_classes: int, multi_label: bool
) -> FrameDetections:
    """Detections of a sample with scores for all classes.

    Args:
        sample (ActionDataSample): Result of `write_result` with
            `box_format='video'` and P boxes.
        num_classes (int): Number of actions.
        multi_label (bool): True if an actor may have several classes.

    Shape:
        - class_scores of the result: (P, num_classes).
        - scores of the result: (P,), scores of the centres; if actors with
          several classes are classified, the largest class score.
    """
    found = {name: value.cpu().numpy() for name, value in sample.pred_instances.items()}
    scores = found['scores']
    if 'labels' in found:
        one_hot = np.eye(num_classes, dtype=np.float32)[found['labels']]
        class_scores = one_hot * scores[:, None]
    elif scores.ndim == 1:
        class_scores = scores[:, None] * sample.class_scores.cpu().numpy()
    else:
        class_scores = scores
        # Products with probabilities: with one label these sum to 1.
        scores = scores.max(1) if multi_label else scores.sum(1).clip(max=1)
    return FrameDetections(
        found['bboxes'],
        scores,
        class_scores,
        found.get('keypoints'),
        found.get('keypoint_scores'),
    )


def _pair(scale: Any) -> Tuple[float, float]:
    """Factors for x and y."""
    first, second = np.asarray(scale, dtype=np.float64).reshape(-1)[:2]
    return float(first), float(second)
