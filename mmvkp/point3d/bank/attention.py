"""Attention of clips to a long-term feature bank (Point3D, Table 4)."""

from typing import Optional, Sequence, Tuple

import torch
from mmaction.registry import MODELS
from mmaction.utils import SampleList
from mmengine.model import BaseModule
from torch import Tensor, nn

from ...checks import check_feature_map, check_flag, check_positive
from .window import KEY, BankWindow, window_len


class NonLocalBlock(nn.Module):
    """Attention of queries to rows of the bank, with a residual.

    `q + W relu(norm(softmax(Q K^T / sqrt(d)) V))`.

    Args:
        channels (int): Width d of queries, keys and values.

    Shape:
        - x: (B, T, d).
        - rows: (B, N, d).
        - present: (B, N) bool; rows without it have no weight. Without any row the
          attention is 0.
        - returns: (B, T, d).

    Source: Wu et al., "Long-Term Feature Banks for Detailed Video Understanding",
    arXiv:1812.05038, Fig. 4 (without its dropout).
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.query = nn.Linear(channels, channels)
        self.key = nn.Linear(channels, channels)
        self.value = nn.Linear(channels, channels)
        self.norm = nn.LayerNorm(channels)
        self.out = nn.Linear(channels, channels)

    def forward(self, x: Tensor, rows: Tensor, present: Tensor) -> Tensor:
        """Attend; shapes as in the class."""
        logits = self.query(x) @ self.key(rows).transpose(1, 2)
        logits = logits.float() / x.shape[-1] ** 0.5
        # Finite, so that a window without rows has no NaN in its gradient.
        logits = logits.masked_fill(~present[:, None], -1e30)
        weights = logits.softmax(-1) * present[:, None]
        found = weights.to(x.dtype) @ self.value(rows)
        return x + self.out(self.norm(found).relu())


@MODELS.register_module()
class BankAttention(BaseModule):
    """Add long-term features to the maps of a clip, before the 3D head.

    The mean over the cells of each frame of the clip is a query; the rows of the bank
    within `window` frames, after a layer norm and a linear layer with ReLU, are keys
    and values. Two non-local blocks follow each other.
    Their result, one vector for each frame of the clip, is added to all of its cells.
    The last layer starts at 0, so that a training starts exactly from the network
    without a bank.

    The paper says only that the bank is "in the input of 3D Head". Rows, window,
    widths, norm and ReLU of the rows, and number of blocks were chosen here.

    Args:
        in_channels (int): C, channels of the clip and of the rows.
        mid_channels (int): Width d of the attention.
        num_centers (int): k, centres of a frame in the bank.
        window (int): W, frames of the bank on each side of the clip's middle; three
            seconds at 30 frames per second by default.
        causal (bool): True for the frames up to the last one of the clip, W before
            it. Streams need it, and then the training as well.
        num_blocks (int): Non-local blocks.
        init_cfg (dict, optional): Initialisation as in MMEngine, of all layers but
            the last.

    Shape:
        - clips: (B, C, T, h, w), after the time-wise attention.
        - rows: (B, L, 1 + k, C), L = W + 1 or 2 W + 1 frames; see `frame_rows`.
        - present: (B, L) bool, False outside the video.
        - returns: (B, C, T, h, w).

    Raises:
        TypeError: If an argument has another type.
        ValueError: If an argument is out of range; at run time if clips or rows do
            not fit it.

    Source: Point3D (Mo et al.), section 4.3, Table 4; Wu et al., arXiv:1812.05038.
    """

    def __init__(
        self,
        in_channels: int,
        mid_channels: int = 128,
        num_centers: int = 4,
        window: int = 90,
        causal: bool = False,
        num_blocks: int = 2,
        init_cfg: Optional[dict] = None,
    ) -> None:
        super().__init__(init_cfg=init_cfg)
        check_positive(
            'BankAttention',
            in_channels=in_channels,
            mid_channels=mid_channels,
            num_centers=num_centers,
            window=window,
            num_blocks=num_blocks,
        )
        check_flag('BankAttention', causal=causal)
        self.in_channels = in_channels
        self.num_centers = num_centers
        self.window = window
        self.causal = causal
        self.query = nn.Linear(in_channels, mid_channels)
        self.norm = nn.LayerNorm(in_channels)
        self.rows = nn.Linear(in_channels, mid_channels)
        self.blocks = nn.ModuleList(
            NonLocalBlock(mid_channels) for _ in range(num_blocks)
        )
        self.out = nn.Linear(mid_channels, in_channels)
        self._start_at_zero()

    def init_weights(self) -> None:
        """Initialise as `init_cfg` says; the last layer stays at 0."""
        super().init_weights()
        self._start_at_zero()

    def _start_at_zero(self) -> None:
        """Make the result equal to the input."""
        nn.init.zeros_(self.out.weight)
        nn.init.zeros_(self.out.bias)

    @property
    def shape(self) -> Tuple[int, int, int]:
        """Shape (L, 1 + k, C) of the rows of a clip."""
        length = window_len(self.window, self.causal)
        return length, 1 + self.num_centers, self.in_channels

    def forward(self, clips: Tensor, rows: Tensor, present: Tensor) -> Tensor:
        """Add the long-term features; shapes as in the class."""
        check_feature_map(
            'BankAttention',
            'clips',
            clips,
            self.in_channels,
            'Give it the features of whole clips.',
        )
        mask = present.repeat_interleave(rows.shape[2], 1)
        keys = self.rows(self.norm(rows.flatten(1, 2).to(clips.dtype))).relu()
        # In a map with its channels last, `mean` over height and width is slow.
        mean = clips.permute(0, 2, 3, 4, 1).flatten(2, 3).mean(2)
        x = self.query(mean)
        for block in self.blocks:
            x = block(x, keys, mask)
        found = self.out(x).transpose(1, 2)
        return clips + found[..., None, None].to(clips.dtype)

    def collect(
        self, samples: SampleList, clips: Tensor
    ) -> Tuple[Tensor, Tensor, Sequence[BankWindow]]:
        """Rows of a batch from the metainfo of its samples.

        Args:
            samples (list, optional): B samples with `bank`, a `BankWindow`. None: no
                row is present, for counts of operations.
            clips (Tensor): The clips, for device and size of the batch.

        Shape:
            - clips: (B, C, T, h, w).

        Returns:
            tuple: `rows` and `present` of `forward`, and the windows.

        Raises:
            ValueError: If a sample has no window, or one of another shape.
        """
        if samples is None:
            rows = clips.new_zeros((len(clips), *self.shape))
            return rows, torch.zeros_like(rows[:, :, 0, 0], dtype=torch.bool), []
        windows = [self._window_of(sample.metainfo) for sample in samples]
        # Autocast on a CPU refuses half precision.
        rows = torch.stack([each.rows.float() for each in windows]).to(clips.device)
        present = torch.stack([each.present for each in windows]).to(clips.device)
        return rows, present, windows

    def _window_of(self, meta: dict) -> BankWindow:
        """Window of a sample, after a check of its shape."""
        found = meta.get(KEY)
        if found is None:
            raise ValueError(
                f'BankAttention: the clip of video {meta.get("video_id")} has no '
                'rows of the bank; put dict(type="LoadBank", folder=..., window='
                f'{self.window}, causal={self.causal}) after the sampler in each '
                'pipeline.'
            )
        if tuple(found.rows.shape) != self.shape:
            raise ValueError(
                f'BankAttention: {found.source} gives rows (frames, 1 + centres, '
                f'channels) of shape {tuple(found.rows.shape)}; window={self.window}, '
                f'causal={self.causal}, num_centers={self.num_centers} and '
                f'in_channels={self.in_channels} need {self.shape}. Make LoadBank '
                'and the bank of the model equal, or write the bank again with '
                '`mmvkp data write-bank`.'
            )
        return found
