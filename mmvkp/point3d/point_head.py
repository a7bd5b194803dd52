"""The Point Head of Point3D: centres, sizes and joints of actors."""

from typing import Any, Dict, List, Optional, Sequence, Tuple

import torch
from mmaction.registry import MODELS
from mmaction.utils import OptConfigType
from mmengine.model import BaseModule
from mmengine.structures import InstanceData
from torch import Tensor, nn

from ..checks import check_choice, check_positive
from .decoding import decode_points
from .ground_truth import collect_labeled, collect_truth, name_clips
from .losses import Maps, Point3DLosses
from .options import LOSSES, TARGET_CFG, TEST_CFG, check_options, merge_options
from .targets import point_targets


def make_branch(
    in_channels: int, mid_channels: int, out_channels: int, is_heatmap: bool
) -> nn.Sequential:
    """A 3x3 convolution, ReLU and a 1x1 convolution.

    Args:
        in_channels (int): Channels of the feature.
        mid_channels (int): Channels between both convolutions.
        out_channels (int): Channels of the result.
        is_heatmap (bool): Whether the result is logits: then each starts at
            a probability of 0.1, as the focal loss needs; a regressor starts
            near 0 (standard deviation of all weights 0.001).

    Returns:
        nn.Sequential: (F, in, h, w) -> (F, out, h, w).

    Source: CenterNet, arXiv:1904.07850 (heads without normalisation).
    """
    branch = nn.Sequential(
        nn.Conv2d(in_channels, mid_channels, 3, padding=1),
        nn.ReLU(inplace=True),
        nn.Conv2d(mid_channels, out_channels, 1),
    )
    if is_heatmap:
        nn.init.constant_(branch[2].bias, -2.19)
    else:
        for conv in (branch[0], branch[2]):
            nn.init.normal_(conv.weight, std=0.001)
            nn.init.zeros_(conv.bias)
    return branch


