"""AKNet: a 2D host whose last stages run on action keypoints only."""

from copy import deepcopy
from typing import Any, Callable, Dict, NamedTuple, Optional

from mmaction.models.backbones import ResNet
from mmaction.registry import MODELS
from mmaction.utils import ConfigType, OptConfigType
from mmengine.model import BaseModule
from mmengine.utils.dl_utils.parrots_wrapper import _BatchNorm
from torch import Tensor, nn

from ..build import build_module
from ..checks import check_flag, check_frames
from ..hosts.resnet_tdn import ResNetTDN
from .host import check_base, load_host, log_host, segments_of, split_host
from .selector import ActionKeypointSelector
from .tail import PointSequenceTail, load_compacted
from .transform import PointEmbedding, build_transform


class AKNetFeatures(NamedTuple):
    """Output of `AKNet` for N clips.

    Shape:
        - sequence: (N, C', L'), e_f of Eq. 12.
        - feature: (N * T, C, H, W), X_l, the map that points are selected from.
        - heatmap: (N, T, H, W), unbounded.
        - points: (N, L, 3) int64 (t, y, x), cells from 0, in ranked order.
        - scores: (N, L), heatmap at the points.
        - pooled: (N, C), GAP(X_l) of Eq. 13.
    """

    sequence: Tensor
    feature: Tensor
    heatmap: Tensor
    points: Tensor
    scores: Tensor
    pooled: Tensor


