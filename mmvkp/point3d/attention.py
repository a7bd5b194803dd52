"""Attention between the frames of a clip (Point3D)."""

from typing import Optional

import torch
from mmaction.registry import MODELS
from mmengine.model import BaseModule
from torch import Tensor, nn

from ..checks import (
    check_choice,
    check_feature_map,
    check_inert,
    check_number,
    check_positive,
)
from ..recognition.full_precision import full_precision

_SCALES = ('none', 'sqrt', 'dim', 'cosine')
# Frames with a smaller squared norm are empty.
_EMPTY = 1e-12


@MODELS.register_module()
class TimeWiseAttention(BaseModule):
    """Time-wise attention (TWA): each frame plus a weighted sum of all frames.

    The frames of a clip are the rows of a matrix F (T, D), D = C * H * W. A
    softmax over each row of their Gram matrix G = F F^T gives the attention M.
    The result is F + M F, without parameters. With `gain_channels` it is F + g M F;
    g is learned from 0: the network starts without attention and can add the mean of
    the frames or subtract it. This is not in the paper.

    The paper says that F is multiplied "by the Gram matrix G", but calls M the
    attention. M is used here, because G would multiply features by their
    squared norm.

    The logits of the paper (`scale='none'`) grow with D. At D = 524288 (128
    channels at 64 x 64) they differ by thousands: the softmax is one-hot and
    its gradient is zero. Therefore there are three other choices:

    - `'none'`: G, the paper's formula.
    - `'sqrt'`: G / sqrt(D). Still one-hot at this D.
    - `'dim'`: G / D. Nearly uniform: the mean over time.
    - `'cosine'`: the cosine between frames, divided by `tau`. Independent of
      the size of the features; the recipes use it.

    All steps use single precision (double for double inputs), because G
    overflows in half precision.

    Args:
        scale (str): Divisor of the Gram matrix before the softmax, see above.
        tau (float): Temperature of `'cosine'`, at least 1e-4; 0.1 was chosen here.
            The others refuse another value.
        gain_channels (int, optional): C of `x`: a factor g for each channel, learned
            from 0. None: 1, the paper's formula.
        init_cfg (dict, optional): None: there is nothing to initialise.

    Shape:
        - x: (N, C, T, H, W), T >= 1.
        - mask: (N, T) bool, True for real frames, False for padding; None if
          all are real. Padding gets no weight; its own rows are computed like
          the others.
        - returns: (N, C, T, H, W), of the dtype of `x`. T = 1 gives 2 x, or
          (1 + g) x.

    Raises:
        TypeError: If `tau` is not a number; at run time if `x` or `mask` is not a
            tensor or `mask` is not bool.
        ValueError: If an argument is out of range or has no effect; at run time
            if `x` is not 5D, does not have `gain_channels`, `mask` is not (N, T) or a
            clip has no real frame.

    Source: "Point3D: tracking actions as moving points with 3D CNNs",
    section 3.4 and Fig. 4. The paper gives no code.
    """

    def __init__(
        self,
        scale: str = 'none',
        tau: float = 0.1,
        gain_channels: Optional[int] = None,
        init_cfg: Optional[dict] = None,
    ) -> None:
        super().__init__(init_cfg=init_cfg)
        check_choice('TimeWiseAttention', 'scale', scale, _SCALES)
        # Cosines divided by a much smaller number are not finite.
        check_number('TimeWiseAttention', 1e-4, tau=tau)
        if scale != 'cosine':
            check_inert('TimeWiseAttention', f'scale={scale!r}', tau=(tau, 0.1))
        if init_cfg is not None:
            raise ValueError(
                f'TimeWiseAttention: init_cfg={init_cfg} has no effect, because the '
                'gain starts at 0 and is the only parameter; remove it.'
            )
        self.scale = scale
        self.tau = tau
        self.gain = None
        if gain_channels is not None:
            check_positive('TimeWiseAttention', gain_channels=gain_channels)
            self.gain = nn.Parameter(torch.zeros(gain_channels, 1, 1))

    def attention(self, frames: Tensor, mask: Optional[Tensor]) -> Tensor:
        """Weights M between the frames.

        Args:
            frames (Tensor): Matrix F.
            mask (Tensor, optional): As in the class.

        Shape:
            - frames: (N, T, D), in single or double precision.
            - mask: (N, T) bool.
            - returns: (N, T, T); row i has the weights of all frames for
              frame i and sums to 1.
        """
        gram = torch.bmm(frames, frames.transpose(1, 2))
        if self.scale == 'sqrt':
            gram = gram / frames.shape[2] ** 0.5
        elif self.scale == 'dim':
            gram = gram / frames.shape[2]
        elif self.scale == 'cosine':
            square = gram.diagonal(dim1=1, dim2=2)
            inverse = square.clamp_min(_EMPTY).rsqrt()
            gram = gram * inverse[:, :, None] * inverse[:, None] / self.tau
        if mask is not None:
            gram = gram.masked_fill(~mask[:, None], -torch.inf)
        return gram.softmax(2)

    def forward(self, x: Tensor, mask: Optional[Tensor] = None) -> Tensor:
        """Add the weighted sum of all frames to each; shapes as in the class."""
        check_feature_map(
            'TimeWiseAttention', 'x', x, 0, 'Give it the features of whole clips.'
        )
        if self.gain is not None and x.shape[1] != len(self.gain):
            raise ValueError(
                f'TimeWiseAttention: x has {x.shape[1]} channels, gain_channels says '
                f'{len(self.gain)}; set gain_channels={x.shape[1]}.'
            )
        if mask is not None:
            self._check_mask(mask, x)
        with full_precision(x):
            # Rows of the matrix in the order of the memory.
            last = x.stride(1) == 1 and x.shape[1] > 1
            stacked = x.permute(0, 2, 3, 4, 1) if last else x.transpose(1, 2)
            frames = stacked.flatten(2)
            frames = frames.to(torch.promote_types(x.dtype, torch.float32))
            mixed = torch.bmm(self.attention(frames, mask), frames)
            mixed = mixed.view(stacked.shape)
            if self.gain is not None:
                gain = self.gain.flatten() if last else self.gain
                keep = torch.is_grad_enabled()
                mixed = mixed * gain if keep else mixed.mul_(gain)
            out = mixed.add_(stacked).to(x.dtype)
        return out.permute(0, 4, 1, 2, 3) if last else out.transpose(1, 2)

    @staticmethod
    def _check_mask(mask: Tensor, x: Tensor) -> None:
        """Refuse masks that do not belong to these frames."""
        if not isinstance(mask, Tensor) or mask.dtype != torch.bool:
            kind = mask.dtype if isinstance(mask, Tensor) else type(mask)
            raise TypeError(
                'TimeWiseAttention: mask must be a bool tensor, '
                f'true for real frames; it is {kind}.'
            )
        if mask.shape != (x.shape[0], x.shape[2]):
            raise ValueError(
                f'TimeWiseAttention: mask has shape {tuple(mask.shape)}, the '
                f'clips need (N, T) = {(x.shape[0], x.shape[2])}.'
            )
        if not mask.any(1).all():
            raise ValueError(
                'TimeWiseAttention: mask has no real frame '
                'in some clip; each clip needs at least one.'
            )

    def extra_repr(self) -> str:
        """Arguments, for `print`."""
        channels = None if self.gain is None else len(self.gain)
        return f'scale={self.scale!r}, tau={self.tau}, gain_channels={channels}'
