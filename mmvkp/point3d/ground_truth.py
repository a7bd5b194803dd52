"""Annotated actors of a batch of clips in one list, checked."""

import logging
from typing import Any, Dict, List, Sequence, Tuple

import torch
from mmengine.logging import print_log
from mmengine.structures import InstanceData
from torch import Tensor

from .targets import ActorTruth, can_be_centre, degenerate_frames

NO_JOINTS = (
    'set num_knots=0 of the Point3DHead (no joints are learned), or '
    'add joints to the annotations. If only some clips of a data set have '
    'joints, the others need keypoints_visible that are all False.'
)


def name_clips(metas: Sequence[Dict[str, Any]]) -> Sequence[str]:
    """Names of the clips in messages.

    Args:
        metas (Sequence[dict]): Metainfo of each clip.

    Returns:
        Sequence[str]: Number in the batch, from 0, and `video_id`.
    """
    return [
        f'clip {i} of the batch (video {meta.get("video_id", "without name")!r})'
        for i, meta in enumerate(metas)
    ]


def collect_labeled(
    metas: Sequence[Dict[str, Any]], num_frames: int, device: torch.device
) -> Tensor:
    """Mask of the frames that have annotations.

    Args:
        metas (Sequence[dict]): Metainfo of B clips. `frame_labeled` (T,)
            is bool; without it every frame has annotations.
        num_frames (int): T.
        device (torch.device): Device of the result.

    Returns:
        Tensor: (B, T) bool.

    Raises:
        ValueError: If a clip has another number of frames.
    """
    rows = []
    for name, meta in zip(name_clips(metas), metas):
        row = torch.as_tensor(meta.get('frame_labeled', [True] * num_frames))
        if row.shape != (num_frames,):
            raise ValueError(
                f'Point3DHead: frame_labeled of {name} has shape '
                f'{tuple(row.shape)}, its features have {num_frames} '
                'frames; give one value for each frame.'
            )
        rows.append(row.bool())
    return torch.stack(rows).to(device)


def exclude_degenerate(
    gts: Sequence[InstanceData], names: Sequence[str], frame_labeled: Tensor
) -> Tensor:
    """Remove frames with degenerate boxes from the annotated ones, with a warning.

    The actor is in such a frame, but its place is unknown: neither the box nor the
    background may be trained on. `LoadTubes` follows the same rule.

    Args:
        gts (Sequence[InstanceData]): B clips with `bboxes` (N, T, 4) and
            `bbox_valid` (N, T).
        names (Sequence[str]): Names of the clips in messages.
        frame_labeled (Tensor): Mask of the annotated frames.

    Shape:
        - frame_labeled: (B, T) bool.
        - returns: (B, T) bool, a new tensor.
    """
    rows = []
    for gt, name, labeled in zip(gts, names, frame_labeled):
        _check_boxes(gt, len(labeled), name)
        wrong = degenerate_frames(gt.bboxes, gt.bbox_valid).to(labeled) & labeled
        if wrong.any():
            print_log(
                f'Point3DHead: {name} has degenerate boxes; {int(wrong.sum())} frames '
                'are not trained on. Put LoadTubes into the pipeline, and run `mmvkp '
                'data check`.',
                'current',
                logging.WARNING,
            )
        rows.append(labeled & ~wrong)
    return torch.stack(rows)


def _check_boxes(gt: InstanceData, num_frames: int, name: str) -> None:
    """Require one box for each actor and frame."""
    for key, last in (('bboxes', (4,)), ('bbox_valid', ())):
        if key not in gt:
            raise ValueError(
                f'Point3DHead: {name} has no {key}; put '
                'PackTubeInputs at the end of the pipeline.'
            )
        shape = tuple(gt[key].shape)
        if shape[1:] != (num_frames, *last):
            raise ValueError(
                f'Point3DHead: {key} of {name} have shape {shape}; its '
                f'features have {num_frames} frames, so '
                f'{("N", num_frames, *last)} is needed.'
            )


def _class_table(gt: InstanceData, num_classes: int, name: str) -> Tensor:
    """Classes of the actors as (N, C) bool; one column if C is 1."""
    count, device = len(gt.bboxes), gt.bboxes.device
    if num_classes == 1:
        return torch.ones(count, 1, dtype=torch.bool, device=device)
    labels = gt.labels.to(device)
    if labels.dim() == 2:
        if labels.shape[1] != num_classes:
            raise ValueError(
                f'Point3DHead: labels of {name} have {labels.shape[1]} '
                f'columns, num_classes={num_classes}; make them equal.'
            )
        return labels > 0.5
    if count and not 0 <= labels.min() <= labels.max() < num_classes:
        raise ValueError(
            f'Point3DHead: labels of {name} reach from {labels.min()} to '
            f'{labels.max()}, num_classes={num_classes} allows 0 to '
            f'{num_classes - 1}; set num_classes or correct the annotations.'
        )
    return labels[:, None] == torch.arange(num_classes, device=device)


