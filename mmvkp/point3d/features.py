"""Features of frames and clips for the heads of Point3D."""

from typing import List, Optional, Sequence, Tuple, cast

import torch
from mmaction.utils import SampleList
from mmengine.model import BaseModel
from torch import Tensor, nn

from .bank.attention import BankAttention
from .bank.frozen import FrozenNetwork
from .bank.rows import frame_rows
from .part_checks import check_channels, check_stride
from .point_head import Point3DHead


class ClipFeatures(BaseModel):
    """Networks of frames and clips, the attention and the bank between them.

    Base of `Point3D`, which builds the parts.
    """

    backbone: nn.Module
    neck: Optional[nn.Module]
    point_head: Point3DHead
    twa: Optional[nn.Module]
    bank: Optional[BankAttention]
    clip_backbone: Optional[nn.Module]
    point_input: str

    def find_frame_network(self) -> None:
        """Note the parts that make the rows of the bank; freeze them with a bank."""
        parts = [self.data_preprocessor, self.backbone, self.neck, self.point_head]
        if self.point_input == 'twa':
            parts.append(self.twa)
        self.frame_network = FrozenNetwork([each for each in parts if each])
        if self.bank is not None:
            self.frame_network.freeze()

    @property
    def network(self) -> str:
        """Identity of the network of the frames, as in the files of a bank."""
        return self.frame_network.digest()

    def train(self, mode: bool = True) -> 'ClipFeatures':
        """Set the mode; with a bank the network of the frames stays in test mode."""
        super().train(mode)
        if self.bank is not None:
            self.frame_network.freeze()
        return self

    def extract_frames(self, frames: Tensor) -> List[Tensor]:
        """Features of independent frames.

        Shape:
            - frames: (F, 3, H, W), normalised.
            - returns: maps (F, C, h, w), one for each stack of the network.
        """
        if frames.device.type == 'cpu':
            # The native order of oneDNN: maps are not reordered around each
            # convolution.
            frames = frames.contiguous(memory_format=torch.channels_last)
        feats = self.backbone(frames)
        if self.neck is not None:
            feats = self.neck(feats)
        return [feats] if isinstance(feats, Tensor) else list(feats)

    def mix_frames(
        self, feats: Sequence[Tensor], num_frames: int
    ) -> Tuple[List[Tensor], Tensor]:
        """Attention along the frames of each clip.

        Args:
            feats (Sequence[Tensor]): As `extract_frames` returns them.
            num_frames (int): T.

        Shape:
            - returns: input of the point head, maps (B * T, C, h, w), and
              input of the 3D network, (B, C, T, h, w).
        """
        clips = feats[-1].unflatten(0, (-1, num_frames)).transpose(1, 2)
        if self.twa is not None:
            clips = self.twa(clips)
        if self.point_input == 'twa':
            feats = [clips.transpose(1, 2).flatten(0, 1)]
        return list(feats), clips

    def bank_rows(self, feature: Tensor, num_centers: int) -> Tensor:
        """Rows of independent frames for the bank.

        With `point_input='twa'` a frame counts as a clip of one frame.

        Shape:
            - feature: (F, C, h, w), the last map of `extract_frames`.
            - returns: (F, 1 + num_centers, C) float16; see `frame_rows`.
        """
        points, _ = self.mix_frames([feature], 1)
        stack = cast(nn.ModuleDict, self.point_head.stacks[-1])
        heatmap = stack['center_heatmap'](points[-1])
        return frame_rows(feature, heatmap, num_centers)

    def add_bank(self, clips: Tensor, data_samples: SampleList) -> Tensor:
        """Add the long-term features of the samples' `bank`, if the model has one.

        Shape:
            - clips, returns: (B, C, T, h, w).

        Raises:
            ValueError: If a sample has no rows, or rows of another shape or network.
        """
        if self.bank is None:
            return clips
        check_channels('bank', self.bank, clips, 'the map of the frames')
        rows, present, windows = self.bank.collect(data_samples, clips)
        self.frame_network.check_windows(windows)
        return self.bank(clips, rows, present)

    def extract_clips(self, clips: Tensor) -> Tensor:
        """Features of whole clips, for the `cls_head`.

        Shape:
            - clips: (B, C, T, h, w), after the attention.
            - returns: (B, C', T', h', w').
        """
        if self.clip_backbone is None:
            raise ValueError('Point3D: this model has no clip_backbone.')
        check_channels(
            'clip_backbone', self.clip_backbone, clips, 'the map of the frames'
        )
        feature = self.clip_backbone(clips)
        if not isinstance(feature, (list, tuple)):
            return feature
        if len(feature) != 1:
            raise ValueError(
                f'Point3D: clip_backbone returns {len(feature)} maps, the '
                'cls_head takes one; set out_indices of the clip_backbone to '
                'its last stage.'
            )
        return feature[0]

    def check_stride(self, feature: Tensor, size: Sequence[int]) -> None:
        """Check the stride of maps against the point head.

        Args:
            feature (Tensor): Features of frames.
            size (Sequence[int]): H and W of the frames in pixels.

        Shape:
            - feature: (F, C, h, w).

        Raises:
            ValueError: If the strides differ.
        """
        check_stride(feature, size, self.point_head.stride)
