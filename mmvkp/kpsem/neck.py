"""KPSEM: key point shifts of a map as a feature, with the pooled last map."""

from typing import Any, Dict, List, Optional, Sequence, Tuple, cast

import torch
from mmaction.registry import MODELS
from mmaction.utils import OptConfigType, OptSampleList
from mmengine.model import BaseModule
from torch import Tensor, nn

from ..checks import (
    check_feature_map,
    check_flag,
    check_inert,
    check_integer,
    check_positive,
)
from ..recognition.export_state import keep_traced_size
from .key_points import KeyPointShifts
from .model_check import check_recognizer
from .shift_extractor import AdaptiveRegionalShiftExtractor, follow_key_points

_TUPLE_NEEDED = (
    'Give KPSEM a tuple of maps: set out_indices of the host to two stages, '
    "e.g. (2, 3). If the host returns only one map (X3D), set dict(type='TapBackbone', "
    "base=..., taps=('layer3', 'layer4')) as backbone."
)


@MODELS.register_module()
class KPSEM(BaseModule):
    """Key point shifts embedding module, a neck of 2D and 3D recognizers.

    G sets of `AdaptiveRegionalShiftExtractor` compute shifts on one map of the
    host. The shifts are embedded, summed over the sets (Eq. 3), reduced by two
    convolutions and concatenated with the pooled last map (Eq. 1). The result
    has one cell. The heads of the host (`I3DHead`, `TSNHead`,
    `TSMHead(num_segments=1)`) classify it with `in_channels` = channels of the
    spatial map + `in_channels // 4` * (T - 1). Non-finite values of the maps reach
    the result.

    Args:
        in_channels (int): Channels C of the map of the key points, at least 4.
        num_regions (int): K, regions per frame, a square number. Paper: 4
            (section 4.1).
        num_sets (int): G, sets of regions. Paper: 8 (section 4.1).
        embed_dims (int): d_e, width of the embedding. Paper: 24 (4.1).
        hidden_channels (int): Width of the MLPs that place the regions. Not
            in the paper; 24 gives its parameter count.
        adaptive (bool): Move the regions by the MLPs. False: "fixed regions"
            of Table 2(b).
        normalize (bool): Divide the shifts by the size of the map. The paper
            uses False; True is much better in training from scratch.
        temporal_index (int): Index of the map of the key points in the host's
            tuple. Paper: conv4, the last but one.
        spatial_index (int): Index of the pooled map.
        num_segments (int, optional): Frames per view in a `Recognizer2D`,
            which passes all views of a video as one sequence. None, for a
            `Recognizer3D`: the sequence is one view.
        init_cfg (dict, optional): Initialisation as in MMEngine.

    Shape:
        - x: tuple of maps (N, C_i, V * T, H_i, W_i), V views (1 in 3D hosts).
        - returns: ((N * V, C_s + C // 4 * (T - 1), 1, 1, 1), {}).

    Raises:
        TypeError: If an argument has a wrong type, or the model is not a
            recognizer.
        ValueError: If an argument is out of range or has no effect, or the
            model has a backbone with two pathways or a head that does not fit;
            at run time if the host returns a single map, maps that are not
            stages of one network, are not 5D or do not have `in_channels`
            channels, one frame, or a T that `num_segments` does not divide.

    Source: "Effective Action Recognition with Embedded Key Point Shifts",
    sections 3.1 to 3.3 and 4.2. The paper gives no code.
    """

    def __init__(
        self,
        in_channels: int,
        num_regions: int = 4,
        num_sets: int = 8,
        embed_dims: int = 24,
        hidden_channels: int = 24,
        adaptive: bool = True,
        normalize: bool = False,
        temporal_index: int = -2,
        spatial_index: int = -1,
        num_segments: Optional[int] = None,
        init_cfg: OptConfigType = None,
    ) -> None:
        super().__init__(init_cfg=init_cfg)
        check_positive(
            'KPSEM',
            in_channels=in_channels,
            num_regions=num_regions,
            num_sets=num_sets,
            embed_dims=embed_dims,
            hidden_channels=hidden_channels,
            num_segments=1 if num_segments is None else num_segments,
        )
        check_flag('KPSEM', adaptive=adaptive, normalize=normalize)
        check_integer(
            'KPSEM', temporal_index=temporal_index, spatial_index=spatial_index
        )
        # Without lines to move, the MLPs are not built.
        width = (hidden_channels, 24)
        if num_regions == 1:
            check_inert(
                'KPSEM',
                'num_regions=1',
                adaptive=(adaptive, True),
                hidden_channels=width,
            )
        if not adaptive:
            check_inert('KPSEM', 'adaptive=False', hidden_channels=width)
        if in_channels < 4:
            raise ValueError(
                f'KPSEM: in_channels={in_channels} is less than 4; the '
                'temporal feature has a quarter of these channels.'
            )
        self.in_channels = in_channels
        self.temporal_index = temporal_index
        self.spatial_index = spatial_index
        self.num_segments = num_segments
        self.sets = nn.ModuleList(
            AdaptiveRegionalShiftExtractor(
                in_channels,
                num_regions=num_regions,
                hidden_channels=hidden_channels,
                adaptive=adaptive,
                normalize=normalize,
                set_index=index,
            )
            for index in range(num_sets)
        )
        self.embeddings = nn.ModuleList(
            nn.Linear(2 * num_regions, embed_dims) for _ in range(num_sets)
        )
        self.reduction = nn.Sequential(
            _halving(in_channels), _halving(in_channels // 2)
        )

    def check_model(self, model: nn.Module) -> None:
        """Refuse backbones and heads that do not fit; see `check_recognizer`."""
        check_recognizer(model)

    def pick_maps(self, x: Sequence[Tensor]) -> Tuple[Tensor, Tensor]:
        """Choose the two maps and move the views into the batch.

        Shape:
            - x: maps (N, C_i, V * T, H_i, W_i).
            - returns: (N * V, C, T, H, W) for the key points and
              (N * V, C_s, T, H_s, W_s) for pooling.
        """
        if isinstance(x, Tensor):
            raise ValueError(
                'KPSEM: the host returns a single map of shape '
                f'{tuple(x.shape)}. {_TUPLE_NEEDED}'
            )
        for name in ('temporal_index', 'spatial_index'):
            index = getattr(self, name)
            if not -len(x) <= index < len(x):
                raise ValueError(
                    f'KPSEM: {name}={index} is outside the {len(x)} map(s) '
                    f'of the host. {_TUPLE_NEEDED}'
                )
        temporal, spatial = x[self.temporal_index], x[self.spatial_index]
        check_feature_map(
            'KPSEM',
            'the map of the key points',
            temporal,
            self.in_channels,
            _TUPLE_NEEDED,
        )
        check_feature_map('KPSEM', 'the pooled map', spatial, 0, _TUPLE_NEEDED)
        _check_stages(x)
        return self.split_views(temporal), self.split_views(spatial)

    def split_views(self, x: Tensor) -> Tensor:
        """Move the views of a `Recognizer2D` into the batch.

        Shape:
            - x: (N, C, V * T, H, W).
            - returns: (N * V, C, T, H, W).
        """
        if self.num_segments is None or x.shape[2] == self.num_segments:
            return x
        n, c, t, height, width = x.shape
        if t % self.num_segments:
            raise ValueError(
                f'KPSEM: T={t} cannot be split into views of '
                f'num_segments={self.num_segments} frames; set it to the '
                'num_clips of SampleFrames (frames per view).'
            )
        x = x.reshape(n, c, -1, self.num_segments, height, width)
        return x.transpose(1, 2).flatten(0, 1)

    def extract(self, x: Tensor, points: Optional[Tensor] = None) -> KeyPointShifts:
        """Compute key points and shifts of all sets.

        Args:
            x (Tensor): The first map of `pick_maps`.
            points (Tensor, optional): Key points to use, such as those of an exported
                graph. Default: found in the map.

        Shape:
            - x: (N, C, T, H, W).
            - points: (N, C, T, G, K, 2), see `KeyPointShifts`.
            - returns: see `KeyPointShifts`.
        """
        x = keep_traced_size(x, 'KPSEM')
        return follow_key_points(x, self._extractors(), points)

    def _extractors(self) -> List[AdaptiveRegionalShiftExtractor]:
        """The sets, with their type."""
        return [cast(AdaptiveRegionalShiftExtractor, each) for each in self.sets]

    def embed(self, shifts: Tensor) -> Tensor:
        """Embed the shifts of all sets and reduce them to one vector.

        Shape:
            - shifts: (N, C, T-1, G, K, 2).
            - returns: (N, C // 4 * (T - 1)).
        """
        # A sum of linear layers is one linear layer on the joined inputs.
        layers = [cast(nn.Linear, each) for each in self.embeddings]
        weight = torch.cat([each.weight for each in layers], 1)
        bias = torch.stack([each.bias for each in layers]).sum(0)
        # An image of height T - 1 and width d_e, its channels last in memory.
        shifts = shifts.permute(0, 2, 3, 4, 5, 1).flatten(2, 4)
        embedded = (weight @ shifts + bias[:, None]).permute(0, 3, 1, 2)
        return self.reduction(embedded).mean(-1).flatten(1)

    def forward(
        self, x: Sequence[Tensor], data_samples: OptSampleList = None
    ) -> Tuple[Tensor, Dict[str, Any]]:
        """Concatenate the pooled feature and the embedded shifts.

        Args:
            x (Sequence[Tensor]): Maps of the host.
            data_samples (list, optional): Not used; part of the interface.

        Shape:
            - x: maps (N, C_i, V * T, H_i, W_i).
            - returns: (N * V, C_s + C // 4 * (T - 1), 1, 1, 1), and an empty
              dict of auxiliary losses.
        """
        temporal, spatial = self.pick_maps(x)
        shifts = self.extract(temporal).weighted
        shifts = self._extractors()[0].scale(shifts, temporal).to(temporal.dtype)
        feature = torch.cat((spatial.mean((2, 3, 4)), self.embed(shifts)), 1)
        return feature[:, :, None, None, None], {}


def _check_stages(x: Sequence[Tensor]) -> None:
    """Refuse maps that are not stages of one network, e.g. two pathways.

    Shape:
        - x: maps (N, C_i, T_i, H_i, W_i); T, H and W never grow.
    """
    for i in range(1, len(x)):
        before, after = x[i - 1].shape, x[i].shape
        found = ''
        if after[0] != before[0]:
            found = f'{after[0]} clips, map {i - 1} has {before[0]}'
        elif after[2] > before[2]:
            found = f'{after[2]} frames, map {i - 1} has {before[2]}'
        elif after[3] > before[3] or after[4] > before[4]:
            found = (
                f'{after[3]} x {after[4]} cells, map {i - 1} has '
                f'{before[3]} x {before[4]}'
            )
        if found:
            raise ValueError(
                f'KPSEM: map {i} of the host has {found}; the maps must be stages of '
                'one network, from the first to the last. SlowFast returns two '
                'pathways: choose a backbone with out_indices, e.g. '
                'ResNet3dSlowOnly(out_indices=(2, 3)).'
            )


def _halving(channels: int) -> nn.Conv2d:
    """Convolution that halves the channels and the width."""
    return nn.Conv2d(channels, channels // 2, (1, 3), (1, 2), (0, 1), bias=False)
