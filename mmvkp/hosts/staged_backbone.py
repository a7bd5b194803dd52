"""Base of the 3D backbones: frozen stages, fixed norms, recomputed units."""

from typing import Any, Iterable, List

import torch.utils.checkpoint as cp
from mmaction.utils import OptConfigType
from mmengine.model import BaseModule
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from ..checks import check_feature_map, check_flag, check_integer


class StagedBackbone(BaseModule):
    """Backbone with a stem and stages of residual units.

    Args:
        frozen_stages (int): Number of frozen stages: -1 none, 0 the stem only, 1
            the stem and the first stage, and so on.
        norm_eval (bool): Keep the statistics of norm layers in training.
        with_cp (bool): Recompute units in the backward pass to save memory.
        init_cfg (dict | list, optional): Initialisation. None: Kaiming for
            convolutions, 1 and 0 for norm layers.

    Raises:
        TypeError: If `frozen_stages` is not an integer, or a flag not a bool.
    """

    # Channels of the input, set by the subclass.
    in_channels: int

    def __init__(
        self,
        frozen_stages: int,
        norm_eval: bool,
        with_cp: bool,
        init_cfg: OptConfigType,
    ) -> None:
        if init_cfg is None:
            init_cfg = [
                dict(type='Kaiming', layer='Conv3d'),
                dict(type='Constant', layer='_BatchNorm', val=1.0),
            ]
        super().__init__(init_cfg=init_cfg)
        owner = type(self).__name__
        check_integer(owner, frozen_stages=frozen_stages)
        check_flag(owner, norm_eval=norm_eval, with_cp=with_cp)
        self.frozen_stages = frozen_stages
        self.norm_eval = norm_eval
        self.with_cp = with_cp

    def forward(self, x: Tensor) -> Any:
        """Check the input and compute the maps.

        Shape:
            - x: (N, C, T, H, W).
            - returns: see `compute`.

        Raises:
            ValueError: If the input is not 5D, has other channels, or is too small for
                the norm layers in training.
        """
        self.check_input(x)
        if not self.training:
            return self.compute(x)
        try:
            return self.compute(x)
        except ValueError as error:
            if 'more than 1 value per channel' not in str(error):
                raise
            raise ValueError(
                f'{type(self).__name__}: an input of shape {tuple(x.shape)} leaves a '
                'norm layer with one value per channel in training; give more, longer '
                'or larger clips, or set norm_eval=True.'
            ) from error

    def check_input(self, x: Any) -> None:
        """Refuse an input that is not 5D or has other channels."""
        owner = type(self).__name__
        remedy = 'Give it clips of features or of frames.'
        check_feature_map(owner, 'the input', x, self.in_channels, remedy)

    def compute(self, x: Tensor) -> Any:
        """Compute the maps of a checked input."""
        raise NotImplementedError

    def parts(self) -> List[List[nn.Module]]:
        """Modules of the stem, then of each stage."""
        raise NotImplementedError

    def freeze_stages(self) -> None:
        """Stop the gradient and fix the statistics of the frozen stages."""
        for part in self.parts()[: self.frozen_stages + 1]:
            for module in part:
                module.eval().requires_grad_(False)

    def train(self, mode: bool = True) -> 'StagedBackbone':
        """Set the mode; frozen stages and fixed norms stay in evaluation mode."""
        super().train(mode)
        if mode:
            self.freeze_stages()
            if self.norm_eval:
                for module in self.modules():
                    if isinstance(module, _BatchNorm):
                        module.eval()
        return self

    def run_units(self, units: Iterable[nn.Module], x: Tensor) -> Tensor:
        """Run units in order, recomputed in the backward pass if `with_cp`.

        Shape:
            - x: (N, C, T, H, W).
            - returns: (N, C', T', H', W').
        """
        for unit in units:
            if self.with_cp and x.requires_grad:
                x = cp.checkpoint(unit, x, use_reentrant=False)
            else:
                x = unit(x)
        return x