@MODELS.register_module()
class Point3DHead(BaseModule):
    """Point Head: a detector of centres and one of joints, frame by frame.

    The Center-Point detector gives a heatmap of centres, sizes and offsets;
    the Knot-Point detector a heatmap of each joint, the way from the centre
    to each joint, and offsets (section 3.3, Eq. 1 to 5). Not stated there and
    chosen here: the branches are those of CenterNet; sizes are positive, in
    cells; N is the number of actors in all annotated frames of the batch (on
    this process: with several, each divides by its own), at least 1; |.| of a
    vector is the mean over its coordinates; joints do not change the box
    unless ``test_cfg`` says so.

    Args:
        in_channels (int): Channels C of the feature. Paper: 128.
        num_classes (int): Channels of the heatmap of centres. 1 finds actors
            of any class, whose class a 3D Head tells; more is for a detector
            without one (Table 3 of the paper).
        num_knots (int): K, joints; 15 for JHMDB, 17 for COCO. 0 leaves out
            the Knot-Point detector. The paper does not state it.
        mid_channels (int): Channels inside a branch. Not in the paper.
        num_stacks (int): Features that are supervised, each by branches of
            its own; the last ones of those that come. Losses are averaged,
            a test runs the last only.
        stride (int): Pixels per cell. Paper: 4.
        target_cfg (dict, optional): ``radius`` ('cornernet', 'mmdet') and
            ``min_overlap`` of the Gaussians; see `gaussian_radius`.
        loss_cfg (dict, optional): Losses by the name they are logged with;
            see `LOSSES`. ``loss_wh=dict(loss_weight=1.)`` changes a weight,
            a dict with ``type`` replaces the loss.
        knot_norm (str): What the sum of the K joints' focal losses is divided
            by. 'actor': the number of actors, as Eq. 1 says; with all joints
            visible this is K times what 'joint' gives, the number of visible
            joints, as in CenterNet.
        test_cfg (dict, optional): Options of `decode_points`; see `TEST_CFG`.
        init_cfg (dict, optional): Initialisation as in MMEngine.

    Shape:
        - feats: sequence of (F, C, h, w), F = B * T frames, clip after clip.
        - returns: a dict for each stack of ``center_heatmap``
          (F, num_classes, h, w) logits, ``wh`` and ``offset`` (F, 2, h, w)
          and, if K > 0, ``knot_heatmap`` (F, K, h, w) logits,
          ``knot_distance`` (F, 2 K, h, w) as x, y, x, y, ... and
          ``knot_offset`` (F, 2, h, w); all but the logits in cells.

    Raises:
        TypeError: If a number is no integer, or the features are one tensor.
        ValueError: If an option is not known or out of range; at run time if
            the annotations do not fit the features, classes or joints.
        ImportError: If MMDetection or the compiled operators of mmcv, which
            the losses come from, are missing (KeyError for the former).

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
        if num_knots:
            check_positive('Point3DHead', num_knots=num_knots)
        check_choice('Point3DHead', 'knot_norm', knot_norm, ('actor', 'joint'))
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
        self.losses = Point3DLosses(losses, num_knots, knot_norm)

    def pick_features(self, feats: Sequence[Tensor]) -> Sequence[Tensor]:
        """Choose the features of the stacks: the last ones.

        Shape:
            - feats: sequence of (F, C, h, w).
            - returns: ``num_stacks`` of them.
        """
        if isinstance(feats, Tensor):
            raise TypeError(
                'Point3DHead: the features are one tensor of shape '
                f'{tuple(feats.shape)}; give a sequence of them, (x, ), as '
                'HourglassNet and CTResNetNeck return.'
            )
        if len(feats) < self.num_stacks:
            raise ValueError(
                f'Point3DHead: num_stacks={self.num_stacks}, but there are '
                f'only {len(feats)} feature(s); set num_stacks to at most '
                'that of the backbone.'
            )
        return feats[-self.num_stacks :]

    def forward(self, feats: Sequence[Tensor]) -> List[Maps]:
        """Maps of every stack in training, in a list of one of the last else.

        Args:
            feats (Sequence[Tensor]): See the class.

        Returns:
            list[dict[str, Tensor]]: See the class.
        """
        if not self.training:
            return [self.forward_last(feats)]
        return [
            {name: branch(x) for name, branch in stack.items()}
            for x, stack in zip(self.pick_features(feats), self.stacks)
        ]

    def forward_last(self, feats: Sequence[Tensor]) -> Maps:
        """Maps of the last stack.

        Args:
            feats (Sequence[Tensor]): See the class.

        Returns:
            dict[str, Tensor]: See the class.
        """
        x = self.pick_features(feats)[-1]
        return {name: branch(x) for name, branch in self.stacks[-1].items()}

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
            frame_labeled (Tensor): (B, T) bool; where it is false the frame
                has no actors here, and no loss in `loss_by_feat`.
            size (Tuple[int, int]): h and w of the maps, in cells.
            names (Sequence[str], optional): What messages call the clips.

        Returns:
            dict[str, Tensor]: See `point_targets`; frame t of clip b is
            b T + t. Besides ``frame_labeled`` (F,) bool and, with joints,
            ``knot_labeled`` (F,) bool: annotated frames, but those that show
            actors and not one joint, because there nobody knows where the
            joints are.
        """
        names = names or name_clips([{}] * len(gts))
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
            metas (Sequence[dict]): Their metainfo: ``frame_labeled`` (T,)
                bool (without it all are), ``video_id`` for messages.

        Returns:
            dict[str, Tensor]: ``loss_center``, ``loss_wh``, ``loss_offset``
            and, with joints, ``loss_knot_heatmap``, ``loss_knot_distance``,
            ``loss_knot_offset``: weighted scalars, float32. Each depends on
            all weights of its branch, with gradient 0 if nothing is there.
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
        with torch.autocast(heat.device.type, enabled=False):
            targets = self.get_targets(
                gts, labeled, tuple(heat.shape[2:]), name_clips(metas)
            )
            stacks = [self.losses(out, targets) for out in outs]
            return {
                name: torch.stack([each[name] for each in stacks]).mean()
                for name in stacks[0]
            }

    def predict_by_feat(self, out: Maps) -> List[InstanceData]:
        """Boxes and joints of each frame.

        Args:
            out (dict[str, Tensor]): As `forward_last` returns it.

        Returns:
            list[InstanceData]: For each frame, best first, P = ``topk``
            detections: ``bboxes`` (P, 4) ``x1, y1, x2, y2`` in pixels of the
            network's input, not clipped; ``scores`` (P,) in [0, 1];
            ``labels`` (P,) int64, 0 where there is one class; with joints
            ``knots`` (P, K, 2) ``x, y`` in the same pixels and
            ``knot_scores`` (P, K) in [0, 1].
        """
        found = decode_points(out, self.stride, **self.test_cfg)
        return [
            InstanceData(**{key: value[frame] for key, value in found.items()})
            for frame in range(len(found['scores']))
        ]
