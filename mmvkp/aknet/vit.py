"""AKViT: a video transformer whose last blocks run on action keypoints only."""

from copy import deepcopy
from typing import Any, Tuple

import torch.nn.functional as F
from mmaction.models.backbones import VisionTransformer
from mmaction.registry import MODELS
from mmaction.utils import ConfigType, OptConfigType
from mmengine.model import BaseModule
from torch import Tensor

from ..build import build_module
from ..checks import check_config, check_feature_map, check_integer
from .backbone import AKNetFeatures
from .selector import ActionKeypointSelector


@MODELS.register_module()
class AKViT(BaseModule):
    """Vision transformer (VideoMAE) with AK-Net's selection of action keypoints.

    Not in the paper, which has convolutional hosts only: our extension. After a block
    the tokens form a map (T, H, W). AK-Net's heatmap scores its cells, and the other
    blocks process only the best tokens of each clip. A token carries its position
    since the input of the first block, so order, transform and compacted kernels of
    AK-Net are not needed. Used in a `Recognizer3D` with `AKHead`.

    Parameters have the names of the base, so that its checkpoints load unchanged by
    `load_from`, `load_state_dict` or `init_cfg`. Only the names of `selector` are new.
    With `keypoint_ratio=1` the result equals the base.

    MACs of a clip, for L = T * H * W tokens of width D and K = int(ratio * L):
    `embedding + (b + 1) * block(L) + (depth - b - 1) * block(K) + selector`, where
    b is `select_block`, `block(L) = (4 + 2 * mlp_ratio) * L * D^2 + 2 * L^2 * D` and
    `selector = 2 * T * D * (D // 16) + L * D`.

    Args:
        base (dict): Config of a `VisionTransformer` with `use_mean_pooling`.
        select_block (int): Block of the base after which tokens are selected, from 0.
            At least one block must follow.
        keypoint_ratio (float): Share of the tokens that are kept, in (0, 1].
        init_cfg (dict, optional): Initialisation as in MMEngine. None: the base's.

    Shape:
        - x: (N, C_in, frames, height, width), as many frames as the base has.
        - returns: `AKNetFeatures` of N clips, in which T counts tubelets. The sequence
          (N, D, 1) is the mean of the last tokens after the norm layer of the base.

    Raises:
        TypeError: If an argument has another type.
        ValueError: If an argument is out of range, or the base is not supported; at
            run time if the input has another number of frames or channels.

    Source: "Action Keypoint Network for Efficient Video Recognition", arXiv
    2201.06304, section III-A, for the selection; "VideoMAE", arXiv 2203.12602, for the
    base.
    """

    def __init__(
        self,
        base: ConfigType,
        select_block: int = 4,
        keypoint_ratio: float = 0.3,
        init_cfg: OptConfigType = None,
    ) -> None:
        host = _build_host(base)
        super().__init__(init_cfg=host.init_cfg if init_cfg is None else init_cfg)
        check_integer('AKViT', select_block=select_block)
        depth = len(host.blocks)
        if not 0 <= select_block < depth - 1:
            raise ValueError(
                f'AKViT: select_block={select_block} cannot split the {depth} blocks '
                f'of base; choose an integer from 0 to {depth - 2}: at least one block '
                'must follow.'
            )
        # The parts of the host under their own names.
        for name, module in host.named_children():
            self.add_module(name, module)
        for name, parameter in host.named_parameters(recurse=False):
            self.register_parameter(name, parameter)
        for name, buffer in host.named_buffers(recurse=False):
            self.register_buffer(name, buffer)
        self.select_block = select_block
        self.grid_size = host.grid_size
        # Tubelets T of a clip.
        self.num_segments = self.pos_embed.shape[1] // (
            self.grid_size[0] * self.grid_size[1]
        )
        self.selector = ActionKeypointSelector(
            host.embed_dims,
            self.num_segments,
            keypoint_ratio,
            rank='grid',
            owner='AKViT',
        )

    def embed(self, x: Tensor) -> Tuple[Tensor, Tuple[int, int]]:
        """Tokens with their positions, as in the base.

        Shape:
            - x: (N, C_in, frames, height, width).
            - returns: (N, T * H * W, D), in the order (t, y, x), and (H, W).
        """
        convolution: Any = self.patch_embed.projection
        remedy = "Use Recognizer3D and FormatShape(input_format='NCTHW')."
        check_feature_map('AKViT', 'the input', x, convolution.in_channels, remedy)
        tubelet, rows, columns = convolution.stride
        if x.shape[2] // tubelet != self.num_segments:
            raise ValueError(
                f'AKViT: the input has {x.shape[2]} frames, but base has positions for '
                f'{self.num_segments * tubelet}; set clip_len of the pipeline and '
                'num_frames of base to the same number.'
            )
        tokens = self.patch_embed(x)[0]
        height, width = x.shape[3] // rows, x.shape[4] // columns
        positions = self.pos_embed
        if (height, width) != self.grid_size:
            grid = positions.unflatten(1, (-1, *self.grid_size))[0].permute(0, 3, 1, 2)
            grid = F.interpolate(
                grid, size=(height, width), mode='bicubic', align_corners=False
            )
            positions = grid.permute(0, 2, 3, 1).flatten(0, 2)[None]
        return self.pos_drop(tokens + positions), (height, width)

    def compute_map(self, x: Tensor) -> Tensor:
        """Map of all tokens after `select_block`.

        Shape:
            - x: (N, C_in, frames, height, width).
            - returns: (N * T, D, H, W).
        """
        tokens, size = self.embed(x)
        for block in self.blocks[: self.select_block + 1]:
            tokens = block(tokens)
        feature = tokens.unflatten(1, (self.num_segments, *size))
        return feature.flatten(0, 1).permute(0, 3, 1, 2)

    def forward(self, x: Tensor) -> AKNetFeatures:
        """Compute features and points; see the class for the shapes."""
        feature = self.compute_map(x)
        chosen = self.selector(feature)
        tokens = chosen.features.transpose(1, 2).contiguous()
        for block in self.blocks[self.select_block + 1 :]:
            tokens = block(tokens)
        pooled = self.fc_norm(self.norm(tokens).mean(1))
        return AKNetFeatures(
            pooled[:, :, None],
            feature,
            chosen.heatmap,
            chosen.points,
            chosen.scores,
            chosen.pooled,
        )


