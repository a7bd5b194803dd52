"""Base class of the backbones with ample and focal branches."""

from typing import Any, List, Mapping, Optional, Sequence, Tuple, cast

import torch
from mmaction.utils import ConfigType, OptConfigType
from mmengine.model import BaseModule, is_model_wrapper
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from ..checks import (
    check_flag,
    check_frames,
    check_integer,
    check_norm,
    check_positive,
    check_sequence,
)
from ..recognition.export_state import is_exporting
from .ample_focal import AdaptiveMerge, AFStage
from .checkpoint_check import check_backbone
from .focal_unit import FocalUnit, ResidualUnit
from .neck import FrameSelectionNeck
from .selection import NavigationModule
from .selection_options import SelectionOptions, SpatialOptions
from .spatial_selection import SpatialNavigationModule


class AFBackbone(BaseModule):
    """Options, checks and forward pass of the backbones.

    A subclass calls `set_stages`, builds the stages as attributes `layer1`, `layer2`
    and so on, and calls `finish`.

    Args:
        num_segments (int): Frames T per view.
        with_shift (bool): Temporal shift (TSM) in every block.
        selection_cfg (dict, optional): See `SelectionOptions`.
        spatial_cfg (dict, optional): See `SpatialOptions`.
        norm_cfg (dict): Norm layer.
        norm_eval (bool): Norm layers keep their statistics in training.
        init_cfg (dict, optional): Initialization as in MMEngine. None: Kaiming
            (fan-out), and zero for the last norm of blocks that compute all frames.

    Raises:
        TypeError: If a number is not an integer or a key is unknown.
        ValueError: If an argument is out of range.
    """

    # Initialize the last norm of blocks that compute all frames to zero.
    zero_init = True

    def __init__(
        self,
        num_segments: int,
        with_shift: bool,
        selection_cfg: OptConfigType,
        spatial_cfg: OptConfigType,
        norm_cfg: ConfigType,
        norm_eval: bool,
        init_cfg: OptConfigType,
    ) -> None:
        if init_cfg is None:
            init_cfg = [
                dict(type='Kaiming', layer='Conv2d'),
                dict(type='Normal', std=0.01, layer='Linear'),
                dict(type='Constant', val=1, layer='_BatchNorm'),
            ]
        super().__init__(init_cfg=init_cfg)
        self.owner = type(self).__name__
        check_positive(self.owner, num_segments=num_segments)
        check_flag(self.owner, with_shift=with_shift, norm_eval=norm_eval)
        check_norm(self.owner, norm_cfg)
        self.num_segments = num_segments
        self.shift_segments = num_segments if with_shift else 0
        self.selection = SelectionOptions.from_cfg(selection_cfg)
        self.spatial = (
            None if spatial_cfg is None else SpatialOptions.from_cfg(spatial_cfg)
        )
        if self.spatial is not None and self.selection.skipped == 'zeros':
            raise ValueError(
                f"{self.owner}: skipped='zeros' (released code) cannot be "
                'combined with spatial_cfg, which the released code does not have; '
                "set skipped='identity' in selection_cfg."
            )
        self.selection.check_inert(
            self.spatial is not None and self.spatial.policy == 'navigation'
        )
        self.norm_cfg = norm_cfg
        self.norm_eval = norm_eval
        self._initializing = False

    def set_stages(
        self, out_indices: Sequence[int], frozen_stages: int, num_stages: int
    ) -> None:
        """Set the returned and the frozen stages."""
        check_sequence(self.owner, 'out_indices', out_indices)
        check_integer(
            self.owner,
            frozen_stages=frozen_stages,
            **{f'out_indices[{i}]': each for i, each in enumerate(out_indices)},
        )
        last = num_stages - 1
        if (
            not out_indices
            or list(out_indices) != sorted(set(out_indices))
            or not 0 <= out_indices[0] <= out_indices[-1] <= last
        ):
            raise ValueError(
                f'{self.owner}: out_indices={tuple(out_indices)} must be '
                f'ascending numbers of stages in [0, {last}].'
            )
        if not -1 <= frozen_stages <= num_stages:
            raise ValueError(
                f'{self.owner}: frozen_stages={frozen_stages} is outside '
                f'[-1, {num_stages}]; -1 freezes nothing, 0 the stem, 1 the stem and '
                'the first stage, and so on.'
            )
        self.out_indices = tuple(out_indices)
        self.frozen_stages = frozen_stages
        self.num_stages = num_stages

    def finish(self) -> None:
        """Set the names of the masks and freeze, after all stages are built."""
        names: List[str] = []
        self.stage_masks: List[int] = []
        for i, stage in enumerate(self.stages()):
            number, made = 0, 0
            if isinstance(stage, AFStage):
                number, made = len(stage.focal), len(stage.navigation)
            self.stage_masks.append(number)
            names += [f'layer{i + 1}.navigation.{n}' for n in range(made)]
            names += names[-1:] * (number - made)
        self.mask_names = tuple(names)
        self._freeze()

    @property
    def num_masks(self) -> int:
        """Number M of focal blocks."""
        return sum(self.stage_masks)

    def stages(self) -> List[nn.Module]:
        """The stages in order."""
        return [getattr(self, f'layer{i + 1}') for i in range(self.num_stages)]

    def check_input(self, x: Tensor) -> None:
        """Check the shape of the input.

        Shape:
            - x: (N * V * T, C, H, W).

        Raises:
            ValueError: If it is not 4D, has other channels, or the number of frames is
                not a multiple of `num_segments`.
        """
        first = next(
            each for each in self.stem.modules() if isinstance(each, nn.Conv2d)
        )
        check_frames(self.owner, x, first.in_channels, self.num_segments)

    def check_masks(self, x: Tensor, masks: Tensor) -> Tensor:
        """Check given masks and convert them to floating point.

        Values other than 0 and 1 would be weights in training and decisions in eval.

        Shape:
            - x: (N * V * T, C, H, W).
            - masks: (N * V * T, M).
            - returns: (N * V * T, M).

        Raises:
            ValueError: If the masks have another shape or other values, or the model is
                traced or exported, where the values cannot be checked.
        """
        if is_exporting():
            raise ValueError(
                f'{self.owner}: masks cannot be given while the model is traced or '
                'exported, because their values cannot be checked; remove them.'
            )
        if tuple(masks.shape) != (len(x), self.num_masks):
            raise ValueError(
                f'{self.owner}: masks of shape {tuple(masks.shape)} do not '
                f'fit {len(x)} frames and {self.num_masks} focal blocks; '
                f'give ({len(x)}, {self.num_masks}).'
            )
        masks = masks if masks.is_floating_point() else masks.float()
        if self.selection.policy == 'soft':
            allowed, good = 'in [0, 1]', (masks >= 0) & (masks <= 1)
        else:
            allowed, good = '0 or 1', (masks == 0) | (masks == 1)
        if not masks.is_meta and not good.all():
            value = masks[~good][0].item()
            raise ValueError(
                f'{self.owner}: given masks contain {value:g}; with '
                f'policy={self.selection.policy!r} values {allowed} are allowed. '
                'Round them first.'
            )
        return masks

    def forward(self, x: Tensor, masks: Optional[Tensor] = None) -> Tuple[Tensor, ...]:
        """Compute the maps and masks.

        Shape:
            - x: (N * V * T, C, H, W), view-major as `Recognizer2D` flattens it.
            - masks: (N * V * T, M), 0 or 1; None: the network decides.
            - returns: As for the class.
        """
        self.check_input(x)
        if masks is not None:
            masks = self.check_masks(x, masks)
        return self.run_stages(self.stem(x), masks)

    def run_stages(self, x: Tensor, masks: Optional[Tensor]) -> Tuple[Tensor, ...]:
        """Compute the stages.

        Shape:
            - x: (N * V * T, C, H, W), output of the stem.
            - masks: (N * V * T, M) or None.
            - returns: As for the class.
        """
        maps: List[Tensor] = []
        used: List[Tensor] = []
        areas: List[Tensor] = []
        start = 0
        for i, stage in enumerate(self.stages()):
            number = self.stage_masks[i]
            if number:
                given = None
                if masks is not None:
                    given = masks[:, start : start + number]
                elif used and self.selection.placement == 'first':
                    given = used[0][:, :1].expand(-1, number)
                x, mask, area = stage(x, given)
                start += number
                used.append(mask)
                if area is not None:
                    areas.append(area)
            else:
                x = stage(x)
            if i in self.out_indices:
                maps.append(x)
        all_masks = torch.cat(used, 1)
        if not areas:
            return (*maps, all_masks)
        return (*maps, torch.cat(areas, 1), all_masks)

    def init_weights(self) -> None:
        """Initialize by `init_cfg`, then the modules with a special initialization.

        With pretrained weights the second step is skipped; navigation modules that
        are missing in them keep the initialization of their constructor.
        """
        self._initializing = True
        try:
            super().init_weights()
        finally:
            self._initializing = False
        cfgs = (
            self.init_cfg
            if isinstance(self.init_cfg, (list, tuple))
            else [self.init_cfg]
        )
        if any(cfg and cfg['type'] == 'Pretrained' for cfg in cfgs):
            return
        for module in self.modules():
            if isinstance(
                module, (NavigationModule, SpatialNavigationModule, AdaptiveMerge)
            ):
                module.reset_parameters()
            elif (
                self.zero_init
                and isinstance(module, ResidualUnit)
                and not isinstance(module, FocalUnit)
            ):
                last = list(module.path.children())[-1]
                nn.init.zeros_(cast(Tensor, last.weight))

    def check_state_dict(self, state_dict: Mapping[str, Tensor], prefix: str) -> None:
        """Refuse weights of another network, reading or number of frames.

        Args:
            state_dict (Mapping[str, Tensor]): Weights, by full names.
            prefix (str): Prefix of the names of this backbone.

        Raises:
            ValueError: If an entry is missing, unknown or of another shape. Weights
                without any navigation module are accepted from `init_cfg` only.
        """
        given = {
            name[len(prefix) :]: value.shape
            for name, value in state_dict.items()
            if name.startswith(prefix)
        }
        own = {name: value.shape for name, value in self.state_dict().items()}
        check_backbone(self.owner, given, own, self._initializing)

    def _load_from_state_dict(
        self, state_dict: Mapping[str, Any], prefix: str, *args: Any
    ) -> None:
        """Check the weights; with `strict=False` they would be loaded in part."""
        self.check_state_dict(state_dict, prefix)
        super()._load_from_state_dict(state_dict, prefix, *args)

    def check_model(self, model: nn.Module) -> None:
        """Refuse a model whose neck does not take the masks.

        Args:
            model (nn.Module): Model with this backbone.

        Raises:
            ValueError: If the neck is not `FrameSelectionNeck`, has another number of
                frames, or a ratio loss without effect.
        """
        neck = getattr(model, 'neck', None)
        if not isinstance(neck, FrameSelectionNeck):
            given = 'no neck' if neck is None else f'the neck {type(neck).__name__}'
            raise ValueError(
                f'{self.owner}: the model has {given}, so the masks of frames would '
                "reach the head; set neck=dict(type='FrameSelectionNeck', "
                f'num_segments={self.num_segments}). Another neck goes into its '
                'argument `neck`.'
            )
        if neck.num_segments != self.num_segments:
            raise ValueError(
                f'{self.owner}: num_segments={self.num_segments}, but '
                f'FrameSelectionNeck has {neck.num_segments}; set the same number.'
            )
        policy = self.selection.policy
        if neck.ratio_loss is not None and policy not in ('navigation', 'soft'):
            raise ValueError(
                'FrameSelectionNeck: ratio_loss has no effect with '
                f'policy={policy!r}, which learns nothing; set ratio_loss=None.'
            )

    def _freeze(self) -> None:
        """Freeze parameters and statistics of the frozen stages."""
        if self.frozen_stages < 0:
            return
        for module in (self.stem, *self.stages()[: self.frozen_stages]):
            module.eval()
            for param in module.parameters():
                param.requires_grad = False

    def train(self, mode: bool = True) -> 'AFBackbone':
        """Set the mode; frozen stages and norm layers stay in eval mode."""
        super().train(mode)
        self._freeze()
        if mode and self.norm_eval:
            for module in self.modules():
                if isinstance(module, _BatchNorm):
                    module.eval()
        return self


def unwrap(model: nn.Module) -> nn.Module:
    """Model inside a wrapper of distributed training."""
    return cast(nn.Module, model.module) if is_model_wrapper(model) else model
