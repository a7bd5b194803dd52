"""From the heads of Point3D to the detections that metrics take."""
from typing import Any, Dict, List, Optional, Sequence, Tuple

import numpy as np
import torch
from mmaction.utils import OptConfigType, SampleList
from mmengine.structures import InstanceData
from torch import Tensor, nn

from .checks import check_choice, check_positive

# box_format 'video': pixels of the video, counted from 0 with the last one
# inside, and frame numbers, as `TubeMetric` takes them. 'ava': shares of the
# image and a column 0 for "no class", as MMAction2's `AVAMetric` does.
RESULT_CFG = dict(box_format='video', max_per_frame=100, score_thr=0.)


def merge_result_cfg(cfg: OptConfigType) -> Dict[str, Any]:
    """Fill in and check the ``test_cfg`` of Point3D.

    Args:
        cfg (dict, optional): Some of the keys of `RESULT_CFG`.

    Returns:
        dict: All of them.

    Raises:
        ValueError: If a key or value is not known.
    """
    merged = dict(RESULT_CFG, **(cfg or {}))
    for key in merged:
        check_choice('Point3D', 'key of test_cfg', key, tuple(RESULT_CFG))
    check_choice('Point3D', 'box_format', merged['box_format'],
                 ('video', 'ava'))
    check_positive('Point3D', max_per_frame=merged['max_per_frame'])
    return merged


def collect_results(model: nn.Module, feats: Sequence[Tensor], clips: Tensor,
                    data_samples: SampleList,
                    size: Sequence[int]) -> SampleList:
    """Detections of the frames that each clip answers for.

    Only these frames go through the Point Head. ``test_cfg`` of the model has
    ``max_per_frame`` detections of a frame that are kept, ``score_thr`` that
    their centre's score must reach, and ``box_format``.

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
        list: The samples with ``pred_instances`` of P boxes of the answering
        frames: ``bboxes`` (P, 4) ``x1, y1, x2, y2``; ``frame_inds`` (P,),
        from 1; ``scores``, and with joints ``keypoints`` (P, K, 2) in pixels
        of the video and ``keypoint_scores`` (P, K). Scores are those of the
        centre (P,), with ``class_scores`` (classes,) beside the
        ``pred_instances``, where a 3D Head classifies the clip; (P, classes)
        products of both where it classifies actors; and (P,) with ``labels``
        where there is none.
    """
    num_frames = clips.shape[2]
    metas = [sample.metainfo for sample in data_samples]
    keys = [
        np.asarray(meta.get('key_inds', np.arange(num_frames)))
        for meta in metas
    ]
    chosen = torch.from_numpy(
        np.concatenate([key + i * num_frames
                        for i, key in enumerate(keys)])).to(clips.device)
    frames = model.point_head.predict_by_feat(
        model.point_head.forward_last([each[chosen] for each in feats]))
    frames = [keep_best(each, model.test_cfg) for each in frames]
    owners = np.repeat(np.arange(len(keys)), [len(key) for key in keys])
    probabilities = classify(model, clips, frames, owners, size)
    done = 0
    for i, (sample, meta, key) in enumerate(zip(data_samples, metas, keys)):
        mine = slice(done, done + len(key))
        done += len(key)
        inds = np.asarray(meta['frame_inds'])[key]
        found = gather_frames(frames[mine], inds)
        class_scores = None
        if isinstance(probabilities, list):
            found.scores = found.scores[:, None] * torch.cat(
                probabilities[mine])
        elif probabilities is not None:
            class_scores = probabilities[i]
        finish(found, meta, model.test_cfg['box_format'], class_scores)
        if class_scores is not None:
            if model.test_cfg['box_format'] == 'video':
                sample.class_scores = class_scores
            # A sample keeps either form of the scores, not both.
            found.pop('labels', None)
        elif isinstance(probabilities, list):
            found.pop('labels', None)
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
    found = found[:cfg['max_per_frame']]
    return found[found.scores >= cfg['score_thr']]


def classify(model: nn.Module, clips: Tensor, frames: List[InstanceData],
             owners: np.ndarray, size: Sequence[int]) -> Any:
    """Probabilities of the actions.

    Args:
        model (nn.Module): `Point3D`.
        clips (Tensor): (B, C, T, h, w), behind the attention.
        frames (list[InstanceData]): Detections of F frames.
        owners (np.ndarray): (F,) clip of each frame.
        size (Sequence[int]): H and W of the input in pixels.

    Returns:
        Tensor, list or None: (B, classes) of clips; (P, classes) of the boxes
        of each frame; or nothing where there is no 3D Head.
    """
    if model.cls_head is None:
        return None
    feature = model.clip_backbone(clips)
    if model.cls_head.cls_mode == 'clip':
        return model.cls_head.predict(feature)
    rois = [
        torch.cat((found.bboxes.new_full(
            (len(found), 1), float(owner)), found.bboxes), 1)
        for owner, found in zip(owners, frames)
    ]
    scores = model.cls_head.predict(feature, torch.cat(rois), tuple(size))
    return list(scores.split([len(each) for each in rois]))


def gather_frames(frames: Sequence[InstanceData],
                  inds: Sequence[int]) -> InstanceData:
    """Detections of several frames in one.

    Args:
        frames (Sequence[InstanceData]): Of each frame.
        inds (Sequence[int]): Numbers of the frames, from 1.

    Returns:
        InstanceData: With ``frame_inds``.
    """
    for found, number in zip(frames, inds):
        found.frame_inds = torch.full_like(
            found.scores, int(number), dtype=torch.long)
    return InstanceData.cat(list(frames))


def finish(found: InstanceData, meta: Dict[str, Any], box_format: str,
           class_scores: Optional[Tensor]) -> None:
    """Bring boxes and joints to the video, in place.

    Args:
        found (InstanceData): Boxes and joints in pixels of the input.
        meta (dict): Metainfo of the clip.
        box_format (str): See `RESULT_CFG`.
        class_scores (Tensor, optional): (classes,) of the clip.
    """
    height, width = meta['ori_shape']
    scale = found.bboxes.new_tensor(_pair(meta.get('scale_factor', (1., 1.))))
    boxes = found.bboxes / scale.repeat(2)
    if 'knots' in found:
        found.keypoints = found.pop('knots') / scale
        found.keypoint_scores = found.pop('knot_scores')
    if box_format == 'video':
        # The last pixel of a box is inside, so its largest is width - 1.
        limit = boxes.new_tensor([width - 1, height - 1]).repeat(2)
        found.bboxes = boxes.clamp(min=0).minimum(limit)
        return
    found.bboxes = (boxes / boxes.new_tensor([width, height]).repeat(2)).clamp(
        0, 1)
    if class_scores is not None:
        found.scores = found.scores[:, None] * class_scores
    found.scores = nn.functional.pad(found.scores, (1, 0))


def _pair(scale: Any) -> Tuple[float, float]:
    """Factors for x and y."""
    first, second = np.asarray(scale, dtype=np.float64).reshape(-1)[:2]
    return float(first), float(second)
