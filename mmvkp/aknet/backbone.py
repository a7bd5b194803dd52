"""AKNet: a 2D host that goes on with its action keypoints alone."""

from copy import deepcopy
from typing import Dict, List, NamedTuple, Optional, Sequence, Tuple

from mmaction.registry import MODELS
from mmaction.utils import ConfigType, OptConfigType
from mmengine.logging import MMLogger
from mmengine.model import BaseModule
from mmengine.utils.dl_utils.parrots_wrapper import _BatchNorm
from torch import Tensor, nn

from ..checks import check_positive
from .selector import ActionKeypointSelector
from .tail import PointSequenceTail, load_compacted
from .transform import build_transform


class AKNetFeatures(NamedTuple):
    """What `AKHead` and pictures need of N clips.

    Shape:
        - sequence: (N, C', L'), e_f of Equation 12.
        - feature: (N * T, C, H, W), X_l, the map the points come from.
        - heatmap: (N, T, H, W), without bounds.
        - points: (N, L, 3) int64 (t, y, x), cells from 0, in their order.
        - scores: (N, L), heatmap at the points.
    """

    sequence: Tensor
    feature: Tensor
    heatmap: Tensor
    points: Tensor
    scores: Tensor


@MODELS.register_module()
class AKNet(BaseModule):
    """Action Keypoint Network over a 2D host.

    The host is cut behind a stage. The best cells of that map, chosen over
    all frames of a clip, are put in order, and what is left of the host works
    on them as a 1D network, with its own weights summed to 1D kernels. Used
    in a `Recognizer2D` with `AKHead` and no neck.

    A checkpoint of the host's own recogniser (the first stage of the paper's
    training) is taken as it is, by ``load_from`` or by `load_state_dict`;
    what was taken, compacted and left out is logged.

    Args:
        base (dict): Host backbone: `ResNetTSM`, `ResNetTDN`, `ResNet`,
            `TANet`, `MobileNetV2TSM` or another that lists its stages in
            ``res_layers`` or ``layers``.
        select_stage (int): Stage of the host behind which points are
            selected, from 0: 0 is res2, 1 res3, 2 res4 of a ResNet. Paper: 2.
        keypoint_ratio (float): Share of the T * H * W cells that are kept,
            alpha. Paper: 0.3.
        num_segments (int, optional): Frames T per view; None takes that of
            the host.
        rank (str): Order of the points, ``'sum'`` or ``'none'``.
        tau (float, optional): Weight of time in that order; see
            `ActionKeypointSelector`.
        transform (str): ``'light'`` or ``'pointnet'``, see `PointTransform`;
            ``'embedding'``, see `PointEmbedding`; or ``'none'``.
        tail_shift (bool): Shift by one point in the tail where the host
            shifts by one frame.
        init_cfg (dict, optional): Initialisation as in MMEngine; the host
            and from it the tail are initialised as ``base`` says.

    Shape:
        - x: (N * V * T, C_in, H, W), view-major as `Recognizer2D` flattens
          it.
        - returns: `AKNetFeatures`, a tuple, of N * V clips.

    Raises:
        KeyError: If the host has no list of stages.
        TypeError: If a number is no integer.
        ValueError: If an argument is out of range or does not fit the host;
            at run time if the frames are no multiple of ``num_segments`` or
            the host gives another number of maps.

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
        self.base_cfg = deepcopy(base)
        self.select_stage = select_stage
        host = MODELS.build(deepcopy(base))
        tail = split_host(host, select_stage)
        self.num_segments = _segments(host, num_segments)
        self.base = host
        self.tail = PointSequenceTail(
            [stage for _, stage in tail], [name for name, _ in tail], tail_shift
        )
        # What the map has is what the first layer behind it takes.
        channels = next(
            each for each in self.tail.modules() if isinstance(each, nn.Conv1d)
        ).in_channels
        self.selector = ActionKeypointSelector(
            channels, self.num_segments, keypoint_ratio, rank, tau
        )
        self.transform = build_transform(transform, channels, self.num_segments)

    def init_weights(self) -> None:
        """Initialise the host, and the tail with what the host has there."""
        if not self._is_init:
            host = MODELS.build(deepcopy(self.base_cfg))
            host.init_weights()
            self._take_host(host)
            # What the host initialised must not be initialised again.
            self.base._is_init = True
        super().init_weights()

    def _take_host(self, host: nn.Module) -> List[str]:
        """Take the weights of a whole host; gives the tail's stages."""
        tail = split_host(host, self.select_stage)
        self.base.load_state_dict(host.state_dict())
        load_compacted(self.tail, tail)
        return [name for name, _ in tail]

    def _load_from_state_dict(
        self, state_dict: Dict[str, Tensor], prefix: str, *args
    ) -> None:
        """Turn the checkpoint of a plain host into one of this network."""
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
        """Load a checkpoint of the host and say what became of it."""
        # What it would be initialised with is replaced at once.
        host = MODELS.build(
            {
                key: value
                for key, value in deepcopy(self.base_cfg).items()
                if key != 'pretrained'
            }
        )
        kind = type(host).__name__
        remedy = (
            'give the checkpoint of a recogniser whose backbone is '
            '`base`, or of this network.'
        )
        try:
            missing, unexpected = host.load_state_dict(state_dict, strict=False)
        except RuntimeError as error:
            raise ValueError(
                f'AKNet: the checkpoint does not fit the host {kind}; {remedy} {error}'
            ) from error
        missing = [key for key in missing if 'num_batches_tracked' not in key]
        if missing:
            raise ValueError(
                f'AKNet: the checkpoint is none of the host {kind}: it lacks '
                f'{_some(missing)}; {remedy}'
            )
        stages = self._take_host(host)
        self._log_host(
            kind,
            stages,
            [key for key in state_dict if key not in unexpected],
            unexpected,
        )

    def _log_host(
        self,
        kind: str,
        stages: Sequence[str],
        taken: Sequence[str],
        unexpected: Sequence[str],
    ) -> None:
        """Say what became of the tensors of a host's checkpoint."""
        modules = {
            name
            for name, module in self.tail.named_modules()
            if not isinstance(module, nn.Identity)
        }
        tail = [key for key in taken if key.split('.')[0] in stages]
        in_time = [
            key
            for key in tail
            if not {key.rpartition('.')[0], _unwrapped(key)} & modules
        ]
        new = 'the scores of the points' + (
            ' and the transform' if self.transform is not None else ''
        )
        MMLogger.get_current_instance().info(
            f'AKNet: took {len(taken) - len(tail)} tensors of a plain {kind} '
            f'as they are; compacted {len(tail) - len(in_time)} of '
            f'{", ".join(stages)} to 1D kernels; left out {len(in_time)} that '
            f'look along time there{_listed(in_time)} and {len(unexpected)} '
            f'that {kind} does not have{_listed(unexpected)}. New, as '
            f'initialised: {new}.'
        )

    def train(self, mode: bool = True) -> 'AKNet':
        """Let the tail's norm layers follow the host's rules."""
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
        if len(x) % self.num_segments:
            raise ValueError(
                f'AKNet: {len(x)} frames cannot be split into views of '
                f'num_segments={self.num_segments}; make num_clips or '
                'clip_len of the pipeline, or num_segments, agree.'
            )
        feature = self.base(x)
        if isinstance(feature, (list, tuple)):
            feature = feature[0]
        if len(feature) != len(x):
            raise ValueError(
                f'AKNet: the host gives {len(feature)} maps for {len(x)} '
                'frames, points are selected from one map per frame; set '
                'temporal_pool=False in base.'
            )
        chosen = self.selector(feature)
        sequence = chosen.features
        if self.transform is not None:
            sequence = self.transform(sequence, chosen.points)
        return AKNetFeatures(
            self.tail(sequence), feature, chosen.heatmap, chosen.points, chosen.scores
        )


