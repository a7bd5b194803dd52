"""The two graphs of a Point3D."""

from typing import Any, Dict, Optional, Tuple

import torch
from torch import Tensor, nn


class _Graph(nn.Module):
    """Base of both graphs.

    Args:
        model (nn.Module): Point3D in eval mode.
        dtype (torch.dtype): Type of its weights.
    """

    def __init__(self, model: Any, dtype: torch.dtype = torch.float32) -> None:
        super().__init__()
        self.model, self.dtype = model, dtype
        self.is_mixed = model.point_input == 'twa'

    def point_maps(self, feature: Tensor) -> Dict[str, Tensor]:
        """Maps of the point head by name.

        Shape:
            - feature: (N, C, h, w).
        """
        head = self.model.point_head
        return head.forward_last([feature] * head.num_stacks)

    def named_outputs(self, *given: Tensor) -> Dict[str, Tensor]:
        """Outputs by name; see the subclasses."""
        raise NotImplementedError

    def forward(
        self,
        first: Tensor,
        second: Optional[Tensor] = None,
        third: Optional[Tensor] = None,
        fourth: Optional[Tensor] = None,
    ) -> Tuple[Tensor, ...]:
        """Outputs in order, float32; torch exports no variable number of inputs."""
        given = [each for each in (first, second, third, fourth) if each is not None]
        return tuple(each.float() for each in self.named_outputs(*given).values())


class FrameGraph(_Graph):
    """Map of a frame, and maps of the point head.

    Outputs: `features` (N, C, h, w), input of `ClipGraph`, and with
    `point_input='frame'` the maps of `Point3DHead`: `center_heatmap`, `wh`, `offset`
    and, with joints, `knot_heatmap`, `knot_distance` and `knot_offset`, see there. With
    `point_input='twa'` and a bank `center_heatmap` of the frame alone, for its rows.

    Shape:
        - frames: (N, 3, H, W), normalised, float32.
        - returns: float32.
    """

    def named_outputs(self, *given: Tensor) -> Dict[str, Tensor]:
        """Outputs by name; see the class."""
        feature = self.model.extract_frames(given[0].to(self.dtype))[-1]
        found = dict(features=feature)
        if not self.is_mixed:
            found.update(self.point_maps(feature))
        elif self.model.bank is not None:
            (alone,), _ = self.model.mix_frames([feature], 1)
            found['center_heatmap'] = self.point_maps(alone)['center_heatmap']
        return found


class ClipGraph(_Graph):
    """Classes of a clip and, with `point_input='twa'`, maps of one of its frames.

    Outputs: `probabilities` (N, classes) with a 3D head; with `point_input='twa'` the
    maps of `Point3DHead`, see `FrameGraph`.

    Shape:
        - clips: (N, T, C, h, w), `features` of the frames of each clip.
        - place: (N,) int64, position of the frame in its clip, with
          `point_input='twa'` only.
        - rows, present: (N, L, 1 + k, C) and (N, L), of a model with a bank; see
          `BankAttention`.
        - returns: float32.
    """

    def named_outputs(self, *given: Tensor) -> Dict[str, Tensor]:
        """Outputs by name; see the class."""
        clips, rest = given[0].to(self.dtype), given[1:]
        _, mixed = self.model.mix_frames([clips.flatten(0, 1)], clips.shape[1])
        found: Dict[str, Tensor] = {}
        if self.is_mixed:
            place, rest = rest[0], rest[1:]
            index = place[:, None, None, None, None]
            index = index.expand(-1, mixed.shape[1], -1, *mixed.shape[3:])
            found = self.point_maps(mixed.gather(2, index)[:, :, 0])
        if self.model.cls_head is not None:
            if rest:
                mixed = self.model.bank(mixed, rest[0].to(self.dtype), rest[1])
            feature = self.model.extract_clips(mixed)
            found['probabilities'] = self.model.cls_head.predict(feature)
        return found
