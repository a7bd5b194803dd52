"""From the heads of Point3D to the detections that metrics take."""

from typing import Any, Dict, List, Optional, Sequence, Tuple

import numpy as np
import torch
from mmaction.utils import OptConfigType, SampleList
from mmengine.structures import InstanceData
from torch import Tensor, nn

from ..checks import check_choice, check_positive
from .tubelets import tubelets_of_clip

# box_format 'video': pixels of the video, counted from 0 with the last one
# inside, and frame numbers, as `TubeMetric` takes them. 'ava': shares of the
# image and a column 0 for "no class", as MMAction2's `AVAMetric` does.
# emit 'frame': boxes of the frames that a clip answers for. 'tubelet': boxes
# of all frames of a clip, linked.
RESULT_CFG = dict(box_format='video', emit='frame', max_per_frame=100, score_thr=0.0)


def merge_result_cfg(cfg: OptConfigType) -> Dict[str, Any]:
    """Fill in and check the ``test_cfg`` of Point3D.

    Args:
        cfg (dict, optional): Some of the keys of `RESULT_CFG`.

    Returns:
        dict: All of them.

    Raises:
        TypeError: If a number is none.
        ValueError: If a key or value is not known or out of range, or they do
            not go together.
    """
    merged = dict(RESULT_CFG, **(cfg or {}))
    for key in merged:
        check_choice('Point3D', 'key of test_cfg', key, tuple(RESULT_CFG))
    check_choice('Point3D', 'box_format', merged['box_format'], ('video', 'ava'))
    check_choice('Point3D', 'emit', merged['emit'], ('frame', 'tubelet'))
    if merged['emit'] == 'tubelet' and merged['box_format'] == 'ava':
        raise ValueError(
            "Point3D: test_cfg has emit='tubelet' and box_format='ava', but "
            "AVA evaluates boxes of key frames; set emit='frame', or "
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


def collect_results(
    model: nn.Module,
    feats: Sequence[Tensor],
    clips: Tensor,
    data_samples: SampleList,
    size: Sequence[int],
) -> SampleList:
    """Detections of each clip.

    Only the frames that are needed go through the Point Head. ``test_cfg`` of
    the model has ``max_per_frame``, detections of a frame that are kept,
    ``score_thr``, which their centre's score must reach, ``box_format`` and
    ``emit``. With ``emit='tubelet'`` a clip gives tubelets over all of its T
    frames in place of the boxes of those it answers for; see
    `tubelets_of_clip`. Data sets with ``test_clips='sliding'`` then have a
    tubelet from each frame on that has T - 1 frames behind it: the last clip
    gives one as all others do, and a video that is shorter than T gives one
    from frame 1 on, whose boxes behind its end `TubeMetric` leaves out. Clips
    that reach beyond the ends of a longer video, as ``'centered'`` has them,
    give none.

    Args:
        model (nn.Module): `Point3D`.
        feats (Sequence[Tensor]): Maps of frames, as `Point3D.mix_frames`
            returns them.
        clips (Tensor): Likewise.
        data_samples (list): B samples; their metainfo has ``frame_inds``,
            ``key_inds`` (all frames without it), ``ori_shape`` and
            ``scale_factor`` as `PackTubeInputs` makes them.
        size (Sequence[int]): H and W of the input in pixels.

    Returns:
        list: The samples with ``pred_instances`` of P boxes: ``bboxes``
        (P, 4) ``x1, y1, x2, y2``; ``frame_inds`` (P,), from 1; ``scores``,
        and with joints ``keypoints`` (P, K, 2) in pixels of the video and
        ``keypoint_scores`` (P, K). Scores are those of the centre (P,), with
        ``class_scores`` (classes,) beside the ``pred_instances``, where a 3D
        Head classifies the clip; (P, classes) products of both where it
        classifies actors; and (P,) with ``labels`` where there is none.
        Tubelets have ``bboxes`` (P, T, 4), ``keypoints`` (P, T, K, 2) and
        ``keypoint_scores`` (P, T, K), and ``frame_inds`` are their first
        frames.
    """
    num_frames = clips.shape[2]
    metas = [sample.metainfo for sample in data_samples]
    linked = model.test_cfg['emit'] == 'tubelet'
    every = np.arange(num_frames)
    keys = [
        every if linked else np.asarray(meta.get('key_inds', every)) for meta in metas
    ]
    chosen = torch.from_numpy(
        np.concatenate([key + i * num_frames for i, key in enumerate(keys)])
    ).to(clips.device)
    frames = model.point_head.predict_by_feat(
        model.point_head.forward_last([each[chosen] for each in feats])
    )
    frames = [keep_best(each, model.test_cfg) for each in frames]
    gather = tubelets_of_clip if linked else gather_frames
    founds, done = [], 0
    for meta, key in zip(metas, keys):
        mine = frames[done : done + len(key)]
        done += len(key)
        founds.append(gather(mine, np.asarray(meta['frame_inds'])[key]))
    probabilities = classify(model, clips, founds, size)
    for sample, found, probability in zip(data_samples, founds, probabilities):
        to_video(found, sample.metainfo, model.test_cfg['box_format'])
        write_scores(model, sample, found, probability)
        sample.pred_instances = found
    return data_samples


def keep_best(found: InstanceData, cfg: Dict[str, Any]) -> InstanceData:
    """The best detections of a frame; they come best first.

    Args:
        found (InstanceData): Of one frame.
        cfg (dict): ``max_per_frame`` and ``score_thr``.

    Returns:
        InstanceData: At most ``max_per_frame`` of them.
    """
    found = found[: cfg['max_per_frame']]
    return found[found.scores >= cfg['score_thr']]


def gather_frames(
    frames: Sequence[InstanceData], frame_inds: Sequence[int]
) -> InstanceData:
    """Detections of several frames in one.

    Args:
        frames (Sequence[InstanceData]): Of each frame.
        frame_inds (Sequence[int]): Numbers of the frames, from 1.

    Returns:
        InstanceData: With ``frame_inds`` (P,).
    """
    for found, number in zip(frames, frame_inds):
        found.frame_inds = torch.full_like(found.scores, int(number), dtype=torch.long)
    return InstanceData.cat(list(frames))


def classify(
    model: nn.Module, clips: Tensor, founds: Sequence[InstanceData], size: Sequence[int]
) -> List[Optional[Tensor]]:
    """Probabilities of the actions.

    Args:
        model (nn.Module): `Point3D`.
        clips (Tensor): (B, C, T, h, w), behind the attention.
        founds (Sequence[InstanceData]): Detections of each clip in pixels of
            the input: ``bboxes`` (P, 4), or (P, T, 4), of which those in the
            middle of the clip are classified.
        size (Sequence[int]): H and W of the input in pixels.

    Returns:
        list: For each clip (classes,), or (P, classes) where its actors are
        classified, or None where there is no 3D Head.
    """
    if model.cls_head is None:
        return [None] * len(founds)
    feature = model.extract_clips(clips)
    if model.cls_head.cls_mode == 'clip':
        return list(model.cls_head.predict(feature))
    rois = []
    for clip, found in enumerate(founds):
        boxes = found.bboxes
        if boxes.dim() == 3:
            boxes = boxes[:, boxes.shape[1] // 2]
        rois.append(torch.cat((boxes.new_full((len(boxes), 1), float(clip)), boxes), 1))
    scores = model.cls_head.predict(feature, torch.cat(rois), tuple(size))
    return list(scores.split([len(each) for each in rois]))


def to_video(found: InstanceData, meta: Dict[str, Any], box_format: str) -> None:
    """Bring boxes and joints to the video, in place.

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
        # The last pixel of a box is inside, so its largest is width - 1.
        limit = boxes.new_tensor([width - 1, height - 1]).repeat(2)
        found.bboxes = boxes.clamp(min=0).minimum(limit)
    else:
        found.bboxes = (boxes / boxes.new_tensor([width, height]).repeat(2)).clamp(0, 1)


def write_scores(
    model: nn.Module, sample: Any, found: InstanceData, probability: Optional[Tensor]
) -> None:
    """Join the scores of centres and actions, in place.

    Args:
        model (nn.Module): `Point3D`.
        sample (ActionDataSample): Gets ``class_scores`` where the clip is
            classified.
        found (InstanceData): ``scores`` (P,) of the centres and ``labels``;
            see `collect_results` for what becomes of them.
        probability (Tensor, optional): As `classify` returns it for the clip.
    """
    ava = model.test_cfg['box_format'] == 'ava'
    if probability is None:
        if not ava:
            return
        probability = nn.functional.one_hot(found.labels, model.point_head.num_classes)
    elif probability.dim() == 1 and not ava:
        sample.class_scores = probability
        found.pop('labels')
        return
    found.pop('labels')
    found.scores = found.scores[:, None] * probability
    if ava:
        found.scores = nn.functional.pad(found.scores, (1, 0))


def _pair(scale: Any) -> Tuple[float, float]:
    """Factors for x and y."""
    first, second = np.asarray(scale, dtype=np.float64).reshape(-1)[:2]
    return float(first), float(second)