def split_host(host: nn.Module, select_stage: int) -> List[Tuple[str, nn.Module]]:
    """Cut a host behind a stage.

    Args:
        host (nn.Module): Changed in place: it keeps the stages up to
            ``select_stage``, of which it returns the last one's map.
        select_stage (int): Stage, from 0.

    Returns:
        list[tuple[str, nn.Module]]: Names and stages that were cut off.

    Raises:
        KeyError: If the host has no list of stages.
        ValueError: If nothing would be left of it, or of the tail, or if the
            host freezes stages of the tail.
    """
    names = _stage_list(host)
    kind = type(host).__name__
    if type(select_stage) is not int or not 0 <= select_stage < len(names) - 1:
        raise ValueError(
            f'AKNet: select_stage={select_stage!r} does not cut {kind} with '
            f'its stages {list(names)}; choose an integer from 0 to '
            f'{len(names) - 2}: one stage at least must follow.'
        )
    if getattr(host, 'frozen_stages', -1) > select_stage + 1:
        raise ValueError(
            f'AKNet: frozen_stages={host.frozen_stages} of the host freezes '
            f'stages behind select_stage={select_stage}, which become the '
            f'tail; set it to at most {select_stage + 1}.'
        )
    tail = [(name, getattr(host, name)) for name in names[select_stage + 1 :]]
    for name, _ in tail:
        delattr(host, name)
    del names[select_stage + 1 :]
    host.out_indices = (select_stage,)
    return tail


def _stage_list(host: nn.Module) -> List[str]:
    """Names of a host's stages: the list that its forward goes through."""
    for attribute in ('res_layers', 'layers'):
        names = getattr(host, attribute, None)
        if isinstance(names, list) and all(isinstance(name, str) for name in names):
            break
    else:
        raise KeyError(
            f'AKNet: base={type(host).__name__} cannot be cut: it has no list '
            '`res_layers` or `layers` of the names of its stages; choose '
            'ResNetTSM, ResNetTDN, ResNet, TANet, MobileNetV2TSM or a '
            'subclass of one.'
        )
    if not hasattr(host, 'out_indices'):
        raise KeyError(
            f'AKNet: base={type(host).__name__} cannot be cut: it has no out_indices.'
        )
    return names


def _segments(host: nn.Module, given: Optional[int]) -> int:
    """Frames per view, from the argument or from the host."""
    own = getattr(host, 'num_segments', None)
    if given is None and own is None:
        raise ValueError(
            f'AKNet: {type(host).__name__} does not know the number of '
            'frames; set num_segments of AKNet to the num_clips of the '
            'pipeline.'
        )
    number = own if given is None else given
    check_positive('AKNet', num_segments=number)
    if own is not None and number != own:
        raise ValueError(
            f'AKNet: num_segments={number}, but the host has '
            f'num_segments={own}; set one of them.'
        )
    return number


def _unwrapped(key: str) -> str:
    """Module of a tensor without the wrappers that look along time."""
    return '.'.join(
        part for part in key.split('.')[:-1] if part not in ('net', 'block')
    )


def _some(keys: Sequence[str]) -> str:
    """The first few of many names."""
    more = f' and {len(keys) - 5} more' if len(keys) > 5 else ''
    return ', '.join(keys[:5]) + more


def _listed(keys: Sequence[str]) -> str:
    """The first few of many names in brackets, if there are any."""
    return f' ({_some(keys)})' if keys else ''