def _build_host(base: ConfigType) -> Any:
    """Build the base.

    Raises:
        TypeError: If it is not a config.
        ValueError: If the network is not supported, or has an option without effect.
    """
    if base is None:
        raise TypeError(
            "AKViT: base is None; give dict(type='VisionTransformer', num_frames=16)."
        )
    check_config('AKViT', base=base)
    host = build_module('AKViT', 'base', deepcopy(base))
    # A subclass with another forward pass would compute something else.
    if getattr(type(host), 'forward', None) is not VisionTransformer.forward:
        raise ValueError(
            f'AKViT: base={type(host).__name__} is not supported, because its tokens '
            'have other positions or scales than in VisionTransformer (VideoMAE); '
            'choose VisionTransformer, or AKNet for 2D networks with stages.'
        )
    if host.fc_norm is None or host.return_feat_map:
        name, value = ('use_mean_pooling', True)
        if host.return_feat_map:
            name, value = ('return_feat_map', False)
        raise ValueError(
            f'AKViT: {name}={not value} of base is not supported: the head classifies '
            f'the mean of the selected tokens; set {name}={value}.'
        )
    if base.get('pretrained'):
        raise ValueError(
            f'AKViT: pretrained={base["pretrained"]!r} of base has no effect in '
            "VisionTransformer; set init_cfg=dict(type='Pretrained', checkpoint=...) "
            'of AKViT, with prefix for the checkpoint of a recognizer.'
        )
    return host