def _joints(
    gt: InstanceData, num_frames: int, num_knots: int, name: str
) -> Tuple[Tensor, Tensor]:
    """Joints (N, T, K, 2) and their visibility (N, T, K)."""
    count = len(gt.bboxes)
    if 'keypoints' not in gt or 'keypoints_visible' not in gt:
        if count:
            raise ValueError(
                f'Point3DHead: {name} has no keypoints, but '
                f'num_knots={num_knots}; {NO_JOINTS}'
            )
        return (
            gt.bboxes.new_zeros(0, num_frames, num_knots, 2),
            gt.bbox_valid.new_zeros(0, num_frames, num_knots),
        )
    shape = tuple(gt.keypoints.shape)
    if count and shape[2:3] != (num_knots,):
        raise ValueError(
            f'Point3DHead: keypoints of {name} have shape {shape}, so '
            f'{shape[2] if len(shape) > 2 else 0} joints; num_knots='
            f'{num_knots}. Set num_knots to the number of joints of the '
            'annotations (15 for JHMDB, 17 for COCO, 0 for none).'
        )
    needed = (count, num_frames, num_knots)
    visible = tuple(gt.keypoints_visible.shape)
    if count and (shape != (*needed, 2) or visible != needed):
        raise ValueError(
            f'Point3DHead: keypoints of {name} have shape {shape} and '
            f'keypoints_visible {visible}; {(*needed, 2)} and {needed} are '
            'needed.'
        )
    return (
        gt.keypoints.reshape(*needed, 2),
        gt.keypoints_visible.reshape(needed).bool(),
    )


def collect_truth(
    gts: Sequence[InstanceData],
    names: Sequence[str],
    frame_labeled: Tensor,
    num_classes: int,
    num_knots: int,
    size: Tuple[int, int],
    stride: int,
) -> ActorTruth:
    """Put the actors of all clips and frames into one list.

    Left out are frames without annotations, frames in which the actor is not
    valid, boxes without area, and actors whose centre is outside the image (the
    rule of the data pipeline, see `FilterTubes`).

    Args:
        gts (Sequence[InstanceData]): For each of B clips `bboxes`
            (N, T, 4) `x1, y1, x2, y2` in pixels of the network's input,
            `bbox_valid` (N, T); with classes `labels` (N,) or (N, C); with
            joints `keypoints` (N, T, K, 2) and `keypoints_visible` (N, T, K).
        names (Sequence[str]): Names of the clips in messages.
        frame_labeled (Tensor): (B, T) bool.
        num_classes (int): C; labels are ignored if it is 1.
        num_knots (int): K; joints are ignored if it is 0.
        size (Tuple[int, int]): h and w of the maps, in cells.
        stride (int): Pixels per cell.

    Returns:
        ActorTruth: Frame t of clip b has the number b T + t.

    Raises:
        ValueError: If a clip does not fit the others, the classes or the
            joints.
    """
    device, num_frames = frame_labeled.device, frame_labeled.shape[1]
    boxes: List[Tensor] = []
    valid: List[Tensor] = []
    classes: List[Tensor] = []
    joints: List[Tensor] = []
    visible: List[Tensor] = []
    for gt, name, labeled in zip(gts, names, frame_labeled):
        _check_boxes(gt, num_frames, name)
        boxes.append(gt.bboxes.to(device))
        valid.append(gt.bbox_valid.to(device).bool() & labeled)
        classes.append(_class_table(gt, num_classes, name).to(device))
        if num_knots:
            points, seen = _joints(gt, num_frames, num_knots, name)
            joints.append(points.to(device))
            visible.append(seen.to(device))
    clips = torch.arange(len(gts), device=device).repeat_interleave(
        torch.tensor([len(each) for each in boxes], device=device)
    )
    all_boxes = torch.cat(boxes).float()
    used = torch.cat(valid) & can_be_centre(all_boxes, size, stride)
    actor, time = used.nonzero(as_tuple=True)
    return ActorTruth(
        frames=clips[actor] * num_frames + time,
        boxes=all_boxes[actor, time],
        classes=torch.cat(classes)[actor],
        joints=torch.cat(joints)[actor, time] if num_knots else None,
        visible=torch.cat(visible)[actor, time] if num_knots else None,
    )
