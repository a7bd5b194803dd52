"""Point head of Point3D: centres, sizes and joints of actors."""

from typing import Any, Dict, List, Optional, Sequence, Tuple, cast

import torch
from mmaction.registry import MODELS
from mmaction.utils import OptConfigType
from mmengine.model import BaseModule
from mmengine.structures import InstanceData
from torch import Tensor, nn

from ..checks import check_choice, check_integer, check_number, check_positive
from ..recognition.full_precision import full_precision
from .decoding import decode_points
from .ground_truth import collect_labeled, collect_truth, exclude_degenerate, name_clips
from .losses import Maps, Point3DLosses
from .options import (
    LOSSES,
    TARGET_CFG,
    TEST_CFG,
    check_joint_losses,
    check_loss_weights,
    check_options,
    merge_options,
)
from .targets import point_targets


def make_branch(
    in_channels: int, mid_channels: int, out_channels: int, is_heatmap: bool
) -> nn.Sequential:
    """A 3x3 convolution, ReLU and a 1x1 convolution.

    Args:
        in_channels (int): Channels of the feature.
        mid_channels (int): Channels between both convolutions.
        out_channels (int): Channels of the result.
        is_heatmap (bool): True for logits, which start at a probability of
            0.1, as the focal loss needs. A regressor starts near 0 (standard
            deviation of all weights 0.001).

    Returns:
        nn.Sequential: (F, in, h, w) -> (F, out, h, w).

    Source: CenterNet, arXiv:1904.07850 (heads without normalisation).
    """
    first = nn.Conv2d(in_channels, mid_channels, 3, padding=1)
    last = nn.Conv2d(mid_channels, out_channels, 1)
    for conv in () if is_heatmap else (first, last):
        nn.init.normal_(conv.weight, std=0.001)
        nn.init.zeros_(cast(Tensor, conv.bias))
    if is_heatmap:
        nn.init.constant_(cast(Tensor, last.bias), -2.19)
    return nn.Sequential(first, nn.ReLU(inplace=True), last)


def run_branches(stack: nn.Module, x: Tensor) -> Maps:
    """Maps of one stack.

    Args:
        stack (nn.ModuleDict): Branches by name.
        x (Tensor): Feature.

    Shape:
        - x: (F, C, h, w).
        - returns: (F, D, h, w) each.
    """
    branches = cast(nn.ModuleDict, stack)
    return {name: branch(x) for name, branch in branches.items()}


