"""Targets of the 3D head's classifier, for clips or for actors."""

from typing import List, NamedTuple, Sequence, Tuple

import numpy as np
import torch
from mmengine.structures import InstanceData
from torch import Tensor, nn

from .targets import degenerate_frames

# Frames that give a clip its classes; see `collect_targets`.
CLIP_LABELS = ('any', 'middle', 'background')


class ClsTargets(NamedTuple):
    """Clips or boxes with their classes.

    Letters: R clips or boxes; C classes.

    Shape:
        - places: (R,) int64, the clips of the batch that have actors; or
          (R, 5) float32, boxes `clip, x1, y1, x2, y2`, clips counted from
          0, corners in pixels of the network's input.
        - classes: (R, C) float32. With one label: sums to 1 over C. With
          several: 0 or 1.
    """

    places: Tensor
    classes: Tensor


def collect_targets(
    gt_instances_list: Sequence[InstanceData],
    metas: Sequence[dict],
    num_classes: int,
    per_actor: bool,
    multi_label: bool,
    device: torch.device,
    clip_label: str = 'any',
) -> ClsTargets:
    """Collect the labelled clips or boxes of a batch.

    Only boxes that are valid on labelled frames without degenerate boxes count. A
    clip has the classes of the actors with such a box: with several labels all of
    them; with one label the class of its actors or, if they differ, each class with
    its share of the actors. Actors are taken on each key frame with such a box;
    without key frames on the middle frame.

    `clip_label` selects the frames that give a clip its classes: all of them
    (`'any'`), or the middle frame, position T // 2, which a clip of `test_clips=
    'centered'` answers for. `'background'` adds the class C for clips without actors
    on the middle frame.

    Args:
        gt_instances_list (Sequence[InstanceData]): Per clip `bboxes` (A, T, 4),
            `labels` (A,) or (A, C) and `bbox_valid` (A, T).
        metas (Sequence[dict]): Per clip, optionally, `frame_labeled` (T,) and
            `key_inds`, positions from 0.
        num_classes (int): C.
        per_actor (bool): Boxes instead of clips.
        multi_label (bool): Several labels are allowed.
        device (torch.device): Device of the targets.
        clip_label (str): One of `CLIP_LABELS`; see above.

    Returns:
        ClsTargets: R clips or boxes; C + 1 classes with `'background'`.

    Raises:
        ValueError: If labels do not fit `num_classes` or `multi_label`.
    """
    places: List[Tensor] = []
    classes: List[Tensor] = []
    width = num_classes + (clip_label == 'background')
    for clip, (actors, meta) in enumerate(zip(gt_instances_list, metas)):
        labels = one_hot(actors.labels, num_classes, multi_label).to(device)
        valid = actors.bbox_valid.to(device)
        labeled = meta.get('frame_labeled')
        if labeled is not None:
            labeled = torch.from_numpy(np.asarray(labeled, dtype=bool))
            valid = valid & labeled.to(device)
        known = torch.ones(valid.shape[1], dtype=torch.bool, device=device)
        if labeled is not None:
            known = known & labeled.to(device)
        if len(valid):
            wrong = degenerate_frames(actors.bboxes.to(device), valid)
            known, valid = known & ~wrong, valid & ~wrong
        if per_actor:
            keys = meta.get('key_inds', [valid.shape[1] // 2])
            keys = torch.as_tensor(np.asarray(keys), device=device)
            actor, time = valid[:, keys].nonzero(as_tuple=True)
            boxes = actors.bboxes.to(device)[actor, keys[time]].float()
            numbers = boxes.new_full((len(actor), 1), clip)
            places.append(torch.cat((numbers, boxes), 1))
            classes.append(labels[actor])
            continue
        middle = valid.shape[1] // 2
        acting = valid.any(1) if clip_label == 'any' else valid[:, middle]
        merged = torch.zeros(width, device=device)
        if acting.any():
            labels = labels[acting]
            shares = labels.amax(0) if multi_label else labels.mean(0)
            merged[:num_classes] = shares
        elif clip_label == 'background' and known[middle]:
            merged[num_classes] = 1
        else:
            continue
        places.append(torch.tensor([clip], device=device))
        classes.append(merged[None])
    if not places:
        return ClsTargets(
            torch.zeros(0, dtype=torch.long, device=device),
            torch.zeros((0, width), device=device),
        )
    return ClsTargets(torch.cat(places), torch.cat(classes))


def one_hot(labels: Tensor, num_classes: int, multi_label: bool) -> Tensor:
    """Labels as a table, after a check.

    Args:
        labels (Tensor): Classes from 0, or a table of them.
        num_classes (int): C.
        multi_label (bool): True allows a table.

    Shape:
        - labels: (A,) or (A, C).
        - returns: (A, C) float32.

    Raises:
        ValueError: If labels do not fit the arguments.
    """
    if labels.ndim == 2:
        if not multi_label or labels.shape[1] != num_classes:
            raise ValueError(
                f'Point3DClsHead: labels have shape {tuple(labels.shape)},'
                f' several for each actor, but multi_label='
                f'{multi_label} and num_classes={num_classes}. Set '
                f'multi_label=True and num_classes={labels.shape[1]}.'
            )
        return labels.float()
    if len(labels) and not 0 <= labels.min() <= labels.max() < num_classes:
        raise ValueError(
            f'Point3DClsHead: labels {sorted(set(labels.tolist()))} are '
            f'not all in [0, {num_classes - 1}]; num_classes={num_classes} counts '
            'classes from 0, without a background. Correct num_classes '
            'or the annotations.'
        )
    return nn.functional.one_hot(labels.long(), num_classes).float()


def jitter_boxes(rois: Tensor, jitter: float, size: Tuple[float, float]) -> Tensor:
    """Move and scale boxes at random and clip them to the image.

    Args:
        rois (Tensor): Boxes, as `ClsTargets.places`.
        jitter (float): Largest shift and change of size, as a share of the size.
        size (tuple[float, float]): Width and height of the image in pixels.

    Shape:
        - rois: (R, 5).
        - returns: (R, 5), drawn with torch's random numbers.
    """
    centre = (rois[:, 1:3] + rois[:, 3:]) / 2
    sides = rois[:, 3:] - rois[:, 1:3]
    move, grow = (torch.rand((2, *sides.shape), device=rois.device) * 2 - 1) * jitter
    centre, half = centre + move * sides, (1 + grow) * sides / 2
    border = rois.new_tensor(size)
    corners = [
        torch.minimum(corner.clamp(min=0), border)
        for corner in (centre - half, centre + half)
    ]
    return torch.cat((rois[:, :1], *corners), 1)