@MODELS.register_module()
class AKNet(BaseModule):
    """Action Keypoint Network over a 2D host.

    The host is split after a stage. The best cells of its map, over all frames of
    a clip, are ranked, and the remaining stages run on this sequence as a 1D
    network with its own weights, at first the 2D kernels summed to 1D. Used in a
    `Recognizer2D` with `AKHead` and no neck.

    The checkpoint of a recognizer on the plain host (the first stage of the
    paper's training) can be loaded by `load_from` or `load_state_dict`; the log
    lists loaded, compacted and skipped tensors.

    Args:
        base (dict): Host backbone: `ResNetTSM`, `ResNetTDN`, `ResNet`,
            `TANet`, `MobileNetV2TSM` or another that lists its stages in
            `res_layers` or `layers`.
        select_stage (int): Stage of the host after which points are selected,
            from 0: 0 is res2, 1 res3, 2 res4 of a ResNet. Paper: 2.
        keypoint_ratio (float): Share of the T * H * W cells that are kept,
            alpha. Paper: 0.3.
        num_segments (int, optional): Frames T per view; None: as in the host.
        rank (str): Order of the points; see `ActionKeypointSelector`.
        tau (float, optional): Weight of time in the order `'sum'`; see
            `ActionKeypointSelector`.
        transform (str): `'light'` or `'pointnet'` (`PointTransform`),
            `'embedding'` (`PointEmbedding`) or `'none'`.
        tail_shift (bool): Shift by one point in the tail where the host shifts by
            one frame.
        init_cfg (dict, optional): Initialisation as in MMEngine; the host is
            initialised as `base` defines, the tail with its compacted weights.

    Shape:
        - x: (N * V * T, C_in, H, W), view-major as `Recognizer2D` flattens it.
        - returns: `AKNetFeatures` of N * V clips.

    Raises:
        KeyError: If the host has no list of stages.
        TypeError: If an argument has another type.
        ValueError: If an argument is out of range or does not fit the host; at run
            time if the number of frames is not a multiple of `num_segments` or the
            host does not return one map per frame.

    Source: "Action Keypoint Network for Efficient Video Recognition", arXiv
    2201.06304.
    """

    def __init__(
        self,
        base: ConfigType,
        select_stage: int = 2,
        keypoint_ratio: float = 0.3,
        num_segments: Optional[int] = None,
        rank: str = 'sum',
        tau: Optional[float] = None,
        transform: str = 'light',
        tail_shift: bool = False,
        init_cfg: OptConfigType = None,
    ) -> None:
        super().__init__(init_cfg=init_cfg)
        check_flag('AKNet', tail_shift=tail_shift)
        check_base(base)
        self.base_cfg = deepcopy(base)
        self.select_stage = select_stage
        self.base = build_module('AKNet', 'base', deepcopy(base))
        tail = split_host(self.base, select_stage)
        self.num_segments = segments_of(self.base, num_segments)
        self.tail = PointSequenceTail(
            [stage for _, stage in tail], [name for name, _ in tail], tail_shift
        )
        channels = next(
            each for each in self.tail.modules() if isinstance(each, nn.Conv1d)
        ).in_channels
        self.selector = ActionKeypointSelector(
            channels, self.num_segments, keypoint_ratio, rank, tau
        )
        self.transform = build_transform(transform, channels, self.num_segments)

    def init_weights(self) -> None:
        """Initialise the host, and the tail with the compacted host."""
        if not self._is_init:
            host = MODELS.build(deepcopy(self.base_cfg))
            host.init_weights()
            self._take_host(host)
            # The host's weights must not be initialised a second time.
            self.base._is_init = True
        super().init_weights()

    def _take_host(self, host: nn.Module) -> None:
        """Copy the weights of a whole host."""
        tail = split_host(host, self.select_stage)
        self.base.load_state_dict(host.state_dict())
        load_compacted(self.tail, tail)

    def _load_from_state_dict(
        self, state_dict: Dict[str, Tensor], prefix: str, *args: Any
    ) -> None:
        """Convert the checkpoint of a plain host to one of this network."""
        own = tuple(
            prefix + name + '.' for name in ('base', 'tail', 'selector', 'transform')
        )
        given = {
            key[len(prefix) :]: value
            for key, value in state_dict.items()
            if key.startswith(prefix)
        }
        if given and not any(key.startswith(own) for key in state_dict):
            for key in given:
                del state_dict[prefix + key]
            self._load_host(given)
            state_dict.update(
                {
                    f'{prefix}{part}.{key}': value
                    for part in ('base', 'tail')
                    for key, value in getattr(self, part).state_dict().items()
                }
            )
        super()._load_from_state_dict(state_dict, prefix, *args)

    def _load_host(self, state_dict: Dict[str, Tensor]) -> None:
        """Load a checkpoint of the host and log its use."""
        host, unexpected = load_host(self.base_cfg, state_dict)
        self._take_host(host)
        transform = '' if self.transform is None else ' and the transform'
        log_host(
            type(host).__name__,
            self.tail,
            [key for key in state_dict if key not in unexpected],
            unexpected,
            f'the scores of the points{transform}',
        )

    def train(self, mode: bool = True) -> 'AKNet':
        """Set the mode; norm layers of the tail follow the rules of the host."""
        super().train(mode)
        partial = getattr(self.base, 'partial_bn', False)
        if mode and (partial or getattr(self.base, 'norm_eval', False)):
            for module in self.tail.modules():
                if isinstance(module, _BatchNorm):
                    module.eval()
                    if partial:
                        module.requires_grad_(False)
        return self

    def forward(self, x: Tensor) -> AKNetFeatures:
        """Compute features and points; see the class for the shapes."""
        return self.compute(x, self.run_tail)

    def run_tail(self, features: Tensor, points: Tensor) -> Tensor:
        """Run the transform and the tail.

        Shape:
            - features: (N, C, L).
            - points: (N, L, 3), coordinates (t, y, x) in cells.
            - returns: (N, C', L').
        """
        if self.transform is not None:
            features = self.transform(features, points)
        return self.tail(features)

    def compute(
        self, x: Tensor, run_tail: Callable[[Tensor, Tensor], Tensor]
    ) -> AKNetFeatures:
        """Compute features and points.

        Args:
            x (Tensor): Frames.
            run_tail (Callable): The method `run_tail` or a faster one.

        Shape:
            - x: see the class.
        """
        # TDN stacks frames along the channels and checks them itself.
        plain = isinstance(self.base, ResNet) and not isinstance(self.base, ResNetTDN)
        channels = self.base.in_channels if plain else 0
        check_frames('AKNet', x, channels, self.num_segments)
        feature = self.base(x)
        if isinstance(feature, (list, tuple)):
            feature = feature[0]
        if feature.shape[0] != x.shape[0]:
            raise ValueError(
                f'AKNet: the host gives {feature.shape[0]} maps for '
                f'{x.shape[0]} frames, but points are selected from one map per '
                'frame; choose a base without temporal pooling.'
            )
        chosen = self.selector(feature)
        if isinstance(self.transform, PointEmbedding):
            self.transform.check_map(*feature.shape[2:])
        # A map that is not finite has nan scores, also if its bad cells are not
        # selected.
        broken = 0 * chosen.heatmap.detach().sum((1, 2, 3))
        sequence = run_tail(chosen.features, chosen.points)
        sequence = sequence + broken.to(sequence.dtype)[:, None, None]
        return AKNetFeatures(
            sequence,
            feature,
            chosen.heatmap,
            chosen.points,
            chosen.scores,
            chosen.pooled,
        )