@MODELS.register_module()
class Point3DHead(BaseModule):
    """Point head: a detector of centres and one of joints in single frames.

    The Center-Point detector predicts a heatmap of centres, sizes and offsets;
    the Knot-Point detector a heatmap of each joint, the vector from the centre
    to each joint, and offsets (section 3.3, Eq. 1 to 5). Not in the paper and
    chosen here:

    - the branches follow CenterNet; sizes are positive, in cells;
    - N is the number of actors in all annotated frames of the batch, at least
      1; with several processes each divides by its own N;
    - |.| of a vector is the mean over its coordinates;
    - joints do not change the box, unless `test_cfg` requires it.

    Args:
        in_channels (int): Channels C of the feature. Paper: 128.
        num_classes (int): Channels of the heatmap of centres. 1 finds actors
            of any class, which a 3D head classifies; more is for a detector
            without 3D head (Table 3 of the paper).
        num_knots (int): K, joints; 15 for JHMDB, 17 for COCO. 0 removes the
            Knot-Point detector. Not in the paper.
        mid_channels (int): Channels inside a branch. Not in the paper.
        num_stacks (int): Number of supervised features, each with its own
            branches: the last ones of the input. Losses are averaged, a test
            runs the last only.
        stride (int): Pixels per cell. Paper: 4.
        target_cfg (dict, optional): `radius` ('cornernet', 'mmdet') and
            `min_overlap` of the Gaussians, see `gaussian_radius`; `box_reach`, see
            `point_targets`.
        loss_cfg (dict, optional): Losses by their name in the log; see
            `LOSSES`. `loss_wh=dict(loss_weight=1.)` changes a weight, a dict
            with `type` replaces the loss. `loss_box`, the overlap of the boxes, is
            not in the paper: its weight is 0.
        knot_norm (str): Divisor of the sum of the K joints' focal losses.
            'actor': number of actors (Eq. 1); 'joint': number of visible
            joints, as in CenterNet. With all joints visible, 'actor' gives K
            times the loss of 'joint'.
        test_cfg (dict, optional): Options of `decode_points`; see `TEST_CFG`.
        init_cfg (dict, optional): Initialisation as in MMEngine.

    Shape:
        - feats: sequence of (F, C, h, w), F = B * T frames, clip after clip.
        - returns: a dict for each stack of `center_heatmap`
          (F, num_classes, h, w) logits, `wh` and `offset` (F, 2, h, w)
          and, if K > 0, `knot_heatmap` (F, K, h, w) logits,
          `knot_distance` (F, 2 K, h, w) as x, y, x, y, ... and
          `knot_offset` (F, 2, h, w); all but the logits in cells.

    Raises:
        TypeError: If an option has a wrong type, or the features are one
            tensor.
        ValueError: If an option is unknown, out of range or has no effect; at run
            time if the annotations do not fit the features, classes or joints.
        ImportError: If MMDetection or the compiled operators of mmcv, which
            the losses need, are missing (KeyError for the former).

    Source: Point3D (Mo et al.), section 3.3; "Objects as Points",
    arXiv:1904.07850. The paper gives no code.
    """

    def __init__(
        self,
        in_channels: int,
        num_classes: int = 1,
        num_knots: int = 15,
        mid_channels: int = 128,
        num_stacks: int = 1,
        stride: int = 4,
        target_cfg: OptConfigType = None,
        loss_cfg: OptConfigType = None,
        knot_norm: str = 'actor',
        test_cfg: OptConfigType = None,
        init_cfg: OptConfigType = None,
    ) -> None:
        super().__init__(init_cfg=init_cfg)
        check_positive(
            'Point3DHead',
            in_channels=in_channels,
            num_classes=num_classes,
            mid_channels=mid_channels,
            num_stacks=num_stacks,
            stride=stride,
        )
        check_integer('Point3DHead', num_knots=num_knots)
        check_number('Point3DHead', 0, num_knots=num_knots)
        check_choice('Point3DHead', 'knot_norm', knot_norm, ('actor', 'joint'))
        self.in_channels = in_channels
        self.num_classes, self.num_knots = num_classes, num_knots
        self.num_stacks, self.stride = num_stacks, stride
        self.target_cfg = merge_options('target_cfg', target_cfg, TARGET_CFG)
        self.test_cfg = merge_options('test_cfg', test_cfg, TEST_CFG)
        check_options(self.target_cfg, self.test_cfg, num_knots)
        channels = dict(center_heatmap=num_classes, wh=2, offset=2)
        if num_knots:
            channels.update(
                knot_heatmap=num_knots, knot_distance=2 * num_knots, knot_offset=2
            )
        self.stacks = nn.ModuleList(
            nn.ModuleDict(
                {
                    name: make_branch(
                        in_channels, mid_channels, width, name.endswith('heatmap')
                    )
                    for name, width in channels.items()
                }
            )
            for _ in range(num_stacks)
        )
        losses = merge_options('loss_cfg', loss_cfg, LOSSES)
        check_loss_weights(losses)
        if not num_knots:
            check_joint_losses(loss_cfg, knot_norm)
        self.losses = Point3DLosses(losses, num_knots, knot_norm)

    def pick_features(self, feats: Sequence[Tensor]) -> Sequence[Tensor]:
        """Features of the stacks: the last ones.

        Shape:
            - feats: sequence of (F, C, h, w).
            - returns: `num_stacks` of them.
        """
        if isinstance(feats, Tensor):
            raise TypeError(
                'Point3DHead: the features are one tensor of shape '
                f'{tuple(feats.shape)}; give a sequence of tensors, (x, ), as '
                'HourglassNet and CTResNetNeck return.'
            )
        if len(feats) < self.num_stacks:
            raise ValueError(
                f'Point3DHead: num_stacks={self.num_stacks}, but there are '
                f'only {len(feats)} feature(s); set num_stacks to at most '
                'the num_stacks of the backbone.'
            )
        for x in feats[-self.num_stacks :]:
            if x.dim() != 4 or x.shape[1] != self.in_channels:
                raise ValueError(
                    f'Point3DHead: a feature has shape {tuple(x.shape)}; maps (F, C, '
                    f'h, w) with C = in_channels={self.in_channels} are needed. Set '
                    f'in_channels={x.shape[1] if x.dim() > 1 else "C"}, or choose '
                    'another backbone or neck.'
                )
        return feats[-self.num_stacks :]

    def forward(self, feats: Sequence[Tensor]) -> List[Maps]:
        """Maps of every stack in training mode, else of the last only.

        Shape:
            - feats and returned maps: see the class.
        """
        if not self.training:
            return [self.forward_last(feats)]
        return [
            run_branches(stack, x)
            for x, stack in zip(self.pick_features(feats), self.stacks)
        ]

    def forward_last(self, feats: Sequence[Tensor]) -> Maps:
        """Maps of the last stack.

        Shape:
            - feats and returned maps: see the class.
        """
        return run_branches(self.stacks[-1], self.pick_features(feats)[-1])

    def get_targets(
        self,
        gts: Sequence[InstanceData],
        frame_labeled: Tensor,
        size: Tuple[int, int],
        names: Optional[Sequence[str]] = None,
    ) -> Maps:
        """Targets of all frames of the batch.

        Args:
            gts (Sequence[InstanceData]): B clips; see `collect_truth`.
            frame_labeled (Tensor): (B, T) bool; False for a frame without
                annotations, which has no loss.
            size (tuple[int, int]): h and w of the maps, in cells.
            names (Sequence[str], optional): Names of the clips in messages.

        Returns:
            dict[str, Tensor]: See `point_targets`; frame t of clip b is
            b T + t. Also `frame_labeled` (F,) bool and, with joints,
            `knot_labeled` (F,) bool: annotated frames, except those with
            actors but without any joint, whose joints are unknown.
        """
        names = names or name_clips([{}] * len(gts))
        frame_labeled = exclude_degenerate(gts, names, frame_labeled)
        truth = collect_truth(
            gts,
            names,
            frame_labeled,
            self.num_classes,
            self.num_knots,
            size,
            self.stride,
        )
        labeled = frame_labeled.flatten()
        targets = point_targets(
            truth, len(labeled), size, self.stride, **self.target_cfg
        )
        targets['frame_labeled'] = labeled
        if self.num_knots:
            silent = torch.zeros_like(labeled)
            silent[targets['center_frame']] = True
            silent[targets['knot_frame']] = False
            targets['knot_labeled'] = labeled & ~silent
        return targets

    def loss_by_feat(
        self,
        outs: Sequence[Maps],
        gts: Sequence[InstanceData],
        metas: Sequence[Dict[str, Any]],
    ) -> Maps:
        """Losses of all stacks, averaged.

        Args:
            outs (Sequence[dict[str, Tensor]]): As `forward` returns them.
            gts (Sequence[InstanceData]): B clips; see `collect_truth`.
            metas (Sequence[dict]): Their metainfo: `frame_labeled` (T,)
                bool (default: all), `video_id` for messages.

        Shape:
            - maps in `outs`: (F, D, h, w).

        Returns:
            dict[str, Tensor]: `loss_center`, `loss_wh`, `loss_offset`, `loss_box`
            if it has a weight and, with joints, `loss_knot_heatmap`,
            `loss_knot_distance`, `loss_knot_offset`: weighted scalars, float32.
            Each depends on all weights of its branch, with gradient 0 without actors.
        """
        heat = outs[0]['center_heatmap']
        if len(gts) != len(metas) or not gts or len(heat) % len(gts):
            raise ValueError(
                f'Point3DHead: features of {len(heat)} frames do not divide '
                f'into {len(gts)} clips with {len(metas)} metainfos; all '
                'clips of a batch need the same number of frames.'
            )
        labeled = collect_labeled(metas, len(heat) // len(gts), heat.device)
        # In half precision a focal loss is inf or 0.
        with full_precision(heat):
            targets = self.get_targets(
                gts, labeled, (heat.shape[2], heat.shape[3]), name_clips(metas)
            )
            stacks = [self.losses(out, targets) for out in outs]
            return {
                name: torch.stack([each[name] for each in stacks]).mean()
                for name in stacks[0]
            }

    def predict_by_feat(
        self, out: Maps, limit: Optional[int] = None
    ) -> List[InstanceData]:
        """Boxes and joints of each frame.

        Args:
            out (dict[str, Tensor]): As `forward_last` returns it.
            limit (int, optional): Largest number of detections. Default: `topk`.

        Returns:
            list[InstanceData]: For each frame, best first, P = `topk` or `limit`
            detections: `bboxes` (P, 4) `x1, y1, x2, y2` in pixels of the
            network's input, not clipped; `scores` (P,) in [0, 1];
            `labels` (P,) int64, 0 with a single class; with joints
            `knots` (P, K, 2) `x, y` in the same pixels and
            `knot_scores` (P, K) in [0, 1].
        """
        found = decode_points(out, self.stride, limit=limit, **self.test_cfg)
        return [
            InstanceData(**{key: value[frame] for key, value in found.items()})
            for frame in range(len(found['scores']))
        ]
